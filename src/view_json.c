/*
 * view_json: one JSON object a line. The keys are documented in tcplab(1), and
 * stay as they are.
 */
#include <jansson.h>
#include <stdlib.h>

#include "../capture/option.h"
#include "drawing.h"
#include "view.h"
#include "view_json_entry.h"
#include "words.h"

static json_t *
decimal(int64_t number)
{
    char digits[24];
    struct text t = text_over(digits, sizeof digits - 1);
    if (number < 0)
        text_char(&t, '-');
    text_number(&t, (uint64_t)(number < 0 ? -number : number));
    return json_stringn(digits, (size_t)(t.next - digits));
}

static json_t *
address_json(const struct address *address)
{
    char text[ADDRESS_TEXT];
    address_to_text(address, text);
    return json_string(text);
}

static json_t *
endpoint_json(const struct endpoint *endpoint)
{
    return json_pack("{s:o, s:i}", "address", address_json(&endpoint->address),
                     "port", (int)endpoint->port);
}

static json_t *
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

static void
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

/* ---- A connection ------------------------------------------------------- */

/* An end that sent nothing has shown no state. */
static json_t *
end_json(const struct event *event, enum role role)
{
    const struct connection *c = event->connection;
    const struct end *end = &c->ends[role];
    json_t *json = endpoint_json(&c->endpoints[role]);
    json_object_set_new(json, "iss",
                        null_or(end_knows(end, END_ISS_KNOWN), end->iss));
    json_object_set_new(json, "segments", json_integer(end->segments));
    json_object_set_new(json, "bytes", json_integer((json_int_t)end->bytes));
    json_object_set_new(json, "retransmitted",
                        json_integer(end->retransmitted));
    json_object_set_new(json, "out_of_order", json_integer(end->out_of_order));
    json_object_set_new(json, "state",
                        end->segments ? json_string(state_name(end->state))
                                      : json_null());
    if (event->who[role])
        json_object_set_new(json, "who", json_string(event->who[role]));
    return json;
}

static json_t *
role_or_null(bool present, uint8_t role)
{
    return present ? json_string(role_names[role]) : json_null();
}

static const char *const let_go_names[] = {
    [LET_GO_OVER] = "over",          [LET_GO_UNANSWERED] = "unanswered",
    [LET_GO_REUSED] = "reused",      [LET_GO_LIMIT] = "limit",
    [LET_GO_END] = "end of capture",
};

static void
connection_json(const struct event *event, json_t *line)
{
    const struct connection *c = event->connection;
    bool timed = connection_has(c, CONNECTION_HANDSHAKE_TIMED);
    bool cut = (event->why == LET_GO_END || event->why == LET_GO_LIMIT) &&
               !connection_is_over(c);
    json_object_set_new(line, "connection", json_integer(c->number));
    json_object_set_new(line, "client", end_json(event, ROLE_CLIENT));
    json_object_set_new(line, "server", end_json(event, ROLE_SERVER));
    json_object_set_new(line, "client_by",
                        json_string(client_by_names[c->client_by]));
    json_object_set_new(line, "opening",
                        json_string(opening_names[connection_opening(c)]));
    json_object_set_new(line, "closing",
                        json_string(closing_names[connection_closing(c)]));
    json_object_set_new(
        line, "first_fin",
        role_or_null(connection_has(c, CONNECTION_FIRST_FIN), c->first_fin));
    json_object_set_new(
        line, "reset_by",
        role_or_null(connection_has(c, CONNECTION_RESET), c->reset_by));
    json_object_set_new(line, "handshake_rtt_ns",
                        timed ? decimal(c->handshake_ns) : json_null());
    json_object_set_new(line, "start_ns", decimal(c->start_ns));
    json_object_set_new(line, "end_ns", decimal(c->last_ns));
    json_object_set_new(line, "cut", json_boolean(cut));
    json_object_set_new(line, "let_go", json_string(let_go_names[event->why]));
}

/* ---- What else is in a capture ------------------------------------------ */

static void
datagram_json(const struct udp *udp, json_t *line)
{
    json_object_set_new(line, "protocol", json_string("UDP"));
    json_object_set_new(line, "src", endpoint_json(&udp->src));
    json_object_set_new(line, "dst", endpoint_json(&udp->dst));
    json_object_set_new(line, "len", json_integer(udp->data_length));
}

static void
icmp_json(const struct event *event, json_t *line)
{
    const struct icmp *icmp = &event->decoded->icmp;
    json_object_set_new(line, "src", address_json(&icmp->src));
    json_object_set_new(line, "dst", address_json(&icmp->dst));
    json_object_set_new(line, "type", json_integer(icmp->type));
    json_object_set_new(line, "code", json_integer(icmp->code));
    json_object_set_new(line, "name",
                        icmp->name ? json_string(icmp->name) : json_null());
    json_object_set_new(
        line, "connection",
        null_or(event->connection_number != 0, event->connection_number));
    if (icmp->quotes_segment)
        json_object_set_new(line, "quoted",
                            json_pack("{s:o, s:o, s:I}", "src",
                                      endpoint_json(&icmp->quoted_src), "dst",
                                      endpoint_json(&icmp->quoted_dst), "seq",
                                      (json_int_t)icmp->quoted_seq));
}

static void
arp_json(const struct arp *arp, json_t *line)
{
    json_object_set_new(line, "operation", json_integer(arp->operation));
    json_object_set_new(line, "sender", address_json(&arp->sender));
    json_object_set_new(line, "target", address_json(&arp->target));
}

static void
unread_json(const struct event *event, json_t *line)
{
    const struct decoded *d = event->decoded;
    char words[128];
    struct text t = text_over(words, sizeof words);
    text_what(&t, d);
    json_object_set_new(line, event->kind == EVENT_MALFORMED ? "why" : "what",
                        json_stringn(words, (size_t)(t.next - words)));
    if (event->kind != EVENT_MALFORMED || !d->has_ports)
        return;
    json_object_set_new(line, "src", endpoint_json(&d->segment.src));
    json_object_set_new(line, "dst", endpoint_json(&d->segment.dst));
}

/* ---- The line ----------------------------------------------------------- */

static const char *const kind_names[] = {
    [EVENT_SEGMENT] = "segment",
    [EVENT_DATAGRAM] = "datagram",
    [EVENT_ICMP] = "icmp",
    [EVENT_ARP] = "arp",
    [EVENT_OTHER] = "other",
    [EVENT_MALFORMED] = "malformed",
    [EVENT_CONNECTION] = "connection",
    [EVENT_RUN] = "run",
    [EVENT_CALL] = "call",
    [EVENT_RETURN] = "return",
    [EVENT_STATE] = "state",
    [EVENT_OUTPUT] = "output",
    [EVENT_SIGNAL] = "signal",
    [EVENT_FORK] = "fork",
    [EVENT_EXIT] = "exit",
    [EVENT_CHECK] = "check",
};

/* A file's name, escaped unless it is UTF-8. */
static json_t *
name_json(const char *name)
{
    char escaped[4 * 4096];
    struct text t = text_over(escaped, sizeof escaped);
    json_t *json = json_string(name);
    if (json)
        return json;
    text_escaped(&t, (const uint8_t *)name, strlen(name));
    return json_stringn(escaped, (size_t)(t.next - escaped));
}

static int
to_output(const char *bytes, size_t count, void *context)
{
    output_bytes(context, bytes, count);
    return 0;
}

void
view_json(struct view *view, const struct event *event)
{
    json_t *line =
        json_pack("{s:I, s:s, s:o}", "event", (json_int_t)event->number, "kind",
                  kind_names[event->kind], "time_ns", decimal(event->time_ns));
    if (view->options.file)
        json_object_set_new(line, "file", name_json(view->options.file));
    if (event->frame)
        json_object_set_new(line, "frame",
                            json_integer((json_int_t)event->frame));
    switch (event->kind) {
    case EVENT_SEGMENT:
        segment_json(view, event, line);
        break;
    case EVENT_CONNECTION:
        connection_json(event, line);
        break;
    case EVENT_DATAGRAM:
        datagram_json(&event->decoded->udp, line);
        break;
    case EVENT_ICMP:
        icmp_json(event, line);
        break;
    case EVENT_ARP:
        arp_json(&event->decoded->arp, line);
        break;
    case EVENT_OTHER:
    case EVENT_MALFORMED:
        unread_json(event, line);
        break;
    case EVENT_CHECK:
        check_json(event->check, line);
        break;
    case EVENT_RUN:
    case EVENT_CALL:
    case EVENT_RETURN:
    case EVENT_STATE:
    case EVENT_OUTPUT:
    case EVENT_SIGNAL:
    case EVENT_FORK:
    case EVENT_EXIT:
        entry_json(event, line);
        break;
    }
    json_dump_callback(line, to_output, view->output, JSON_COMPACT);
    output_bytes(view->output, "\n", 1);
    json_decref(line);
}
