/*
 * shell_hosts: two hosts on a wire, for as long as there are shells on them.
 *
 *      first terminal                  further terminals
 *      tcplab                          tcplab --join
 *        |     \ pipe "alive"          /         |
 *        |      `--> keeper <---------'          |
 *      shell         (relay)                   shell
 *
 * The keeper is the first process of a namespace of processes, where the shells
 * are too (pid_namespaces(7)): with it all of them end. It holds the namespaces
 * of the hosts and reads the wire's trace. It ends when nobody holds the other
 * end of its pipe, when the wire ends, and at once when its parent dies: the
 * tcplab of the first terminal. Where no namespace of processes can be made (a
 * container's /proc), what shells leave behind goes on, on a wire that is gone.
 */
#ifndef TCPLAB_SHELL_HOSTS_H
#define TCPLAB_SHELL_HOSTS_H

#include "shell_note.h"
#include "wire/wire_plan.h"

enum {
    SHELL_WHY = 768
};

struct shell_hosts {
    struct shell_note note; // but `first`
    int alive;              // our end of the pipe; -1: let go
    char nameless[256];     // why the hosts have no names; empty: they have
};

/*
 * Make them: this process enters a user namespace, or as root a network
 * namespace, and starts the keeper. `trace` is a descriptor to which the wire's
 * trace is written as it comes, or -1. Returns 0, or -1 with the reason in
 * `why`.
 */
int shell_hosts_begin(struct shell_hosts *hosts, const struct wire_plan *plan,
                      int trace, char why[SHELL_WHY]);

/* Find those of a note. Returns 0, or -1 with the reason in `why`. */
int shell_hosts_find(struct shell_hosts *hosts, const struct shell_note *note,
                     char why[SHELL_WHY]);

/*
 * Go to one of them: what this process starts from now on is there, among the
 * keeper's processes and, as its programs are, on the wire's processor. Returns
 * 0, or -1 with the reason in `why`.
 */
int shell_hosts_enter(struct shell_hosts *hosts, int host, char why[SHELL_WHY]);

/* Let go of them. */
void shell_hosts_leave(struct shell_hosts *hosts);

/* After shell_hosts_begin() and shell_hosts_leave(): wait until the last shell
 * has ended, and say so when that is not now. Returns an exit status. */
int shell_hosts_end(const struct shell_hosts *hosts);

#endif
