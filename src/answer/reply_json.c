/* reply_json: a question and its answer, as a line of JSON. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "question.h"

static json_t *
value_json(const struct value *value)
{
    char room[512];
    struct text text = text_over(room, sizeof room);
    switch (value->kind) {
    case VALUE_NUMBER:
    case VALUE_SEQUENCE:
    case VALUE_TIME:
        return json_integer(value->number);
    case VALUE_TRUTH:
        return json_boolean(value->number);
    case VALUE_NONE:
        return json_null();
    case VALUE_FLAGS:
    case VALUE_WORDS:
    case VALUE_ENDPOINT:
        break;
    }
    value_write(&text, value);
    return json_stringn(room, (size_t)(text.next - room));
}

/* Several values are an array. */
static json_t *
values_json(const struct answer *answer)
{
    if (!answer)
        return json_null();
    if (answer->count == 1)
        return value_json(&answer->values[0]);
    json_t *all = json_array();
    for (size_t i = 0; i < answer->count; i++)
        json_array_append_new(all, value_json(&answer->values[i]));
    return all;
}

/* Why there is no value: the first reason. */
static json_t *
why_json(const struct reply *reply)
{
    const struct answer *answer = reply->answer;
    if (!answer)
        return json_string(reply->instead);
    for (size_t i = 0; i < answer->count; i++)
        if (answer->values[i].kind == VALUE_NONE)
            return json_string(answer->values[i].why);
    return json_null();
}

static json_t *
events_json(const struct answer *answer)
{
    json_t *events = json_array();
    for (size_t i = 0; answer && i < answer->event_count; i++)
        json_array_append_new(events,
                              json_integer((json_int_t)answer->events[i]));
    return events;
}

bool
reply_json(struct output *output, const struct reply *reply)
{
    const struct question *question = reply->question;
    json_t *line =
        json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:o, s:o, s:o}", "kind",
                  "answer", "question", question->name, "asks", question->asks,
                  "variant", question->variant, "trace", reply->trace, "value",
                  values_json(reply->answer), "why", why_json(reply), "events",
                  events_json(reply->answer));
    if (line && reply->with_key)
        json_object_set_new(line, "key", json_string(question->key));
    char *words = line ? json_dumps(line, JSON_COMPACT) : NULL;
    if (words) {
        output_bytes(output, words, strlen(words));
        output_bytes(output, "\n", 1);
    }
    bool is_written = words != NULL;
    free(words);
    json_decref(line);
    return is_written;
}
