/*
 * view_json_segment: a segment's keys, and those of what became of it.
 */
#include "view_json_segment.h"

#include <stdlib.h>

#include "../../capture/option.h"
#include "../text/words.h"
#include "view_json_entry.h"

json_t *
decimal_json(int64_t number)
{
    char digits[24];
    struct text t = text_over(digits, sizeof digits - 1);
    if (number < 0)
        text_char(&t, '-');
    text_number(&t, (uint64_t)(number < 0 ? -number : number));
    return json_stringn(digits, (size_t)(t.next - digits));
}

json_t *
address_json(const struct address *address)
{
    char text[ADDRESS_TEXT];
    address_to_text(address, text);
    return json_string(text);
}

json_t *
endpoint_json(const struct endpoint *endpoint)
{
    return json_pack("{s:o, s:i}", "address", address_json(&endpoint->address),
                     "port", (int)endpoint->port);
}

json_t *
null_or(bool present, json_int_t value)
{
    return present ? json_integer(value) : json_null();
}

/* ---- A segment ---------------------------------------------------------- */

static json_t *
flags_json(uint16_t flags)
{
    json_t *array = json_array();
    for (int i = 0; i < FLAG_NAMES; i++)
        if (flags & flag_names[i].flag)
            json_array_append_new(array, json_string(flag_names[i].name));
    return array;
}

static json_t *
is_json(uint32_t is)
{
    json_t *array = json_array();
    for (int i = 0; i < SEGMENT_IS_NAMES; i++)
        if (is & 1u << i)
            json_array_append_new(array, json_string(segment_is_names[i]));
    return array;
}

static json_t *
sack_json(const struct option *option)
{
    json_t *array = json_array();
    for (int i = 0; i < option->sack_count; i++)
        json_array_append_new(
            array, json_pack("[I, I]", (json_int_t)option->sack[i].left,
                             (json_int_t)option->sack[i].right));
    return array;
}

static json_t *
hex_json(const struct option *option)
{
    static const char hex[] = "0123456789abcdef";
    char text[2 * SEGMENT_OPTIONS_MAX];
    size_t bytes = option->length - 2u, n = 0;
    for (size_t i = 0; i < bytes; i++) {
        text[n++] = hex[option->content[i] >> 4];
        text[n++] = hex[option->content[i] & 15];
    }
    return json_stringn(text, n);
}

/* The content of an option, by its kind. */
static json_t *
content_json(const struct option *option)
{
    switch (option->kind) {
    case OPTION_MSS:
        return json_integer(option->mss);
    case OPTION_WINDOW_SCALE:
        return json_integer(option->shift);
    case OPTION_SACK:
        return sack_json(option);
    case OPTION_TIMESTAMPS:
        return json_pack("{s:I, s:I}", "value", (json_int_t)option->value,
                         "echo", (json_int_t)option->echo);
    case OPTION_USER_TIMEOUT:
        return json_integer(option->user_timeout_s);
    case OPTION_SACK_PERMITTED:
        return json_true();
    default:
        return option->content ? hex_json(option) : json_true();
    }
}

/* Keys are the options' names; NOP and end are left out. */
static json_t *
options_json(const struct segment *segment)
{
    json_t *options = json_object();
    struct reader r = segment_options(segment);
    struct option option;
    const char *why;
    while (option_next(&r, &option, &why)) {
        const char *name = option_name(option.kind);
        char number[16];
        if (option.kind <= OPTION_NOP)
            continue;
        if (!name) {
            snprintf(number, sizeof number, "option-%u", option.kind);
            name = number;
        }
        json_object_set_new(options, name, content_json(&option));
    }
    if (segment->options_cut)
        json_object_set_new(options, "cut", json_true());
    else if (why)
        json_object_set_new(options, "malformed", json_string(why));
    return options;
}

/* A number relative to the ISN of `role`; null when that was not seen. */
static json_t *
relative_json(const struct event *event, enum role role, uint32_t number)
{
    const struct connection *c = event->connection;
    if (!c || !isn_known(c, role))
        return json_null();
    return json_integer(relative_number(c, role, number));
}

static json_t *
data_json(const struct segment *segment)
{
    size_t room = (size_t)segment->data_bytes * 4;
    char *characters = malloc(room + 1);
    if (!characters)
        return json_null();
    struct text t = text_over(characters, room);
    text_escaped(&t, segment->data, segment->data_bytes);
    json_t *json = json_stringn(characters, (size_t)(t.next - characters));
    free(characters);
    return json;
}

static const char *const checksum_names[] = {
    [CHECKSUM_UNKNOWN] = "unknown",
    [CHECKSUM_RIGHT] = "right",
    [CHECKSUM_WRONG] = "wrong",
    [CHECKSUM_PARTIAL] = "partial",
};

static json_t *
states_json(const struct event *event)
{
    const uint8_t *after = event->seen.after;
    if (!event->connection)
        return json_null();
    return json_pack("{s:s, s:s}", "client", state_name(after[ROLE_CLIENT]),
                     "server", state_name(after[ROLE_SERVER]));
}

static void
add_window(json_t *line, const struct event *event)
{
    const struct segment *s = &event->decoded->segment;
    bool known = false;
    uint32_t window = s->wnd;
    if (event->connection)
        window =
            end_window(&event->connection->ends[event->seen.from], s, &known);
    json_object_set_new(line, "window", json_integer(window));
    json_object_set_new(line, "window_scaled", json_boolean(known));
}

static enum role
acknowledged_role(const struct event *event)
{
    bool self =
        event->connection && connection_has(event->connection, CONNECTION_SELF);
    return self ? event->seen.from : role_other(event->seen.from);
}

void
segment_json(const struct view *view, const struct event *event, json_t *line)
{
    const struct segment *s = &event->decoded->segment;
    enum role from = event->seen.from;
    bool ack = s->flags & SEG_ACK;
    json_object_set_new(line, "connection",
                        json_integer(event->connection_number));
    json_object_set_new(line, "from", json_string(role_names[from]));
    json_object_set_new(line, "src", endpoint_json(&s->src));
    json_object_set_new(line, "dst", endpoint_json(&s->dst));
    json_object_set_new(line, "flags", flags_json(s->flags));
    json_object_set_new(line, "seq", json_integer(s->seq));
    json_object_set_new(line, "ack", null_or(ack, s->ack));
    json_object_set_new(line, "rel_seq", relative_json(event, from, s->seq));
    json_object_set_new(
        line, "rel_ack",
        ack ? relative_json(event, acknowledged_role(event), s->ack)
            : json_null());
    json_object_set_new(line, "len", json_integer(s->data_length));
    add_window(line, event);
    json_object_set_new(line, "urgent", null_or(s->flags & SEG_URG, s->up));
    json_object_set_new(line, "checksum",
                        json_string(checksum_names[event->decoded->checksum]));
    json_object_set_new(line, "options", options_json(s));
    json_object_set_new(line, "is", is_json(event->seen.is));
    json_object_set_new(line, "state", states_json(event));
    if (view->options.data)
        json_object_set_new(line, "data", data_json(s));
}

/* ---- What became of a frame --------------------------------------------- */

/* How long it was on its way; null for the words that come before. */
static json_t *
flight_time_json(const struct event *event)
{
    enum fate fate = event->entry->fate;
    bool is_last = fate == FATE_ARRIVED || fate == FATE_LOST;
    return event->flight && is_last
               ? decimal_json(event->time_ns - event->flight->left_ns)
               : json_null();
}

static void
arrival_json(const struct event *event, json_t *line)
{
    bool is_segment = event->decoded && event->decoded->kind == DECODED_SEGMENT;
    json_object_set_new(line, "connection",
                        is_segment ? json_integer(event->connection_number)
                                   : json_null());
    json_object_set_new(line, "from",
                        is_segment ? json_string(role_names[event->seen.from])
                                   : json_null());
    json_object_set_new(line, "is", is_json(event->seen.is));
    json_object_set_new(line, "after", states_json(event));
}

void
fate_json(const struct event *event, json_t *line)
{
    const struct entry *e = event->entry;
    const struct flight *flight = event->flight;
    json_object_set_new(line, "fate", json_string(fate_names[e->fate]));
    json_object_set_new(line, "id", json_integer((json_int_t)e->frame_id));
    json_object_set_new(
        line, "of", null_or(flight, flight ? (json_int_t)flight->event : 0));
    json_object_set_new(line, "copy",
                        null_or(flight && e->fate == FATE_ARRIVED,
                                flight ? flight->arrived : 0));
    json_object_set_new(line, "flight_ns", flight_time_json(event));
    json_object_set_new(line, "why",
                        e->why.bytes ? span_json(e->why) : json_null());
    arrival_json(event, line);
}
