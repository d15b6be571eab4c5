/* fact_datagram: UDP datagrams and ICMP errors, and the flows they belong to. */
#include "fact.h"

#include <stdio.h>

enum {
    FLOWS_MAX = 1000, // what is beyond belongs to no flow
};

bool
facts_is_datagram(const struct event *event)
{
    if (!event->decoded)
        return false;
    if (event->kind == EVENT_DATAGRAM)
        return event->decoded->kind == DECODED_DATAGRAM;
    return event->kind == EVENT_ICMP && (event->decoded->icmp.quotes_datagram ||
                                         event->decoded->icmp.quotes_segment);
}

/* Which end of it is `src`? ROLES: it is another flow. */
static enum role
role_in(const struct fact_connection *flow, const struct endpoint *src,
        const struct endpoint *dst)
{
    for (int role = 0; role < ROLES; role++)
        if (endpoint_equal(&flow->endpoints[role], src) &&
            endpoint_equal(&flow->endpoints[role_other((enum role)role)], dst))
            return (enum role)role;
    return ROLES;
}

/* The flow between two endpoints, with the role of `src` in it. Flows stand
 * behind all connections. */
static void
find_flow(struct facts *facts, struct fact *fact, const struct endpoint *src,
          const struct endpoint *dst)
{
    uint32_t flows = 0;
    for (size_t i = facts->connection_count; i-- > 0; flows++) {
        const struct fact_connection *flow = &facts->connections[i];
        if (flow->number <= FACT_FLOWS)
            break;
        fact->role = role_in(flow, src, dst);
        fact->connection = flow->number;
        if (fact->role < ROLES)
            return;
    }
    struct fact_connection *made =
        flows < FLOWS_MAX ? facts_new_connection(facts, FACT_FLOWS + flows + 1)
                          : NULL;
    fact->role = ROLE_CLIENT;
    fact->connection = made ? made->number : 0;
    if (!made)
        return;
    made->endpoints[ROLE_CLIENT] = *src;
    made->endpoints[ROLE_SERVER] = *dst;
}

/* An error goes to whoever sent what it quotes. */
static void
add_icmp(struct facts *facts, struct fact *fact, const struct event *event)
{
    const struct icmp *icmp = &event->decoded->icmp;
    fact->is_icmp = true;
    fact->icmp_error = icmp->error;
    if (icmp->quotes_datagram)
        find_flow(facts, fact, &icmp->quoted_src, &icmp->quoted_dst);
    else
        fact->role = event->seen.from;
    fact->role = role_other(fact->role);
}

void
facts_add_datagram(struct facts *facts, struct fact *fact,
                   const struct event *event)
{
    const struct udp *udp = &event->decoded->udp;
    fact->kind = FACT_DATAGRAM;
    fact->segment.fate.told = event->flight != NULL;
    if (event->kind == EVENT_ICMP) {
        add_icmp(facts, fact, event);
    } else {
        find_flow(facts, fact, &udp->src, &udp->dst);
        fact->segment.data_length = udp->data_length;
    }
    fact->has_role = fact->connection != 0;
}

/* ---- Which end is the server? -------------------------------------------- */

/* Did a program get this port by bind()? */
static bool
is_bound(const struct facts *facts, uint16_t port)
{
    char end[8];
    int bytes = snprintf(end, sizeof end, ":%u", port);
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->items[i];
        struct span name = fact->arguments[1];
        if (fact->kind == FACT_RETURN && span_is(fact->name, "bind") &&
            fact->result == 0 && name.bytes > (size_t)bytes &&
            !memcmp(name.at + name.bytes - bytes, end, (size_t)bytes))
            return true;
    }
    return false;
}

static void
turn_round(struct facts *facts, struct fact_connection *flow)
{
    struct endpoint client = flow->endpoints[ROLE_CLIENT];
    flow->endpoints[ROLE_CLIENT] = flow->endpoints[ROLE_SERVER];
    flow->endpoints[ROLE_SERVER] = client;
    for (size_t i = 0; i < facts->count; i++)
        if (facts->items[i].kind == FACT_DATAGRAM &&
            facts->items[i].connection == flow->number)
            facts->items[i].role = role_other(facts->items[i].role);
}

void
facts_join_flows(struct facts *facts)
{
    for (size_t i = facts->connection_count; i-- > 0;) {
        struct fact_connection *flow = &facts->connections[i];
        if (flow->number <= FACT_FLOWS)
            return;
        if (is_bound(facts, flow->endpoints[ROLE_CLIENT].port) &&
            !is_bound(facts, flow->endpoints[ROLE_SERVER].port))
            turn_round(facts, flow);
    }
}
