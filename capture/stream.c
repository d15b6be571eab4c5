/*
 * stream: a buffer in front of read(2), or of zlib in front of read(2).
 *
 * zlib's own file functions would do for files. They wait for a full buffer,
 * and so would hold back what a live pipe has already given.
 */
#include "stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum {
    CHUNK = 1 << 16
};

struct stream {
    int fd;
    uint8_t *buffer; // octets from `next` to `end` are not taken yet
    size_t size, next, end;
    const char *error;
    bool input_ended; // read(2) has no more
    bool at_end;      // nor has the stream
    // gzip only.
    bool packed;
    bool between_members; // the next octets begin another one, or are none
    z_stream zlib;
    uint8_t *packed_octets; // CHUNK of them
};

/* read(2), again when interrupted. At the end, or on failure, 0. */
static size_t
stream_read(struct stream *s, uint8_t *octets, size_t bytes)
{
    ssize_t got;
    do
        got = read(s->fd, octets, bytes);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        s->error = strerror(errno);
    if (got <= 0)
        s->input_ended = true;
    return got > 0 ? (size_t)got : 0;
}

/* More packed octets for zlib, if it has none left. */
static void
refill(struct stream *s)
{
    if (s->zlib.avail_in > 0)
        return;
    s->zlib.next_in = s->packed_octets;
    s->zlib.avail_in = (uInt)stream_read(s, s->packed_octets, CHUNK);
}

/* A gzip file may have several members, one behind the other (2.2). What is
 * unpacked already is given before the next one is waited for. */
static bool
begin_member(struct stream *s)
{
    refill(s);
    if (s->zlib.avail_in == 0) {
        s->at_end = true;
        return false;
    }
    s->between_members = false;
    return inflateReset(&s->zlib) == Z_OK;
}

/* One step of zlib's. False: it can go no further. */
static bool
unpack_more(struct stream *s)
{
    refill(s);
    int result = inflate(&s->zlib, Z_NO_FLUSH);
    if (result == Z_STREAM_END)
        s->between_members = true;
    else if (result == Z_BUF_ERROR && s->input_ended)
        s->error = "the gzip data is cut";
    else if (result != Z_OK && result != Z_BUF_ERROR)
        s->error = "the gzip data is damaged";
    return result == Z_OK || (result == Z_BUF_ERROR && !s->error);
}

/* Unpack some octets. 0 at the end, or when what is packed is damaged. */
static size_t
stream_unpack(struct stream *s, uint8_t *octets, size_t bytes)
{
    s->zlib.next_out = octets;
    s->zlib.avail_out = (uInt)bytes;
    if (s->between_members && !begin_member(s))
        return 0;
    while (s->zlib.avail_out == bytes && unpack_more(s))
        ;
    if (s->error)
        s->at_end = true;
    return bytes - s->zlib.avail_out;
}

/* Room for `wanted` octets from `next` on. */
static bool
stream_reserve(struct stream *s, size_t wanted)
{
    if (s->next > 0) {
        memmove(s->buffer, s->buffer + s->next, s->end - s->next);
        s->end -= s->next;
        s->next = 0;
    }
    if (wanted <= s->size)
        return true;
    uint8_t *larger = realloc(s->buffer, wanted + CHUNK);
    if (!larger) {
        s->error = strerror(ENOMEM);
        s->at_end = true;
        return false;
    }
    s->buffer = larger;
    s->size = wanted + CHUNK;
    return true;
}

static void
stream_fill(struct stream *s)
{
    uint8_t *to = s->buffer + s->end;
    size_t room = s->size - s->end;
    s->end += s->packed ? stream_unpack(s, to, room) : stream_read(s, to, room);
    if (!s->packed && s->input_ended)
        s->at_end = true;
}

const uint8_t *
stream_peek(struct stream *s, size_t wanted, size_t *present)
{
    if (s->end - s->next < wanted && stream_reserve(s, wanted))
        while (s->end - s->next < wanted && !s->at_end)
            stream_fill(s);
    *present = s->end - s->next;
    return s->buffer + s->next;
}

void
stream_take(struct stream *s, size_t bytes)
{
    s->next += bytes;
}

const char *
stream_error(const struct stream *s)
{
    return s->error;
}

int
stream_fd(const struct stream *s)
{
    return s->fd;
}

bool
stream_would_wait(const struct stream *s)
{
    struct pollfd readable = { .fd = s->fd, .events = POLLIN };
    if (s->next < s->end || s->at_end || (s->packed && s->zlib.avail_in > 0))
        return false;
    int ready = poll(&readable, 1, 0);
    return ready == 0 || (ready < 0 && errno == EINTR);
}

/* What was read so far is packed: unpack it from now on. */
static bool
stream_begin_unpacking(struct stream *s)
{
    s->packed_octets = malloc(CHUNK);
    if (!s->packed_octets || inflateInit2(&s->zlib, 15 + 16) != Z_OK)
        return false;
    memcpy(s->packed_octets, s->buffer, s->end);
    s->zlib.next_in = s->packed_octets;
    s->zlib.avail_in = (uInt)s->end;
    s->end = 0;
    s->packed = true;
    s->at_end = s->input_ended = false;
    return true;
}

struct stream *
stream_new(int fd)
{
    struct stream *s = calloc(1, sizeof *s);
    size_t present;
    if (!s) {
        close(fd);
        return NULL;
    }
    s->fd = fd;
    s->size = CHUNK;
    s->buffer = malloc(s->size);
    if (!s->buffer)
        goto out;
    errno = 0;
    const uint8_t *first = stream_peek(s, 2, &present);
    if (s->error)
        goto out;
    if (present < 2 || first[0] != 0x1f || first[1] != 0x8b ||
        stream_begin_unpacking(s))
        return s;
out:
    stream_free(s);
    return NULL;
}

void
stream_free(struct stream *s)
{
    if (!s)
        return;
    int saved = errno;
    if (s->packed)
        inflateEnd(&s->zlib);
    free(s->packed_octets);
    free(s->buffer);
    close(s->fd);
    free(s);
    errno = saved;
}

static ssize_t
file_read(void *cookie, char *octets, size_t bytes)
{
    struct stream *s = cookie;
    size_t present;
    const uint8_t *from = stream_peek(s, 1, &present);
    if (present > bytes)
        present = bytes;
    memcpy(octets, from, present);
    stream_take(s, present);
    return (ssize_t)present;
}

static int
file_close(void *cookie)
{
    stream_free(cookie);
    return 0;
}

FILE *
stream_file(struct stream *s)
{
    cookie_io_functions_t functions = { .read = file_read,
                                        .close = file_close };
    FILE *file = fopencookie(s, "rb", functions);
    if (file)
        setvbuf(file, NULL, _IONBF, 0);
    return file;
}
