/* credit: earned by the clock, spent by this thread's time. */
#include "credit.h"

#include "../../capture/clock.h"

struct credit
credit_of(int free, int64_t most_ns, int share)
{
    return (struct credit){
        .free = free, .left_ns = most_ns, .most_ns = most_ns, .share = share
    };
}

bool
credit_begin(struct credit *c)
{
    c->begun_ns = 0;
    if (c->free > 0) {
        c->free--;
        return true;
    }
    int64_t now_ns = clock_ns(CLOCK_MONOTONIC);
    c->left_ns += (now_ns - c->reckoned_ns) / c->share;
    if (c->left_ns > c->most_ns)
        c->left_ns = c->most_ns;
    c->reckoned_ns = now_ns;
    if (c->left_ns <= 0)
        return false;
    c->begun_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    return true;
}

void
credit_end(struct credit *c)
{
    if (c->begun_ns)
        c->left_ns -= clock_ns(CLOCK_THREAD_CPUTIME_ID) - c->begun_ns;
}
