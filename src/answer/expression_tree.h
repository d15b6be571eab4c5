/* expression_tree: an expression as it was read. */
#ifndef TCPLAB_EXPRESSION_TREE_H
#define TCPLAB_EXPRESSION_TREE_H

#include "../expect/match.h"
#include "../expect/notation_word.h"
#include "expression.h"

/* LINE, or LINE #2. */
struct reference {
    struct line line;
    uint32_t nth;     // from 1
    struct span text; // as it stands in the key
};

enum node_kind {
    NODE_NUMBER,
    NODE_ISN,      // A, B; `number` is the connection's
    NODE_OPERATOR, // + - * / =
    NODE_FUNCTION,
};

struct function;

struct node {
    enum node_kind kind;
    int64_t number;     // NUMBER; of arg() the argument, of opt() the kind
    enum role role;     // ISN
    char sign;          // OPERATOR: + - * / =
    struct node *left;  // OPERATOR; of port() the endpoint
    struct node *right; // OPERATOR
    const struct function *function;
    struct span who;         // of state(); of field() its name
    struct reference *line;  // NULL: the function has none
    struct reference *after; // NULL: it is not asked for
    struct reference *before;
};

struct expression {
    char *text; // a copy, which the nodes borrow from
    struct node **values;
    size_t count;
};

/* What stands between a function's brackets. */
enum shape {
    SHAPE_LINE,
    SHAPE_OPTION,   // LINE, mss
    SHAPE_ARGUMENT, // LINE, N
    SHAPE_FIELD,    // LINE, cwnd
    SHAPE_COUNT,    // LINE [, after LINE] [, before LINE]
    SHAPE_STATE,    // WHO, after LINE
    SHAPE_ENDPOINT, // a value
};

struct evaluation {
    struct match match; // no more than what comparing a line with a fact needs
    const struct facts *facts;
    struct answer *answer;
    size_t room;
    bool failed; // there was no memory
};

struct function {
    const char *name;
    enum shape shape;
    int line_kind; // LINE_CALL, LINE_SEGMENT; -1: either
    const char *right;
    struct value (*of)(struct evaluation *evaluation, const struct node *node);
};

extern const struct function expression_functions[];
extern const size_t expression_function_count;

/* ---- expression_tree.c -------------------------------------------------- */

/* Free a node and all below it; NULL is nothing. */
void node_free(struct node *node);

/* ---- expression_find.c -------------------------------------------------- */

/* The first fact from index `from` on that shows the line, or FACT_NONE. */
int reference_next(struct evaluation *evaluation,
                   const struct reference *reference, int from);

/* The fact that is meant, or FACT_NONE, and then `why` says what is not there.
 */
int reference_find(struct evaluation *evaluation,
                   const struct reference *reference, struct value *why);

/* ---- expression.c ------------------------------------------------------- */

struct value node_evaluate(struct evaluation *evaluation,
                           const struct node *node);

/* `fact` shows the answer. */
void evaluation_note(struct evaluation *evaluation, const struct fact *fact);

/* ---- expression_value.c ------------------------------------------------- */

struct value value_number(int64_t number);
struct value value_sequence(uint32_t number);
struct value value_words(struct span words); // lent by the facts
struct value value_endpoint(const struct endpoint *endpoint);

/* A value that cannot be seen. */
struct value value_none(const char *why);

#endif
