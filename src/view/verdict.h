/* verdict: a connection in one short paragraph that a student can read aloud.
 */
#ifndef TCPLAB_VERDICT_H
#define TCPLAB_VERDICT_H

#include "../../capture/tracker.h"
#include "../text/text.h"

/*
 * Append the verdict: how it opened, what was sent, how it closed, what is
 * left. Whole sentences of at most 18 words, in one line.
 */
void text_verdict(struct text *text, const struct connection *connection,
                  enum let_go why);

#endif
