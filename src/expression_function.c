/* expression_function: what each function of a key computes. */
#include "expression_tree.h"

#include <stdio.h>

#include "../capture/option.h"

static struct value
number(int64_t number)
{
    return (struct value){ .kind = VALUE_NUMBER, .number = number };
}

static struct value
sequence(uint32_t number)
{
    return (struct value){ .kind = VALUE_SEQUENCE, .number = number };
}

static struct value
words(struct span words)
{
    return (struct value){ .kind = VALUE_WORDS, .words = words };
}

static struct value
endpoint(const struct endpoint *endpoint)
{
    return (struct value){ .kind = VALUE_ENDPOINT, .endpoint = *endpoint };
}

/* The fact of the function's LINE; NULL: `none` says why there is none. */
static const struct fact *
fact_of(struct evaluation *e, const struct reference *line, struct value *none)
{
    int at = reference_find(e, line, none);
    if (at == FACT_NONE)
        return NULL;
    evaluation_note(e, &e->facts->items[at]);
    return &e->facts->items[at];
}

/* ---- Of a segment ------------------------------------------------------- */

static struct value
of_seq(struct evaluation *e, const struct node *node)
{
    struct value none;
    const struct fact *fact = fact_of(e, node->line, &none);
    return fact ? sequence(fact->segment.seq) : none;
}

static struct value
of_ack(struct evaluation *e, const struct node *node)
{
    struct value none;
    const struct fact *fact = fact_of(e, node->line, &none);
    if (fact && !(fact->segment.flags & SEG_ACK))
        return value_none("The segment acknowledges nothing.");
    return fact ? sequence(fact->segment.ack) : none;
}

static struct value
of_len(struct evaluation *e, const struct node *node)
{
    struct value none;
    const struct fact *fact = fact_of(e, node->line, &none);
    return fact ? number(fact->segment.data_length) : none;
}

static struct value
of_win(struct evaluation *e, const struct node *node)
{
    struct value none;
    const struct fact *fact = fact_of(e, node->line, &none);
    return fact ? number(fact->segment.window) : none;
}

static struct value
of_flags(struct evaluation *e, const struct node *node)
{
    struct value none;
    const struct fact *fact = fact_of(e, node->line, &none);
    if (!fact)
        return none;
    return (struct value){ .kind = VALUE_FLAGS, .number = fact->segment.flags };
}

/* Options that carry one number have that value, the others are there or not.
 */
static struct value
of_opt(struct evaluation *e, const struct node *node)
{
    struct value none;
    const struct fact *fact = fact_of(e, node->line, &none);
    for (int i = 0; fact && i < fact->segment.option_count; i++) {
        if (fact->segment.options[i].kind != node->number)
            continue;
        bool numbered =
            node->number == OPTION_MSS || node->number == OPTION_WINDOW_SCALE;
        return numbered ? number(fact->segment.options[i].value)
                        : words(span_of("yes"));
    }
    return fact ? words(span_of("none")) : none;
}

/* ---- Of a call ---------------------------------------------------------- */

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

static struct value
of_result(struct evaluation *e, const struct node *node)
{
    struct value none;
    const struct fact *fact = fact_of(e, node->line, &none);
    if (!fact)
        return none;
    fact = return_of(e, fact);
    return fact ? number(fact->result)
                : value_none("The call does not return in it.");
}

static struct value
of_errno(struct evaluation *e, const struct node *node)
{
    struct value none;
    const struct fact *fact = fact_of(e, node->line, &none);
    if (!fact)
        return none;
    fact = return_of(e, fact);
    if (!fact)
        return value_none("The call does not return in it.");
    return words(fact->error.bytes ? fact->error : span_of("none"));
}

/* The n-th argument, from 1. What the kernel fills in stands in the return. */
static struct span
argument_of(const struct evaluation *e, const struct fact *call, int64_t nth)
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

static struct value
of_arg(struct evaluation *e, const struct node *node)
{
    struct value none;
    int64_t value;
    const struct fact *fact = fact_of(e, node->line, &none);
    if (!fact)
        return none;
    struct span argument = argument_of(e, fact, node->number);
    if (!argument.bytes)
        return value_none("The call has not so many arguments.");
    return is_decimal(argument, &value) ? number(value) : words(argument);
}

/* ---- Names -------------------------------------------------------------- */

/* The address that a call's second argument says. */
static bool
address_of(const struct evaluation *e, const struct fact *call,
           struct endpoint *found)
{
    char text[ENDPOINT_TEXT];
    struct span argument = argument_of(e, call, 2);
    if (!argument.bytes || argument.bytes >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)argument.bytes, argument.at);
    return endpoint_from_text(text, found);
}

/* An endpoint of the call's socket, as the stage told it with the call or with
 * its return. */
static bool
told(const struct evaluation *e, const struct fact *call, bool remote,
     struct endpoint *found)
{
    const struct fact *both[2] = { call, call };
    if (call->pair != FACT_NONE)
        both[1] = &e->facts->items[call->pair];
    for (int i = 0; i < 2; i++) {
        if (!(remote ? both[i]->has_remote : both[i]->has_local))
            continue;
        *found = remote ? both[i]->remote : both[i]->local;
        return true;
    }
    return false;
}

/* What the call itself says of its socket's name comes first. */
static bool
name_of_call(const struct evaluation *e, const struct fact *call, bool remote,
             struct endpoint *found)
{
    const char *asks = remote ? "getpeername" : "getsockname";
    if (span_is(call->name, asks) && address_of(e, call, found))
        return true;
    if (told(e, call, remote, found))
        return true;
    return !remote && span_is(call->name, "bind") && address_of(e, call, found);
}

static bool
name_of_segment(const struct evaluation *e, const struct fact *fact,
                bool remote, struct endpoint *found)
{
    const struct fact_connection *connection =
        facts_connection(e->facts, fact->connection);
    enum role role = remote ? role_other(fact->role) : fact->role;
    if (connection)
        *found = connection->endpoints[role];
    return connection != NULL;
}

static struct value
name(struct evaluation *e, const struct node *node, bool remote)
{
    struct value none;
    struct endpoint found;
    const struct fact *fact = fact_of(e, node->line, &none);
    if (!fact)
        return none;
    bool known = false;
    if (fact->kind == FACT_SEGMENT)
        known = name_of_segment(e, fact, remote, &found);
    else if (fact->kind == FACT_CALL || fact->kind == FACT_RETURN)
        known = name_of_call(e, fact, remote, &found);
    return known ? endpoint(&found)
                 : value_none(remote ? "The socket has no peer then."
                                     : "The socket has no name then.");
}

static struct value
of_local(struct evaluation *e, const struct node *node)
{
    return name(e, node, false);
}

static struct value
of_remote(struct evaluation *e, const struct node *node)
{
    return name(e, node, true);
}

static struct value
of_port(struct evaluation *e, const struct node *node)
{
    struct value value = node_evaluate(e, node->left);
    if (value.kind == VALUE_ENDPOINT)
        return number(value.endpoint.port);
    return value.kind == VALUE_NONE ? value
                                    : value_none("port() asks for a name.");
}

/* ---- Of all ------------------------------------------------------------- */

/* Since the first event that is kept. */
static struct value
of_time(struct evaluation *e, const struct node *node)
{
    struct value none;
    const struct fact *fact = fact_of(e, node->line, &none);
    if (!fact)
        return none;
    return (struct value){ .kind = VALUE_TIME,
                           .number =
                               fact->time_ns - e->facts->items[0].time_ns };
}

/* Who asks for a connection without packets around was not captured. */
static bool
has_connect(const struct facts *facts)
{
    for (size_t i = 0; i < facts->count; i++)
        if (facts->items[i].kind == FACT_CALL &&
            span_is(facts->items[i].name, "connect"))
            return true;
    return false;
}

/* Why none of a line's kind is in the trace, though it may have happened; NULL:
 * it would be there. */
static const char *
blind_to(const struct facts *facts, const struct line *line)
{
    bool segments = line->kind == LINE_SEGMENT;
    if (line->kind == LINE_CALL && !facts->has_calls)
        return "It holds no calls.";
    if (segments && !facts->has_packets && has_connect(facts))
        return "Nobody captured its segments.";
    return NULL;
}

static struct value
of_count(struct evaluation *e, const struct node *node)
{
    struct value none;
    const char *blind = blind_to(e->facts, &node->line->line);
    if (blind)
        return value_none(blind);
    int from = 0, until = (int)e->facts->count;
    if (node->after && (from = reference_find(e, node->after, &none)) < 0)
        return none;
    if (node->before && (until = reference_find(e, node->before, &none)) < 0)
        return none;
    int64_t count = 0;
    from += node->after != NULL;
    for (int at = from;
         (at = reference_next(e, node->line, at)) != FACT_NONE && at < until;
         at++, count++)
        evaluation_note(e, &e->facts->items[at]);
    return number(count);
}

/* The end of a connection that is WHO's; ROLES: none. */
static int
role_of(const struct facts *facts, uint32_t number, struct span who)
{
    const struct fact_connection *connection = facts_connection(facts, number);
    int role = ROLES;
    for (int i = 0; connection && i < ROLES; i++)
        if (span_equal(facts_end(connection, (enum role)i), who))
            role = i;
    return role;
}

/* What a fact tells of the state of WHO's end; -1: nothing. */
static int
state_by(const struct evaluation *e, const struct fact *fact, struct span who,
         uint32_t connection)
{
    if (fact->connection != connection)
        return -1;
    if (fact->kind == FACT_STATE)
        return span_equal(fact->who, who) ? (int)fact->state : -1;
    int role = role_of(e->facts, connection, who);
    return fact->kind == FACT_SEGMENT && role < ROLES
               ? fact->segment.after[role]
               : -1;
}

static struct value
of_state(struct evaluation *e, const struct node *node)
{
    struct value none;
    int at = reference_find(e, node->after, &none);
    if (at == FACT_NONE)
        return none;
    uint32_t connection = e->facts->items[at].connection;
    for (int i = at; connection && i >= 0; i--) {
        const struct fact *fact = &e->facts->items[i];
        int state = state_by(e, fact, node->who, connection);
        if (state < 0)
            continue;
        evaluation_note(e, fact);
        return words(span_of(state_name((enum tcp_state)state)));
    }
    return value_none("Nothing tells the state of that program's end.");
}

// clang-format off
const struct function expression_functions[] = {
    { "seq", SHAPE_LINE, LINE_SEGMENT, "Write seq(client > server SYN).", of_seq },
    { "ack", SHAPE_LINE, LINE_SEGMENT, "Write ack(client < server SYN-ACK).", of_ack },
    { "len", SHAPE_LINE, LINE_SEGMENT, "Write len(client > server DATA).", of_len },
    { "win", SHAPE_LINE, LINE_SEGMENT, "Write win(client > server SYN).", of_win },
    { "flags", SHAPE_LINE, LINE_SEGMENT, "Write flags(client < server RST).", of_flags },
    { "opt", SHAPE_OPTION, LINE_SEGMENT, "Write opt(client > server SYN, mss).", of_opt },
    { "result", SHAPE_LINE, LINE_CALL, "Write result(client connect = *).", of_result },
    { "errno", SHAPE_LINE, LINE_CALL, "Write errno(client connect = *).", of_errno },
    { "arg", SHAPE_ARGUMENT, LINE_CALL, "Write arg(server listen, 2).", of_arg },
    { "local", SHAPE_LINE, -1, "Write local(client connect = 0).", of_local },
    { "remote", SHAPE_LINE, -1, "Write remote(client connect = 0).", of_remote },
    { "time", SHAPE_LINE, -1, "Write time(client > server SYN).", of_time },
    { "port", SHAPE_ENDPOINT, -1, "Write port(local(client connect = 0)).", of_port },
    { "count", SHAPE_COUNT, -1, "Write count(LINE), count(LINE, after LINE), count(LINE, before LINE).", of_count },
    { "state", SHAPE_STATE, -1, "Write state(client, after client > server FIN).", of_state },
};
// clang-format on

const size_t expression_function_count =
    sizeof expression_functions / sizeof expression_functions[0];
