/* trace_read: pcapng blocks become packets. */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pcapng.h"
#include "reader.h"

enum {
    BLOCK_MAX = 64 << 20, // a longer one is a lie
    INTERFACES_MAX = 4096,
};

struct interface {
    int link_type;
    uint32_t snaplen;
    uint8_t resolution; // if_tsresol: 10^-n, or 2^-n with the high bit
    int64_t offset_s;
};

struct trace_reader {
    struct stream *stream;
    bool little;
    struct interface *interfaces;
    uint32_t interface_count;
    uint64_t frames;
};

struct trace_reader *
trace_reader_new(struct stream *stream)
{
    struct trace_reader *reader = calloc(1, sizeof *reader);
    if (reader)
        reader->stream = stream;
    else
        stream_free(stream);
    return reader;
}

void
trace_reader_free(struct trace_reader *reader)
{
    if (!reader)
        return;
    stream_free(reader->stream);
    free(reader->interfaces);
    free(reader);
}

const struct stream *
trace_stream(const struct trace_reader *reader)
{
    return reader->stream;
}

static uint16_t
u16(const struct trace_reader *t, struct reader *r)
{
    return t->little ? reader_u16_little(r) : reader_u16(r);
}

static uint32_t
u32(const struct trace_reader *t, struct reader *r)
{
    return t->little ? reader_u32_little(r) : reader_u32(r);
}

static uint64_t
u64(const struct trace_reader *t, struct reader *r)
{
    uint64_t first = u32(t, r), second = u32(t, r);
    return t->little ? second << 32 | first : first << 32 | second;
}

/* A section begins: its byte order, and no interfaces yet. */
static const char *
section_begin(struct trace_reader *t, struct reader body)
{
    reader_skip(&body, 4); // the magic is read with the length
    uint16_t major = u16(t, &body);
    t->interface_count = 0;
    if (body.short_read)
        return "a section header that is too short";
    return major == 1 ? NULL : "a pcapng version other than 1";
}

static void
interface_option(const struct trace_reader *t, struct interface *interface,
                 uint16_t code, struct reader value)
{
    if (code == OPTION_INTERFACE_RESOLUTION)
        interface->resolution = reader_u8(&value);
    else if (code == OPTION_INTERFACE_OFFSET)
        interface->offset_s = (int64_t)u64(t, &value);
}

static const char *
interface_add(struct trace_reader *t, struct reader body)
{
    struct interface interface = { .resolution = 6 };
    interface.link_type = u16(t, &body);
    reader_skip(&body, 2);
    interface.snaplen = u32(t, &body);
    if (body.short_read)
        return "an interface description that is too short";
    while (reader_left(&body) >= 4) {
        uint16_t code = u16(t, &body), length = u16(t, &body);
        const uint8_t *value = reader_take(&body, length);
        if (!value || code == 0)
            break;
        interface_option(t, &interface, code, reader_over(value, length));
        reader_skip(&body, -length & 3);
    }
    if (t->interface_count == INTERFACES_MAX)
        return "more interfaces than this reader keeps";
    struct interface *more =
        realloc(t->interfaces, (t->interface_count + 1) * sizeof *more);
    if (!more)
        return strerror(ENOMEM);
    t->interfaces = more;
    more[t->interface_count++] = interface;
    return NULL;
}

static const int64_t power_of_ten[] = { 1,         10,        100,     1000,
                                        10000,     100000,    1000000, 10000000,
                                        100000000, 1000000000 };

/* A time in the interface's units, as nanoseconds; what no clock can mean is
 * held within 0 and 2^62. */
static int64_t
to_ns(const struct interface *interface, uint64_t units)
{
    unsigned exponent = interface->resolution & 0x7f;
    __int128 ns = units;
    if (interface->resolution & 0x80) {
        ns = exponent < 64 ? (ns * 1000000000) >> exponent : 0;
    } else if (exponent <= 9) {
        ns *= power_of_ten[9 - exponent];
    } else {
        for (; exponent > 9 && ns > 0; exponent--)
            ns /= 10;
    }
    ns += (__int128)interface->offset_s * 1000000000;
    const int64_t most = (int64_t)1 << 62;
    return ns < 0 ? 0 : ns > most ? most : (int64_t)ns;
}

/* The octets of a packet: `captured` of them, from where `body` stands. */
static const char *
packet_fill(struct trace_reader *t, struct reader *body, uint32_t number,
            uint64_t units, uint32_t captured, struct packet *packet)
{
    if (body->short_read)
        return "a packet block that is too short";
    if (number >= t->interface_count)
        return "a packet of an interface that was not described";
    const struct interface *interface = &t->interfaces[number];
    packet->time_ns = to_ns(interface, units);
    packet->link_type = interface->link_type;
    packet->interface = number;
    packet->id = 0;
    packet->captured = captured;
    packet->octets = reader_take(body, captured);
    packet->frame = ++t->frames;
    return packet->octets ? NULL : "a packet longer than its block";
}

/* Time, lengths and octets stand alike in both kinds of packet block. */
static const char *
timed_packet(struct trace_reader *t, struct reader *body, uint32_t number,
             struct packet *packet)
{
    uint64_t high = u32(t, body), low = u32(t, body);
    uint32_t captured = u32(t, body);
    packet->original = u32(t, body);
    return packet_fill(t, body, number, high << 32 | low, captured, packet);
}

/* Options stand behind the octets; what is wrong in them counts as absent. */
static void
packet_options(struct trace_reader *t, struct reader *body,
               struct packet *packet)
{
    reader_skip(body, -packet->captured & 3);
    while (reader_left(body) >= 4) {
        uint16_t code = u16(t, body), length = u16(t, body);
        const uint8_t *octets = reader_take(body, length);
        if (!octets || code == 0)
            return;
        struct reader value = reader_over(octets, length);
        if (code == OPTION_PACKET_ID && length == 8)
            packet->id = u64(t, &value);
        reader_skip(body, -length & 3);
    }
}

static const char *
enhanced_packet(struct trace_reader *t, struct reader body,
                struct packet *packet)
{
    uint32_t number = u32(t, &body);
    const char *why = timed_packet(t, &body, number, packet);
    if (!why)
        packet_options(t, &body, packet);
    return why;
}

static const char *
old_packet(struct trace_reader *t, struct reader body, struct packet *packet)
{
    uint32_t number = u16(t, &body);
    reader_skip(&body, 2); // drops
    return timed_packet(t, &body, number, packet);
}

/* A simple packet has no time and no length of its own: it belongs to the
 * first interface, whose snap length cut it. */
static const char *
simple_packet(struct trace_reader *t, struct reader body, struct packet *packet)
{
    packet->original = u32(t, &body);
    uint32_t captured = packet->original;
    if (t->interface_count && t->interfaces[0].snaplen &&
        captured > t->interfaces[0].snaplen)
        captured = t->interfaces[0].snaplen;
    if (captured > reader_left(&body))
        captured = (uint32_t)reader_left(&body);
    return packet_fill(t, &body, 0, 0, captured, packet);
}

/* Not a packet; what it tells, and when, is for entry_read() to say. */
static void
journal_entry(struct reader *body, int link_type, struct packet *packet)
{
    uint32_t bytes = (uint32_t)reader_left(body);
    *packet = (struct packet){ .link_type = link_type,
                               .captured = bytes,
                               .original = bytes,
                               .octets = reader_take(body, bytes) };
}

/* One block's body. *is_packet: it held a packet or an entry. Else NULL, or what is wrong.
 */
static const char *
block_read(struct trace_reader *t, uint32_t type, struct reader body,
           struct packet *packet, bool *is_packet)
{
    *is_packet = true;
    switch (type) {
    case BLOCK_ENHANCED_PACKET:
        return enhanced_packet(t, body, packet);
    case BLOCK_SIMPLE_PACKET:
        return simple_packet(t, body, packet);
    case BLOCK_PACKET:
        return old_packet(t, body, packet);
    default:
        break;
    }
    *is_packet = false;
    if (type == BLOCK_SECTION)
        return section_begin(t, body);
    if (type == BLOCK_INTERFACE)
        return interface_add(t, body);
    if (type == BLOCK_JOURNAL) {
        *is_packet = true;
        journal_entry(&body, LINK_ENTRY, packet);
        packet->frame = ++t->frames;
    } else if (type == BLOCK_CUSTOM_NOT_COPIED &&
               u32(t, &body) == CUSTOM_NUMBER) {
        *is_packet = true;
        journal_entry(&body, LINK_PROMPT, packet);
    }
    return NULL;
}

/* The next block's type and length; a section's magic tells the byte order. */
static const char *
block_header(struct trace_reader *t, const uint8_t *octets, uint32_t *type,
             uint32_t *length)
{
    struct reader r = reader_over(octets, BLOCK_OVERHEAD);
    *type = u32(t, &r);
    if (*type == BLOCK_SECTION) {
        struct reader magic = reader_over(octets + 8, 4);
        uint32_t order = reader_u32(&magic);
        if (order != BYTE_ORDER_MAGIC &&
            order != __builtin_bswap32(BYTE_ORDER_MAGIC))
            return "a section header without its byte-order magic";
        t->little = order != BYTE_ORDER_MAGIC;
    }
    *length = u32(t, &r);
    if (*length < BLOCK_OVERHEAD || *length % 4 != 0 || *length > BLOCK_MAX)
        return "a block whose length cannot be";
    return NULL;
}

static enum source_result
failed(enum source_result result, char *error, size_t size, const char *why)
{
    snprintf(error, size, "%s", why);
    return result;
}

static enum source_result
ended(struct trace_reader *t, size_t present, char *error, size_t size)
{
    const char *why = stream_error(t->stream);
    if (why)
        return failed(SOURCE_CUT, error, size, why);
    if (present == 0)
        return SOURCE_END;
    return failed(SOURCE_CUT, error, size, "it ends inside a block");
}

enum source_result
trace_read(struct trace_reader *t, struct packet *packet, char *error,
           size_t size)
{
    for (bool is_packet = false; !is_packet;) {
        uint32_t type, length;
        size_t present;
        const uint8_t *octets =
            stream_peek(t->stream, BLOCK_OVERHEAD, &present);
        if (present < BLOCK_OVERHEAD)
            return ended(t, present, error, size);
        const char *why = block_header(t, octets, &type, &length);
        if (why)
            return failed(SOURCE_DAMAGED, error, size, why);
        octets = stream_peek(t->stream, length, &present);
        if (present < length)
            return ended(t, present, error, size);
        struct reader body = reader_over(octets + 8, length - BLOCK_OVERHEAD);
        why = block_read(t, type, body, packet, &is_packet);
        if (why)
            return failed(SOURCE_DAMAGED, error, size, why);
        // Taken, and still there until the stream is peeked at again.
        stream_take(t->stream, length);
        if (!is_packet && stream_would_wait(t->stream))
            return SOURCE_WAIT;
    }
    return SOURCE_PACKET;
}
