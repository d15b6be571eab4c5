/*
 * pair_item: what a pair will give, in order of time: frames, and what became
 * of them.
 */
#ifndef TCPLAB_PAIR_ITEM_H
#define TCPLAB_PAIR_ITEM_H

#include <stdbool.h>

#include "../../capture/entry.h"
#include "../../capture/packet.h"

struct item {
    int64_t time_ns;
    uint64_t order; // of those at one time, as they were added
    uint64_t id; // of the frame; 0: it has none, for nobody can tell its fate
    const char *why; // of a fate; NULL: nothing is said
    uint8_t *octets; // a frame's, owned; NULL: it is a fate
    uint32_t captured, original;
    uint32_t interface;
    enum fate fate;
};

/* A heap: the earliest comes first. */
struct items {
    struct item *item; // owned
    uint32_t count, room;
    uint64_t order;
};

/* Takes over item->octets. False: there is no memory, and they are freed. */
bool items_add(struct items *items, const struct item *item);

/* The earliest; NULL: none. */
const struct item *items_first(const struct items *items);

/* Take it out: its octets are the caller's. */
struct item items_take(struct items *items);
void items_clear(struct items *items);

#endif
