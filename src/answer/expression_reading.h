/* expression_reading: what the files that read a key share. */
#ifndef TCPLAB_EXPRESSION_READING_H
#define TCPLAB_EXPRESSION_READING_H

#include "expression_tree.h"

struct reading {
    struct words words;
    int depth; // of brackets in brackets
};

/* What goes wrong stays in the words; what is returned then is NULL or a part,
 * for node_free(). */

/* ---- expression_read.c -------------------------------------------------- */

/* The mistake is that there is no memory. */
void reading_no_memory(struct words *words);

struct node *node_new(struct reading *reading, enum node_kind kind);

/* product {+ product} */
struct node *sum_read(struct reading *reading);

/* ---- expression_argument.c ---------------------------------------------- */

/* (...) of a function. */
struct node *function_read(struct reading *reading,
                           const struct function *function);

/* ---- expression_reference.c --------------------------------------------- */

/* LINE or LINE #2, up to a comma or the bracket. */
struct reference *reference_read(struct words *words);

#endif
