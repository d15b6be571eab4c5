/* expression_name: what a key asks of a socket's names. */
#include <stdio.h>

#include "expression_function.h"

/* The address that a call's second argument says. */
static bool
address_of(const struct evaluation *e, const struct fact *call,
           struct endpoint *found)
{
    char text[ENDPOINT_TEXT];
    struct span argument = function_argument(e, call, 2);
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
    const struct fact *fact = function_fact(e, node->line, &none);
    if (!fact)
        return none;
    bool known = false;
    if (fact->kind == FACT_SEGMENT || fact->kind == FACT_DATAGRAM)
        known = name_of_segment(e, fact, remote, &found);
    else if (fact->kind == FACT_CALL || fact->kind == FACT_RETURN)
        known = name_of_call(e, fact, remote, &found);
    return known ? value_endpoint(&found)
                 : value_none(remote ? "The socket has no peer then."
                                     : "The socket has no name then.");
}

struct value
of_local(struct evaluation *e, const struct node *node)
{
    return name(e, node, false);
}

struct value
of_remote(struct evaluation *e, const struct node *node)
{
    return name(e, node, true);
}

struct value
of_port(struct evaluation *e, const struct node *node)
{
    struct value value = node_evaluate(e, node->left);
    if (value.kind == VALUE_ENDPOINT)
        return value_number(value.endpoint.port);
    return value.kind == VALUE_NONE ? value
                                    : value_none("port() asks for a name.");
}
