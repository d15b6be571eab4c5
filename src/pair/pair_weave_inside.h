/*
 * pair_weave_inside: what the weaving's files share. pair_weave reads and gives,
 * pair_decide says what became of each frame.
 */
#ifndef TCPLAB_PAIR_WEAVE_INSIDE_H
#define TCPLAB_PAIR_WEAVE_INSIDE_H

#include "pair_item.h"
#include "pair_match.h"
#include "pair_wait.h"
#include "pair_weave.h"

enum {
    ENTRY_ROOM = 1024
};

struct pair_weave {
    struct weave_options options;
    struct pair_match *match;
    // What each capture shows next, and when that is; NULL: no more.
    const struct sighting *next[PLACES];
    int64_t next_ns[PLACES];
    struct waits waits; // came, and is not known to have left
    uint32_t *waiting;  // how many of these are on each lane; owned
    struct items items;
    struct pair_direction directions[PLACES];
    uint64_t others[PLACES];
    uint64_t ids, records;
    uint8_t *octets;        // of the frame last given; owned
    char entry[ENTRY_ROOM]; // or of the entry
    bool failed;
};

/* Something to be given; takes over its octets. */
void weave_add(struct pair_weave *weave, const struct item *item);

/* How long the way takes, as far as anybody knows. */
int64_t weave_usual_ns(const struct pair_weave *weave);

/* Could the capture at `place` show what passed there at `time_ns`? */
bool weave_covers(const struct pair_weave *weave, enum place place,
                  int64_t time_ns);

/* What became of a frame: add it, and its fates, to what is given. */
void weave_decide(struct pair_weave *weave, const struct passage *passage);

#endif
