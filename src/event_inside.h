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

#endif
