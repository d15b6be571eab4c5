/*
 * verdict: sentences about a connection, chosen by tables.
 *
 * Each is whole by itself, so that it can be translated. "%s" is a role.
 */
#include "verdict.h"

#include "../../capture/seq.h"
#include "../text/words.h"

static const char *
role_name(enum role role)
{
    return role_names[role];
}

static uint64_t
port(const struct connection *c, enum role role)
{
    return c->endpoints[role].port;
}

/* ---- The opening -------------------------------------------------------- */

static const char *const opening_sentences[OPENINGS] = {
    [OPENING_THREE_WAY] = "Three-way handshake, complete. The client began. ",
    [OPENING_SIMULTANEOUS] =
        "Simultaneous open: both sides sent a SYN, and the SYNs crossed. ",
    [OPENING_REFUSED] =
        "Refused: a RST answered the client's SYN. Nobody listens on port %n. ",
    [OPENING_UNANSWERED] = "Unanswered: the client's SYN got no answer. ",
    [OPENING_INCOMPLETE] =
        "Incomplete: the SYN was answered, but the handshake never ended. ",
    [OPENING_NOT_SEEN] = "The opening was not seen: the capture began later. ",
};

/* A SYN uses one number: the handshake's two acknowledgments show it. */
static void
opening_numbers(struct text *t)
{
    text_add(t, "Its SYN used one number, so the server acknowledged A+1. "
                "The server's SYN also used one, so the client acknowledged "
                "B+1. ");
}

static const char *const client_by_sentences[CLIENT_BY_RULES] = {
    [CLIENT_BY_FIRST_SYN] = "",
    [CLIENT_BY_SYN_ACK] = "The client is the side that got the SYN-ACK. ",
    [CLIENT_BY_LISTENING_PORT] =
        "The server is the side whose port answered a SYN before. ",
    [CLIENT_BY_LOWER_PORT] = "The side with the lower port is called server. ",
    [CLIENT_BY_FIRST_SEGMENT] =
        "The side that was seen first is called client. ",
};

/* Where SYNs crossed nobody is a client; a name is needed all the same. */
static void
describe_names(struct text *t, const struct connection *c)
{
    char endpoint[ENDPOINT_TEXT];
    endpoint_to_text(&c->endpoints[ROLE_CLIENT], endpoint);
    text_format(t, "Here client means %s: its SYN was seen first. ", endpoint);
}

static void
describe_opening(struct text *t, const struct connection *c)
{
    enum opening opening = connection_opening(c);
    if (connection_has(c, CONNECTION_SELF)) {
        text_add(t, "Self-connect: one socket is connected to itself. ");
        return;
    }
    text_format(t, opening_sentences[opening], port(c, ROLE_SERVER));
    text_add(t, client_by_sentences[c->client_by]);
    if (opening == OPENING_THREE_WAY && isn_known(c, ROLE_CLIENT) &&
        isn_known(c, ROLE_SERVER))
        opening_numbers(t);
    if (opening == OPENING_SIMULTANEOUS)
        describe_names(t, c);
    if (connection_has(c, CONNECTION_HANDSHAKE_TIMED))
        text_format(t, "Handshake round trip: %m ms. ", c->handshake_ns);
    if (connection_has(c, CONNECTION_PORT_REUSED))
        text_add(t, "Its ports served another connection before. ");
}

/* ---- What was sent ------------------------------------------------------ */

static const char *
plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void
describe_data(struct text *t, const struct connection *c)
{
    uint64_t client = c->ends[ROLE_CLIENT].bytes;
    uint64_t server = c->ends[ROLE_SERVER].bytes;
    if (client + server > 0)
        text_format(t, "The client sent %n data byte%s, the server %n. ",
                    client, plural(client), server);
    else if (connection_has(c, CONNECTION_OPENED))
        text_add(t, "No data was sent. ");
}

/* As many were sent again as were lost: they are the same. */
static void
describe_lost(struct text *t, const char *who, uint64_t lost, uint64_t again)
{
    static const char *const sentences[2][2] = {
        { "%n segments of the %s were lost on the wire. ",
          "%n segments of the %s were lost on the wire and sent again. " },
        { "%n segment of the %s was lost on the wire. ",
          "%n segment of the %s was lost on the wire and sent again. " },
    };
    if (lost)
        text_format(t, sentences[lost == 1][lost == again], lost, who);
}

static void
describe_trouble(struct text *t, const struct connection *c)
{
    for (int i = 0; i < ROLES; i++) {
        const struct end *end = &c->ends[i];
        uint64_t again = end->retransmitted, late = end->out_of_order;
        describe_lost(t, role_names[i], end->lost, again);
        if (again && again != end->lost)
            text_format(t, "The %s sent %n segment%s again. ", role_names[i],
                        again, plural(again));
        if (late)
            text_format(t, "%n segment%s of the %s came out of order. ", late,
                        plural(late), role_names[i]);
    }
}

/* ---- The closing -------------------------------------------------------- */

/* %s is the side that closed first, then the other one. */
static const char *const closing_sentences[CLOSINGS] = {
    [CLOSING_FOUR_SEGMENT] =
        "Closed by four segments: FIN, ACK, FIN, ACK. The %s closed first. ",
    [CLOSING_THREE_SEGMENT] = "Closed by three segments: the ACK of the first "
                              "FIN rode on the second. The %s closed first. ",
    [CLOSING_HALF_CLOSE] = "Half-close: the %s closed its direction first, and "
                           "the %s went on sending. ",
    [CLOSING_SIMULTANEOUS] =
        "Simultaneous close: both sides sent a FIN, and the FINs crossed. ",
    [CLOSING_RESET] = "",
    [CLOSING_UNFINISHED] =
        "The close is unfinished: the %s sent a FIN, the %s did not. ",
    [CLOSING_NONE] = "",
};

/* Who keeps the connection in TIME-WAIT, and what that costs. */
static void
describe_time_wait(struct text *t, const struct connection *c)
{
    bool client = c->ends[ROLE_CLIENT].state == STATE_TIME_WAIT;
    if (connection_has(c, CONNECTION_SELF)) {
        if (client)
            text_format(t, "Its socket holds TIME-WAIT: port %n is kept. ",
                        port(c, ROLE_CLIENT));
        return;
    }
    bool server = c->ends[ROLE_SERVER].state == STATE_TIME_WAIT;
    if (client && server) {
        text_add(t, "Both ends hold TIME-WAIT. ");
        return;
    }
    if (!client && !server)
        return;
    enum role holder = client ? ROLE_CLIENT : ROLE_SERVER;
    enum role other = role_other(holder);
    text_format(t,
                "The %s now holds TIME-WAIT: its port %n is kept, not the "
                "%s's %n. ",
                role_name(holder), port(c, holder), role_name(other),
                port(c, other));
}

static void
describe_reset(struct text *t, const struct connection *c)
{
    bool heard = connection_has(c, CONNECTION_RESET_HEARD);
    bool refused = connection_opening(c) == OPENING_REFUSED;
    if (!connection_has(c, CONNECTION_RESET) || (refused && heard))
        return;
    if (!refused)
        text_format(t, "The %s sent a RST. ", role_names[c->reset_by]);
    if (!heard) {
        text_format(t,
                    refused ? "The RST did not arrive: the %s knows nothing of "
                              "it. "
                            : "It did not arrive: the %s knows nothing of it. ",
                    role_name(role_other((enum role)c->reset_by)));
        return;
    }
    if (connection_closing(c) == CLOSING_RESET)
        text_add(t, "It ended the connection at once, on both sides: nobody "
                    "acknowledges a RST, nobody holds TIME-WAIT. ");
}

static void
describe_closing(struct text *t, const struct connection *c)
{
    enum closing closing = connection_closing(c);
    enum role first = (enum role)c->first_fin;
    if (connection_has(c, CONNECTION_SELF) && closing < CLOSING_RESET) {
        text_add(t, "Its own FIN came back to it, and it acknowledged that. ");
        describe_time_wait(t, c);
        return;
    }
    text_format(t, closing_sentences[closing], role_name(first),
                role_name(role_other(first)));
    if (closing < CLOSING_RESET) {
        text_add(t, "Each FIN used one number. ");
        describe_time_wait(t, c);
    }
    describe_reset(t, c);
}

/* ---- What is left ------------------------------------------------------- */

static const char *const let_go_sentences[] = {
    [LET_GO_OVER] = "",
    [LET_GO_UNANSWERED] = "It was quiet for 130 s. ",
    [LET_GO_REUSED] = "A new connection took its ports. ",
    [LET_GO_LIMIT] = "It was let go early: too many connections at once. ",
    [LET_GO_END] = "The capture ended while it was open. ",
};

static void
describe_end(struct text *t, const struct connection *c, enum let_go why)
{
    if (!connection_is_over(c))
        text_add(t, let_go_sentences[why]);
}

/* The last space belongs to no sentence. */
static void
trim(struct text *t, const char *start)
{
    while (t->next > start && t->next[-1] == ' ')
        t->next--;
}

void
text_verdict(struct text *t, const struct connection *c, enum let_go why)
{
    const char *start = t->next;
    describe_opening(t, c);
    describe_data(t, c);
    describe_trouble(t, c);
    describe_closing(t, c);
    describe_end(t, c, why);
    trim(t, start);
}
