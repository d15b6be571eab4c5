/* event: packets in, events out. */
#include "event.h"

#include <stdlib.h>
#include <string.h>

#include "party.h"

enum {
    CALLS_OPEN = 4096 // at once; the oldest give way
};

/* A call that has not returned. */
struct open_call {
    uint64_t call;   // its number in the run; 0: a free place
    uint64_t number; // its event's
};

struct events {
    struct fragments *fragments;
    struct tracker *tracker;
    struct parties *parties; // NULL until a stage tells of any
    struct flights *flights; // NULL until a frame has a number
    struct open_call calls[CALLS_OPEN];
    event_fn *give;
    void *context;
    uint64_t number;
    int64_t last_ns; // of the last event
};

static void
give(struct events *events, struct event *event)
{
    events->last_ns = event->time_ns;
    event->number = ++events->number;
    events->give(events->context, event);
}

/* The programs at both ends. */
static void
name_ends(struct events *events, struct event *event)
{
    const struct connection *c = event->connection;
    if (!c || !events->parties)
        return;
    for (int role = 0; role < ROLES; role++)
        event->who[role] = parties_find(
            events->parties, &c->endpoints[role],
            &c->endpoints[role_other((enum role)role)], role == ROLE_CLIENT);
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
    name_ends(events, &event);
    give(events, &event);
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
    name_ends(events, event);
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

/* ---- What a stage tells -------------------------------------------------- */

static void
remember_call(struct events *events, uint64_t call)
{
    events->calls[call % CALLS_OPEN] =
        (struct open_call){ call, events->number + 1 };
}

/* The event of a call's entry; 0: not seen. An interrupted one goes on. */
static uint64_t
find_call(struct events *events, const struct entry *entry)
{
    struct open_call *open = &events->calls[entry->call % CALLS_OPEN];
    uint64_t number = open->call == entry->call ? open->number : 0;
    if (number && !entry->interrupted)
        open->call = 0;
    return number;
}

/* At rest the kernel and the segments must agree. */
static void
compare_states(struct event *event)
{
    const struct entry *entry = event->entry;
    if (!event->connection || !entry->at_rest || !entry->has_state)
        return;
    event->derived = (enum tcp_state)event->connection->ends[event->role].state;
    event->differs = event->derived != entry->state;
}

static void
find_connection(struct events *events, struct event *event)
{
    const struct entry *entry = event->entry;
    if (!entry->has_local || !entry->has_remote)
        return;
    event->connection = tracker_find(events->tracker, &entry->local,
                                     &entry->remote, &event->role);
    if (event->connection)
        event->connection_number = event->connection->number;
}

/* ---- What became of a frame ---------------------------------------------- */

/* A frame with a number leaves, if there is a place for it in the air. What is
 * put together from pieces has no frame of its own. */
static struct flight *
take_off(struct events *events, const struct packet *packet,
         const struct decoded *decoded)
{
    if (!packet->id || decoded->kind == DECODED_FRAGMENT)
        return NULL;
    if (!events->flights && !(events->flights = flights_new()))
        return NULL;
    struct flight *flight = flights_add(events->flights, packet->id, decoded);
    if (flight) {
        flight->left_ns = packet->time_ns;
        flight->frame = packet->frame;
    }
    return flight;
}

/* The event that tells of the leaving is about to be given. */
static void
note_leaving(const struct events *events, const struct event *event,
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
    struct departure left = { .segment = &flight->decoded.segment,
                              .left_ns = flight->left_ns,
                              .connection = flight->connection };
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
    name_ends(events, event);
}

static void
take_fate(struct events *events, const struct packet *packet,
          const struct entry *entry)
{
    if (!entry->has_fate)
        return;
    events_clock(events, entry->time_ns);
    struct flight *flight =
        events->flights ? flights_find(events->flights, entry->frame_id) : NULL;
    struct event event = { .kind = EVENT_FATE,
                           .time_ns = entry->time_ns,
                           .frame = packet->frame,
                           .flight = flight,
                           .entry = entry };
    bool stays = flight && flight_tell(flight, entry->fate);
    if (flight)
        event.decoded = &flight->decoded;
    if (flight && flight->decoded.kind == DECODED_SEGMENT)
        segment_fate(events, &event);
    give(events, &event);
    if (flight && !stays)
        flight_end(flight);
}

/* ---- Entries ------------------------------------------------------------- */

static const enum event_kind kind_of_entry[ENTRY_KINDS] = {
    [ENTRY_RUN] = EVENT_RUN,       [ENTRY_CALL] = EVENT_CALL,
    [ENTRY_RETURN] = EVENT_RETURN, [ENTRY_STATE] = EVENT_STATE,
    [ENTRY_OUTPUT] = EVENT_OUTPUT, [ENTRY_SIGNAL] = EVENT_SIGNAL,
    [ENTRY_FORK] = EVENT_FORK,     [ENTRY_EXIT] = EVENT_EXIT,
    [ENTRY_FATE] = EVENT_FATE,
};

static void
take_entry(struct events *events, const struct packet *packet)
{
    struct entry entry;
    if (!entry_read(packet->octets, packet->captured, &entry) ||
        entry.kind == ENTRY_PROMPT)
        return; // somebody else's journal
    if (entry.kind == ENTRY_FATE) {
        take_fate(events, packet, &entry);
        return;
    }
    if (!events->parties && !(events->parties = parties_new()))
        return;
    events_clock(events, entry.time_ns);
    struct event event = { .kind = kind_of_entry[entry.kind],
                           .time_ns = entry.time_ns,
                           .frame = packet->frame,
                           .entry = &entry };
    parties_learn(events->parties, &entry);
    find_connection(events, &event);
    name_ends(events, &event);
    if (entry.kind == ENTRY_CALL)
        remember_call(events, entry.call);
    else if (entry.kind == ENTRY_RETURN)
        event.call = find_call(events, &entry);
    else if (entry.kind == ENTRY_STATE)
        compare_states(&event);
    give(events, &event);
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
    struct decoded whole;
    struct flight *flight;
    if (decoded->kind == DECODED_ENTRY) {
        take_entry(events, packet);
        return;
    }
    events_clock(events, packet->time_ns);
    flight = take_off(events, packet, decoded);
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
        note_leaving(events, &event, flight);
    give(events, &event);
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
    tracker_clock(events->tracker, time_ns);
}

void
events_check(struct events *events, const struct expectation_line *line)
{
    struct event event = { .kind = EVENT_CHECK,
                           .time_ns = events->last_ns,
                           .check = line };
    give(events, &event);
}

void
events_end_capture(struct events *events)
{
    tracker_finish(events->tracker);
    tracker_restart(events->tracker);
    fragments_clear(events->fragments);
    parties_free(events->parties);
    events->parties = NULL;
    flights_free(events->flights);
    events->flights = NULL;
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
    *connection = NULL;
    if (flight && flight->decoded.kind == DECODED_SEGMENT)
        *connection =
            tracker_find(events->tracker, &flight->decoded.segment.src,
                         &flight->decoded.segment.dst, &from);
    return flight;
}
