/*
 * stream: octets from a file or a pipe, gzip unpacked on the way (RFC 1952).
 */
#ifndef TCPLAB_STREAM_H
#define TCPLAB_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct stream;

/*
 * A stream over `fd`, which it closes. NULL with errno (ENOMEM, EISDIR, or
 * what reading the first octets gave).
 */
struct stream *stream_new(int fd);
void stream_free(struct stream *stream);

/*
 * At least `wanted` octets, not yet taken, at the returned address; *present
 * says how many there are. Fewer than `wanted` means that the stream ends
 * there, or that it fails: see stream_error(). Valid until the next call.
 */
const uint8_t *stream_peek(struct stream *stream, size_t wanted,
                           size_t *present);

/* Take octets that were peeked at. */
void stream_take(struct stream *stream, size_t bytes);

/* Why the stream ended early; NULL when it just ended. */
const char *stream_error(const struct stream *stream);

/* Would reading more have to wait for a writer? Then wait on stream_fd(). */
bool stream_would_wait(const struct stream *stream);
int stream_fd(const struct stream *stream);

/* A stdio stream over it, for libpcap; closing it frees `stream`. */
FILE *stream_file(struct stream *stream);

#endif
