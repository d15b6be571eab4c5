/* event: packets in, events out. */
#include "event_inside.h"

#include <stdlib.h>
#include <string.h>

void
events_give(struct events *events, struct event *event)
{
    events->last_ns = event->time_ns;
    event->number = ++events->number;
    events->give(events->context, event);
}

void
events_name_ends(struct events *events, struct event *event)
{
    const struct connection *c = event->connection;
    if (!c)
        return;
    if (events->crossings)
        event->crossing = events_crossing_of(events, c);
    for (int role = 0; events->parties && role < ROLES; role++) {
        struct endpoint local = c->endpoints[role];
        struct endpoint remote = c->endpoints[role_other((enum role)role)];
        if (event->crossing)
            events_own_names(event->crossing, &local, &remote);
        event->who[role] =
            parties_find(events->parties, &local, &remote, role == ROLE_CLIENT);
    }
}

static void
connection_let_go(void *context, const struct connection *connection,
                  enum let_go why)
{
    struct events *events = context;
    struct event event = { .kind = EVENT_CONNECTION,
                           .time_ns = tracker_now(events->tracker),
                           .connection = connection,
                           .connection_number = connection->number,
                           .why = why };
    events_name_ends(events, &event);
    events_give(events, &event);
}

struct events *
events_new(uint32_t connections, event_fn *give_event, void *context)
{
    struct events *events = calloc(1, sizeof *events);
    if (!events)
        return NULL;
    events->give = give_event;
    events->context = context;
    events->fragments = fragments_new();
    events->tracker = tracker_new(connections, connection_let_go, events);
    if (events->fragments && events->tracker)
        return events;
    events_free(events);
    return NULL;
}

void
events_free(struct events *events)
{
    if (!events)
        return;
    fragments_free(events->fragments);
    tracker_free(events->tracker);
    parties_free(events->parties);
    flights_free(events->flights);
    crossings_free(events->crossings);
    free(events);
}

static void
segment_event(struct events *events, struct event *event)
{
    const struct segment *segment = &event->decoded->segment;
    uint32_t late = 0;
    event->connection = event->flight
                            ? tracker_sent(events->tracker, event->time_ns,
                                           segment, &event->seen, &late)
                            : tracker_segment(events->tracker, event->time_ns,
                                              segment, &event->seen, &late);
    event->connection_number =
        event->connection ? event->connection->number : late;
    events_name_ends(events, event);
}

/* An error is about the connection whose segment it quotes. */
static void
icmp_event(struct events *events, struct event *event)
{
    const struct icmp *icmp = &event->decoded->icmp;
    if (!icmp->quotes_segment)
        return;
    event->connection = tracker_find(events->tracker, &icmp->quoted_src,
                                     &icmp->quoted_dst, &event->seen.from);
    if (event->connection)
        event->connection_number = event->connection->number;
}

/* ---- What packets hold --------------------------------------------------- */

static const enum event_kind kind_of[] = {
    [DECODED_SEGMENT] = EVENT_SEGMENT,     [DECODED_DATAGRAM] = EVENT_DATAGRAM,
    [DECODED_ICMP] = EVENT_ICMP,           [DECODED_ARP] = EVENT_ARP,
    [DECODED_FRAGMENT] = EVENT_OTHER,      [DECODED_OTHER] = EVENT_OTHER,
    [DECODED_MALFORMED] = EVENT_MALFORMED,
};

/* A piece that completes its datagram becomes that datagram. */
static void
take_fragment(struct events *events, int64_t time_ns,
              const struct datagram *piece, struct decoded *whole)
{
    struct datagram datagram;
    *whole = (struct decoded){
        .kind = DECODED_OTHER,
        .what = "IP fragment, the datagram is not whole yet",
        .number = -1,
    };
    if (!fragments_add(events->fragments, time_ns, piece, &datagram))
        return;
    if (datagram.version == 6 && !datagram_walk_extensions(&datagram))
        whole->what = "IPv6 extension headers longer than the datagram";
    else
        decode_datagram(&datagram, whole);
}

void
events_packet(struct events *events, const struct packet *packet,
              const struct decoded *decoded)
{
    struct decoded whole, renamed;
    struct flight *flight;
    if (decoded->kind == DECODED_ENTRY) {
        events_entry(events, packet);
        return;
    }
    events_clock(events, packet->time_ns);
    if (events->crossings) {
        const struct decoded *known =
            events_rename(events, packet, decoded, &renamed);
        if (events_cross(events, packet, decoded, known))
            return;
        decoded = known;
    }
    flight = events_take_off(events, packet, decoded);
    if (decoded->kind == DECODED_FRAGMENT) {
        take_fragment(events, packet->time_ns, &decoded->fragment, &whole);
        decoded = &whole;
    }
    struct event event = { .kind = kind_of[decoded->kind],
                           .time_ns = packet->time_ns,
                           .frame = packet->frame,
                           .packet = packet,
                           .decoded = decoded,
                           .flight = flight };
    if (event.kind == EVENT_SEGMENT)
        segment_event(events, &event);
    else if (event.kind == EVENT_ICMP)
        icmp_event(events, &event);
    if (flight)
        events_note_leaving(events, &event, flight);
    // What is put together from pieces has no frame of its own: what becomes of
    // each piece is told by its frame.
    if (decoded == &whole && event.kind != EVENT_OTHER)
        event.flight = NULL;
    events_give(events, &event);
}

void
events_fetch(const struct events *events, const struct decoded *soon,
             const struct decoded *later)
{
    if (later && later->kind == DECODED_SEGMENT)
        tracker_fetch_slot(events->tracker, &later->segment);
    if (soon && soon->kind == DECODED_SEGMENT)
        tracker_fetch_record(events->tracker, &soon->segment);
}

void
events_clock(struct events *events, int64_t time_ns)
{
    if (events->crossings)
        events_router_clock(events, time_ns);
    tracker_clock(events->tracker, time_ns);
}

void
events_check(struct events *events, const struct expectation_line *line)
{
    struct event event = { .kind = EVENT_CHECK,
                           .time_ns = events->last_ns,
                           .check = line };
    events_give(events, &event);
}

void
events_pair(struct events *events, const struct pair_account *pair)
{
    struct event event = { .kind = EVENT_PAIR,
                           .time_ns = events->last_ns,
                           .pair = pair };
    events_give(events, &event);
}

void
events_end_capture(struct events *events)
{
    if (events->crossings)
        events_router_clock(events, INT64_MAX);
    tracker_finish(events->tracker);
    tracker_restart(events->tracker);
    fragments_clear(events->fragments);
    parties_free(events->parties);
    events->parties = NULL;
    flights_free(events->flights);
    events->flights = NULL;
    crossings_free(events->crossings);
    events->crossings = NULL;
    events->fates = FATES_AWAITED;
    memset(events->calls, 0, sizeof events->calls);
}

struct tracker_counts
events_counts(const struct events *events)
{
    return tracker_counts(events->tracker);
}

const struct flight *
events_in_air(const struct events *events, uint64_t id,
              const struct connection **connection)
{
    enum role from;
    const struct flight *flight =
        events->flights ? flights_find(events->flights, id) : NULL;
    if (flight && flight->continues)
        flight = flights_find(events->flights, flight->continues);
    *connection = NULL;
    if (flight && flight->decoded.kind == DECODED_SEGMENT)
        *connection =
            tracker_find(events->tracker, &flight->decoded.segment.src,
                         &flight->decoded.segment.dst, &from);
    return flight;
}
