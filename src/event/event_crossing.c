/*
 * event_crossing: two wires and the router between them.
 *
 * A frame of a host's ends its first way at the router. Mostly the router sends
 * it on at once: then that frame's fates are those of the first. What it keeps
 * is lost; but where it answers itself, it is the end of that connection.
 */
#include <string.h>

#include "event_inside.h"

enum {
    // A run's trace has the hosts' interfaces first, then the router's: of the
    // client's wire, and of the server's (stage.c).
    INTERFACE_ROUTER = CROSSING_WIRES
};

static uint32_t
wire_of(const struct packet *packet)
{
    return packet->interface % CROSSING_WIRES;
}

static bool
is_routers(const struct packet *packet)
{
    return packet->interface >= INTERFACE_ROUTER;
}

void
events_router(struct events *events, const struct entry *run)
{
    bool has_router =
        span_is(run->network, "nat") || span_is(run->network, "forward");
    if (has_router && !events->crossings)
        events->crossings = crossings_new();
}

/* ---- Names ---------------------------------------------------------------- */

const struct decoded *
events_rename(const struct events *events, const struct packet *packet,
              const struct decoded *decoded, struct decoded *room)
{
    struct endpoint *src = NULL, *dst = NULL;
    *room = *decoded;
    if (decoded->kind == DECODED_SEGMENT) {
        src = &room->segment.src;
        dst = &room->segment.dst;
    } else if (decoded->kind == DECODED_DATAGRAM) {
        src = &room->udp.src;
        dst = &room->udp.dst;
    } else if (decoded->kind == DECODED_ICMP &&
               (decoded->icmp.quotes_segment ||
                decoded->icmp.quotes_datagram)) {
        src = &room->icmp.quoted_src;
        dst = &room->icmp.quoted_dst;
    }
    if (!src || !crossings_rename(events->crossings, wire_of(packet), src, dst))
        return decoded;
    if (decoded->kind == DECODED_SEGMENT)
        room->segment.pair_hash = endpoint_pair_hash(src, dst);
    return room;
}

const struct crossing *
events_crossing_of(const struct events *events, const struct connection *c)
{
    bool opens;
    for (uint32_t wire = 0; wire < CROSSING_WIRES; wire++) {
        const struct crossing *crossing =
            crossings_find(events->crossings, wire, &c->endpoints[ROLE_CLIENT],
                           &c->endpoints[ROLE_SERVER], &opens);
        if (crossing && crossing->from == wire)
            return crossing;
    }
    return NULL;
}

void
events_own_names(const struct crossing *crossing, struct endpoint *local,
                 struct endpoint *remote)
{
    if (endpoint_equal(local, &crossing->opener[crossing->from]))
        return;
    *local = crossing->other[1 - crossing->from];
    *remote = crossing->opener[1 - crossing->from];
}

/* ---- At the router -------------------------------------------------------- */

/* What becomes of a frame there is told as if it had been on the way. */
static void
end_there(struct events *events, uint32_t i, enum fate fate, const char *why)
{
    struct waiting waiting = *crossings_waiting(events->crossings, i);
    struct flight *flight = flights_find(events->flights, waiting.id);
    struct entry entry = { .kind = ENTRY_FATE,
                           .time_ns = waiting.time_ns,
                           .has_fate = true,
                           .fate = fate,
                           .frame_id = waiting.id,
                           .message = span_of(why),
                           .why = span_of(why) };
    crossings_go_on(events->crossings, i);
    if (flight)
        events_tell_fate(events, 0, &entry, flight);
}

void
events_router_clock(struct events *events, int64_t time_ns)
{
    const struct waiting *waiting;
    while ((waiting = crossings_waiting(events->crossings, 0)) &&
           time_ns - waiting->time_ns >
               crossings_patience_ns(events->crossings))
        end_there(events, 0, FATE_LOST, "the router did not pass it on");
}

bool
events_beyond_router(struct events *events, const struct entry *entry,
                     struct flight **flight)
{
    struct flight *behind = *flight;
    if (behind->continues) {
        *flight = flights_find(events->flights, behind->continues);
        if (!flight_tell(behind, entry->fate))
            flights_end(events->flights, behind);
        return true;
    }
    if (entry->fate != FATE_ARRIVED || behind->interface >= INTERFACE_ROUTER)
        return true;
    struct waiting waiting = { .id = behind->id,
                               .wire = behind->interface,
                               .time_ns = entry->time_ns };
    crossings_wait(events->crossings, &waiting);
    return false;
}

/* ---- Beyond --------------------------------------------------------------- */

/* The frame that came to the router from the other wire, and is this one; -1:
 * none. */
static int
find_before(const struct events *events, const struct packet *packet,
            const struct decoded *after, bool renamed)
{
    const struct waiting *waiting;
    for (uint32_t i = 0;
         (waiting = crossings_waiting(events->crossings, i)) != NULL; i++) {
        const struct flight *flight =
            flights_find(events->flights, waiting->id);
        if (flight && waiting->wire != wire_of(packet) &&
            crossing_is_one(&flight->decoded, after, renamed))
            return (int)i;
    }
    return -1;
}

/* Give the event with what it needs of the frame that came to the router. */
static void
tell_crossing(struct events *events, struct event *event)
{
    const struct flight *first = event->flight;
    const struct segment *s = &first->decoded.segment;
    uint32_t wire = wire_of(event->packet);
    struct endpoint src;
    event->seen.from = first->from;
    if (first->decoded.kind == DECODED_SEGMENT)
        event->connection =
            tracker_find(events->tracker, &s->src, &s->dst, &event->seen.from);
    event->connection_number =
        event->connection ? event->connection->number : first->connection;
    if (event->crossing) {
        src = event->decoded->kind == DECODED_SEGMENT
                  ? event->decoded->segment.src
                  : event->decoded->udp.src;
        event->opener_sends =
            endpoint_equal(&event->crossing->opener[wire], &src);
    }
    events_name_ends(events, event);
    events_give(events, event);
}

/* A segment that the router sends by itself: what it answers has come to an
 * end there. */
static void
answer(struct events *events, const struct packet *packet,
       const struct decoded *own)
{
    const struct waiting *waiting;
    for (uint32_t i = 0;
         (waiting = crossings_waiting(events->crossings, i)) != NULL;) {
        const struct flight *flight =
            flights_find(events->flights, waiting->id);
        const struct segment *came = &flight->decoded.segment;
        if (!flight || waiting->wire != wire_of(packet) ||
            flight->decoded.kind != DECODED_SEGMENT ||
            !endpoint_equal(&came->src, &own->segment.dst) ||
            !endpoint_equal(&came->dst, &own->segment.src)) {
            i++;
            continue;
        }
        struct event event = { .kind = EVENT_CROSSING,
                               .time_ns = waiting->time_ns,
                               .frame = packet->frame,
                               .packet = packet,
                               .decoded = own,
                               .flight = flight,
                               .is_first = true,
                               .ends_there = true };
        tell_crossing(events, &event);
        end_there(events, i, FATE_ARRIVED, "at the router");
    }
}

/* What can be known again by itself: the first segment, or no segment. */
static bool
begins(const struct decoded *decoded)
{
    return decoded->kind != DECODED_SEGMENT ||
           (decoded->segment.flags & (SEG_SYN | SEG_ACK)) == SEG_SYN;
}

/* The frame that waits as number `i` leaves the router as `packet`. */
static void
pass_on(struct events *events, int i, const struct packet *packet,
        const struct decoded *decoded, bool known)
{
    struct waiting waiting = *crossings_waiting(events->crossings, (uint32_t)i);
    const struct flight *first = flights_find(events->flights, waiting.id);
    bool says_more = !known || (decoded->kind == DECODED_SEGMENT &&
                                decoded->segment.flags & SEG_SYN);
    struct event event = { .kind = EVENT_CROSSING,
                           .time_ns = packet->time_ns,
                           .frame = packet->frame,
                           .packet = packet,
                           .decoded = decoded,
                           .flight = first,
                           .is_first = says_more };
    crossings_go_on(events->crossings, (uint32_t)i);
    event.crossing = crossings_learn(events->crossings, waiting.wire,
                                     &first->decoded, decoded, known);
    struct flight *second = flights_add(events->flights, packet->id, decoded);
    if (second)
        second->continues = first->id;
    tell_crossing(events, &event);
}

bool
events_cross(struct events *events, const struct packet *packet,
             const struct decoded *decoded, const struct decoded *renamed)
{
    bool known = renamed != decoded;
    if (decoded->kind == DECODED_ARP)
        crossings_has_arp(events->crossings);
    if (!packet->id || !is_routers(packet) || !events->flights)
        return false;
    int i = find_before(events, packet, renamed, known);
    if (i < 0 && known && begins(decoded)) {
        known = false;
        i = find_before(events, packet, decoded, false);
    }
    if (i >= 0)
        pass_on(events, i, packet, decoded, known);
    else if (decoded->kind == DECODED_SEGMENT)
        answer(events, packet, renamed);
    return i >= 0;
}
