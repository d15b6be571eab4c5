/*
 * trace: pcapng blocks.
 *
 *   +---------------+---------------+----------------+---------------+
 *   |  Block Type   | Total Length  | Body, padded   | Total Length  |
 *   |     (32)      |     (32)      | to 32 bits     |     (32)      |
 *   +---------------+---------------+----------------+---------------+
 */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reader.h"

enum block_type {
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 2, // obsolete
    BLOCK_SIMPLE_PACKET = 3,
    BLOCK_ENHANCED_PACKET = 6,
    BLOCK_JOURNAL = 9,
    BLOCK_SECTION = 0x0a0d0d0a,
};

enum {
    OPTION_COMMENT = 1,
    OPTION_SECTION_APPLICATION = 4,
    OPTION_INTERFACE_NAME = 2,
    OPTION_INTERFACE_RESOLUTION = 9,
    OPTION_INTERFACE_OFFSET = 14,
};

enum {
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    BLOCK_OVERHEAD = 12,
    BLOCK_MAX = 64 << 20, // a longer one is a lie
    INTERFACES_MAX = 4096,
};

/* ---- Reading ------------------------------------------------------------ */

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
    packet->captured = captured;
    packet->octets = reader_take(body, captured);
    packet->frame = ++t->frames;
    return packet->octets ? NULL : "a packet longer than its block";
}

static const char *
enhanced_packet(struct trace_reader *t, struct reader body,
                struct packet *packet)
{
    uint32_t number = u32(t, &body);
    uint64_t high = u32(t, &body), low = u32(t, &body);
    uint32_t captured = u32(t, &body);
    packet->original = u32(t, &body);
    return packet_fill(t, &body, number, high << 32 | low, captured, packet);
}

static const char *
old_packet(struct trace_reader *t, struct reader body, struct packet *packet)
{
    uint32_t number = u16(t, &body);
    reader_skip(&body, 2); // drops
    uint64_t high = u32(t, &body), low = u32(t, &body);
    uint32_t captured = u32(t, &body);
    packet->original = u32(t, &body);
    return packet_fill(t, &body, number, high << 32 | low, captured, packet);
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

/* One block's body. *is_packet: it held a packet. Else NULL, or what is wrong.
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
    if (type == BLOCK_JOURNAL)
        t->frames++;
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
    }
    return SOURCE_PACKET;
}

/* ---- Writing ------------------------------------------------------------ */

enum {
    WRITE_ROOM = 1 << 16
};

struct trace_writer {
    int fd;
    uint8_t *buffer;
    size_t used, size;
    off_t whole; // where the last whole block on disk ends
    int error;   // errno of the first failure
};

static void
put(struct trace_writer *w, const void *octets, size_t bytes)
{
    memcpy(w->buffer + w->used, octets, bytes);
    w->used += bytes;
}

static void
put_u32(struct trace_writer *w, uint32_t value)
{
    put(w, &value, sizeof value);
}

static void
put_u16(struct trace_writer *w, uint16_t value)
{
    put(w, &value, sizeof value);
}

static void
put_padded(struct trace_writer *w, const void *octets, size_t bytes)
{
    put(w, octets, bytes);
    put(w, "\0\0\0", -bytes & 3);
}

static void
put_option(struct trace_writer *w, uint16_t code, const void *value,
           size_t bytes)
{
    if (bytes > UINT16_MAX)
        bytes = UINT16_MAX;
    put_u16(w, code);
    put_u16(w, (uint16_t)bytes);
    put_padded(w, value, bytes);
}

static void
put_text_option(struct trace_writer *w, uint16_t code, const char *text)
{
    if (text)
        put_option(w, code, text, strlen(text));
}

/* Begin a block of at most `bytes`; its length is filled in by block_end(). */
static size_t
block_begin(struct trace_writer *w, uint32_t type, size_t bytes)
{
    if (w->size - w->used < bytes + BLOCK_OVERHEAD) {
        size_t size = w->size + bytes + WRITE_ROOM;
        uint8_t *larger = realloc(w->buffer, size);
        if (!larger) {
            w->error = ENOMEM;
            return SIZE_MAX;
        }
        w->buffer = larger;
        w->size = size;
    }
    size_t start = w->used;
    put_u32(w, type);
    put_u32(w, 0);
    return start;
}

static void
block_end(struct trace_writer *w, size_t start)
{
    uint32_t length = (uint32_t)(w->used - start + 4);
    put_u32(w, length);
    memcpy(w->buffer + start + 4, &length, sizeof length);
}

static size_t
text_bytes(const char *text)
{
    return text ? strlen(text) + 8 : 0;
}

static void
put_section(struct trace_writer *w, const struct trace_about *about)
{
    size_t start = block_begin(w, BLOCK_SECTION,
                               64 + text_bytes(about->application) +
                                   text_bytes(about->comment));
    if (start == SIZE_MAX)
        return;
    put_u32(w, BYTE_ORDER_MAGIC);
    put_u16(w, 1); // version 1.0
    put_u16(w, 0);
    put_u32(w, UINT32_MAX); // the section's length is not known
    put_u32(w, UINT32_MAX);
    put_text_option(w, OPTION_COMMENT, about->comment);
    put_text_option(w, OPTION_SECTION_APPLICATION, about->application);
    put_u32(w, 0); // end of options
    block_end(w, start);
}

static void
put_interface(struct trace_writer *w, const struct trace_about *about)
{
    static const uint8_t nanoseconds = 9;
    size_t start =
        block_begin(w, BLOCK_INTERFACE, 64 + text_bytes(about->interface));
    if (start == SIZE_MAX)
        return;
    put_u16(w, (uint16_t)about->link_type);
    put_u16(w, 0);
    put_u32(w, about->snaplen);
    put_text_option(w, OPTION_INTERFACE_NAME, about->interface);
    put_option(w, OPTION_INTERFACE_RESOLUTION, &nanoseconds, 1);
    put_u32(w, 0);
    block_end(w, start);
}

struct trace_writer *
trace_writer_new(int fd, const struct trace_about *about)
{
    struct trace_writer *w = calloc(1, sizeof *w);
    if (!w) {
        close(fd);
        return NULL;
    }
    w->fd = fd;
    put_section(w, about);
    put_interface(w, about);
    if (trace_flush(w) == 0)
        return w;
    int saved = errno;
    trace_writer_close(w);
    errno = saved;
    return NULL;
}

/* A write stopped after `written` octets of the buffer. Cut the file back to
 * the last whole block; a pipe cannot be cut. */
static void
cut_to_whole(struct trace_writer *w, size_t written)
{
    size_t whole = 0;
    for (size_t at = 0; at < w->used;) {
        uint32_t length;
        memcpy(&length, w->buffer + at + 4, sizeof length);
        at += length;
        if (at <= written)
            whole = at;
    }
    if (ftruncate(w->fd, w->whole + (off_t)whole) == 0)
        w->whole += (off_t)whole;
}

int
trace_flush(struct trace_writer *w)
{
    size_t written = 0;
    while (!w->error && written < w->used) {
        ssize_t n = write(w->fd, w->buffer + written, w->used - written);
        if (n > 0)
            written += (size_t)n;
        else if (n < 0 && errno != EINTR)
            w->error = errno;
    }
    if (w->error && w->used > 0)
        cut_to_whole(w, written);
    else
        w->whole += (off_t)w->used;
    w->used = 0;
    errno = w->error;
    return w->error ? -1 : 0;
}

int
trace_write(struct trace_writer *w, const struct packet *packet)
{
    size_t start = w->error ? SIZE_MAX
                            : block_begin(w, BLOCK_ENHANCED_PACKET,
                                          32 + (size_t)packet->captured);
    if (start == SIZE_MAX) {
        errno = w->error;
        return -1;
    }
    put_u32(w, 0); // the one interface
    put_u32(w, (uint32_t)((uint64_t)packet->time_ns >> 32));
    put_u32(w, (uint32_t)packet->time_ns);
    put_u32(w, packet->captured);
    put_u32(w, packet->original);
    put_padded(w, packet->octets, packet->captured);
    block_end(w, start);
    return w->used >= WRITE_ROOM ? trace_flush(w) : 0;
}

int
trace_writer_close(struct trace_writer *w)
{
    int result = trace_flush(w);
    int saved = errno;
    if (close(w->fd) < 0 && result == 0) {
        result = -1;
        saved = errno;
    }
    free(w->buffer);
    free(w);
    errno = saved;
    return result;
}
