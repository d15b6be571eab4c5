/*
 * event_inside: what the parts of `event` share, and nobody else needs.
 */
#ifndef TCPLAB_EVENT_INSIDE_H
#define TCPLAB_EVENT_INSIDE_H

#include "event.h"
#include "party.h"

enum {
    CALLS_OPEN = 4096 // at once; the oldest give way
};

/* A call that has not returned. */
struct open_call {
    uint64_t call;   // its number in the run; 0: a free place
    uint64_t number; // its event's
};

/* Does this capture tell what becomes of its frames? */
enum fates_told {
    FATES_AWAITED,  // no fate has come, and nothing speaks against it
    FATES_TOLD,     // one has come
    FATES_NOT_TOLD, // a frame was answered whose arrival nobody told
};

struct events {
    struct fragments *fragments;
    struct tracker *tracker;
    struct parties *parties; // NULL until a stage tells of any
    struct flights *flights; // NULL until a frame has a number
    enum fates_told fates;
    struct crossings *crossings; // NULL: no router
    struct open_call calls[CALLS_OPEN];
    event_fn *give;
    void *context;
    uint64_t number;
    int64_t last_ns; // of the last event
};

/* Number an event, and give it. */
void events_give(struct events *events, struct event *event);

/* The programs at both ends of an event's connection. */
void events_name_ends(struct events *events, struct event *event);

/* ---- event_entry.c ------------------------------------------------------ */

/* A journal entry: what a stage told, or somebody else's. */
void events_entry(struct events *events, const struct packet *packet);

/* ---- event_fate.c ------------------------------------------------------- */

/* A frame leaves: its flight, or NULL when it arrives at once. */
struct flight *events_take_off(struct events *events,
                               const struct packet *packet,
                               const struct decoded *decoded);

/* The event that tells of the leaving is about to be given. */
void events_note_leaving(const struct events *events, const struct event *event,
                         struct flight *flight);

/* A fate was told. */
void events_fate(struct events *events, const struct packet *packet,
                 const struct entry *entry);

/* What became of `flight` (NULL: of a frame that is not in the air); it is
 * forgotten with its last fate. */
void events_tell_fate(struct events *events, uint64_t frame,
                      const struct entry *entry, struct flight *flight);

/* ---- event_crossing.c --------------------------------------------------- */

/* A run begins: is there a router? */
void events_router(struct events *events, const struct entry *run);

/* The names of a packet's ends as its connection's opener knows them: `decoded`,
 * or `room` with other names. */
const struct decoded *events_rename(const struct events *events,
                                    const struct packet *packet,
                                    const struct decoded *decoded,
                                    struct decoded *room);

/* Did a router pass the packet on? Then that was told, and there is no more to
 * it. `renamed` is events_rename()'s. */
bool events_cross(struct events *events, const struct packet *packet,
                  const struct decoded *decoded, const struct decoded *renamed);

/* A fate of `*flight` on one of two wires. False: it has only come to the router.
 * Else it is about the whole way of `*flight`, which becomes the frame that left
 * the host. */
bool events_beyond_router(struct events *events, const struct entry *entry,
                          struct flight **flight);

/* What the router has had for too long is lost; at `time_ns` INT64_MAX, all. */
void events_router_clock(struct events *events, int64_t time_ns);

/* How a connection crosses the router; NULL: it does not, or not yet. */
const struct crossing *events_crossing_of(const struct events *events,
                                          const struct connection *connection);

/* From the opener's names of an end and its peer to those the end itself has. */
void events_own_names(const struct crossing *crossing, struct endpoint *local,
                      struct endpoint *remote);

#endif
