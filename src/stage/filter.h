/* filter: the seccomp filter that picks the calls worth a stop (seccomp(2)). */
#ifndef TCPLAB_FILTER_H
#define TCPLAB_FILTER_H

#include <stdbool.h>

/* How much of a program's doings is shown. */
enum level {
    LEVEL_CALLS,       // every call about a socket
    LEVEL_CONNECTIONS, // only what opens and closes connections
};

struct filter;

/* Make one, to be installed in programs; free(3) is all it takes to end it. NULL
 * with errno. */
struct filter *filter_new(enum level level);

/*
 * Install the filter for this process and all it starts: from now on it must be
 * under trace. Without capabilities this also gives up gaining any by exec. Safe
 * behind a fork, whatever other threads were doing (signal-safety(7)). Returns 0,
 * or -1 with errno.
 */
int filter_install(const struct filter *filter);

#endif
