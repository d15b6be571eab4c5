/*
 * socktable: the sockets of a run, as they were last told, by inode and by
 * endpoints.
 */
#ifndef TCPLAB_SOCKTABLE_H
#define TCPLAB_SOCKTABLE_H

#include "sockstate.h"

enum {
    SOCKTABLE_BUCKETS = 4096, // a power of two
    SOCKTABLE_NOBODY = -1,
};

/* A socket, as it was last told. */
struct told {
    struct sockstate_socket socket;
    bool has_endpoints; // else only its inode is known
    bool was_told;      // the state was
    bool listened;      // once, or still
    int family;         // AF_UNSPEC: not known
    int program;        // SOCKTABLE_NOBODY: not known
    uint64_t round;     // the last states_rest() that saw it
    struct told *next_inode, *next_pair, *next_listener;
};

/* All zero: no sockets. Every one is in the lists by pair, by inode, or both. */
struct socktable {
    struct told *by_inode[SOCKTABLE_BUCKETS], *by_pair[SOCKTABLE_BUCKETS];
    struct told *listeners; // those that ever listened, the newest first
};

/* Free all of them. */
void socktable_clear(struct socktable *table);

/* The socket with this inode, these endpoints, or, since a router may rewrite
 * addresses and mostly keeps ports, these ports; NULL: none is known. */
struct told *socktable_inode(const struct socktable *table, uint64_t inode);
struct told *socktable_pair(const struct socktable *table,
                            const struct endpoint *local,
                            const struct endpoint *remote);
const struct told *socktable_ports(const struct socktable *table,
                                   uint16_t local, uint16_t remote);

/* Who listens on a port, seen in the round `since` or later; NULL: nobody. */
const struct told *socktable_listener(const struct socktable *table,
                                      uint16_t port, uint64_t since);

/* A new record of `socket`, in the lists by what is known of it; the table's.
 * NULL: no memory. */
struct told *socktable_add(struct socktable *table,
                           const struct sockstate_socket *socket,
                           bool has_endpoints, int program);

/* The endpoints of `told` are these now. Whose they were loses them; if that had no
 * inode it was the same socket, and is no more. */
void socktable_move(struct socktable *table, struct told *told,
                    const struct endpoint *local,
                    const struct endpoint *remote);

/* It listens. */
void socktable_listen(struct socktable *table, struct told *told);

#endif
