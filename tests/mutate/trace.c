/* trace: records taken out, moved, altered. */
#include "trace.h"

#include <arpa/inet.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "../../capture/frame.h"
#include "../../capture/source.h"

static void *
checked(void *memory)
{
    if (!memory)
        err(3, "mutate");
    return memory;
}

/* ---- Reading ------------------------------------------------------------ */

static void
put_octets(struct record *record, const uint8_t *octets, size_t bytes)
{
    uint8_t *copy = checked(malloc(bytes + 1));
    memcpy(copy, octets, bytes);
    free(record->octets);
    record->octets = copy;
    record->packet.octets = copy;
    record->packet.captured = (uint32_t)bytes;
}

static void
add(struct trace *trace, const struct packet *packet)
{
    if (trace->count == trace->room) {
        trace->room = trace->room ? 2 * trace->room : 64;
        trace->records = checked(
            realloc(trace->records, trace->room * sizeof *trace->records));
    }
    struct record *record = &trace->records[trace->count++];
    *record = (struct record){ .packet = *packet };
    put_octets(record, packet->octets, packet->captured);
}

struct trace
trace_load(const char *path)
{
    struct source_error error;
    struct source *source = source_open_file(path, NULL, &error);
    struct trace trace = { 0 };
    struct packet packet;
    if (!source)
        errx(3, "%s: %s", path, error.text);
    while (source_next(source, &packet) == SOURCE_PACKET)
        add(&trace, &packet);
    source_close(source);
    return trace;
}

struct trace
trace_copy(const struct trace *trace)
{
    struct trace copy = { 0 };
    for (size_t i = 0; i < trace->count; i++)
        add(&copy, &trace->records[i].packet);
    return copy;
}

void
trace_clear(struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++)
        free(trace->records[i].octets);
    free(trace->records);
}

/* ---- Order -------------------------------------------------------------- */

void
trace_remove(struct trace *trace, size_t at)
{
    free(trace->records[at].octets);
    memmove(trace->records + at, trace->records + at + 1,
            (--trace->count - at) * sizeof *trace->records);
}

static void put_entry(struct record *record, const struct entry *entry);

/* An entry has its time inside. */
static int64_t
time_of(const struct record *record)
{
    struct entry entry;
    if (record->packet.link_type == LINK_ENTRY &&
        entry_read(record->octets, record->packet.captured, &entry))
        return entry.time_ns;
    return record->packet.time_ns;
}

/* Its time is that of the record it comes before. */
static void
put_time(struct record *record, int64_t time_ns)
{
    struct entry entry;
    record->packet.time_ns = time_ns;
    if (record->packet.link_type != LINK_ENTRY ||
        !entry_read(record->octets, record->packet.captured, &entry))
        return;
    entry.time_ns = time_ns;
    put_entry(record, &entry);
}

void
trace_move(struct trace *trace, size_t from, size_t to)
{
    struct record moved = trace->records[from];
    put_time(&moved, time_of(&trace->records[to]));
    memmove(trace->records + to + 1, trace->records + to,
            (from - to) * sizeof moved);
    trace->records[to] = moved;
}

/* ---- Segments ----------------------------------------------------------- */

enum {
    ETHERNET = 14, // octets of its header
};

/* Where the TCP header begins, on Ethernet and IPv4; 0: it is no segment. */
static size_t
tcp_of(const struct record *record)
{
    const uint8_t *at = record->octets;
    if (record->packet.link_type != LINK_ETHERNET ||
        record->packet.captured < ETHERNET + 40 || at[12] != 8 || at[13] != 0 ||
        at[ETHERNET + 9] != IPPROTO_TCP)
        return 0;
    return ETHERNET + 4u * (at[ETHERNET] & 15);
}

/* Numbers are so much larger that nothing is near them. */
static void
raise_by(uint8_t *at, uint32_t by)
{
    uint32_t number;
    memcpy(&number, at, sizeof number);
    number = htonl(ntohl(number) + by);
    memcpy(at, &number, sizeof number);
}

/* An option of that kind becomes one that nobody has assigned. */
static bool
lose_option(uint8_t *tcp, uint8_t kind)
{
    uint8_t *end = tcp + 4 * (tcp[12] >> 4);
    for (uint8_t *at = tcp + 20; at < end && *at; at += *at == 1 ? 1 : at[1]) {
        if (*at == kind) {
            *at = 99;
            return true;
        }
        if (*at != 1 && at[1] < 2)
            return false;
    }
    return false;
}

static bool
alter_length(struct record *record)
{
    uint8_t *total = record->octets + ETHERNET + 2;
    uint16_t length = (uint16_t)(total[0] << 8 | total[1]);
    length--;
    total[0] = (uint8_t)(length >> 8);
    total[1] = (uint8_t)length;
    return true;
}

/* A datagram loses an octet; a refused port becomes a refused host. */
static bool
alter_datagram(struct record *record, const struct line *line, enum part part)
{
    uint8_t *ip = record->octets + ETHERNET, *payload = ip + 4u * (*ip & 15);
    if (line->word == WORD_UDP && part == PART_LENGTH &&
        line->length.how != WANTED_ANY) {
        payload[5]--;
        return alter_length(record);
    }
    if (line->word == WORD_ICMP && part == PART_FLAGS && line->error.bytes)
        payload[1] ^= 2;
    return line->word == WORD_ICMP && part == PART_FLAGS && line->error.bytes;
}

static bool
alter_window(uint8_t *at, const struct wanted *wanted)
{
    if (wanted->how == WANTED_ABOVE)
        at[0] = at[1] = 0;
    else
        at[1]++;
    return true;
}

static bool
alter_segment(struct record *record, const struct line *line, enum part part)
{
    size_t at = tcp_of(record);
    if (line->kind == LINE_SEGMENT &&
        (line->word == WORD_UDP || line->word == WORD_ICMP))
        return alter_datagram(record, line, part);
    if (!at || line->kind != LINE_SEGMENT)
        return false;
    uint8_t *tcp = record->octets + at;
    if (part == PART_SEQ && line->seq.how != WANTED_ANY) {
        raise_by(tcp + 4, 100000);
        return true;
    }
    if (part == PART_ACK && line->ack.how != WANTED_ANY) {
        raise_by(tcp + 8, 100000);
        return true;
    }
    if (part == PART_LENGTH && line->length.how != WANTED_ANY)
        return alter_length(record);
    if (part == PART_WINDOW && line->window.how != WANTED_ANY)
        return alter_window(tcp + 14, &line->window);
    if (part == PART_OPTION && line->option_count)
        return lose_option(tcp, line->options[0].kind);
    if (part == PART_FLAGS) // a RST becomes a SYN, all others a RST
        tcp[13] = tcp[13] & SEG_RST ? SEG_SYN : SEG_RST | SEG_ACK;
    return part == PART_FLAGS;
}

/* ---- Entries ------------------------------------------------------------ */

static void
put_entry(struct record *record, const struct entry *entry)
{
    size_t bytes = entry_write(entry, NULL, 0);
    char *room = checked(malloc(bytes + 1));
    entry_write(entry, room, bytes);
    put_octets(record, (const uint8_t *)room, bytes);
    free(room);
}

static bool
is_number(struct span word)
{
    for (size_t i = 0; i < word.bytes; i++)
        if (word.at[i] < '0' || word.at[i] > '9')
            return false;
    return word.bytes > 0;
}

static bool
asks_arguments(const struct line *line)
{
    uint32_t asked = 0;
    for (uint32_t i = 0; i < line->argument_count; i++) {
        struct span word = line->arguments[i];
        bool descriptor =
            i == 0 && is_number(word) && !span_is(line->name, "socket");
        asked += word.bytes && !descriptor;
    }
    return asked > 0;
}

/* All but the descriptor. */
static bool
alter_arguments(struct entry *entry, const struct line *line)
{
    if (!asks_arguments(line) || !line->enters || !entry->argument_count)
        return false;
    for (uint32_t i = !span_is(entry->name, "socket");
         i < entry->argument_count; i++)
        entry->arguments[i] = span_of("ALTERED");
    return true;
}

static bool
alter_result(struct entry *entry, const struct line *line)
{
    if (entry->kind != ENTRY_RETURN || !line->returns ||
        line->result.how == WANTED_ANY || !entry->has_result)
        return false;
    bool failed = entry->result < 0;
    entry->result = failed ? 0 : -1;
    entry->error = failed ? (struct span){ 0 } : span_of("EIO");
    return true;
}

static bool
alter_entry(struct entry *entry, const struct line *line, enum part part)
{
    if (line->kind == LINE_CALL && part == PART_ARGUMENTS)
        return alter_arguments(entry, line);
    if (line->kind == LINE_CALL && part == PART_RESULT)
        return alter_result(entry, line);
    if (line->kind == LINE_EXIT && part == PART_STATUS) {
        entry->status ^= WIFSIGNALED(entry->status) ? 2 : 3 << 8;
        return entry->kind == ENTRY_EXIT;
    }
    if (line->kind == LINE_PRINT && part == PART_WORDS) {
        entry->data = span_of("ALTERED");
        return entry->kind == ENTRY_OUTPUT;
    }
    return false;
}

/* ---- Fates -------------------------------------------------------------- */

/* What was lost arrives; of two copies one does; what took its time does not. */
static bool
alter_one_fate(struct entry *entry, const struct line *line, int64_t left_ns)
{
    if (line->fate & WANTED_LOST && entry->fate == FATE_LOST)
        entry->fate = FATE_ARRIVED;
    else if (entry->fate != FATE_ARRIVED)
        return false;
    else if (line->fate & WANTED_TWICE)
        entry->frame_id = 0;
    else
        entry->time_ns = left_ns;
    return true;
}

/* The frame at `at` goes another way; its fate comes at once. */
static bool
alter_fate(struct trace *trace, size_t at, const struct line *line)
{
    const struct packet left = trace->records[at].packet;
    struct entry entry;
    if (line->kind != LINE_SEGMENT || !line->fate || !left.id)
        return false;
    for (size_t i = at + 1; i < trace->count; i++) {
        struct record *record = &trace->records[i];
        if (record->packet.link_type != LINK_ENTRY ||
            !entry_read(record->octets, record->packet.captured, &entry) ||
            entry.kind != ENTRY_FATE || entry.frame_id != left.id ||
            !alter_one_fate(&entry, line, left.time_ns))
            continue;
        put_entry(record, &entry);
        struct record altered = *record;
        memmove(trace->records + at + 2, trace->records + at + 1,
                (i - at - 1) * sizeof altered);
        trace->records[at + 1] = altered;
        return true;
    }
    return false;
}

/* ---- Alterations -------------------------------------------------------- */

const char *const part_names[PARTS] = {
    [PART_SEQ] = "seq",        [PART_ACK] = "ack",
    [PART_LENGTH] = "len",     [PART_WINDOW] = "win",
    [PART_OPTION] = "opt",     [PART_FLAGS] = "flags",
    [PART_ARGUMENTS] = "args", [PART_RESULT] = "result",
    [PART_STATUS] = "status",  [PART_WORDS] = "words",
    [PART_FATE] = "fate",
};

/* The other half of a call: its arguments are told twice. */
static void
alter_pair(struct trace *trace, uint64_t call, const struct line *line)
{
    struct entry entry;
    for (size_t i = 0; i < trace->count; i++) {
        struct record *record = &trace->records[i];
        if (record->packet.link_type == LINK_ENTRY &&
            entry_read(record->octets, record->packet.captured, &entry) &&
            entry.call == call && alter_arguments(&entry, line))
            put_entry(record, &entry);
    }
}

bool
trace_alter(struct trace *trace, size_t at, const struct line *line,
            enum part part)
{
    struct record *record = &trace->records[at];
    struct entry entry;
    if (part == PART_FATE)
        return alter_fate(trace, at, line);
    if (record->packet.link_type != LINK_ENTRY)
        return alter_segment(record, line, part);
    if (!entry_read(record->octets, record->packet.captured, &entry) ||
        !alter_entry(&entry, line, part))
        return false;
    if (part == PART_ARGUMENTS)
        alter_pair(trace, entry.call, line);
    else
        put_entry(record, &entry);
    return true;
}
