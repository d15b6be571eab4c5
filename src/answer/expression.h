/*
 * expression: what a question's key computes from a trace.
 *
 *     ack(client < server SYN-ACK) - A
 *
 * Numbers, + - * / and =, parentheses; a comma stands between several values. A
 * and B are the initial sequence numbers of connection 1, `A of 2` is another's.
 * The rest are functions:
 *
 *     seq(LINE) ack(LINE) len(LINE) win(LINE)     of a segment
 *     flags(LINE) opt(LINE, mss)
 *     result(LINE) errno(LINE) arg(LINE, N)       of a call
 *     field(LINE, cwnd)                           of what it says in braces
 *     local(LINE) remote(LINE) time(LINE)         of either
 *     port(ENDPOINT)                              port(local(LINE))
 *     count(LINE [, after LINE] [, before LINE])
 *     state(WHO, after LINE)
 *
 * LINE is a line of the notation (expectation.h): a call, a segment, a state or
 * an exit. It means the first event that shows it, `LINE #2` the second one. As
 * there, what the kernel sends again by itself is passed over.
 */
#ifndef TCPLAB_EXPRESSION_H
#define TCPLAB_EXPRESSION_H

#include "../expect/expectation.h"
#include "../expect/fact.h"
#include "../text/text.h"

enum value_kind {
    VALUE_NUMBER,
    VALUE_SEQUENCE, // a sequence number: differences go round at 2^32
    VALUE_TIME,     // nanoseconds
    VALUE_TRUTH,    // of "=": 0 or 1
    VALUE_FLAGS,    // SEG_ bits
    VALUE_WORDS,
    VALUE_ENDPOINT,
    VALUE_NONE, // not observable in this trace; `why` says why
};

struct value {
    enum value_kind kind;
    int64_t number;
    struct span words; // lent by the facts
    struct endpoint endpoint;
    char why[160]; // a sentence
};

struct answer {
    struct value *values; // owned; one for each comma, and one more
    size_t count;
    uint64_t *events; // owned; the numbers of what shows it, ascending
    size_t event_count;
};

struct expression;

/* Read `text`. NULL, with `error` filled in, when it is none. */
struct expression *expression_new(const char *text, size_t bytes,
                                  struct expectation_error *error);
void expression_free(struct expression *expression);

/*
 * Compute it from `facts`, which are joined. The answer is for answer_clear(),
 * and lends words from the facts. False: there is no memory.
 */
bool expression_evaluate(const struct expression *expression,
                         const struct facts *facts, struct answer *answer);
void answer_clear(struct answer *answer);

/* Is every value of it observable? */
bool answer_is_known(const struct answer *answer);

/* Append "7004", "SYN+ACK", "127.0.0.1:7004", "yes". */
void value_write(struct text *text, const struct value *value);

#endif
