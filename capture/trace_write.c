/* trace_write: packets become pcapng blocks. */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pcapng.h"

enum {
    WRITE_ROOM = 1 << 16
};

struct trace_writer {
    int fd;
    uint8_t *buffer;
    size_t used, size;
    size_t begun; // of the buffer: the end of a block that was handed over
    off_t whole;  // where the last whole block on disk ends
    int error;    // errno of the first failure
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
put_interface(struct trace_writer *w, const struct trace_about *about,
              const char *name)
{
    static const uint8_t nanoseconds = 9;
    size_t start = block_begin(w, BLOCK_INTERFACE, 64 + text_bytes(name));
    if (start == SIZE_MAX)
        return;
    put_u16(w, (uint16_t)about->link_type);
    put_u16(w, 0);
    put_u32(w, about->snaplen);
    put_text_option(w, OPTION_INTERFACE_NAME, name);
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
    for (int i = 0; i < TRACE_INTERFACES && about->interfaces[i]; i++)
        put_interface(w, about, about->interfaces[i]);
    if (trace_flush(w) == 0)
        return w;
    int saved = errno;
    trace_writer_close(w);
    errno = saved;
    return NULL;
}

static uint32_t
block_length(const struct trace_writer *w, size_t at)
{
    uint32_t length;
    memcpy(&length, w->buffer + at + 4, sizeof length);
    return length;
}

/* A write stopped after `written` octets of the buffer. Cut the file back to
 * the last whole block; a pipe cannot be cut. */
static void
cut_to_whole(struct trace_writer *w, size_t written)
{
    size_t whole = w->begun <= written ? w->begun : 0;
    for (size_t at = w->begun; at < w->used;) {
        at += block_length(w, at);
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
    w->used = w->begun = 0;
    errno = w->error;
    return w->error ? -1 : 0;
}

ssize_t
trace_hand_over(struct trace_writer *w, int fd)
{
    ssize_t n = w->error ? 0 : write(fd, w->buffer, w->used);
    if (n <= 0)
        return n;
    size_t taken = (size_t)n, at = w->begun;
    while (at < taken)
        at += block_length(w, at);
    w->begun = at - taken;
    w->used -= taken;
    memmove(w->buffer, w->buffer + taken, w->used);
    return n;
}

size_t
trace_gathered(const struct trace_writer *w)
{
    return w->used;
}

static void
put_packet_head(struct trace_writer *w, const struct packet *packet)
{
    put_u32(w, packet->interface);
    put_u32(w, (uint32_t)((uint64_t)packet->time_ns >> 32));
    put_u32(w, (uint32_t)packet->time_ns);
    put_u32(w, packet->captured);
    put_u32(w, packet->original);
}

static void
put_packet_id(struct trace_writer *w, const struct packet *packet)
{
    if (!packet->id)
        return;
    put_option(w, OPTION_PACKET_ID, &packet->id, sizeof packet->id);
    put_u32(w, 0); // end of options
}

static enum block_type
block_type_of(const struct packet *packet)
{
    switch (packet->link_type) {
    case LINK_ENTRY:
        return BLOCK_JOURNAL;
    case LINK_PROMPT:
        return BLOCK_CUSTOM_NOT_COPIED;
    default:
        return BLOCK_ENHANCED_PACKET;
    }
}

int
trace_write(struct trace_writer *w, const struct packet *packet)
{
    enum block_type type = block_type_of(packet);
    size_t start = w->error
                       ? SIZE_MAX
                       : block_begin(w, type, 48 + (size_t)packet->captured);
    if (start == SIZE_MAX) {
        errno = w->error;
        return -1;
    }
    if (type == BLOCK_ENHANCED_PACKET)
        put_packet_head(w, packet);
    else if (type == BLOCK_CUSTOM_NOT_COPIED)
        put_u32(w, CUSTOM_NUMBER);
    put_padded(w, packet->octets, packet->captured);
    if (type == BLOCK_ENHANCED_PACKET)
        put_packet_id(w, packet);
    block_end(w, start);
    return w->used >= WRITE_ROOM ? trace_flush(w) : 0;
}

off_t
trace_written(const struct trace_writer *w)
{
    return w->whole;
}

int
trace_rewind(struct trace_writer *w)
{
    if (ftruncate(w->fd, 0) < 0)
        return -1;
    w->whole = 0;
    return 0;
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
