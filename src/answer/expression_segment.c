/* expression_segment: what a key asks of a segment. */
#include "../../capture/option.h"
#include "expression_function.h"

/* The segment that shows the line; NULL: `none` says why. */
static const struct fact *
segment_of(struct evaluation *e, const struct node *node, struct value *none)
{
    const struct fact *fact = function_fact(e, node->line, none);
    if (!fact || fact->kind == FACT_SEGMENT)
        return fact;
    *none = value_none("A datagram has no such thing.");
    return NULL;
}

struct value
of_seq(struct evaluation *e, const struct node *node)
{
    struct value none;
    const struct fact *fact = segment_of(e, node, &none);
    return fact ? value_sequence(fact->segment.seq) : none;
}

struct value
of_ack(struct evaluation *e, const struct node *node)
{
    struct value none;
    const struct fact *fact = segment_of(e, node, &none);
    if (fact && !(fact->segment.flags & SEG_ACK))
        return value_none("The segment acknowledges nothing.");
    return fact ? value_sequence(fact->segment.ack) : none;
}

struct value
of_len(struct evaluation *e, const struct node *node)
{
    struct value none;
    const struct fact *fact = function_fact(e, node->line, &none);
    return fact ? value_number(fact->segment.data_length) : none;
}

struct value
of_win(struct evaluation *e, const struct node *node)
{
    struct value none;
    const struct fact *fact = segment_of(e, node, &none);
    return fact ? value_number(fact->segment.window) : none;
}

struct value
of_flags(struct evaluation *e, const struct node *node)
{
    struct value none;
    const struct fact *fact = segment_of(e, node, &none);
    if (!fact)
        return none;
    return (struct value){ .kind = VALUE_FLAGS, .number = fact->segment.flags };
}

/* Options that carry one number have that value, the others are there or not.
 */
struct value
of_opt(struct evaluation *e, const struct node *node)
{
    struct value none;
    const struct fact *fact = segment_of(e, node, &none);
    for (int i = 0; fact && i < fact->segment.option_count; i++) {
        if (fact->segment.options[i].kind != node->number)
            continue;
        bool numbered =
            node->number == OPTION_MSS || node->number == OPTION_WINDOW_SCALE;
        return numbered ? value_number(fact->segment.options[i].value)
                        : value_words(span_of("yes"));
    }
    return fact ? value_words(span_of("none")) : none;
}
