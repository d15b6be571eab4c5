/*
 * event: what happened, one thing at a time and numbered.
 *
 * Packets go in; events come out in order of time: segments with what they are
 * and did, other messages, each connection when it is let go, and what a stage
 * told of its programs and its wire.
 *
 * A frame with a number (packet.id) leaves when its event comes: then only its
 * sender's end changes. EVENT_FATE tells what becomes of it. Without a number a
 * segment is sent and received at once; so is one that was put together from
 * fragments, and every one as soon as an answer shows that this capture has
 * numbers but tells no fates.
 *
 * In a run with a router every segment leaves its host, crosses the router
 * (EVENT_CROSSING) and arrives at the other host. The connection has the names
 * that its opener's side knows, on both sides: so two halves are one story.
 */
#ifndef TCPLAB_EVENT_H
#define TCPLAB_EVENT_H

#include "../../capture/decode.h"
#include "../../capture/entry.h"
#include "../../capture/fragment.h"
#include "../../capture/tracker.h"
#include "crossing.h"
#include "flight.h"

enum event_kind {
    EVENT_SEGMENT,
    EVENT_DATAGRAM,
    EVENT_ICMP,
    EVENT_ARP,
    EVENT_OTHER,
    EVENT_MALFORMED,
    EVENT_CONNECTION, // it is let go
    // What a stage told of a run.
    EVENT_RUN,
    EVENT_CALL,
    EVENT_RETURN,
    EVENT_STATE,
    EVENT_OUTPUT,
    EVENT_SIGNAL,
    EVENT_FORK,
    EVENT_EXIT,
    EVENT_FATE,     // what became of a frame on the wire
    EVENT_CROSSING, // a router passed a frame on, with other addresses
    EVENT_PAIR,     // what two captures laid together tell
    EVENT_CHECK,    // a line of what was expected was judged
};

struct expectation_line;
struct pair_account;

struct event {
    uint64_t number; // in the stream, from 1
    enum event_kind kind;
    int64_t time_ns;
    uint64_t frame; // 0 for EVENT_CONNECTION
    // NULL for EVENT_CONNECTION, EVENT_FATE. EVENT_CROSSING: as it left the
    // router, and so `decoded`; `flight` is of the frame that came there.
    const struct packet *packet;
    // NULL for EVENT_CONNECTION. EVENT_FATE: what its frame holds, without
    // octets, or NULL.
    const struct decoded *decoded;
    // From a packet: its frame is in the air, and its fates are still to come.
    // EVENT_FATE: whose fate it is; NULL: of a frame that is not in the air.
    const struct flight *flight;
    // EVENT_SEGMENT, EVENT_CONNECTION, an EVENT_FATE of a segment, and an
    // EVENT_ICMP that quotes one.
    const struct connection *connection; // NULL: none, or let go before
    uint32_t connection_number;          // 0: none
    // SEGMENT; FATE: its receiver's words and state; ICMP: seen.from
    struct observation seen;
    enum let_go why; // EVENT_CONNECTION
    // With a connection that crosses a router, as far as that is known by now:
    // its names on both sides. NULL: there is none.
    const struct crossing *crossing;
    // EVENT_CROSSING.
    bool opener_sends; // what crosses is the opener's
    bool is_first;     // it tells what was not known before
    bool ends_there;   // it is for the router itself, whose answer `packet` is
    // The program at each end of the connection, "client2"; NULL: not known, or
    // not yet.
    const char *who[ROLES];
    const struct expectation_line *check; // EVENT_CHECK
    const struct pair_account *pair;      // EVENT_PAIR
    // What a stage told, EVENT_RUN to EVENT_FATE.
    const struct entry *entry; // NULL for all others
    uint64_t call;             // EVENT_RETURN: the number of its call's event
    enum role role;            // with a connection: which end `entry` is about
    bool differs; // EVENT_STATE: the segments say otherwise, `derived`
    enum tcp_state derived;
};

/* What an event is given to; everything in it is borrowed for the call. */
typedef void event_fn(void *context, const struct event *event);

struct events;

/* Events of captures, with at most `connections` at once. NULL with errno. */
struct events *events_new(uint32_t connections, event_fn *give, void *context);
void events_free(struct events *events);

/* A packet, and what it was decoded to. */
void events_packet(struct events *events, const struct packet *packet,
                   const struct decoded *decoded);

/* What a packet that comes soon, and one that comes later, will need: fetch it
 * from memory meanwhile. Either may be NULL. */
void events_fetch(const struct events *events, const struct decoded *soon,
                  const struct decoded *later);

/* No packet came, and the clock stands at `time_ns`. */
void events_clock(struct events *events, int64_t time_ns);

/* A line of what was expected was judged. */
void events_check(struct events *events, const struct expectation_line *line);

/* Two captures were laid together, and this is what they tell. */
void events_pair(struct events *events, const struct pair_account *pair);

/* The capture has ended: every connection left is let go. The next packet
 * belongs to another capture; numbers of events and connections go on. */
void events_end_capture(struct events *events);

/* The frame in the air with this number (flight.h), and its segment's connection,
 * if it is known; NULL: there is none. Lent until the next packet. */
const struct flight *events_in_air(const struct events *events, uint64_t id,
                                   const struct connection **connection);

struct tracker_counts events_counts(const struct events *events);

#endif
