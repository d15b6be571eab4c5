/*
 * recorder: packets and entries, put in order of time, as a trace down a pipe.
 *
 * Packets reach us some milliseconds after their time. So everything is held
 * back for a while, sorted, and then written. What the pipe's reader does not
 * take yet waits in an unlinked file: the recorder never waits for it.
 */
#ifndef TCPLAB_RECORDER_H
#define TCPLAB_RECORDER_H

#include "entry.h"
#include "trace.h"

struct recorder;

/* Record to `fd`, which it takes over. NULL with errno. */
struct recorder *recorder_new(int fd, const struct trace_about *about);

/* Hold everything back for `ns`, and not the usual 20 ms; what comes too late even so
 * makes it longer, up to a second. */
void recorder_hold(struct recorder *recorder, int64_t ns);

/*
 * All packets older than `time_ns` have come: what happened before need not be held
 * back any more. After a packet that came too late this is believed no more.
 */
void recorder_caught_up(struct recorder *recorder, int64_t time_ns);

/* Both copy what they are given. */
void recorder_packet(struct recorder *recorder, const struct packet *packet);
void recorder_entry(struct recorder *recorder, const struct entry *entry);

/*
 * Write what is old enough at `now_ns` (CLOCK_REALTIME), INT64_MAX: everything,
 * and hand on as much as the pipe takes.
 */
void recorder_release(struct recorder *recorder, int64_t now_ns);

/* Write the oldest only, if it is old enough, and hand on only when much is written.
 * False: there is none. */
bool recorder_release_one(struct recorder *recorder, int64_t now_ns);

/* What to poll for: the pipe, for writing, while something waits for it; else
 * only for its reader's leaving. `events` are poll(2)'s. */
int recorder_fd(const struct recorder *recorder, short *events);

/* Has the pipe's reader gone? */
bool recorder_is_over(const struct recorder *recorder);

/* When what is held back becomes old enough, in ms from `now_ns`; -1: nothing
 * is held back. */
int recorder_due_ms(const struct recorder *recorder, int64_t now_ns);

struct recorder_counts {
    uint64_t late; // packets that came when something newer had been written
    int error;     // errno: nothing more was recorded; EFBIG: a GiB was
};

struct recorder_counts recorder_counts(const struct recorder *recorder);

/* Write and hand on all that is left, waiting for the reader, and close. */
void recorder_close(struct recorder *recorder);

#endif
