/* match_address: what the names of addresses stand for. */
#include "match.h"

/* Where the server listens, by its own calls. */
static bool
server_by_calls(const struct facts *facts, struct endpoint *server)
{
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->items[i];
        if ((fact->kind == FACT_CALL || fact->kind == FACT_RETURN) &&
            span_is(fact->who, "server") && fact->has_local &&
            fact->local.port &&
            (span_is(fact->name, "bind") || span_is(fact->name, "listen"))) {
            *server = fact->local;
            return true;
        }
    }
    return false;
}

/* Of two that open at once, the first SYN may have been the server's. */
static const struct endpoint *
client_of(const struct fact_connection *c, const struct endpoint *server)
{
    bool turned = endpoint_equal(&c->endpoints[ROLE_CLIENT], server);
    return &c->endpoints[turned ? ROLE_SERVER : ROLE_CLIENT];
}

void
match_find_addresses(struct match *match)
{
    struct address_names *names = &match->addresses;
    const struct facts *facts = match->facts;
    if (!names->server_known)
        names->server_known = server_by_calls(facts, &names->server);
    for (size_t i = 0; i < facts->connection_count; i++) {
        const struct fact_connection *c = &facts->connections[i];
        if (!c->endpoints[ROLE_SERVER].port)
            continue;
        if (!names->server_known)
            names->server = c->endpoints[ROLE_SERVER];
        names->client = *client_of(c, &names->server);
        names->server_known = names->client_known = true;
        return;
    }
}
