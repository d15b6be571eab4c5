/* recorder: a heap, a trace writer, a spool. */
#include "recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

enum {
    HOLD_NS = 20000000, // four times what the ring holds packets back
    HOLD_MOST_NS = 1000000000,
    // Two processors' packets overtake each other by less.
    OVERTAKING_NS = 2000000,
    SPOOL_PART = 1 << 20,
    SPOOL_GATHERED = 32768, // octets, then the reader need not wait for more
    ENTRY_ROOM = 16384,
    RECORDED_MOST = 1 << 30, // octets of one run
};

struct record {
    struct packet packet;
    uint8_t octets[]; // the packet's
};

/* A record's place in the order; what it is compared by stands with it. */
struct place {
    int64_t time_ns;
    uint64_t serial; // among equal times, the order they came in
    struct record *record;
};

struct recorder {
    struct place *heap; // the oldest first
    size_t count, size;
    uint64_t serial;
    int64_t recorded;     // octets
    int64_t written_ns;   // time of the newest written
    int64_t hold_ns;      // for so long all is held back
    int64_t caught_up_ns; // all packets that are older have come
    struct trace_writer *trace;
    int spool;       // what the trace is written to
    off_t handed_on; // of the spool, to the pipe
    int pipe;
    bool is_over;
    struct recorder_counts counts;
};

/* An unlinked file. */
static int
spool_open(void)
{
    const char *folder = getenv("TMPDIR");
    char path[4096];
    int fd = open(folder ? folder : "/tmp",
                  O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    snprintf(path, sizeof path, "%s/tcplab-XXXXXX", folder ? folder : "/tmp");
    fd = mkostemp(path, O_APPEND | O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

struct recorder *
recorder_new(int fd, const struct trace_about *about)
{
    struct recorder *r = calloc(1, sizeof *r);
    int spool = spool_open();
    int writing = spool < 0 ? -1 : fcntl(spool, F_DUPFD_CLOEXEC, 0);
    if (r && writing >= 0)
        r->trace = trace_writer_new(writing, about);
    if (!r || writing < 0 || !r->trace) {
        int saved = errno;
        if (spool >= 0)
            close(spool);
        close(fd);
        free(r);
        errno = saved;
        return NULL;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    r->spool = spool;
    r->pipe = fd;
    r->hold_ns = HOLD_NS;
    return r;
}

/* ---- The heap ------------------------------------------------------------ */

static bool
is_older(const struct place *a, const struct place *b)
{
    return a->time_ns != b->time_ns ? a->time_ns < b->time_ns
                                    : a->serial < b->serial;
}

static bool
heap_grow(struct recorder *r)
{
    size_t size = r->size ? 2 * r->size : 1024;
    struct place *larger = realloc(r->heap, size * sizeof *larger);
    if (!larger)
        return false;
    r->heap = larger;
    r->size = size;
    return true;
}

static void
heap_add(struct recorder *r, int64_t time_ns, struct record *record)
{
    struct place added = { time_ns, r->serial++, record };
    if (r->count == r->size && !heap_grow(r)) {
        r->counts.error = ENOMEM;
        free(record);
        return;
    }
    size_t i = r->count++;
    for (; i > 0 && is_older(&added, &r->heap[(i - 1) / 2]); i = (i - 1) / 2)
        r->heap[i] = r->heap[(i - 1) / 2];
    r->heap[i] = added;
}

static struct record *
heap_take(struct recorder *r)
{
    struct record *oldest = r->heap[0].record;
    struct place last = r->heap[--r->count];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < r->count; i = child) {
        if (child + 1 < r->count &&
            is_older(&r->heap[child + 1], &r->heap[child]))
            child++;
        if (!is_older(&r->heap[child], &last))
            break;
        r->heap[i] = r->heap[child];
    }
    r->heap[i] = last;
    return oldest;
}

static void
hold(struct recorder *r, const struct packet *packet, const void *octets)
{
    struct record *record = malloc(sizeof *record + packet->captured);
    if (!record) {
        r->counts.error = ENOMEM;
        return;
    }
    record->packet = *packet;
    record->packet.octets = record->octets;
    memcpy(record->octets, octets, packet->captured);
    heap_add(r, packet->time_ns, record);
}

void
recorder_hold(struct recorder *r, int64_t ns)
{
    r->hold_ns = ns;
}

void
recorder_caught_up(struct recorder *r, int64_t time_ns)
{
    if (r->counts.late == 0)
        r->caught_up_ns = time_ns - OVERTAKING_NS;
}

/* One that comes too late shows that others may: all is held back for longer, and
 * nothing is sure to have come. */
static void
take_late(struct recorder *r, const struct packet *packet)
{
    int64_t late_ns = r->written_ns - packet->time_ns;
    r->counts.late++;
    r->caught_up_ns = 0;
    r->hold_ns += 2 * late_ns;
    if (r->hold_ns > HOLD_MOST_NS)
        r->hold_ns = HOLD_MOST_NS;
}

void
recorder_packet(struct recorder *r, const struct packet *packet)
{
    if (packet->time_ns < r->written_ns)
        take_late(r, packet);
    hold(r, packet, packet->octets);
}

void
recorder_entry(struct recorder *r, const struct entry *entry)
{
    char room[ENTRY_ROOM];
    size_t bytes = entry_write(entry, room, sizeof room);
    if (bytes > sizeof room)
        return; // our own fields are bounded far below
    struct packet packet = { .time_ns = entry->time_ns,
                             .link_type = entry->kind == ENTRY_PROMPT
                                              ? LINK_PROMPT
                                              : LINK_ENTRY,
                             .captured = (uint32_t)bytes,
                             .original = (uint32_t)bytes };
    hold(r, &packet, room);
}

/* ---- The spool ----------------------------------------------------------- */

/* What is in the file and was not handed on yet, in octets. */
static off_t
waiting(const struct recorder *r)
{
    return trace_written(r->trace) - r->handed_on;
}

/* As much as the pipe takes now. */
static void
hand_on(struct recorder *r)
{
    while (!r->is_over && waiting(r) > 0) {
        size_t left = (size_t)waiting(r);
        ssize_t n = sendfile(r->pipe, r->spool, &r->handed_on,
                             left < SPOOL_PART ? left : SPOOL_PART);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0 && errno != EINTR)
            r->is_over = true;
    }
    // Nothing waits: begin the file again.
    if (r->handed_on > SPOOL_PART && waiting(r) == 0 &&
        trace_rewind(r->trace) == 0)
        r->handed_on = 0;
}

/* What the pipe takes at once need not go through the file. */
static void
spool(struct recorder *r)
{
    if (waiting(r) == 0 && !r->is_over &&
        trace_hand_over(r->trace, r->pipe) < 0)
        r->is_over = errno != EAGAIN && errno != EINTR;
    if (trace_flush(r->trace) < 0)
        r->counts.error = errno;
    hand_on(r);
}

static void
write_record(struct recorder *r, const struct record *record)
{
    const struct packet *packet = &record->packet;
    r->recorded += packet->captured;
    if (!r->counts.error && r->recorded > RECORDED_MOST)
        r->counts.error = EFBIG;
    if (!r->counts.error && trace_write(r->trace, packet) < 0)
        r->counts.error = errno;
    if (packet->time_ns > r->written_ns)
        r->written_ns = packet->time_ns;
}

/* Until when nothing is held back. */
static int64_t
released_until(const struct recorder *r, int64_t now_ns)
{
    if (now_ns == INT64_MAX)
        return now_ns;
    int64_t held_ns = now_ns - r->hold_ns;
    return held_ns > r->caught_up_ns ? held_ns : r->caught_up_ns;
}

bool
recorder_release_one(struct recorder *r, int64_t now_ns)
{
    if (r->count == 0 || r->heap[0].time_ns > released_until(r, now_ns))
        return false;
    struct record *record = heap_take(r);
    write_record(r, record);
    free(record);
    if (trace_gathered(r->trace) >= SPOOL_GATHERED)
        spool(r);
    return true;
}

void
recorder_release(struct recorder *r, int64_t now_ns)
{
    while (recorder_release_one(r, now_ns))
        ;
    spool(r);
}

int
recorder_fd(const struct recorder *r, short *events)
{
    *events = waiting(r) > 0 ? POLLOUT : 0;
    return r->pipe;
}

bool
recorder_is_over(const struct recorder *r)
{
    return r->is_over;
}

int
recorder_due_ms(const struct recorder *r, int64_t now_ns)
{
    if (r->count == 0)
        return -1;
    int64_t ns = r->heap[0].time_ns + r->hold_ns - now_ns;
    return ns <= 0 ? 0 : (int)(ns / 1000000) + 1;
}

struct recorder_counts
recorder_counts(const struct recorder *r)
{
    return r->counts;
}

void
recorder_close(struct recorder *r)
{
    recorder_release(r, INT64_MAX);
    fcntl(r->pipe, F_SETFL, fcntl(r->pipe, F_GETFL) & ~O_NONBLOCK);
    hand_on(r);
    trace_writer_close(r->trace);
    close(r->spool);
    close(r->pipe);
    free(r->heap);
    free(r);
}
