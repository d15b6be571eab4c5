/* expression_function: what each function of a key computes. */
#ifndef TCPLAB_EXPRESSION_FUNCTION_H
#define TCPLAB_EXPRESSION_FUNCTION_H

#include "expression_tree.h"

/* The fact of a function's LINE, which is noted; NULL: `none` says why there is
 * none. */
const struct fact *function_fact(struct evaluation *e,
                                 const struct reference *line,
                                 struct value *none);

/* The n-th argument of a call, from 1; empty: it has not so many. What the
 * kernel fills in stands in the return. */
struct span function_argument(const struct evaluation *e,
                              const struct fact *call, int64_t nth);

/* ---- expression_segment.c ----------------------------------------------- */

struct value of_seq(struct evaluation *e, const struct node *node);
struct value of_ack(struct evaluation *e, const struct node *node);
struct value of_len(struct evaluation *e, const struct node *node);
struct value of_win(struct evaluation *e, const struct node *node);
struct value of_flags(struct evaluation *e, const struct node *node);
struct value of_opt(struct evaluation *e, const struct node *node);

/* ---- expression_call.c -------------------------------------------------- */

struct value of_result(struct evaluation *e, const struct node *node);
struct value of_errno(struct evaluation *e, const struct node *node);
struct value of_arg(struct evaluation *e, const struct node *node);
struct value of_field(struct evaluation *e, const struct node *node);

/* ---- expression_name.c -------------------------------------------------- */

struct value of_local(struct evaluation *e, const struct node *node);
struct value of_remote(struct evaluation *e, const struct node *node);
struct value of_port(struct evaluation *e, const struct node *node);

#endif
