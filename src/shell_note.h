/*
 * shell_note: the file that says where this user's shells are, for a further
 * terminal: $XDG_RUNTIME_DIR/tcplab-shell, or one in /tmp.
 */
#ifndef TCPLAB_SHELL_NOTE_H
#define TCPLAB_SHELL_NOTE_H

#include <stdbool.h>
#include <sys/types.h>

#include "host/topology.h"

/* The hosts on which there may be shells. */
enum {
    SHELL_HOSTS = 2
};

extern const enum topology_place shell_places[SHELL_HOSTS]; // client, server

/* A host: numbers of descriptors that the keeper has open; -1: none. */
struct shell_doors {
    int net, uts, mounts;
};

struct shell_note {
    pid_t keeper;  // who is in that network, or keeps it
    bool has_wire; // else it is one host, and the rest does not count
    int first;     // on which host its first shell is: 0 or 1
    int alive;     // the keeper's end of a pipe: who writes to it, needs it
    struct shell_doors doors[SHELL_HOSTS];
};

/* Write it, in place of an older one. False with errno. */
bool shell_note_write(const struct shell_note *note);

/* False: there is none, or its network is gone. */
bool shell_note_read(struct shell_note *note);

#endif
