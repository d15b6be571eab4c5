/*
 * expression_read: a key, read into a tree.
 *
 *     values   sum [= sum] {, sum [= sum]}
 *     sum      product {+ product}            or -
 *     product  factor {* factor}              or /
 *     factor   NUMBER | A [of N] | FUNCTION(...) | (sum) | - factor
 */
#include <stdlib.h>

#include "expression_reading.h"

enum {
    DEPTH_MOST = 40 // of brackets in brackets
};

static const char right_factor[] =
    "A key holds numbers, A, B, A of 2, + - * / =, and functions: seq ack len "
    "win flags opt result errno arg field local remote time port count state.";

void
reading_no_memory(struct words *words)
{
    words_wrong(words, "There is not enough memory.", (struct span){ 0 }, "");
    words->error->line = 0;
}

struct node *
node_new(struct reading *reading, enum node_kind kind)
{
    struct node *node = calloc(1, sizeof *node);
    if (node)
        node->kind = kind;
    else
        reading_no_memory(&reading->words);
    return node;
}

/* ---- Operators ---------------------------------------------------------- */

/* A, B, A of 2. */
static struct node *
isn(struct reading *reading, enum role role)
{
    struct words *words = &reading->words;
    struct node *node = node_new(reading, NODE_ISN);
    if (!node)
        return NULL;
    node->role = role;
    node->number = 1;
    if (!words_skip(words, "of"))
        return node;
    struct span number = words_peek(words);
    if (!words_number(words, &node->number) || node->number < 1 ||
        node->number > UINT32_MAX)
        words_wrong(words, "\"%s\" is not the number of a connection.", number,
                    "Write A of 2.");
    return node;
}

static const struct function *
find_function(struct span name)
{
    for (size_t i = 0; i < expression_function_count; i++)
        if (span_is(name, expression_functions[i].name))
            return &expression_functions[i];
    return NULL;
}

static struct node *
named(struct reading *reading, struct span name)
{
    const struct function *found = find_function(name);
    if (found)
        return function_read(reading, found);
    if (span_is(name, "A") || span_is(name, "B"))
        return isn(reading, span_is(name, "A") ? ROLE_CLIENT : ROLE_SERVER);
    if (name.bytes)
        words_wrong(&reading->words, "\"%s\" cannot stand here.", name,
                    right_factor);
    else
        words_wrong(&reading->words, "The key ends too early.", name,
                    right_factor);
    return NULL;
}

static struct node *
operator_node(struct reading *reading, char sign, struct node *left,
              struct node *right)
{
    struct node *node = node_new(reading, NODE_OPERATOR);
    if (!node) {
        node_free(left);
        node_free(right);
        return NULL;
    }
    node->sign = sign;
    node->left = left;
    node->right = right;
    return node;
}

static struct node *
in_brackets(struct reading *reading)
{
    struct node *node = sum_read(reading);
    words_expect(&reading->words, ")", "Close the bracket with \")\".");
    return node;
}

static struct node *factor(struct reading *reading);

static struct node *
one_factor(struct reading *reading)
{
    struct words *words = &reading->words;
    int64_t number;
    if (words_skip(words, "("))
        return in_brackets(reading);
    if (words_skip(words, "-"))
        return operator_node(reading, '-', node_new(reading, NODE_NUMBER),
                             factor(reading));
    if (!words_number(words, &number))
        return named(reading, words_take(words));
    struct node *node = node_new(reading, NODE_NUMBER);
    if (node)
        node->number = number;
    return node;
}

static struct node *
factor(struct reading *reading)
{
    if (++reading->depth > DEPTH_MOST)
        words_wrong(&reading->words, "There are too many brackets.",
                    (struct span){ 0 }, "Write several values.");
    struct node *node = reading->words.wrong ? NULL : one_factor(reading);
    reading->depth--;
    return node;
}

/* Is the next word one of the two? */
static bool
is_sign(struct words *words, const char *one, const char *two)
{
    struct span word = words_peek(words);
    return !words->wrong && (span_is(word, one) || span_is(word, two));
}

static struct node *
product(struct reading *reading)
{
    struct words *words = &reading->words;
    struct node *node = factor(reading);
    while (is_sign(words, "*", "/")) {
        char sign = *words_take(words).at;
        node = operator_node(reading, sign, node, factor(reading));
    }
    return node;
}

struct node *
sum_read(struct reading *reading)
{
    struct words *words = &reading->words;
    struct node *node = product(reading);
    while (is_sign(words, "+", "-")) {
        char sign = *words_take(words).at;
        node = operator_node(reading, sign, node, product(reading));
    }
    return node;
}

static struct node *
comparison(struct reading *reading)
{
    struct node *node = sum_read(reading);
    if (!reading->words.wrong && words_skip(&reading->words, "="))
        node = operator_node(reading, '=', node, sum_read(reading));
    return node;
}

/* ---- All ---------------------------------------------------------------- */

static void
add_value(struct reading *reading, struct expression *expression)
{
    struct node **more =
        realloc(expression->values, (expression->count + 1) * sizeof *more);
    if (!more) {
        reading_no_memory(&reading->words);
        return;
    }
    expression->values = more;
    more[expression->count++] = comparison(reading);
}

static void
all_values(struct reading *reading, struct expression *expression)
{
    struct words *words = &reading->words;
    do
        add_value(reading, expression);
    while (!words->wrong && words_skip(words, ","));
    if (!words->wrong && !words_at_end(words))
        words_wrong(words, "\"%s\" cannot stand here.", words_peek(words),
                    right_factor);
}

struct expression *
expression_new(const char *text, size_t bytes, struct expectation_error *error)
{
    struct expression *expression = calloc(1, sizeof *expression);
    *error =
        (struct expectation_error){ .reason = "There is not enough memory." };
    if (!expression || !(expression->text = malloc(bytes + 1))) {
        free(expression);
        return NULL;
    }
    for (size_t i = 0; i < bytes; i++) // a key may stand on several lines
        expression->text[i] = text[i] == '\n' ? ' ' : text[i];
    struct span all = { expression->text, bytes };
    struct reading reading = { .words = { .next = all.at,
                                          .end = all.at + bytes,
                                          .number = 1,
                                          .line = all,
                                          .error = error } };
    all_values(&reading, expression);
    if (!reading.words.wrong)
        return expression;
    expression_free(expression);
    return NULL;
}
