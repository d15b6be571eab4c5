/* event_fate: frames in the air, and what becomes of them. */
#include "event_inside.h"

static struct departure
departure_of(const struct flight *flight)
{
    return (struct departure){ .segment = &flight->decoded.segment,
                               .left_ns = flight->left_ns,
                               .connection = flight->connection };
}

/*
 * Other programs number their packets too, and a part of our own trace may have
 * been saved without its fates. What answers a frame that nobody told to have
 * arrived shows that: then all that left has arrived, and what comes arrives at
 * once.
 */
static void
arrive_silently(void *context, struct flight *flight)
{
    struct events *events = context;
    struct departure left = departure_of(flight);
    struct observation seen;
    if (flight->decoded.kind == DECODED_SEGMENT)
        tracker_arrived(events->tracker, flight->left_ns, &left, &seen);
}

static bool
are_told(struct events *events, const struct decoded *decoded)
{
    if (events->fates != FATES_AWAITED || decoded->kind != DECODED_SEGMENT ||
        !tracker_answers_unseen(events->tracker, &decoded->segment))
        return events->fates != FATES_NOT_TOLD;
    events->fates = FATES_NOT_TOLD;
    if (events->flights)
        flights_each(events->flights, arrive_silently, events);
    return false;
}

/* A frame with a number leaves, if there is a place for it in the air. Pieces of
 * datagrams are not followed across a router. */
struct flight *
events_take_off(struct events *events, const struct packet *packet,
                const struct decoded *decoded)
{
    bool is_piece = decoded->kind == DECODED_FRAGMENT;
    if (!packet->id || (is_piece && events->crossings) ||
        !are_told(events, decoded))
        return NULL;
    if (!events->flights && !(events->flights = flights_new()))
        return NULL;
    struct flight *flight = flights_add(events->flights, packet->id, decoded);
    if (flight) {
        flight->left_ns = packet->time_ns;
        flight->frame = packet->frame;
        flight->interface = packet->interface;
    }
    return flight;
}

void
events_note_leaving(const struct events *events, const struct event *event,
                    struct flight *flight)
{
    flight->connection = event->connection_number;
    flight->event = events->number + 1;
    flight->from = event->seen.from;
}

/* What the fate does to the ends of a segment's connection. */
static void
segment_fate(struct events *events, struct event *event)
{
    const struct flight *flight = event->flight;
    struct departure left = departure_of(flight);
    struct tracker *tracker = events->tracker;
    if (event->entry->fate == FATE_ARRIVED && !flight->corrupted)
        event->connection =
            tracker_arrived(tracker, event->time_ns, &left, &event->seen);
    else if (event->entry->fate == FATE_LOST)
        event->connection = tracker_lost(tracker, &left, &event->seen);
    else
        event->connection = tracker_of(tracker, &left, &event->seen);
    event->connection_number =
        event->connection ? event->connection->number : flight->connection;
    if (!event->connection)
        event->seen.from = flight->from;
    events_name_ends(events, event);
}

void
events_tell_fate(struct events *events, uint64_t frame,
                 const struct entry *entry, struct flight *flight)
{
    struct event event = { .kind = EVENT_FATE,
                           .time_ns = entry->time_ns,
                           .frame = frame,
                           .flight = flight,
                           .entry = entry };
    bool stays = flight && flight_tell(flight, entry->fate);
    if (flight)
        event.decoded = &flight->decoded;
    if (flight && flight->decoded.kind == DECODED_SEGMENT)
        segment_fate(events, &event);
    events_give(events, &event);
    if (flight && !stays)
        flights_end(events->flights, flight);
}

void
events_fate(struct events *events, const struct packet *packet,
            const struct entry *entry)
{
    if (!entry->has_fate)
        return;
    events_clock(events, entry->time_ns);
    if (events->fates == FATES_AWAITED)
        events->fates = FATES_TOLD;
    struct flight *flight =
        events->flights ? flights_find(events->flights, entry->frame_id) : NULL;
    if (!events->crossings || !flight ||
        events_beyond_router(events, entry, &flight))
        events_tell_fate(events, packet->frame, entry, flight);
}
