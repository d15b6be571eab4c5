/*
 * readahead: packets read and decoded by a second thread, in batches, while the
 * first one tracks and shows those before.
 *
 * For files only: reading a large one takes about as long as understanding it,
 * and a machine has more than one processor.
 */
#ifndef TCPLAB_READAHEAD_H
#define TCPLAB_READAHEAD_H

#include "decode.h"
#include "source.h"

struct readahead;

/*
 * Begin to read ahead from `source`, which from now on only the new thread
 * reads. NULL with errno when there is no memory or no thread.
 */
struct readahead *readahead_new(struct source *source);

/* End the thread, wherever it is in its reading. The source stays open. */
void readahead_free(struct readahead *readahead);

/* The next packet, decoded, both borrowed until the next call; after the last
 * one, what ended the reading, each time. */
enum source_result readahead_next(struct readahead *readahead,
                                  const struct packet **packet,
                                  const struct decoded **decoded);

/* What will be given `distance` packets later, if it is in the same batch; else
 * NULL. */
const struct decoded *readahead_peek(const struct readahead *readahead,
                                     int distance);

#endif
