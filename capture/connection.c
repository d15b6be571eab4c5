/*
 * connection: two ends observed together, and what their course is called.
 */
#include "connection.h"

#include <assert.h>
#include <string.h>

#include "seq.h"

const char *const role_names[ROLES] = { "client", "server" };

const char *const client_by_names[CLIENT_BY_RULES] = {
    [CLIENT_BY_FIRST_SYN] = "first SYN",
    [CLIENT_BY_SYN_ACK] = "SYN-ACK",
    [CLIENT_BY_LISTENING_PORT] = "listening port",
    [CLIENT_BY_LOWER_PORT] = "lower port",
    [CLIENT_BY_FIRST_SEGMENT] = "first segment",
};

const char *const opening_names[OPENINGS] = {
    [OPENING_THREE_WAY] = "three-way",
    [OPENING_SIMULTANEOUS] = "simultaneous",
    [OPENING_REFUSED] = "refused",
    [OPENING_UNANSWERED] = "unanswered",
    [OPENING_INCOMPLETE] = "incomplete",
    [OPENING_NOT_SEEN] = "not-seen",
};

const char *const closing_names[CLOSINGS] = {
    [CLOSING_FOUR_SEGMENT] = "four-segment",
    [CLOSING_THREE_SEGMENT] = "three-segment",
    [CLOSING_HALF_CLOSE] = "half-close",
    [CLOSING_SIMULTANEOUS] = "simultaneous",
    [CLOSING_RESET] = "reset",
    [CLOSING_UNFINISHED] = "unfinished",
    [CLOSING_NONE] = "none",
};

/* ---- The course of the opening ------------------------------------------ */

/* The round trip of the handshake begins at the client's SYN that is answered.
 */
static void
note_syn(struct connection *c, enum role from, int64_t time_ns,
         const struct segment *segment)
{
    if (from == ROLE_CLIENT && segment->flags & SEG_SYN &&
        !(segment->flags & SEG_ACK) && !connection_has(c, CONNECTION_OPENED) &&
        !connection_has(c, CONNECTION_HANDSHAKE_TIMED))
        c->handshake_ns = time_ns;
}

/* One socket sent both SYNs, or both ends sent one. */
static bool
simultaneous(const struct connection *c)
{
    if (connection_has(c, CONNECTION_SELF))
        return true;
    return end_knows(&c->ends[ROLE_CLIENT], END_SYN_SENT) &&
           end_knows(&c->ends[ROLE_SERVER], END_SYN_SENT);
}

/* Where SYNs cross, no ACK leaves when the client has its answer: the round trip
 * ends when that comes. From one place of capture, nobody sees when. */
static void
note_crossing_answered(struct connection *c, int64_t time_ns, uint8_t before)
{
    bool now = !state_is_synchronized(before) &&
               state_is_synchronized(c->ends[ROLE_CLIENT].state);
    if (!now || !simultaneous(c) || connection_has(c, CONNECTION_SELF))
        return;
    c->handshake_ns = time_ns - c->handshake_ns;
    c->flags |= CONNECTION_HANDSHAKE_TIMED;
}

/* Both ends have left the opening: the handshake is complete. Its round trip
 * ends when the ACK that completed it left. True: that was this segment. */
static bool
note_opening(struct connection *c, int64_t time_ns)
{
    if (connection_has(c, CONNECTION_OPENED))
        return false;
    const struct end *client = &c->ends[ROLE_CLIENT];
    const struct end *server = &c->ends[ROLE_SERVER];
    bool self = connection_has(c, CONNECTION_SELF);
    if (!state_is_synchronized(client->state) ||
        (!self && !state_is_synchronized(server->state)))
        return false;
    c->flags |= CONNECTION_OPENED;
    if (!end_knows(client, END_SYN_SENT))
        return false;
    bool unseen = c->handshake_ns == 0; // an old SYN opened it
    if (unseen || (!self && simultaneous(c)))
        return true;
    c->handshake_ns = time_ns - c->handshake_ns;
    c->flags |= CONNECTION_HANDSHAKE_TIMED;
    return true;
}

enum opening
connection_opening(const struct connection *c)
{
    const struct end *client = &c->ends[ROLE_CLIENT];
    const struct end *server = &c->ends[ROLE_SERVER];
    if (!end_knows(client, END_SYN_SENT))
        return OPENING_NOT_SEEN;
    if (connection_has(c, CONNECTION_OPENED))
        return simultaneous(c) ? OPENING_SIMULTANEOUS : OPENING_THREE_WAY;
    if (end_knows(server, END_SYN_ACK_SENT) || end_knows(server, END_SYN_SENT))
        return OPENING_INCOMPLETE;
    if (connection_has(c, CONNECTION_RESET) && c->reset_by == ROLE_SERVER)
        return OPENING_REFUSED;
    return OPENING_UNANSWERED;
}

bool
connection_is_opening(const struct connection *c)
{
    return c->client_by == CLIENT_BY_FIRST_SYN &&
           !connection_has(c, CONNECTION_OPENED);
}

/* ---- The course of the closing ------------------------------------------ */

static bool
acknowledges_fin(const struct segment *segment, const struct end *fin_sender)
{
    return segment->flags & SEG_ACK &&
           !seq_before(segment->ack, fin_sender->fin);
}

/* The side that did not close first: what does it do after the first FIN? It
 * may acknowledge, go on sending, and close in its turn. Data that left before
 * the FIN came is not "after" it: its ACK tells. */
static void
note_after_first_fin(struct connection *c, enum role from,
                     const struct segment *segment, uint32_t is)
{
    bool acked = acknowledges_fin(segment, &c->ends[role_other(from)]);
    if (acked && segment->data_length && !(is & IS_RETRANSMISSION))
        c->flags |= CONNECTION_DATA_AFTER_FIN;
    if (!(segment->flags & SEG_FIN)) {
        if (acked)
            c->flags |= CONNECTION_FIN_ACKED_ALONE;
        return;
    }
    c->flags |= CONNECTION_SECOND_FIN;
    if (!acked)
        c->flags |= CONNECTION_FINS_CROSSED;
}

static void
note_closing(struct connection *c, enum role from,
             const struct segment *segment, uint32_t is)
{
    if (segment->flags & SEG_RST || connection_has(c, CONNECTION_SECOND_FIN))
        return;
    if (!connection_has(c, CONNECTION_FIRST_FIN)) {
        if (!(segment->flags & SEG_FIN))
            return;
        c->flags |= CONNECTION_FIRST_FIN;
        c->first_fin = (uint8_t)from;
    } else if (c->first_fin != from) {
        note_after_first_fin(c, from, segment, is);
    }
}

static bool
both_fins_acknowledged(const struct connection *c)
{
    for (int role = 0; role < ROLES; role++) {
        const struct end *end = &c->ends[role];
        if (role == ROLE_SERVER && connection_has(c, CONNECTION_SELF))
            break;
        if (!end_knows(end, END_FIN_SENT) || seq_before(end->snd.una, end->fin))
            return false;
    }
    return true;
}

/* Put the states back to what they were before a RST that did not count. */
static void
undo_reset(struct connection *c, const uint8_t states[ROLES])
{
    for (int role = 0; role < ROLES; role++) {
        c->ends[role].state = states[role];
        c->ends[role].flags &= (uint16_t)~END_RESET;
    }
    c->flags &= (uint16_t) ~(CONNECTION_RESET | CONNECTION_RESET_CLOSE |
                             CONNECTION_RESET_HEARD | CONNECTION_RESET_DOUBTED);
}

/* An end in SYN-SENT that sends a RST answers an ACK of what it never sent, an
 * old SYN's perhaps, and stays (RFC 9293, 3.10.7.3, first). With one place of
 * capture it may as well have gone on unseen. */
static bool
stays_in_syn_sent(struct connection *c, const struct observation *seen)
{
    struct end *end = &c->ends[seen->from];
    if (!connection_has(c, CONNECTION_FATES) ||
        seen->before[seen->from] != STATE_SYN_SENT)
        return false;
    end->state = STATE_SYN_SENT;
    end->flags &= (uint16_t)~END_RESET;
    return true;
}

/* The first RST: its sender is reset, and whether it cut the connection's
 * close. */
static void
note_reset_sent(struct connection *c, const struct observation *seen)
{
    if (!(seen->is & IS_RST) || connection_has(c, CONNECTION_RESET) ||
        stays_in_syn_sent(c, seen))
        return;
    c->flags |= CONNECTION_RESET;
    c->reset_by = (uint8_t)seen->from;
    c->unreset[seen->from] = seen->before[seen->from];
    if (!both_fins_acknowledged(c))
        c->flags |= CONNECTION_RESET_CLOSE;
}

/* Its peer had answered an old SYN, and listens again (3.10.7.4, second). */
static void
listen_again(struct end *end)
{
    end_clear(end);
    *end = (struct end){ .state = STATE_LISTEN,
                         .segments = end->segments,
                         .retransmitted = end->retransmitted,
                         .out_of_order = end->out_of_order,
                         .lost = end->lost,
                         .bytes = end->bytes };
}

/*
 * A RST that its receiver ignores ended nothing. One inside the window but not
 * at RCV.NXT is doubted: either segments before it were not seen here, or it is
 * a forgery, which is answered by a challenge ACK (RFC 9293, 3.10.7.4, first).
 */
static void
note_reset_heard(struct connection *c, enum role to, uint8_t before,
                 uint32_t is, bool exact)
{
    if (connection_has(c, CONNECTION_RESET_HEARD))
        return;
    if (!connection_has(c, CONNECTION_RESET)) {
        if (before == STATE_SYN_RECEIVED && !(is & IS_IGNORED) &&
            !end_knows(&c->ends[to], END_SYN_SENT))
            listen_again(&c->ends[to]);
        return;
    }
    c->flags |= CONNECTION_RESET_HEARD;
    c->unreset[to] = before;
    if (is & IS_IGNORED)
        undo_reset(c, c->unreset);
    else if (!exact)
        c->flags |= CONNECTION_RESET_DOUBTED;
}

/* Who was reset and goes on was not: what a doubted RST did is undone. */
static void
doubt_reset(struct connection *c, enum role from, const struct segment *segment)
{
    if (connection_has(c, CONNECTION_RESET_DOUBTED) && from != c->reset_by &&
        !(segment->flags & (SEG_RST | SEG_SYN)))
        undo_reset(c, c->unreset);
}

bool
connection_opens_again(const struct connection *c, enum role from,
                       const struct segment *segment)
{
    const struct end *client = &c->ends[ROLE_CLIENT];
    if (!connection_has(c, CONNECTION_RESET) ||
        connection_has(c, CONNECTION_OPENED) || !(segment->flags & SEG_SYN) ||
        !end_knows(client, END_ISS_KNOWN))
        return false;
    if (from == ROLE_CLIENT)
        return segment->seq == client->iss;
    return segment->flags & SEG_ACK && segment->ack == client->iss + 1;
}

void
connection_open_again(struct connection *c)
{
    static const uint8_t waiting[ROLES] = { STATE_SYN_SENT, STATE_LISTEN };
    undo_reset(c, waiting);
}

enum closing
connection_closing(const struct connection *c)
{
    enum opening opening = connection_opening(c);
    if (opening == OPENING_REFUSED || opening == OPENING_UNANSWERED ||
        opening == OPENING_INCOMPLETE)
        return CLOSING_NONE;
    if (connection_has(c, CONNECTION_RESET_CLOSE))
        return CLOSING_RESET;
    if (!connection_has(c, CONNECTION_FIRST_FIN))
        return CLOSING_NONE;
    if (connection_has(c, CONNECTION_SELF))
        return CLOSING_SIMULTANEOUS;
    if (!connection_has(c, CONNECTION_SECOND_FIN))
        return CLOSING_UNFINISHED;
    if (connection_has(c, CONNECTION_FINS_CROSSED))
        return CLOSING_SIMULTANEOUS;
    if (connection_has(c, CONNECTION_DATA_AFTER_FIN))
        return CLOSING_HALF_CLOSE;
    return connection_has(c, CONNECTION_FIN_ACKED_ALONE)
               ? CLOSING_FOUR_SEGMENT
               : CLOSING_THREE_SEGMENT;
}

bool
connection_is_over(const struct connection *c)
{
    return connection_has(c, CONNECTION_RESET_HEARD) ||
           both_fins_acknowledged(c);
}

/* ---- One segment -------------------------------------------------------- */

static void
note_states(const struct connection *c, uint8_t states[ROLES])
{
    for (int role = 0; role < ROLES; role++)
        states[role] = c->ends[role].state;
}

/* Where a segment is seen: at one place, where it leaves and arrives at once,
 * or at one of its ends. */
enum place {
    PLACE_BOTH,
    PLACE_SENDER,
    PLACE_RECEIVER,
};

/* The segment leaves: what that shows of its sender. */
static void
leave(struct connection *c, const struct segment *segment,
      struct observation *seen)
{
    seen->is = end_sent(&c->ends[seen->from], segment);
    note_closing(c, seen->from, segment, seen->is);
    note_reset_sent(c, seen);
}

/* It arrives: what that does to its receiver. */
static void
arrive(struct connection *c, enum role to, const struct segment *segment,
       struct observation *seen)
{
    bool exact = segment->seq == c->ends[to].rcv.nxt ||
                 !state_is_synchronized(c->ends[to].state);
    uint32_t is = end_received(&c->ends[to], segment);
    if (is & IS_OUT_OF_ORDER)
        c->ends[seen->from].out_of_order++;
    if (segment->flags & SEG_RST)
        note_reset_heard(c, to, seen->before[to], is, exact);
    seen->is |= is;
}

static bool
is_plain_syn(const struct segment *segment)
{
    return (segment->flags & (SEG_SYN | SEG_ACK | SEG_RST)) == SEG_SYN;
}

/* Did a SYN come to a listener, and no answer to it leave? */
static bool
holds_unanswered_syn(const struct end *end)
{
    return end->state == STATE_SYN_RECEIVED &&
           !end_knows(end, END_SYN_ACK_SENT) && !end_knows(end, END_SYN_SENT);
}

/* A SYN is sent again because nobody answered the one before: a listener whose
 * queue is full drops a SYN, says nothing, and listens still. */
static void
forget_unanswered_syn(struct connection *c, enum role from,
                      const struct segment *segment)
{
    const struct end *sender = &c->ends[from];
    struct end *listener = &c->ends[role_other(from)];
    if (is_plain_syn(segment) && end_knows(sender, END_SYN_SENT) &&
        segment->seq == sender->iss && holds_unanswered_syn(listener))
        listen_again(listener);
}

void
connection_quiet(struct connection *c)
{
    struct end *listener = &c->ends[ROLE_SERVER];
    if (connection_opening(c) == OPENING_UNANSWERED &&
        holds_unanswered_syn(listener))
        listen_again(listener);
}

/* Where both ends are watched, a SYN that comes after one that is answered
 * already begins nothing. */
static bool
may_begin(enum place place, uint8_t receiver)
{
    return place == PLACE_BOTH || receiver <= STATE_SYN_SENT;
}

/* With one place of capture nobody knows what the receiver had already. */
static struct observation
observe(struct connection *c, enum role from, enum place place, int64_t time_ns,
        int64_t left_ns, const struct segment *segment)
{
    bool self = connection_has(c, CONNECTION_SELF);
    enum role to = self ? from : role_other(from);
    struct observation seen = { .from = from };
    if (place != PLACE_RECEIVER) {
        doubt_reset(c, from, segment);
        forget_unanswered_syn(c, from, segment);
    }
    note_states(c, seen.before);
    if (place != PLACE_RECEIVER)
        leave(c, segment, &seen);
    if (may_begin(place, seen.before[to]))
        note_syn(c, from, left_ns, segment);
    if (place != PLACE_SENDER)
        arrive(c, to, segment, &seen);
    if (place == PLACE_RECEIVER && to == ROLE_CLIENT)
        note_crossing_answered(c, time_ns, seen.before[ROLE_CLIENT]);
    if (note_opening(c, left_ns))
        seen.is |= IS_HANDSHAKE_ACK;
    if (place == PLACE_BOTH)
        seen.is &= ~(uint32_t)IS_DUPLICATE;
    if (time_ns > c->last_ns)
        c->last_ns = time_ns;
    note_states(c, seen.after);
    return seen;
}

struct observation
connection_segment(struct connection *c, enum role from, int64_t time_ns,
                   const struct segment *segment)
{
    return observe(c, from, PLACE_BOTH, time_ns, time_ns, segment);
}

struct observation
connection_sent(struct connection *c, enum role from, int64_t time_ns,
                const struct segment *segment)
{
    c->flags |= CONNECTION_FATES;
    return observe(c, from, PLACE_SENDER, time_ns, time_ns, segment);
}

struct observation
connection_arrived(struct connection *c, enum role from, int64_t time_ns,
                   int64_t left_ns, const struct segment *segment)
{
    return observe(c, from, PLACE_RECEIVER, time_ns, left_ns, segment);
}

void
connection_clear(struct connection *c)
{
    end_clear(&c->ends[ROLE_CLIENT]);
    end_clear(&c->ends[ROLE_SERVER]);
}
