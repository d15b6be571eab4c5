/* fact: copies of what events lend. */
#include "fact.h"

#include <stdlib.h>

#include "../../capture/option.h"

enum {
    CHUNK = 64 * 1024
};

struct fact_chunk {
    struct fact_chunk *next;
    size_t used, room;
    char octets[];
};

bool
span_equal(struct span a, struct span b)
{
    return a.bytes == b.bytes && (!a.bytes || !memcmp(a.at, b.at, a.bytes));
}

/* ---- Copies ------------------------------------------------------------- */

static struct fact_chunk *
chunk_for(struct facts *facts, size_t bytes)
{
    struct fact_chunk *chunk = facts->chunks;
    if (chunk && chunk->room - chunk->used >= bytes)
        return chunk;
    size_t room = bytes > CHUNK ? bytes : CHUNK;
    chunk = malloc(sizeof *chunk + room);
    if (!chunk)
        return NULL;
    *chunk = (struct fact_chunk){ .next = facts->chunks, .room = room };
    facts->chunks = chunk;
    return chunk;
}

static struct span
keep(struct facts *facts, struct span words)
{
    struct fact_chunk *chunk =
        words.bytes ? chunk_for(facts, words.bytes) : NULL;
    if (!chunk) {
        facts->failed |= words.bytes > 0;
        return (struct span){ 0 };
    }
    char *at = chunk->octets + chunk->used;
    memcpy(at, words.at, words.bytes);
    chunk->used += words.bytes;
    return (struct span){ at, words.bytes };
}

/* Room for one more; NULL without memory. */
static void *
grown(void *items, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return items;
    size_t more = *room ? 2 * *room : 64;
    void *bigger = realloc(items, more * size);
    if (bigger)
        *room = more;
    return bigger;
}

static struct fact *
new_fact(struct facts *facts)
{
    struct fact *items =
        grown(facts->items, facts->count, &facts->room, sizeof *items);
    if (!items) {
        facts->failed = true;
        return NULL;
    }
    facts->items = items;
    struct fact *fact = &items[facts->count++];
    *fact = (struct fact){ .pair = FACT_NONE };
    return fact;
}

/* ---- Connections -------------------------------------------------------- */

/* Where the connection stands, or would stand. */
static size_t
place_of(const struct facts *facts, uint32_t number)
{
    size_t low = 0, high = facts->connection_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (facts->connections[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct fact_connection *
facts_connection(const struct facts *facts, uint32_t number)
{
    size_t place = place_of(facts, number);
    if (!number || place == facts->connection_count ||
        facts->connections[place].number != number)
        return NULL;
    return &facts->connections[place];
}

struct fact_connection *
facts_new_connection(struct facts *facts, uint32_t number)
{
    size_t place = place_of(facts, number);
    struct fact_connection *all =
        grown(facts->connections, facts->connection_count,
              &facts->connection_room, sizeof *all);
    if (!all) {
        facts->failed = true;
        return NULL;
    }
    facts->connections = all;
    memmove(all + place + 1, all + place,
            (facts->connection_count++ - place) * sizeof *all);
    all[place] = (struct fact_connection){ .number = number };
    return &all[place];
}

static void
know_connection(struct facts *facts, const struct event *event)
{
    uint32_t number = event->connection_number;
    struct fact_connection *known = facts_connection(facts, number);
    if (number && !known)
        known = facts_new_connection(facts, number);
    if (!known)
        return;
    for (int role = 0; role < ROLES; role++) {
        const char *who = event->who[role];
        if (who && !span_is(known->who[role], who))
            known->who[role] = keep(facts, span_of(who));
        if (!event->connection)
            continue;
        const struct end *end = &event->connection->ends[role];
        known->endpoints[role] = event->connection->endpoints[role];
        known->isn_known[role] = end->flags & END_ISS_KNOWN;
        known->isn[role] = end->iss;
    }
}

struct span
facts_end(const struct fact_connection *connection, enum role role)
{
    return connection && connection->who[role].bytes
               ? connection->who[role]
               : span_of(role_names[role]);
}

struct span
facts_who(const struct facts *facts, const struct fact *fact)
{
    if (fact->kind != FACT_SEGMENT && fact->kind != FACT_DATAGRAM)
        return fact->who;
    return facts_end(facts_connection(facts, fact->connection), fact->role);
}

/* ---- Segments ----------------------------------------------------------- */

static void
add_options(struct fact_segment *kept, const struct segment *segment)
{
    struct reader reader = segment_options(segment);
    struct option option;
    const char *why;
    while (kept->option_count < 8 && option_next(&reader, &option, &why)) {
        if (option.kind <= OPTION_NOP)
            continue;
        kept->options[kept->option_count].kind = option.kind;
        kept->options[kept->option_count++].value =
            option.kind == OPTION_MSS ? option.mss : option.shift;
    }
}

static void
add_segment(struct fact *fact, const struct event *event)
{
    const struct segment *segment = &event->decoded->segment;
    const struct observation *seen = &event->seen;
    fact->kind = FACT_SEGMENT;
    fact->role = seen->from;
    fact->has_role = true;
    fact->segment = (struct fact_segment){ .seq = segment->seq,
                                           .ack = segment->ack,
                                           .data_length = segment->data_length,
                                           .is = seen->is,
                                           .flags = segment->flags,
                                           .window = segment->wnd,
                                           .fate.told = event->flight };
    memcpy(fact->segment.before, seen->before, sizeof seen->before);
    memcpy(fact->segment.after, seen->after, sizeof seen->after);
    if (segment->options)
        add_options(&fact->segment, segment);
}

/* ---- What became of a segment ------------------------------------------- */

/* What left in the event `number`; NULL: it is not kept. */
static struct fact *
find_departed(const struct facts *facts, uint64_t number)
{
    size_t low = 0, high = facts->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (facts->items[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    struct fact *fact = low < facts->count ? &facts->items[low] : NULL;
    if (!fact || fact->number != number)
        return NULL;
    return fact->kind == FACT_SEGMENT || fact->kind == FACT_DATAGRAM ? fact
                                                                     : NULL;
}

static void
note_fate(const struct facts *facts, const struct event *event)
{
    struct fact *left = find_departed(facts, event->flight->event);
    if (!left)
        return;
    struct fact_fate *fate = &left->segment.fate;
    fate->lost |= event->entry->fate == FATE_LOST;
    if (event->entry->fate != FATE_ARRIVED)
        return;
    if (fate->arrived++ == 0) {
        fate->took_ns = event->time_ns - left->time_ns;
        if (event->connection)
            fate->arrival = (int)facts->count; // the next one
    }
    left->segment.is |= event->seen.is;
}

static void
add_arrival(struct fact *fact, const struct event *event)
{
    const struct observation *seen = &event->seen;
    fact->kind = FACT_ARRIVAL;
    fact->role = seen->from;
    fact->has_role = true;
    memcpy(fact->segment.before, seen->before, sizeof seen->before);
    memcpy(fact->segment.after, seen->after, sizeof seen->after);
}

/* ---- What a stage told -------------------------------------------------- */

static void
add_call(struct facts *facts, struct fact *fact, const struct event *event)
{
    const struct entry *entry = event->entry;
    bool returned = event->kind == EVENT_RETURN;
    fact->kind = returned ? FACT_RETURN : FACT_CALL;
    fact->name = keep(facts, entry->name);
    for (uint32_t i = 0; i < entry->argument_count; i++)
        fact->arguments[i] = keep(facts, entry->arguments[i]);
    fact->argument_count = entry->argument_count;
    fact->local = entry->local;
    fact->remote = entry->remote;
    fact->has_local = entry->has_local;
    fact->has_remote = entry->has_remote;
    fact->call = returned ? event->call : event->number;
    fact->has_result = entry->has_result;
    fact->result = entry->result;
    fact->error = keep(facts, entry->error);
    fact->restarted = returned && entry->interrupted;
}

static void
add_entry(struct facts *facts, struct fact *fact, const struct event *event)
{
    const struct entry *entry = event->entry;
    fact->role = event->role;
    fact->has_role = event->connection_number != 0;
    fact->who = keep(facts, entry->who);
    fact->pid = entry->pid;
    fact->tid = entry->tid;
    if (event->kind == EVENT_CALL || event->kind == EVENT_RETURN) {
        add_call(facts, fact, event);
    } else if (event->kind == EVENT_STATE) {
        fact->kind = FACT_STATE;
        fact->state = entry->state;
    } else if (event->kind == EVENT_OUTPUT) {
        fact->kind = FACT_OUTPUT;
        fact->data = keep(facts, entry->data);
    } else {
        fact->kind = FACT_EXIT;
        fact->is_first = event->entry->is_first;
        fact->status = entry->status;
    }
}

/* Is the event one that a line can be about? */
static bool
is_kept(const struct event *event)
{
    if (event->kind == EVENT_SEGMENT)
        return event->decoded != NULL;
    if (facts_is_datagram(event))
        return true;
    if (!event->entry)
        return false;
    if (event->kind == EVENT_FATE)
        return event->connection && event->entry->fate == FATE_ARRIVED;
    return event->kind == EVENT_CALL || event->kind == EVENT_RETURN ||
           (event->kind == EVENT_STATE && event->entry->has_state) ||
           event->kind == EVENT_OUTPUT ||
           (event->kind == EVENT_EXIT && !event->entry->is_thread);
}

static void
know_views(struct facts *facts, const struct event *event)
{
    facts->has_packets |= event->packet || event->kind == EVENT_SEGMENT;
    facts->has_fates |= event->flight != NULL;
    facts->has_states |= event->kind == EVENT_STATE;
    facts->has_calls |= event->kind == EVENT_CALL ||
                        event->kind == EVENT_RETURN ||
                        event->kind == EVENT_EXIT;
}

void
facts_add(struct facts *facts, const struct event *event)
{
    know_views(facts, event);
    know_connection(facts, event);
    if (event->kind == EVENT_FATE && event->flight)
        note_fate(facts, event);
    struct fact *fact = is_kept(event) ? new_fact(facts) : NULL;
    if (!fact)
        return;
    fact->number = event->number;
    fact->time_ns = event->time_ns;
    fact->connection = event->connection_number;
    if (event->kind == EVENT_SEGMENT)
        add_segment(fact, event);
    else if (event->kind == EVENT_FATE)
        add_arrival(fact, event);
    else if (facts_is_datagram(event))
        facts_add_datagram(facts, fact, event);
    else
        add_entry(facts, fact, event);
}

void
facts_clear(struct facts *facts)
{
    while (facts->chunks) {
        struct fact_chunk *next = facts->chunks->next;
        free(facts->chunks);
        facts->chunks = next;
    }
    free(facts->items);
    free(facts->connections);
    *facts = (struct facts){ 0 };
}
