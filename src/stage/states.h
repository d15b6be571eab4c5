/*
 * states: what the kernel says of the run's sockets, told when it changes.
 *
 * At a stop of a call the socket it is about is asked for by its endpoints, and
 * its peer's too; at rest all sockets are asked for.
 */
#ifndef TCPLAB_STATES_H
#define TCPLAB_STATES_H

#include "../../capture/recorder.h"
#include "openings.h"
#include "sockstate.h"

struct states;

enum {
    STATES_HOSTS = 2
};

/* Tells `recorder` of the sockets of some hosts (at most STATES_HOSTS); `names`
 * are the programs'. All is lent. NULL with errno. */
struct states *states_new(struct sockstate *const *hosts, int host_count,
                          struct recorder *recorder, const char *const *names);
void states_free(struct states *states);

/* The socket `inode` of `family` (AF_UNSPEC: not known) belongs to `program`. */
void states_own(struct states *states, uint64_t inode, int family, int program);

/* The family of the socket `inode`, as states_own() was told. */
int states_family(const struct states *states, uint64_t inode);

/* Ask for the socket `inode` now; when it has gained endpoints, and they are not
 * known, look for it among those that listen, or all others. */
void states_look(struct states *states, uint64_t inode, enum gained by);

/* A packet came: ask for congestion windows, and tell those that changed. */
void states_watch_cwnd(struct states *states);

/* Nothing moves: ask for all sockets. */
void states_rest(struct states *states);

/* Fill in the endpoints of entry->inode, as far as they are known. */
void states_endpoints(const struct states *states, struct entry *entry);

/* The state of the socket with these endpoints, as it was told last: "CLOSED" is
 * also said of one that there is not. */
const char *states_name(const struct states *states,
                        const struct endpoint *local,
                        const struct endpoint *remote);

/* Fill in the timer that runs out first, as states_rest() found it last. */
void states_timer(const struct states *states, struct entry *entry);

/* How many sockets still have something to send or to hear; as states_rest()
 * found it last. */
int states_busy(const struct states *states);

#endif
