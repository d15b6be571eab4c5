/* talk: segments made of a few numbers. */
#include "talk.h"

#include <stdlib.h>

static void
take_farewell(void *context, const struct connection *c, enum let_go why)
{
    struct talk *talk = context;
    struct farewell *f = &talk->farewell[talk->farewells++ % FAREWELLS];
    *f = (struct farewell){
        .number = c->number,
        .opening = connection_opening(c),
        .closing = connection_closing(c),
        .why = why,
        .first_fin_known = connection_has(c, CONNECTION_FIRST_FIN),
        .first_fin = (enum role)c->first_fin,
        .reset = connection_has(c, CONNECTION_RESET),
        .reset_by = (enum role)c->reset_by,
        .ends = { c->ends[0], c->ends[1] },
        .handshake_ns = connection_has(c, CONNECTION_HANDSHAKE_TIMED)
                            ? c->handshake_ns
                            : -1,
        .client_by = (enum client_by)c->client_by,
    };
}

void
talk_begin(struct talk *talk, uint32_t connections)
{
    static const uint8_t a[4] = { 192, 0, 2, 1 }, b[4] = { 198, 51, 100, 2 };
    *talk = (struct talk){ .now_ns = 1700000000000000000 };
    talk->endpoints[CLIENT] = (struct endpoint){ address_ipv4(a), 40000 };
    talk->endpoints[SERVER] = (struct endpoint){ address_ipv4(b), 80 };
    talk->tracker = tracker_new(connections, take_farewell, talk);
    if (!talk->tracker)
        abort();
}

void
talk_free(struct talk *talk)
{
    tracker_free(talk->tracker);
}

static struct segment
segment_of(const struct talk *talk, int from, uint16_t flags, uint32_t seq,
           uint32_t ack, uint32_t data_length, uint16_t window)
{
    static const uint8_t nothing[1];
    struct segment s = { .src = talk->endpoints[from],
                         .dst = talk->endpoints[!from],
                         .seq = seq,
                         .ack = ack,
                         .wnd = window,
                         .flags = flags,
                         .data_offset = 5,
                         .data_length = data_length,
                         .options = nothing,
                         .data = nothing };
    s.len = data_length + ((flags & SEG_SYN) != 0) + ((flags & SEG_FIN) != 0);
    s.pair_hash = endpoint_pair_hash(&s.src, &s.dst);
    return s;
}

static void
tick(struct talk *talk)
{
    talk->now_ns += 1000000;
    talk->late = 0;
    tracker_clock(talk->tracker, talk->now_ns);
}

static void
note(struct talk *talk, const struct connection *c)
{
    talk->connection = c ? c->number : 0;
    for (int role = 0; c && role < ROLES; role++)
        talk->states[role] = (enum tcp_state)c->ends[role].state;
}

uint32_t
says_window(struct talk *talk, int from, uint16_t flags, uint32_t seq,
            uint32_t ack, uint32_t data_length, uint16_t window)
{
    struct segment s =
        segment_of(talk, from, flags, seq, ack, data_length, window);
    tick(talk);
    note(talk, tracker_segment(talk->tracker, talk->now_ns, &s, &talk->seen,
                               &talk->late));
    return talk->seen.is;
}

uint32_t
says(struct talk *talk, int from, uint16_t flags, uint32_t seq, uint32_t ack,
     uint32_t data_length)
{
    return says_window(talk, from, flags, seq, ack, data_length, 1000);
}

int
talk_leaves(struct talk *talk, int from, uint16_t flags, uint32_t seq,
            uint32_t ack, uint32_t data_length)
{
    int number = talk->flights++ % TALK_FLIGHTS;
    struct talk_flight *flight = &talk->flight[number];
    tick(talk);
    flight->segment =
        segment_of(talk, from, flags, seq, ack, data_length, 1000);
    flight->left_ns = talk->now_ns;
    note(talk, tracker_sent(talk->tracker, talk->now_ns, &flight->segment,
                            &talk->seen, &talk->late));
    flight->connection = talk->connection ? talk->connection : talk->late;
    return number;
}

static struct departure
departure_of(const struct talk *talk, int number)
{
    const struct talk_flight *flight = &talk->flight[number];
    return (struct departure){ .segment = &flight->segment,
                               .left_ns = flight->left_ns,
                               .connection = flight->connection };
}

uint32_t
talk_arrives(struct talk *talk, int flight)
{
    struct departure left = departure_of(talk, flight);
    tick(talk);
    note(talk,
         tracker_arrived(talk->tracker, talk->now_ns, &left, &talk->seen));
    return talk->seen.is;
}

void
talk_lost(struct talk *talk, int flight)
{
    struct departure left = departure_of(talk, flight);
    tick(talk);
    note(talk, tracker_lost(talk->tracker, &left, &talk->seen));
}

void
talk_open(struct talk *talk)
{
    says(talk, CLIENT, SEG_SYN, 1000, 0, 0);
    says(talk, SERVER, SEG_SYN | SEG_ACK, 5000, 1001, 0);
    says(talk, CLIENT, SEG_ACK, 1001, 5001, 0);
}

void
talk_wait(struct talk *talk, double seconds)
{
    talk->now_ns += (int64_t)(seconds * 1e9);
    tracker_clock(talk->tracker, talk->now_ns);
}

const struct farewell *
talk_end(struct talk *talk)
{
    tracker_finish(talk->tracker);
    return &talk->farewell[(talk->farewells + FAREWELLS - 1) % FAREWELLS];
}
