/* processor: which processor a process runs on (sched_setaffinity(2)). */
#ifndef TCPLAB_PROCESSOR_H
#define TCPLAB_PROCESSOR_H

#include <sched.h>
#include <stddef.h>

/*
 * This process, and what it forks from now on, runs on one processor of those it
 * may use: `lot` is any number, and processes with one lot share one. Where that
 * is refused, nothing changes. *before is set to those it might use until now,
 * unless NULL.
 */
void processor_share(size_t lot, cpu_set_t *before);

#endif
