/* expression: a tree, computed. */
#include "expression.h"

#include <stdlib.h>

#include "expression_tree.h"

void
evaluation_note(struct evaluation *e, const struct fact *fact)
{
    struct answer *answer = e->answer;
    if (answer->event_count == e->room) {
        size_t room = e->room ? 2 * e->room : 16;
        uint64_t *more = realloc(answer->events, room * sizeof *more);
        if (!more) {
            e->failed = true;
            return;
        }
        answer->events = more;
        e->room = room;
    }
    answer->events[answer->event_count++] = fact->number;
}

/* ---- Operators ---------------------------------------------------------- */

/* A and B are shown by the segment that carries them, a SYN. */
static struct value
isn(struct evaluation *e, const struct node *node)
{
    const struct facts *facts = e->facts;
    uint32_t number = (uint32_t)node->number;
    const struct fact_connection *connection = facts_connection(facts, number);
    if (!connection)
        return value_none("There are not so many connections in it.");
    if (!connection->isn_known[node->role])
        return value_none("No segment of it shows this initial sequence "
                          "number.");
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->items[i];
        if (fact->kind != FACT_SEGMENT || fact->connection != number ||
            fact->role != node->role || !(fact->segment.flags & SEG_SYN))
            continue;
        evaluation_note(e, fact);
        break;
    }
    return (struct value){ .kind = VALUE_SEQUENCE,
                           .number = connection->isn[node->role] };
}

static bool
is_equal(const struct value *a, const struct value *b)
{
    if (a->kind == VALUE_WORDS && b->kind == VALUE_WORDS)
        return span_equal(a->words, b->words);
    if (a->kind == VALUE_ENDPOINT && b->kind == VALUE_ENDPOINT)
        return endpoint_equal(&a->endpoint, &b->endpoint);
    return a->number == b->number;
}

static bool
is_counted(const struct value *value)
{
    return value->kind != VALUE_WORDS && value->kind != VALUE_ENDPOINT;
}

static struct value
too_large(void)
{
    return value_none("The numbers are too large.");
}

/* Give the sum or difference its kind: two sequence numbers make a difference,
 * which may go round. */
static struct value
as_sum(struct value sum, enum value_kind a, enum value_kind b)
{
    bool one = a == VALUE_SEQUENCE, two = b == VALUE_SEQUENCE;
    sum.kind = a == VALUE_TIME || b == VALUE_TIME ? VALUE_TIME : VALUE_NUMBER;
    if (one && two) {
        sum.number = (int32_t)(uint32_t)sum.number;
    } else if (one || two) {
        sum.kind = VALUE_SEQUENCE;
        sum.number = (uint32_t)sum.number;
    }
    return sum;
}

static struct value
add(struct value a, const struct value *b)
{
    enum value_kind kind = a.kind;
    if (__builtin_add_overflow(a.number, b->number, &a.number))
        return too_large();
    return as_sum(a, kind, b->kind);
}

static struct value
subtract(struct value a, const struct value *b)
{
    enum value_kind kind = a.kind;
    if (__builtin_sub_overflow(a.number, b->number, &a.number))
        return too_large();
    return as_sum(a, kind, b->kind);
}

static struct value
multiply(struct value a, const struct value *b)
{
    if (__builtin_mul_overflow(a.number, b->number, &a.number))
        return too_large();
    a.kind = a.kind == VALUE_TIME || b->kind == VALUE_TIME ? VALUE_TIME
                                                           : VALUE_NUMBER;
    return a;
}

static struct value
divide(struct value a, const struct value *b)
{
    if (!b->number)
        return value_none("It divides by 0.");
    if (b->number == -1)
        return multiply(a, b); // the least number has no opposite
    a.number /= b->number;
    a.kind = a.kind == VALUE_TIME && b->kind != VALUE_TIME ? VALUE_TIME
                                                           : VALUE_NUMBER;
    return a;
}

static struct value
operate(struct evaluation *e, const struct node *node)
{
    struct value a = node_evaluate(e, node->left);
    struct value b = node_evaluate(e, node->right);
    if (a.kind == VALUE_NONE || b.kind == VALUE_NONE)
        return a.kind == VALUE_NONE ? a : b;
    if (is_counted(&a) != is_counted(&b) ||
        (node->sign != '=' && !is_counted(&a)))
        return value_none("Words are no numbers.");
    switch (node->sign) {
    case '+':
        return add(a, &b);
    case '-':
        return subtract(a, &b);
    case '*':
        return multiply(a, &b);
    case '/':
        return divide(a, &b);
    default:
        return (struct value){ .kind = VALUE_TRUTH,
                               .number = is_equal(&a, &b) };
    }
}

struct value
node_evaluate(struct evaluation *e, const struct node *node)
{
    switch (node->kind) {
    case NODE_NUMBER:
        return (struct value){ .kind = VALUE_NUMBER, .number = node->number };
    case NODE_ISN:
        return isn(e, node);
    case NODE_OPERATOR:
        return operate(e, node);
    case NODE_FUNCTION:
        return node->function->of(e, node);
    }
    return value_none("");
}

/* ---- All values --------------------------------------------------------- */

static int
by_number(const void *a, const void *b)
{
    const uint64_t *one = a, *two = b;
    return (*one > *two) - (*one < *two);
}

/* In their order, each once. */
static void
sort_events(struct answer *answer)
{
    size_t count = 0;
    if (answer->event_count)
        qsort(answer->events, answer->event_count, sizeof *answer->events,
              by_number);
    for (size_t i = 0; i < answer->event_count; i++)
        if (!count || answer->events[i] != answer->events[count - 1])
            answer->events[count++] = answer->events[i];
    answer->event_count = count;
}

bool
expression_evaluate(const struct expression *expression,
                    const struct facts *facts, struct answer *answer)
{
    struct name names[ROLES];
    struct evaluation e = { .match = { .facts = facts, .names = names },
                            .facts = facts,
                            .answer = answer };
    *answer = (struct answer){ .values = calloc(expression->count,
                                                sizeof *answer->values) };
    if (!answer->values)
        return false;
    match_find_addresses(&e.match);
    for (size_t i = 0; i < expression->count; i++)
        answer->values[answer->count++] =
            node_evaluate(&e, expression->values[i]);
    sort_events(answer);
    return !e.failed;
}

void
answer_clear(struct answer *answer)
{
    free(answer->values);
    free(answer->events);
    *answer = (struct answer){ 0 };
}

bool
answer_is_known(const struct answer *answer)
{
    for (size_t i = 0; i < answer->count; i++)
        if (answer->values[i].kind == VALUE_NONE)
            return false;
    return true;
}
