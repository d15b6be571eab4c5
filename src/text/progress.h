/*
 * progress: a line on the terminal about work that takes over two seconds,
 * when nothing else is to be seen there.
 */
#ifndef TCPLAB_PROGRESS_H
#define TCPLAB_PROGRESS_H

#include "../../capture/source.h"
#include "output.h"

struct progress {
    bool wanted; // standard error is a terminal, and the output is not
    bool told;
    int64_t begin_ns, last_ns;
};

struct progress progress_begin(const struct output *output);

/* `packets` have been read from `source`: say so, if it is time to. */
void progress_tell(struct progress *progress, uint64_t packets,
                   struct source *source);

/* Take the line away. */
void progress_end(struct progress *progress);

#endif
