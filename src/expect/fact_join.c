/*
 * fact_join: what belongs together and came apart: a call and its return, a
 * connection and what was seen of it before its SYN.
 */
#include "fact.h"

/* ---- Pairs -------------------------------------------------------------- */

static bool
is_call_of(const struct fact *fact, const struct fact *back)
{
    return fact->kind == FACT_CALL && fact->number == back->call &&
           span_equal(fact->name, back->name);
}

/* The call with the event's number: mostly it stands just above. */
static int
find_call(const struct facts *facts, size_t back)
{
    const struct fact *returned = &facts->items[back];
    for (size_t i = back; returned->call && i-- > 0;)
        if (is_call_of(&facts->items[i], returned))
            return (int)i;
    for (size_t i = back; returned->call && i < facts->count; i++)
        if (is_call_of(&facts->items[i], returned))
            return (int)i;
    return FACT_NONE;
}

/* The kernel goes on with an interrupted call: what its thread does next is the
 * return, or the same entry once more. */
static void
mark_restart(struct facts *facts, size_t interrupted, int call)
{
    const struct fact *before = &facts->items[interrupted];
    for (size_t i = interrupted + 1; i < facts->count; i++) {
        struct fact *fact = &facts->items[i];
        if ((fact->kind != FACT_CALL && fact->kind != FACT_RETURN) ||
            fact->tid != before->tid)
            continue;
        fact->restarted =
            fact->kind == FACT_CALL && span_equal(fact->name, before->name);
        if (fact->restarted)
            fact->pair = call;
        return;
    }
}

/* A call that was begun again is one call, from its first entry on. */
static void
join_calls(struct facts *facts)
{
    for (size_t i = 0; i < facts->count; i++) {
        struct fact *fact = &facts->items[i];
        if (fact->kind != FACT_RETURN)
            continue;
        int call = find_call(facts, i);
        if (call != FACT_NONE && facts->items[call].restarted)
            call = facts->items[call].pair;
        fact->pair = call;
        if (fact->restarted)
            mark_restart(facts, i, call);
        else if (call != FACT_NONE)
            facts->items[call].pair = (int)i;
    }
}

/* ---- Segments before their SYN ------------------------------------------ */

/* The next connection between the same endpoints; NULL: there is none. */
static struct fact_connection *
same_again(const struct facts *facts, const struct fact_connection *early)
{
    struct fact_connection *end = facts->connections + facts->connection_count;
    const struct endpoint *one = &early->endpoints[ROLE_CLIENT];
    const struct endpoint *two = &early->endpoints[ROLE_SERVER];
    for (struct fact_connection *c = facts->connections; c < end; c++)
        if (c->number > early->number &&
            ((endpoint_equal(&c->endpoints[ROLE_CLIENT], one) &&
              endpoint_equal(&c->endpoints[ROLE_SERVER], two)) ||
             (endpoint_equal(&c->endpoints[ROLE_CLIENT], two) &&
              endpoint_equal(&c->endpoints[ROLE_SERVER], one))))
            return c;
    return NULL;
}

static void
swap_roles(struct fact *fact)
{
    struct fact_segment *s = &fact->segment;
    const uint8_t before = s->before[ROLE_CLIENT];
    const uint8_t after = s->after[ROLE_CLIENT];
    fact->role = role_other(fact->role);
    s->before[ROLE_CLIENT] = s->before[ROLE_SERVER];
    s->before[ROLE_SERVER] = before;
    s->after[ROLE_CLIENT] = s->after[ROLE_SERVER];
    s->after[ROLE_SERVER] = after;
}

/* What stands before a SYN belongs to the connection that the SYN opens, when
 * nothing else opened it. */
static void
join_early(struct facts *facts)
{
    for (size_t i = 0; i < facts->connection_count; i++) {
        struct fact_connection *early = &facts->connections[i];
        struct fact_connection *opened = same_again(facts, early);
        if (early->isn_known[ROLE_CLIENT] || early->isn_known[ROLE_SERVER] ||
            !opened || !opened->isn_known[ROLE_CLIENT])
            continue;
        bool turned = !endpoint_equal(&early->endpoints[ROLE_CLIENT],
                                      &opened->endpoints[ROLE_CLIENT]);
        for (size_t j = 0; j < facts->count; j++) {
            struct fact *fact = &facts->items[j];
            if (fact->connection != early->number)
                continue;
            fact->connection = opened->number;
            if (turned)
                swap_roles(fact);
        }
        memmove(early, early + 1,
                (--facts->connection_count - i--) * sizeof *early);
    }
}

void
facts_join(struct facts *facts)
{
    join_calls(facts);
    join_early(facts);
    facts_join_flows(facts);
}
