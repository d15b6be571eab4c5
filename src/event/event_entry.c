/* event_entry: what a stage told of its programs. */
#include "event_inside.h"

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
    struct endpoint local = entry->local, remote = entry->remote;
    if (!entry->has_local || !entry->has_remote)
        return;
    for (uint32_t wire = 0; events->crossings && wire < CROSSING_WIRES; wire++)
        if (crossings_rename(events->crossings, wire, &local, &remote))
            break;
    event->connection =
        tracker_find(events->tracker, &local, &remote, &event->role);
    if (event->connection)
        event->connection_number = event->connection->number;
}

static const enum event_kind kind_of_entry[ENTRY_KINDS] = {
    [ENTRY_RUN] = EVENT_RUN,       [ENTRY_CALL] = EVENT_CALL,
    [ENTRY_RETURN] = EVENT_RETURN, [ENTRY_STATE] = EVENT_STATE,
    [ENTRY_OUTPUT] = EVENT_OUTPUT, [ENTRY_SIGNAL] = EVENT_SIGNAL,
    [ENTRY_FORK] = EVENT_FORK,     [ENTRY_EXIT] = EVENT_EXIT,
    [ENTRY_FATE] = EVENT_FATE,
};

void
events_entry(struct events *events, const struct packet *packet)
{
    struct entry entry;
    if (!entry_read(packet->octets, packet->captured, &entry) ||
        entry.kind == ENTRY_PROMPT)
        return; // somebody else's journal
    if (entry.kind == ENTRY_FATE) {
        events_fate(events, packet, &entry);
        return;
    }
    if (!events->parties && !(events->parties = parties_new()))
        return;
    events_clock(events, entry.time_ns);
    struct event event = { .kind = kind_of_entry[entry.kind],
                           .time_ns = entry.time_ns,
                           .frame = packet->frame,
                           .entry = &entry };
    if (entry.kind == ENTRY_RUN)
        events_router(events, &entry);
    parties_learn(events->parties, &entry);
    find_connection(events, &event);
    events_name_ends(events, &event);
    if (entry.kind == ENTRY_CALL)
        remember_call(events, entry.call);
    else if (entry.kind == ENTRY_RETURN)
        event.call = find_call(events, &entry);
    else if (entry.kind == ENTRY_STATE)
        compare_states(&event);
    events_give(events, &event);
}
