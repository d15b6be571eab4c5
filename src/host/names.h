/*
 * names: what the hosts of a topology are called, and whom they know by name:
 * gethostname(2) and hosts(5).
 *
 * Each host is called `client`, `server` or `router`, and has an /etc/hosts of
 * its own, with the names of all of them. Behind a router, whoever is on its
 * other side has the address by which it can be reached:
 *
 *      at the client     NAT: 192.0.2.2   server    FORWARD: 192.0.2.2   router server
 *      at the server          192.0.2.1   router client      192.0.2.1   client
 *
 * The machine's own name and its files stay as they are: only who is in a
 * host's mount namespace (mount_namespaces(7)) sees the other file. No name
 * server is asked there: /etc/nsswitch.conf says `hosts: files`.
 */
#ifndef TCPLAB_NAMES_H
#define TCPLAB_NAMES_H

#include "topology.h"

/* Descriptors of namespaces, a host's; -1: it has none. */
struct names {
    int uts[PLACES];
    int mounts[PLACES];
};

extern const char *const names_of_places[PLACES]; // NULL: nobody is there

/*
 * Name the hosts of `topology`, which is of that kind. The calling process has
 * one thread, and CAP_SYS_ADMIN in its user namespace; it stays where it is.
 * Returns NULL, or the step that was refused, with errno (a static string): then
 * none has a name, and `names` is to be used all the same.
 */
const char *names_make(struct names *names, const struct topology *topology,
                       enum topology_kind kind);
void names_close(struct names *names);

/*
 * Be called what that host is, and know whom it knows, for good; the working
 * directory stays. Returns 0, also when it has no name, or -1 with errno.
 */
int names_enter(const struct names *names, enum topology_place place);

#endif
