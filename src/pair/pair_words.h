/* pair_words: what two captures tell together, in sentences and in JSON. */
#ifndef TCPLAB_PAIR_WORDS_H
#define TCPLAB_PAIR_WORDS_H

#include <jansson.h>

#include "../text/output.h"
#include "pair.h"

/* A paragraph of sentences. */
void pair_tell(const struct pair_account *account, struct output *output);

/* The same as keys of `line`. */
void pair_json(const struct pair_account *account, json_t *line);

#endif
