/*
 * view_json: one JSON object a line. The keys are documented in tcplab(1), and
 * stay as they are.
 */
#include <jansson.h>

#include "../pair/pair_words.h"
#include "../text/drawing.h"
#include "../text/words.h"
#include "view.h"
#include "view_crossing.h"
#include "view_json_entry.h"
#include "view_json_segment.h"

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
    if (connection_has(c, CONNECTION_FATES))
        json_object_set_new(json, "lost", json_integer(end->lost));
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
                        timed ? decimal_json(c->handshake_ns) : json_null());
    json_object_set_new(line, "start_ns", decimal_json(c->start_ns));
    json_object_set_new(line, "end_ns", decimal_json(c->last_ns));
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
    else if (icmp->quotes_datagram)
        json_object_set_new(line, "quoted",
                            json_pack("{s:o, s:o}", "src",
                                      endpoint_json(&icmp->quoted_src), "dst",
                                      endpoint_json(&icmp->quoted_dst)));
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
    [EVENT_FATE] = "fate",
    [EVENT_CROSSING] = "crossing",
    [EVENT_PAIR] = "pair",
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
    json_t *line = json_pack(
        "{s:I, s:s, s:o}", "event", (json_int_t)event->number, "kind",
        kind_names[event->kind], "time_ns", decimal_json(event->time_ns));
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
        translation_json(event, line);
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
    case EVENT_FATE:
        fate_json(event, line);
        break;
    case EVENT_CROSSING:
        crossing_json(event, line);
        break;
    case EVENT_PAIR:
        pair_json(event->pair, line);
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
