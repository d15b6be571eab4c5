/* progress: how far a long reading is. */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "../../capture/clock.h"

enum {
    EVERY_PACKETS = 1 << 16
};

static const int64_t first_after_ns = 2000000000, then_every_ns = 500000000;

struct progress
progress_begin(const struct output *output)
{
    int64_t now = clock_ns(CLOCK_MONOTONIC);
    return (struct progress){ .wanted =
                                  isatty(STDERR_FILENO) && !isatty(output->fd),
                              .begin_ns = now,
                              .last_ns = now };
}

void
progress_tell(struct progress *p, uint64_t packets, struct source *source)
{
    if (!p->wanted || packets % EVERY_PACKETS != 0)
        return;
    int64_t now = clock_ns(CLOCK_MONOTONIC);
    if (now - p->begin_ns < first_after_ns || now - p->last_ns < then_every_ns)
        return;
    p->last_ns = now;
    p->told = true;
    int percent = source_percent(source);
    if (percent >= 0)
        fprintf(stderr, "\rtcplab: %d %% read, %llu packets ", percent,
                (unsigned long long)packets);
    else
        fprintf(stderr, "\rtcplab: %llu packets read ",
                (unsigned long long)packets);
}

void
progress_end(struct progress *p)
{
    if (p->told)
        fprintf(stderr, "\r\033[K");
}
