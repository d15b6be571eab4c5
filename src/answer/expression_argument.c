/* expression_argument: what stands between the brackets of a function. */
#include "../expect/notation_line.h"
#include "expression_reading.h"

/* [, after LINE] [, before LINE], in any order. */
static void
bounds(struct reading *reading, struct node *node)
{
    struct words *words = &reading->words;
    while (!words->wrong && words_skip(words, ",")) {
        struct span word = words_take(words);
        if (span_is(word, "after") && !node->after)
            node->after = reference_read(words);
        else if (span_is(word, "before") && !node->before)
            node->before = reference_read(words);
        else
            words_wrong(words, "\"%s\" cannot stand here.", word,
                        node->function->right);
    }
}

static void
option(struct reading *reading, struct node *node)
{
    struct words *words = &reading->words;
    words_expect(words, ",", node->function->right);
    struct span name = words_take(words);
    node->number = line_option_kind(name);
    if (!node->number)
        words_wrong(words, "\"%s\" is not an option.", name,
                    "Options are mss, window-scale, sack-permitted, sack, "
                    "timestamps and fast-open.");
}

static void
argument(struct reading *reading, struct node *node)
{
    struct words *words = &reading->words;
    words_expect(words, ",", node->function->right);
    struct span number = words_peek(words);
    if (!words_number(words, &node->number) || node->number < 1 ||
        node->number > ENTRY_ARGUMENTS)
        words_wrong(words, "\"%s\" is not the number of an argument.", number,
                    "Arguments are counted from 1 to 6.");
}

static void
field(struct reading *reading, struct node *node)
{
    struct words *words = &reading->words;
    words_expect(words, ",", node->function->right);
    node->who = words_name(words, node->function->right);
}

static void
state(struct reading *reading, struct node *node)
{
    struct words *words = &reading->words;
    const char *right = node->function->right;
    node->who = words_name(words, right);
    words_expect(words, ",", right);
    words_expect(words, "after", right);
    node->after = reference_read(words);
}

static void
check_kind(struct reading *reading, const struct node *node)
{
    const struct function *function = node->function;
    const struct reference *line = node->line;
    if (!line || reading->words.wrong || function->line_kind < 0 ||
        (int)line->line.kind == function->line_kind)
        return;
    words_wrong(&reading->words,
                function->line_kind == LINE_CALL ? "\"%s\" is not a call."
                                                 : "\"%s\" is not a segment.",
                line->text, function->right);
}

struct node *
function_read(struct reading *reading, const struct function *function)
{
    struct words *words = &reading->words;
    struct node *node = node_new(reading, NODE_FUNCTION);
    words_expect(words, "(", function->right);
    if (!node || words->wrong)
        return node;
    node->function = function;
    if (function->shape == SHAPE_STATE)
        state(reading, node);
    else if (function->shape == SHAPE_ENDPOINT)
        node->left = sum_read(reading);
    else
        node->line = reference_read(words);
    if (function->shape == SHAPE_COUNT)
        bounds(reading, node);
    else if (function->shape == SHAPE_OPTION)
        option(reading, node);
    else if (function->shape == SHAPE_ARGUMENT)
        argument(reading, node);
    else if (function->shape == SHAPE_FIELD)
        field(reading, node);
    words_expect(words, ")", function->right);
    check_kind(reading, node);
    return node;
}
