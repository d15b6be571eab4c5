/* party: endpoints to programs. */
#include "party.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAMES_MAX = 256,
    NAME_ROOM = 24,
    LISTENERS_MAX = 64,
    PAIRS_MAX = 1 << 16, // a power of two; the oldest give way
};

/* A socket that waits for connections, or for its connection. */
struct place {
    struct endpoint at; // LISTEN: local; connecting: remote
    uint32_t tid;       // connecting: the thread
    const char *who;    // NULL: a free place
};

struct pair {
    uint64_t hash;
    struct endpoint local;
    const char *who;
};

struct parties {
    char names[NAMES_MAX][NAME_ROOM];
    int name_count;
    struct place listening[LISTENERS_MAX], connecting[LISTENERS_MAX];
    int next_listening, next_connecting;
    struct place bound[LISTENERS_MAX]; // by bind(), to an address and any port
    int next_bound;
    struct pair *pairs; // PAIRS_MAX of them
};

/* How many of them were ever used, once `next` was to be the next one. */
static int
used(int next)
{
    return next < LISTENERS_MAX ? next : LISTENERS_MAX;
}

struct parties *
parties_new(void)
{
    struct parties *p = calloc(1, sizeof *p);
    if (p && !(p->pairs = calloc(PAIRS_MAX, sizeof *p->pairs))) {
        free(p);
        return NULL;
    }
    return p;
}

void
parties_free(struct parties *p)
{
    if (p)
        free(p->pairs);
    free(p);
}

/* One copy of each name, so that it can be lent. */
static const char *
name_kept(struct parties *p, struct span who)
{
    if (who.bytes == 0 || who.bytes >= NAME_ROOM)
        return NULL;
    for (int i = 0; i < p->name_count; i++)
        if (span_is(who, p->names[i]))
            return p->names[i];
    if (p->name_count == NAMES_MAX)
        return NULL;
    char *name = p->names[p->name_count++];
    memcpy(name, who.at, who.bytes);
    return name;
}

/* ---- Pairs of endpoints -------------------------------------------------- */

/* Where a pair is, or may be put: the one for this end of it, or the first of a
 * few places. */
static struct pair *
pair_place(struct parties *p, const struct endpoint *local,
           const struct endpoint *remote, bool *found)
{
    uint64_t hash = endpoint_pair_hash(local, remote);
    struct pair *first = &p->pairs[hash & (PAIRS_MAX - 1)];
    *found = false;
    for (uint64_t i = 0; i < 8; i++) {
        struct pair *pair = &p->pairs[(hash + i) & (PAIRS_MAX - 1)];
        *found = pair->who && pair->hash == hash &&
                 endpoint_equal(&pair->local, local);
        if (*found || !pair->who)
            return pair;
    }
    return first;
}

static void
learn_pair(struct parties *p, const struct endpoint *local,
           const struct endpoint *remote, const char *who)
{
    bool found;
    struct pair *pair = pair_place(p, local, remote, &found);
    *pair = (struct pair){ .hash = endpoint_pair_hash(local, remote),
                           .local = *local,
                           .who = who };
}

/* ---- Places -------------------------------------------------------------- */

static void
learn_place(struct place places[], int *next, const struct place *learnt)
{
    for (int i = 0; i < used(*next); i++)
        if (places[i].who && places[i].tid == learnt->tid &&
            endpoint_equal(&places[i].at, &learnt->at)) {
            places[i] = *learnt;
            return;
        }
    places[(*next)++ % LISTENERS_MAX] = *learnt;
}

static void
forget_connecting(struct parties *p, uint32_t tid)
{
    for (int i = 0; i < used(p->next_connecting); i++)
        if (p->connecting[i].tid == tid)
            p->connecting[i].who = NULL;
}

/* bind(3, 192.0.2.66:0): the kernel chooses the port, and nobody tells it. */
static void
learn_bound(struct parties *p, const struct entry *entry, struct place place)
{
    char name[ENDPOINT_TEXT];
    struct span at = entry->arguments[1];
    if (entry->kind != ENTRY_RETURN || !span_is(entry->name, "bind") ||
        entry->result != 0 || entry->argument_count < 2 ||
        at.bytes >= sizeof name)
        return;
    memcpy(name, at.at, at.bytes);
    name[at.bytes] = '\0';
    if (!endpoint_from_text(name, &place.at) || place.at.port)
        return;
    place.tid = 0; // any of the program's
    for (int i = 0; i < used(p->next_bound); i++)
        if (p->bound[i].who == place.who &&
            endpoint_equal(&p->bound[i].at, &place.at))
            return;
    p->bound[p->next_bound++ % LISTENERS_MAX] = place;
}

void
parties_learn(struct parties *p, const struct entry *entry)
{
    const char *who = name_kept(p, entry->who);
    bool connects = span_is(entry->name, "connect");
    struct place place = { .who = who };
    if (!who)
        return;
    learn_bound(p, entry, place);
    if (entry->has_local && entry->has_remote) {
        learn_pair(p, &entry->local, &entry->remote, who);
    } else if (entry->kind == ENTRY_CALL && connects && entry->has_remote) {
        place.at = entry->remote;
        place.tid = entry->tid;
        learn_place(p->connecting, &p->next_connecting, &place);
    } else if (entry->has_local) {
        place.at = entry->local;
        learn_place(p->listening, &p->next_listening, &place);
    }
    if (entry->kind == ENTRY_RETURN && connects && !entry->interrupted)
        forget_connecting(p, entry->tid);
}

static bool
is_any_address(const struct address *address)
{
    static const uint8_t zeros[4];
    static const struct address any6;
    struct address any4 = address_ipv4(zeros);
    return address_equal(address, &any4) || address_equal(address, &any6);
}

static const char *
find_listening(const struct parties *p, const struct endpoint *local)
{
    for (int i = 0; i < used(p->next_listening); i++) {
        const struct place *place = &p->listening[i];
        if (place->who && place->at.port == local->port &&
            (address_equal(&place->at.address, &local->address) ||
             is_any_address(&place->at.address)))
            return place->who;
    }
    return NULL;
}

/* Who asked for this address, when it is one program's alone. */
static const char *
find_bound(const struct parties *p, const struct address *address)
{
    const char *who = NULL;
    for (int i = 0; i < used(p->next_bound); i++) {
        const struct place *place = &p->bound[i];
        if (!place->who || is_any_address(&place->at.address) ||
            !address_equal(&place->at.address, address))
            continue;
        if (who && who != place->who)
            return NULL;
        who = place->who;
    }
    return who;
}

/* Who is connecting to `remote`, when all who do are of one program. */
static const char *
find_connecting(const struct parties *p, const struct endpoint *remote)
{
    const char *who = NULL;
    for (int i = 0; i < used(p->next_connecting); i++) {
        const struct place *place = &p->connecting[i];
        if (!place->who || !endpoint_equal(&place->at, remote))
            continue;
        if (who && who != place->who)
            return NULL;
        who = place->who;
    }
    return who;
}

const char *
parties_find(struct parties *p, const struct endpoint *local,
             const struct endpoint *remote, bool opens)
{
    bool found;
    struct pair *pair = pair_place(p, local, remote, &found);
    if (found)
        return pair->who;
    const char *who = opens ? NULL : find_listening(p, local);
    if (who)
        return who;
    who = find_bound(p, &local->address);
    if (who)
        return who;
    who = find_connecting(p, remote);
    if (who)
        learn_pair(p, local, remote, who);
    return who;
}
