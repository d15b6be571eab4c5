/* meeting: who waits where, and when all are there. */
#include "meeting.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "../../capture/clock.h"
#include "call.h"

enum {
    MEET_MOST_NS = 1000000, // between the calls: a wire takes longer
};

/* Nobody who could still come is missing. */
static bool
is_complete(const struct director *d, const struct meeting *meeting)
{
    for (int i = 0; i < d->plan->program_count; i++)
        if (!meeting->waiting[i] && !d->actors[i].is_over)
            return false;
    return true;
}

/* Does it still run, neither asleep in its call nor back from it? */
static bool
is_running(const struct thread *thread)
{
    char path[64], state = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)thread->tid);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    int fields = fscanf(file, "%*d (%*[^)]) %c", &state);
    fclose(file);
    return fields == 1 && state == 'R';
}

/* One after the other, the server last: of two SYNs that cross, the first is the
 * client's. What a call sends has left when its thread sleeps. */
static void
begin(struct director *d, struct meeting *meeting)
{
    meeting->is_over = true;
    for (int i = d->plan->program_count - 1; i >= 0; i--) {
        struct thread *thread = meeting->waiting[i];
        if (!thread)
            continue;
        director_make_call(d, thread);
        int64_t until_ns = clock_ns(CLOCK_MONOTONIC) + MEET_MOST_NS;
        while (is_running(thread) && clock_ns(CLOCK_MONOTONIC) < until_ns)
            sched_yield();
    }
}

void
meeting_go_on(struct director *d)
{
    for (int i = 0; i < d->plan->meet_count; i++)
        if (!d->meetings[i].is_over && is_complete(d, &d->meetings[i]))
            begin(d, &d->meetings[i]);
}

/* Its place where its call is met at; NULL: there is no such meeting, or its
 * program has been there. */
static struct thread **
place_of(struct director *d, const struct thread *thread)
{
    const char *call = call_find(thread->number)->name;
    for (int i = 0; i < d->plan->meet_count; i++) {
        struct thread **place = &d->meetings[i].waiting[thread->program];
        if (!strcmp(d->plan->meet[i], call))
            return d->meetings[i].is_over || *place ? NULL : place;
    }
    return NULL;
}

void
meeting_call(struct director *d, struct thread *thread)
{
    struct thread **place = place_of(d, thread);
    if (!place) {
        director_make_call(d, thread);
        return;
    }
    *place = thread;
    meeting_go_on(d);
}

void
meeting_forget(struct director *d, const struct thread *thread)
{
    for (int i = 0; i < d->plan->meet_count; i++)
        for (int j = 0; j < d->plan->program_count; j++)
            if (d->meetings[i].waiting[j] == thread)
                d->meetings[i].waiting[j] = NULL;
}
