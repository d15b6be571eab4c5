/*
 * trace: pcapng, in and out (draft-ietf-opsawg-pcapng).
 *
 * The reader knows several sections and interfaces in one file, each with its
 * own link type and clock resolution, both byte orders, and passes over blocks
 * it does not know. The writer makes files that any reader of pcapng opens.
 */
#ifndef TCPLAB_TRACE_H
#define TCPLAB_TRACE_H

#include <sys/types.h>

#include "packet.h"
#include "stream.h"

/* What reading the next record gave. */
enum source_result {
    SOURCE_PACKET,
    SOURCE_WAIT,    // nothing now; more may come
    SOURCE_END,     // the capture ended where it should
    SOURCE_CUT,     // it ended inside a record; what was whole was given
    SOURCE_DAMAGED, // it cannot be read on; the error says why
};

struct trace_reader;

/* A reader over `stream`, which it takes over. NULL with errno. */
struct trace_reader *trace_reader_new(struct stream *stream);
void trace_reader_free(struct trace_reader *reader);

/*
 * The next packet or journal entry (LINK_ENTRY), borrowed until the next call.
 * Waits for the first block of them, and not behind one that is neither.
 * Frames are numbered as Wireshark counts: both alike. `error` (of
 * `size`) is set for SOURCE_CUT and SOURCE_DAMAGED.
 */
enum source_result trace_read(struct trace_reader *reader,
                              struct packet *packet, char *error, size_t size);

/* The stream it reads from, to ask whether it would wait. */
const struct stream *trace_stream(const struct trace_reader *reader);

struct trace_writer;

enum {
    TRACE_INTERFACES = 4
};

/* What a trace says of itself and its interfaces, which are of one kind: libpcap
 * refuses a file where they differ. */
struct trace_about {
    const char *application;                  // "tcplab 0.1"
    const char *comment;                      // or NULL
    const char *interfaces[TRACE_INTERFACES]; // "lo"; the others may be NULL
    int link_type;
    uint32_t snaplen; // 0: no limit
};

/*
 * Begin a trace on `fd`, which it takes over. NULL with errno. Times are
 * written in nanoseconds.
 */
struct trace_writer *trace_writer_new(int fd, const struct trace_about *about);

/*
 * Add a packet or an entry; it is written when there is much, or by trace_flush(). Both
 * return 0, or -1 with errno (ENOSPC: the disk is full): then, on a file, what
 * was written before is whole, and nothing more is written.
 */
int trace_write(struct trace_writer *writer, const struct packet *packet);
int trace_flush(struct trace_writer *writer);

/*
 * Write what was gathered to another file instead, as much as that takes now. What it
 * took is not written any more; the rest is, behind what it took. Returns how many
 * octets, or -1 with errno (EAGAIN: none now).
 */
ssize_t trace_hand_over(struct trace_writer *writer, int fd);

/* How many octets were gathered and not written yet. */
size_t trace_gathered(const struct trace_writer *writer);

/* How many octets have been written, and are whole. */
off_t trace_written(const struct trace_writer *writer);

/* A reader took all that was written: empty the file, and go on as if it were
 * still there. Returns 0, or -1 with errno. */
int trace_rewind(struct trace_writer *writer);

/* Flush and close. Returns as trace_flush() does. */
int trace_writer_close(struct trace_writer *writer);

#endif
