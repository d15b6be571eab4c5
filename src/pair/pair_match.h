/*
 * pair_match: each segment that left one end, with what of it arrived at the
 * other.
 *
 * Segments are matched by the sequence numbers they cover, not by frames: a
 * card cuts large segments after the capture at the sender (TSO), and puts
 * small ones together before the capture at the receiver (GRO). What must agree
 * is the acknowledgment number, SYN and RST, the timestamps and the SACK blocks;
 * the IP identification, and how long it would have taken, decide between equal
 * ones.
 *
 * A segment lives for two minutes at most (RFC 9293, 3.4.1), so each is kept
 * for that long, and then it is known what became of it. At most PASSAGES are
 * kept at once, and PASSAGE_OCTETS of them; with more, the oldest is decided
 * earlier, and that is counted.
 */
#ifndef TCPLAB_PAIR_MATCH_H
#define TCPLAB_PAIR_MATCH_H

#include "pair_link.h"

enum {
    PASSAGES = 1 << 18,
    PASSAGE_OCTETS = 96 << 20,
};

/* Some numbers of a segment came. */
struct coming {
    uint32_t from, to; // of the segment's numbers, as seq + from
    int64_t time_ns;   // by the client's clock
};

/* A segment that left. */
struct passage {
    uint64_t order; // from 1; they leave in this order
    struct lane lane;
    int64_t own_ns;  // when it left, by the clock there
    int64_t left_ns; // by the client's clock
    // What tells it from others.
    uint32_t seq, ack, len;
    uint16_t flags, wnd;
    bool has_ip_id, has_times, has_sack;
    uint16_t ip_id;
    uint32_t value, echo, sack;
    // In lists that only grow at their newer end: what is older than the oldest
    // kept is no longer in them.
    uint64_t same_start, same_lane; // orders of the next older; 0: none
    // What came of it.
    uint32_t comings_count, comings_room;
    struct coming one, *comings; // the first; all of them, owned
    // The frame, ready to be given; NULL where octets are not kept.
    uint8_t *octets; // owned
    uint32_t captured, original;
    uint64_t frame; // its number in its capture
};

struct pair_match;

/* A matcher for so many lanes. NULL with errno. */
struct pair_match *pair_match_new(uint32_t lanes);
void pair_match_free(struct pair_match *match);

/*
 * A segment leaves. Returns its passage, for octets to be added, or NULL: the
 * capture has it twice. There must be room.
 */
struct passage *pair_match_leaves(struct pair_match *match, struct lane lane,
                                  const struct sighting *sighting,
                                  int64_t left_ns);

/* Is there room for one more? False: the oldest must be forgotten first. */
bool pair_match_has_room(struct pair_match *match);

/* What a segment that came was found to be. */
struct found {
    bool is_sure;          // all of it left, and none of it came before
    uint32_t missing;      // of its numbers (or itself: 1) did not leave
    uint32_t missing_from; // the first of them, as seq + missing_from
    uint32_t passages;     // how many frames it holds numbers of
    uint32_t again;        // of them came before: doubled on the way
    uint32_t overtaken;    // of them left before others that came before
    bool is_whole;         // it is exactly one frame, which came first
    const struct passage *passage; // if so, this
};

/*
 * A segment came at `came_ns`: note that with the passages it holds numbers of.
 * `usual_ns` is how long the way takes. What is not sure is only noted in the
 * last look, for by clocks that are not quite right it may have come before it
 * left.
 */
struct found pair_match_comes(struct pair_match *match, struct lane lane,
                              const struct sighting *sighting, int64_t came_ns,
                              int64_t usual_ns, bool is_last_look);

/* The oldest that is kept; NULL: none. Valid until it is forgotten. */
const struct passage *pair_match_oldest(const struct pair_match *match);
void pair_match_forget_oldest(struct pair_match *match);

/* Did another segment with the same first number leave after this one, and
 * come? */
bool pair_match_came_later(const struct pair_match *match,
                           const struct passage *passage);

/* Octets that are kept because of passages, theirs and others': `bytes` more of
 * them, or fewer. Those of a passage that is forgotten are dropped by that. */
void pair_match_keeps(struct pair_match *match, uint32_t bytes);
void pair_match_drops(struct pair_match *match, uint32_t bytes);

#endif
