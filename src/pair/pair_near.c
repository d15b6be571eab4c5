/* pair_near: at which end a capture was made, and what is rewritten between. */
#include "pair_link_inside.h"

/* ---- Ends --------------------------------------------------------------- */

/* The client's capture was made at the end of `near`. */
static void
set_near(struct pair_links *links, struct side *client, enum role near)
{
    struct side *server = partner_of(links, client);
    client->near = (uint8_t)near;
    server->near = (uint8_t)role_there(client, role_other(near));
    paths_add(&links->paths[PLACE_CLIENT], &client->ends[near].address,
              &client->ends[role_other(near)].address);
    paths_add(&links->paths[PLACE_SERVER], &server->ends[server->near].address,
              &server->ends[!server->near].address);
}

/*
 * What a segment took there and another took back, by two clocks, is the time of
 * both ways, and not negative; with the captures at the other ends it would be
 * negative.
 */
static void
set_near_by_time(struct pair_links *links)
{
    uint32_t votes[ROLES] = { 0 }, neither = 0;
    for (uint32_t i = 1; i < links->count[PLACE_CLIENT]; i++) {
        struct side *side = &links->sides[PLACE_CLIENT][i];
        if (!side->partner || !side->timed[ROLE_CLIENT] ||
            !side->timed[ROLE_SERVER])
            continue;
        int64_t both_ways = side->least[ROLE_CLIENT] - side->most[ROLE_SERVER];
        if (both_ways == 0) {
            neither++;
            continue;
        }
        enum role near = both_ways > 0 ? ROLE_CLIENT : ROLE_SERVER;
        votes[near]++;
        set_near(links, side, near);
    }
    links->counts.swapped = votes[ROLE_SERVER] > votes[ROLE_CLIENT];
    links->counts.same_place =
        neither > 0 && votes[ROLE_CLIENT] + votes[ROLE_SERVER] == 0;
}

/* Which end is near, by the addresses of connections where that is known. */
static uint8_t
near_by_path(const struct pair_links *links, enum place place,
             const struct side *side)
{
    for (int role = 0; role < ROLES; role++)
        if (paths_has(&links->paths[place], &side->ends[role].address,
                      &side->ends[!role].address))
            return (uint8_t)role;
    return NOT_KNOWN;
}

static void
set_near_by_path(struct pair_links *links)
{
    for (uint32_t i = 1; i < links->count[PLACE_CLIENT]; i++) {
        struct side *side = &links->sides[PLACE_CLIENT][i];
        if (!side->partner || side->near != NOT_KNOWN)
            continue;
        uint8_t near = near_by_path(links, PLACE_CLIENT, side);
        set_near(links, side, near == ROLE_SERVER ? ROLE_SERVER : ROLE_CLIENT);
    }
}

/* A connection that one capture shows alone belongs to the pair when it is
 * between the same hosts as others: it may have been lost whole. */
static void
judge_alone(struct pair_links *links, enum place place)
{
    for (uint32_t i = 1; i < links->count[place]; i++) {
        struct side *side = &links->sides[place][i];
        if (!side->seen || side->partner)
            continue;
        side->near = near_by_path(links, place, side);
        if (side->near == NOT_KNOWN)
            links->counts.others[place]++;
        else
            links->counts.alone[place]++;
    }
}

static void
note_shortest(struct link_counts *counts, enum place from, int64_t took)
{
    if (!counts->timed[from] || took < counts->shortest_ns[from])
        counts->shortest_ns[from] = took;
    counts->timed[from] = true;
}

static void
find_shortest(struct pair_links *links)
{
    for (uint32_t i = 1; i < links->count[PLACE_CLIENT]; i++) {
        const struct side *side = &links->sides[PLACE_CLIENT][i];
        if (!side->partner)
            continue;
        if (side->timed[side->near])
            note_shortest(&links->counts, PLACE_CLIENT,
                          side->least[side->near]);
        if (side->timed[!side->near])
            note_shortest(&links->counts, PLACE_SERVER,
                          -side->most[!side->near]);
    }
}

/* ---- Translations ------------------------------------------------------- */

static void
note_translation(struct pair_links *links, enum role role,
                 const struct endpoint *own, const struct endpoint *seen)
{
    if (endpoint_equal(own, seen))
        return;
    for (uint32_t i = 0; i < links->translation_count; i++) {
        struct translation *t = &links->translations[i];
        if (t->role == role && address_equal(&t->own.address, &own->address) &&
            address_equal(&t->seen.address, &seen->address)) {
            t->connections++;
            return;
        }
    }
    if (links->translation_count < TRANSLATIONS)
        links->translations[links->translation_count++] =
            (struct translation){ role, *own, *seen, 1 };
}

static void
find_translations(struct pair_links *links)
{
    for (uint32_t i = 1; i < links->count[PLACE_CLIENT]; i++) {
        const struct side *client = &links->sides[PLACE_CLIENT][i];
        if (!client->partner)
            continue;
        const struct side *server = partner_of(links, client);
        enum role near = (enum role)client->near, far = role_other(near);
        note_translation(links, near, &client->ends[near],
                         &server->ends[role_there(client, near)]);
        note_translation(links, far, &server->ends[role_there(client, far)],
                         &client->ends[far]);
    }
}

bool
pair_links_translation(const struct pair_links *links, uint32_t i,
                       struct translation *translation)
{
    if (i >= links->translation_count)
        return false;
    *translation = links->translations[i];
    return true;
}

void
pair_links_settle(struct pair_links *links)
{
    set_near_by_time(links);
    set_near_by_path(links);
    judge_alone(links, PLACE_CLIENT);
    judge_alone(links, PLACE_SERVER);
    find_shortest(links);
    find_translations(links);
    for (int i = 0; i < PLACES; i++)
        marks_clear(&links->marks[i]);
}
