/* expression_function: the functions of a key, and those about all facts. */
#include "expression_function.h"

const struct fact *
function_fact(struct evaluation *e, const struct reference *line,
              struct value *none)
{
    int at = reference_find(e, line, none);
    if (at == FACT_NONE)
        return NULL;
    evaluation_note(e, &e->facts->items[at]);
    return &e->facts->items[at];
}

/* Since the first event that is kept. */
static struct value
of_time(struct evaluation *e, const struct node *node)
{
    struct value none;
    const struct fact *fact = function_fact(e, node->line, &none);
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
    return value_number(count);
}

/* The end of a connection that is WHO's; ROLES: none. A socket that is connected
 * to itself is the client's end, and there is no other. */
static int
role_of(const struct facts *facts, uint32_t number, struct span who)
{
    const struct fact_connection *connection = facts_connection(facts, number);
    for (int i = 0; connection && i < ROLES; i++)
        if (span_equal(facts_end(connection, (enum role)i), who))
            return i;
    return ROLES;
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
    bool moves = fact->kind == FACT_SEGMENT || fact->kind == FACT_ARRIVAL;
    return moves && role < ROLES ? fact->segment.after[role] : -1;
}

/* On a wire, "after a segment" is after its arrival for who receives it. */
static int
after_for(const struct facts *facts, int at, struct span who)
{
    const struct fact *fact = &facts->items[at];
    bool sends = fact->kind != FACT_SEGMENT ||
                 role_of(facts, fact->connection, who) == (int)fact->role;
    int arrival = fact->segment.fate.arrival;
    return sends || !arrival ? at : arrival;
}

static struct value
of_state(struct evaluation *e, const struct node *node)
{
    struct value none;
    int at = reference_find(e, node->after, &none);
    if (at == FACT_NONE)
        return none;
    uint32_t connection = e->facts->items[at].connection;
    at = after_for(e->facts, at, node->who);
    for (int i = at; connection && i >= 0; i--) {
        const struct fact *fact = &e->facts->items[i];
        int state = state_by(e, fact, node->who, connection);
        if (state < 0)
            continue;
        evaluation_note(e, fact);
        return value_words(span_of(state_name((enum tcp_state)state)));
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
    { "field", SHAPE_FIELD, LINE_CALL, "Write field(client getsockopt = 0, cwnd).", of_field },
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
