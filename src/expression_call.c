/* expression_call: what a key asks of a call. */
#include "expression_function.h"

/* The return of a call; NULL: it did not come back. */
static const struct fact *
return_of(struct evaluation *e, const struct fact *call)
{
    if (call->kind == FACT_RETURN)
        return call->has_result ? call : NULL;
    if (call->pair == FACT_NONE || !e->facts->items[call->pair].has_result)
        return NULL;
    evaluation_note(e, &e->facts->items[call->pair]);
    return &e->facts->items[call->pair];
}

struct value
of_result(struct evaluation *e, const struct node *node)
{
    struct value none;
    const struct fact *fact = function_fact(e, node->line, &none);
    if (!fact)
        return none;
    fact = return_of(e, fact);
    return fact ? value_number(fact->result)
                : value_none("The call does not return in it.");
}

struct value
of_errno(struct evaluation *e, const struct node *node)
{
    struct value none;
    const struct fact *fact = function_fact(e, node->line, &none);
    if (!fact)
        return none;
    fact = return_of(e, fact);
    if (!fact)
        return value_none("The call does not return in it.");
    return value_words(fact->error.bytes ? fact->error : span_of("none"));
}

struct span
function_argument(const struct evaluation *e, const struct fact *call,
                  int64_t nth)
{
    const struct fact *back = call;
    if (call->kind == FACT_CALL && call->pair != FACT_NONE)
        back = &e->facts->items[call->pair];
    if (back->argument_count)
        call = back;
    return nth <= call->argument_count ? call->arguments[nth - 1]
                                       : (struct span){ 0 };
}

/* A decimal number; false: it is something else. */
static bool
is_decimal(struct span text, int64_t *value)
{
    bool minus = text.bytes > 1 && *text.at == '-';
    *value = 0;
    for (size_t i = minus; i < text.bytes; i++) {
        if (text.at[i] < '0' || text.at[i] > '9' || i > 15)
            return false;
        *value = *value * 10 + (text.at[i] - '0');
    }
    *value = minus ? -*value : *value;
    return text.bytes > 0;
}

struct value
of_arg(struct evaluation *e, const struct node *node)
{
    struct value none;
    int64_t value;
    const struct fact *fact = function_fact(e, node->line, &none);
    if (!fact)
        return none;
    struct span argument = function_argument(e, fact, node->number);
    if (!argument.bytes)
        return value_none("The call has not so many arguments.");
    return is_decimal(argument, &value) ? value_number(value)
                                        : value_words(argument);
}
