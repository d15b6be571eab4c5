/*
 * expression_read: a key, read into a tree.
 *
 *     values   sum [= sum] {, sum [= sum]}
 *     sum      product {+ product}            or -
 *     product  factor {* factor}              or /
 *     factor   NUMBER | A [of N] | FUNCTION(...) | (sum) | - factor
 */
#include <ctype.h>
#include <stdlib.h>

#include "expression_tree.h"
#include "notation_line.h"

enum {
    DEPTH_MOST = 40 // of brackets in brackets
};

struct reading {
    struct words words;
    int depth;
};

static const char right_factor[] =
    "A key holds numbers, A, B, A of 2, + - * / =, and functions: seq ack len "
    "win flags opt result errno arg local remote time port count state.";

static void
no_memory(struct words *words)
{
    words_wrong(words, "There is not enough memory.", (struct span){ 0 }, "");
    words->error->line = 0;
}

static struct node *
new_node(struct reading *reading, enum node_kind kind)
{
    struct node *node = calloc(1, sizeof *node);
    if (node)
        node->kind = kind;
    else
        no_memory(&reading->words);
    return node;
}

static void
reference_free(struct reference *reference)
{
    if (reference)
        line_clear(&reference->line);
    free(reference);
}

void
node_free(struct node *node)
{
    if (!node)
        return;
    node_free(node->left);
    node_free(node->right);
    reference_free(node->line);
    reference_free(node->after);
    reference_free(node->before);
    free(node);
}

/* ---- Lines -------------------------------------------------------------- */

/* Cut "#2" off the end of LINE. False: what is behind # is no number. */
static bool
cut_nth(struct span *text, uint32_t *nth)
{
    size_t end = text->bytes;
    uint64_t number = 0, unit = 1;
    *nth = 1;
    while (end && isdigit((unsigned char)text->at[end - 1]) && unit < 1000000) {
        number += unit * (uint64_t)(text->at[--end] - '0');
        unit *= 10;
    }
    if (!end || text->at[end - 1] != '#')
        return true;
    text->bytes = end - 1;
    *nth = (uint32_t)number;
    return number > 0;
}

/* What a key can ask about. */
static void
check_line(struct words *words, const struct line *line, struct span text)
{
    static const char right[] =
        "Write it as in the expected timeline: client connect = 0, or client "
        "> server SYN.";
    if (line->kind == LINE_PRINT || line->kind == LINE_NOTHING || line->asks)
        words_wrong(words, "\"%s\" is not a call, segment, state or exit.",
                    text, right);
    else if (line->relation_count || line->within_ns || line->about_ns ||
             line->least != 1 || line->most != 1 || line->has_fate)
        words_wrong(words, "\"%s\" says more than what happens.", text,
                    "before and after stand behind a comma, and in count() "
                    "and state() only.");
}

/* A and B are known; no line of a key sets other names. */
static void
check_name(struct words *words, const struct wanted *wanted)
{
    if (wanted->how == WANTED_NAMED && !span_is(wanted->name, "A") &&
        !span_is(wanted->name, "B"))
        words_wrong(words, "No line sets \"%s\".", wanted->name,
                    "A and B are known.");
}

static void
read_line(struct words *words, struct reference *reference, struct span text)
{
    struct words inside = *words;
    inside.next = text.at;
    inside.end = text.at + text.bytes;
    line_read(&reference->line, &inside);
    line_qualify(&reference->line, &inside);
    check_line(&inside, &reference->line, text);
    check_name(&inside, &reference->line.seq);
    check_name(&inside, &reference->line.ack);
    words->wrong |= inside.wrong;
}

/* LINE, up to a comma or the bracket. */
static struct reference *
reference(struct reading *reading)
{
    struct words *words = &reading->words;
    struct reference *reference = calloc(1, sizeof *reference);
    if (!reference) {
        no_memory(words);
        return NULL;
    }
    struct span text = words_argument(words);
    reference->text = text;
    if (!cut_nth(&text, &reference->nth))
        words_wrong(words, "\"%s\" has no number behind the #.",
                    reference->text, "#2 is the second occurrence.");
    read_line(words, reference, text);
    return reference;
}

/* ---- Functions ---------------------------------------------------------- */

static struct node *sum(struct reading *reading);

static const struct function *
find_function(struct span name)
{
    for (size_t i = 0; i < expression_function_count; i++)
        if (span_is(name, expression_functions[i].name))
            return &expression_functions[i];
    return NULL;
}

/* [, after LINE] [, before LINE], in any order. */
static void
bounds(struct reading *reading, struct node *node)
{
    struct words *words = &reading->words;
    while (!words->wrong && words_skip(words, ",")) {
        struct span word = words_take(words);
        if (span_is(word, "after") && !node->after)
            node->after = reference(reading);
        else if (span_is(word, "before") && !node->before)
            node->before = reference(reading);
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
state(struct reading *reading, struct node *node)
{
    struct words *words = &reading->words;
    const char *right = node->function->right;
    node->who = words_name(words, right);
    words_expect(words, ",", right);
    words_expect(words, "after", right);
    node->after = reference(reading);
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

static struct node *
function(struct reading *reading, const struct function *function)
{
    struct words *words = &reading->words;
    struct node *node = new_node(reading, NODE_FUNCTION);
    words_expect(words, "(", function->right);
    if (!node || words->wrong)
        return node;
    node->function = function;
    if (function->shape == SHAPE_STATE)
        state(reading, node);
    else if (function->shape == SHAPE_ENDPOINT)
        node->left = sum(reading);
    else
        node->line = reference(reading);
    if (function->shape == SHAPE_COUNT)
        bounds(reading, node);
    else if (function->shape == SHAPE_OPTION)
        option(reading, node);
    else if (function->shape == SHAPE_ARGUMENT)
        argument(reading, node);
    words_expect(words, ")", function->right);
    check_kind(reading, node);
    return node;
}

/* ---- Operators ---------------------------------------------------------- */

/* A, B, A of 2. */
static struct node *
isn(struct reading *reading, enum role role)
{
    struct words *words = &reading->words;
    struct node *node = new_node(reading, NODE_ISN);
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

static struct node *
named(struct reading *reading, struct span name)
{
    const struct function *found = find_function(name);
    if (found)
        return function(reading, found);
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
    struct node *node = new_node(reading, NODE_OPERATOR);
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
    struct node *node = sum(reading);
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
        return operator_node(reading, '-', new_node(reading, NODE_NUMBER),
                             factor(reading));
    if (!words_number(words, &number))
        return named(reading, words_take(words));
    struct node *node = new_node(reading, NODE_NUMBER);
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

static struct node *
sum(struct reading *reading)
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
    struct node *node = sum(reading);
    if (!reading->words.wrong && words_skip(&reading->words, "="))
        node = operator_node(reading, '=', node, sum(reading));
    return node;
}

/* ---- All ---------------------------------------------------------------- */

static void
add_value(struct reading *reading, struct expression *expression)
{
    struct node **more =
        realloc(expression->values, (expression->count + 1) * sizeof *more);
    if (!more) {
        no_memory(&reading->words);
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

void
expression_free(struct expression *expression)
{
    if (!expression)
        return;
    for (size_t i = 0; i < expression->count; i++)
        node_free(expression->values[i]);
    free(expression->values);
    free(expression->text);
    free(expression);
}
