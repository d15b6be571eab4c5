/* clock: a clock's time in nanoseconds (clock_gettime(2)). */
#ifndef TCPLAB_CLOCK_H
#define TCPLAB_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t
clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * (int64_t)1000000000 + now.tv_nsec;
}

#endif
