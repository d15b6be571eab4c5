/*
 * connection: two ends observed together, and what their course is called.
 */
#include "connection.h"

#include <assert.h>

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

/* Both ends have left the opening: the handshake is complete. Its round trip
 * runs from the SYN that was answered to the ACK that completed it. True: this
 * segment completed it. */
static bool
note_opening(struct connection *c, int64_t time_ns,
             const struct segment *segment)
{
    if (connection_has(c, CONNECTION_OPENED))
        return false;
    if (segment->flags & SEG_SYN && !(segment->flags & SEG_ACK))
        c->handshake_ns = time_ns;
    const struct end *client = &c->ends[ROLE_CLIENT];
    const struct end *server = &c->ends[ROLE_SERVER];
    bool self = connection_has(c, CONNECTION_SELF);
    if (!state_is_synchronized(client->state) ||
        (!self && !state_is_synchronized(server->state)))
        return false;
    c->flags |= CONNECTION_OPENED;
    if (!end_knows(client, END_SYN_SENT))
        return false;
    c->handshake_ns = time_ns - c->handshake_ns;
    c->flags |= CONNECTION_HANDSHAKE_TIMED;
    return true;
}

static bool
simultaneous(const struct connection *c)
{
    if (connection_has(c, CONNECTION_SELF))
        return true;
    return end_knows(&c->ends[ROLE_CLIENT], END_SYN_SENT) &&
           end_knows(&c->ends[ROLE_SERVER], END_SYN_SENT);
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

/* The first RST that counts, and whether it cut the connection's close. */
static void
note_reset(struct connection *c, enum role from, uint32_t is)
{
    if (!(is & IS_RST) || is & IS_IGNORED ||
        connection_has(c, CONNECTION_RESET))
        return;
    c->flags |= CONNECTION_RESET;
    c->reset_by = (uint8_t)from;
    if (!both_fins_acknowledged(c))
        c->flags |= CONNECTION_RESET_CLOSE;
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
    return connection_has(c, CONNECTION_RESET) || both_fins_acknowledged(c);
}

/* ---- One segment -------------------------------------------------------- */

static void
note_states(const struct connection *c, uint8_t states[ROLES])
{
    for (int role = 0; role < ROLES; role++)
        states[role] = c->ends[role].state;
}

struct observation
connection_segment(struct connection *c, enum role from, int64_t time_ns,
                   const struct segment *segment)
{
    bool self = connection_has(c, CONNECTION_SELF);
    enum role to = self ? from : role_other(from);
    struct observation seen = { .from = from };
    note_states(c, seen.before);
    seen.is = end_sent(&c->ends[from], segment);
    seen.is |= end_received(&c->ends[to], segment);
    if (seen.is & IS_OUT_OF_ORDER)
        c->ends[from].out_of_order++;
    if (note_opening(c, time_ns, segment))
        seen.is |= IS_HANDSHAKE_ACK;
    note_closing(c, from, segment, seen.is);
    note_reset(c, from, seen.is);
    if (time_ns > c->last_ns)
        c->last_ns = time_ns;
    note_states(c, seen.after);
    return seen;
}

void
connection_clear(struct connection *c)
{
    end_clear(&c->ends[ROLE_CLIENT]);
    end_clear(&c->ends[ROLE_SERVER]);
}
