/* filter: the seccomp filter that picks the calls worth a stop (seccomp(2)). */
#ifndef TCPLAB_FILTER_H
#define TCPLAB_FILTER_H

#include <stdbool.h>

/* How much of a program's doings is shown. */
enum level {
    LEVEL_CALLS,       // every call about a socket
    LEVEL_CONNECTIONS, // only what opens and closes connections
};

/*
 * Install the filter for this process and all it starts: from now on it must be
 * under trace. Without capabilities this also gives up gaining any by exec.
 * Returns 0, or -1 with errno.
 */
int filter_install(enum level level);

#endif
