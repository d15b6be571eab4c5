/* advice: why no private network can be made here, and what changes that. */
#ifndef TCPLAB_ADVICE_H
#define TCPLAB_ADVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "stage/stage.h"

/*
 * A way was refused, and `way` is the one left: write to `words` (of `size`) the
 * reason and the one command that gives a better one. False: nothing is known
 * that would.
 */
bool advice_find(const struct stage_refusal *refusal, enum way way, char *words,
                 size_t size);

/* There is a private network, but no wire or no router in it: write to `words`
 * (of `size`) the command that may change that. */
void advice_network(enum network on, char *words, size_t size);

#endif
