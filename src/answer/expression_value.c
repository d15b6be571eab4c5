/* expression_value: making a value, and what it looks like. */
#include "../text/words.h"
#include "expression_tree.h"

struct value
value_number(int64_t number)
{
    return (struct value){ .kind = VALUE_NUMBER, .number = number };
}

struct value
value_sequence(uint32_t number)
{
    return (struct value){ .kind = VALUE_SEQUENCE, .number = number };
}

struct value
value_words(struct span words)
{
    return (struct value){ .kind = VALUE_WORDS, .words = words };
}

struct value
value_endpoint(const struct endpoint *endpoint)
{
    return (struct value){ .kind = VALUE_ENDPOINT, .endpoint = *endpoint };
}

struct value
value_none(const char *why)
{
    struct value value = { .kind = VALUE_NONE };
    struct text text = text_over(value.why, sizeof value.why - 1);
    text_add(&text, why);
    return value;
}

static void
write_number(struct text *text, int64_t number)
{
    if (number < 0)
        text_char(text, '-');
    text_number(text, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

static void
write_endpoint(struct text *text, const struct endpoint *endpoint)
{
    char words[ENDPOINT_TEXT];
    text_bytes(text, words, endpoint_to_text(endpoint, words));
}

void
value_write(struct text *text, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NUMBER:
    case VALUE_SEQUENCE:
        write_number(text, value->number);
        break;
    case VALUE_TIME:
        text_milliseconds(text, value->number);
        text_add(text, " ms");
        break;
    case VALUE_TRUTH:
        text_add(text, value->number ? "yes" : "no");
        break;
    case VALUE_FLAGS:
        text_flags(text, (uint16_t)value->number);
        break;
    case VALUE_WORDS:
        text_safe(text, value->words.at, value->words.bytes);
        break;
    case VALUE_ENDPOINT:
        write_endpoint(text, &value->endpoint);
        break;
    case VALUE_NONE:
        text_add(text, "not observable: ");
        text_add(text, value->why);
        break;
    }
}
