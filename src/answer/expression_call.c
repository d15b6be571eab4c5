/* expression_call: what a key asks of a call. */
#include <string.h>

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

/* The word behind `name`, in "{name word, name word unit, ...}". Empty: there is
 * none. */
static struct span
field_of(struct span braces, struct span name)
{
    const char *end = braces.at + braces.bytes;
    for (const char *at = braces.at; at && at < end;) {
        at += *at == '{' ? 1 : 2; // "{" or ", "
        const char *value = at + name.bytes + 1;
        if (value < end && value[-1] == ' ' &&
            memcmp(at, name.at, name.bytes) == 0) {
            size_t bytes = 0;
            while (value + bytes < end && !strchr(" ,}", value[bytes]))
                bytes++;
            return (struct span){ value, bytes };
        }
        at = at < end ? memchr(at, ',', (size_t)(end - at)) : NULL;
    }
    return (struct span){ 0 };
}

struct value
of_field(struct evaluation *e, const struct node *node)
{
    struct value none;
    int64_t value;
    struct span found = { 0 };
    const struct fact *fact = function_fact(e, node->line, &none);
    if (!fact)
        return none;
    for (int64_t i = 1; i <= ENTRY_ARGUMENTS && !found.bytes; i++) {
        struct span argument = function_argument(e, fact, i);
        if (argument.bytes && *argument.at == '{')
            found = field_of(argument, node->who);
    }
    if (!found.bytes)
        return value_none("The call says nothing of that name.");
    return is_decimal(found, &value) ? value_number(value) : value_words(found);
}
