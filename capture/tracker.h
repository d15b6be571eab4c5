/*
 * tracker: which connection a segment belongs to, and when one is let go.
 *
 * Identity. A connection is its pair of endpoints and the opener's initial
 * sequence number. A SYN with another number begins a new connection at once
 * when the old one is over or was never answered; in an open one only when it
 * is answered (until then it is a challenge). The client is the side whose SYN
 * came first; without one, enum client_by says which rule was used. A socket
 * connected to itself is one end, sending to itself.
 *
 * Letting go, by the capture's own clock: a connection leaves memory when it is
 * over and quiet for 2 s, or never answered and quiet for 130 s (a SYN gives up
 * after 127). Open ones stay, however idle, until there are too many: then the
 * longest idle goes. A segment that comes after is joined to the connection's
 * tombstone, while that is kept.
 */
#ifndef TCPLAB_TRACKER_H
#define TCPLAB_TRACKER_H

#include "connection.h"

enum let_go {
    LET_GO_OVER,       // closed or reset, and quiet
    LET_GO_UNANSWERED, // quiet in the opening
    LET_GO_REUSED,     // its ports began another connection
    LET_GO_LIMIT,      // there were too many connections
    LET_GO_END,        // the capture ended
};

enum {
    TRACKER_CONNECTIONS_DEFAULT = 1000000,
    TRACKER_CONNECTIONS_MAX = 16000000,
    TRACKER_TOMBSTONES = 4096,
};

/* Called before a connection is forgotten; it is valid during the call. */
typedef void tracker_let_go_fn(void *context,
                               const struct connection *connection,
                               enum let_go why);

struct tracker;

/*
 * A tracker of at most `connections` connections at once (1 to
 * TRACKER_CONNECTIONS_MAX). NULL with errno when there is no memory.
 */
struct tracker *tracker_new(uint32_t connections, tracker_let_go_fn *let_go,
                            void *context);
void tracker_free(struct tracker *tracker);

/* The clock is at `time_ns`: let go what has been quiet long enough. */
void tracker_clock(struct tracker *tracker, int64_t time_ns);

/* Where the clock stands. */
int64_t tracker_now(const struct tracker *tracker);

/*
 * Take in a segment, after tracker_clock() for its time. Returns its
 * connection, borrowed until the next call, and fills in `seen`. NULL: it came
 * after its connection was let go, and *late is that connection's number, with
 * seen->from and seen->is set.
 */
const struct connection *tracker_segment(struct tracker *tracker,
                                         int64_t time_ns,
                                         const struct segment *segment,
                                         struct observation *seen,
                                         uint32_t *late);

/*
 * The same where each frame's fate is told: the segment leaves its sender, and
 * only the sender's end changes. What it does to the other end is told by
 * tracker_arrived().
 */
const struct connection *tracker_sent(struct tracker *tracker, int64_t time_ns,
                                      const struct segment *segment,
                                      struct observation *seen, uint32_t *late);

/* A segment on its way. */
struct departure {
    const struct segment *segment; // only its options are looked at beside it
    int64_t left_ns;
    uint32_t connection; // its number then
};

/*
 * A segment that left arrives. Returns its connection as tracker_segment()
 * does; that one's number is another than `left->connection` when a challenge
 * was answered meanwhile. NULL: its connection was let go, or its ports have
 * begun another one, which it changes in nothing.
 */
const struct connection *tracker_arrived(struct tracker *tracker,
                                         int64_t time_ns,
                                         const struct departure *left,
                                         struct observation *seen);

/* It is lost: its sender's end counts that. Returns as tracker_arrived(). */
const struct connection *tracker_lost(struct tracker *tracker,
                                      const struct departure *left,
                                      struct observation *seen);

/* Does the segment acknowledge what, by what was told, has not arrived where it
 * comes from? */
bool tracker_answers_unseen(const struct tracker *tracker,
                            const struct segment *segment);

/* Where a segment that left would arrive, without arriving. */
const struct connection *tracker_of(const struct tracker *tracker,
                                    const struct departure *left,
                                    struct observation *seen);

/*
 * `segment` will be taken in soon: fetch what it needs from memory meanwhile.
 * First the slot of the table, some segments later the record. Both change
 * nothing.
 */
void tracker_fetch_slot(const struct tracker *tracker,
                        const struct segment *segment);
void tracker_fetch_record(const struct tracker *tracker,
                          const struct segment *segment);

/*
 * The connection between two endpoints, as an ICMP error quotes them; NULL when
 * there is none. *from is the role of `src`.
 */
const struct connection *tracker_find(const struct tracker *tracker,
                                      const struct endpoint *src,
                                      const struct endpoint *dst,
                                      enum role *from);

/* The capture has ended: let go all that are left, by their numbers. */
void tracker_finish(struct tracker *tracker);

/* Begin another capture, after tracker_finish(): its clock, ports and endpoints
 * have nothing to do with the last one's. Numbers go on. */
void tracker_restart(struct tracker *tracker);

struct tracker_counts {
    uint64_t connections; // seen so far
    uint32_t now;         // in memory
    uint64_t evicted;     // let go because of the limit
};

struct tracker_counts tracker_counts(const struct tracker *tracker);

#endif
