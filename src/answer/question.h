/* question: what a lab's handout asks, and its answer as it is shown. */
#ifndef TCPLAB_QUESTION_H
#define TCPLAB_QUESTION_H

#include <stdbool.h>
#include <stddef.h>

#include "../lab/lab.h"
#include "../text/output.h"
#include "expression.h"

/* A question, as the lab's description has it; borrowed from there. */
struct question {
    const char *name;    // "O2"
    const char *asks;    // a sentence
    const char *key;     // its expression
    const char *variant; // NULL: the lab itself
};

/* The `index`th question. False: there are not so many. */
bool question_find(const struct description *description, size_t index,
                   struct question *question);

/* A question, and what a trace answers; borrowed. */
struct reply {
    const struct question *question;
    const struct answer *answer; // NULL: there is no trace to ask
    const char *trace;           // its path, or NULL
    const char *instead;         // without a trace: "run it: tcplab run 4"
    bool with_key;
};

/* As text: the question, the answer and its events. */
void reply_text(struct output *output, const struct reply *reply);

/* As a line of JSON. False: there is no memory. */
bool reply_json(struct output *output, const struct reply *reply);

#endif
