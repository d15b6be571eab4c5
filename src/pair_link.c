/* pair_link: connections recognised in two captures. */
#include "pair_link.h"

#include <stdlib.h>
#include <string.h>

#include "pair_mark.h"
#include "pair_path.h"

enum {
    REMEMBERED_FIRST = 6, // segments of a connection, while there is room
    REMEMBERED_LATER = 2, // at least, so that many connections have room
    TRANSLATIONS = 16,
    NOT_KNOWN = ROLES, // in place of a role
};

/* A connection as one capture shows it. Spans are of the client's capture. */
struct side {
    struct endpoint ends[ROLES];
    uint32_t partner;   // its number in the other capture; 0: none
    uint8_t near;       // enum role, of the end where the capture was made
    uint8_t remembered; // of its segments
    bool seen;
    bool flipped; // its partner's client is its own server
    // Of the segments of each role that both captures show: the time in the
    // server's capture less that in the client's.
    bool timed[ROLES];
    int64_t least[ROLES], most[ROLES];
};

struct pair_links {
    uint32_t limit;
    struct side *sides[PLACES]; // by number; owned
    uint32_t count[PLACES];     // how many numbers there are, and 0
    uint32_t room[PLACES];
    struct marks marks[PLACES];
    struct paths paths[PLACES];
    struct link_counts counts;
    struct translation translations[TRANSLATIONS];
    uint32_t translation_count;
};

struct pair_links *
pair_links_new(uint32_t connections)
{
    struct pair_links *links = calloc(1, sizeof *links);
    if (!links)
        return NULL;
    links->limit = connections;
    for (int i = 0; i < PLACES; i++) {
        if (marks_init(&links->marks[i]) == 0)
            continue;
        pair_links_free(links);
        return NULL;
    }
    return links;
}

void
pair_links_free(struct pair_links *links)
{
    if (!links)
        return;
    for (int i = 0; i < PLACES; i++) {
        free(links->sides[i]);
        marks_clear(&links->marks[i]);
        paths_clear(&links->paths[i]);
    }
    free(links);
}

const struct link_counts *
pair_links_counts(const struct pair_links *links)
{
    return &links->counts;
}

/* ---- Sides -------------------------------------------------------------- */

/* The side a segment belongs to; NULL: beyond the limit, or no memory. */
static struct side *
side_of(const struct pair_links *links, enum place place,
        const struct sighting *s)
{
    return s->connection && s->connection < links->count[place]
               ? &links->sides[place][s->connection]
               : NULL;
}

static bool
make_room(struct pair_links *links, enum place place, uint32_t number)
{
    uint32_t room = links->room[place] ? links->room[place] : 64;
    while (room <= number)
        room *= 2;
    if (room == links->room[place])
        return true;
    struct side *more =
        realloc(links->sides[place], room * sizeof(struct side));
    if (!more)
        return false;
    memset(more + links->room[place], 0,
           (room - links->room[place]) * sizeof *more);
    links->sides[place] = more;
    links->room[place] = room;
    return true;
}

static struct side *
side_make(struct pair_links *links, enum place place, const struct sighting *s)
{
    if (!make_room(links, place, s->connection))
        return NULL;
    if (s->connection >= links->count[place])
        links->count[place] = s->connection + 1;
    struct side *side = &links->sides[place][s->connection];
    if (side->seen)
        return side;
    side->seen = true;
    side->near = NOT_KNOWN;
    side->ends[s->from] = s->segment->src;
    side->ends[role_other(s->from)] = s->segment->dst;
    return side;
}

int
pair_links_remember(struct pair_links *links, enum place place,
                    const struct sighting *s)
{
    struct marks *marks = &links->marks[place];
    if (s->connection == 0 || s->connection > links->limit) {
        links->counts.beyond++;
        return 0;
    }
    struct side *side = side_make(links, place, s);
    if (!side)
        return -1;
    int most =
        marks->count < MARKS_MAX / 2 ? REMEMBERED_FIRST : REMEMBERED_LATER;
    if (side->remembered < most && marks_keep(marks, s))
        side->remembered++;
    return 0;
}

/* ---- Links -------------------------------------------------------------- */

static bool
join(struct pair_links *links, uint32_t numbers[PLACES], bool flipped)
{
    struct side *client = &links->sides[PLACE_CLIENT][numbers[PLACE_CLIENT]];
    struct side *server = &links->sides[PLACE_SERVER][numbers[PLACE_SERVER]];
    if (client->partner || server->partner)
        return client->partner == numbers[PLACE_SERVER] &&
               server->partner == numbers[PLACE_CLIENT] &&
               client->flipped == flipped;
    if (address_is_ipv4(&client->ends[0].address) !=
        address_is_ipv4(&server->ends[0].address))
        return false; // two different IPs: their frames cannot stand together
    client->partner = numbers[PLACE_SERVER];
    server->partner = numbers[PLACE_CLIENT];
    client->flipped = server->flipped = flipped;
    links->counts.linked++;
    return true;
}

static void
note_time(struct side *client, enum role from, int64_t apart)
{
    if (!client->timed[from] || apart < client->least[from])
        client->least[from] = apart;
    if (!client->timed[from] || apart > client->most[from])
        client->most[from] = apart;
    client->timed[from] = true;
}

int
pair_links_look_for(struct pair_links *links, enum place place,
                    const struct sighting *s)
{
    enum place other = place_other(place);
    struct mark *mark = marks_find(&links->marks[other], s);
    if (!mark || mark->taken || !side_of(links, place, s))
        return 0;
    uint32_t numbers[PLACES];
    numbers[place] = s->connection;
    numbers[other] = mark->connection;
    bool flipped = s->from != (enum role)mark->from;
    if (!join(links, numbers, flipped))
        return 0;
    mark->taken = true;
    bool here = place == PLACE_SERVER;
    note_time(&links->sides[PLACE_CLIENT][numbers[PLACE_CLIENT]],
              here ? (enum role)mark->from : s->from,
              here ? s->time_ns - mark->time_ns : mark->time_ns - s->time_ns);
    return 0;
}

static uint32_t
without_partner(const struct pair_links *links, enum place place)
{
    uint32_t n = 0;
    for (uint32_t i = 1; i < links->count[place]; i++)
        n += links->sides[place][i].seen && !links->sides[place][i].partner;
    return n;
}

bool
pair_links_are_open(const struct pair_links *links)
{
    return without_partner(links, PLACE_CLIENT) > 0 &&
           without_partner(links, PLACE_SERVER) > 0;
}

/* ---- Ends --------------------------------------------------------------- */

static struct side *
partner_of(const struct pair_links *links, const struct side *client)
{
    return &links->sides[PLACE_SERVER][client->partner];
}

/* A role of one side in the words of the other. */
static enum role
role_there(const struct side *side, enum role role)
{
    return side->flipped ? role_other(role) : role;
}

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

/* ---- Lanes -------------------------------------------------------------- */

uint32_t
pair_links_lanes(const struct pair_links *links)
{
    return PLACES * (links->count[PLACE_CLIENT] + links->count[PLACE_SERVER]);
}

bool
pair_links_lane(const struct pair_links *links, enum place place,
                const struct sighting *s, struct lane *lane)
{
    const struct side *side = side_of(links, place, s);
    if (!side || side->near == NOT_KNOWN)
        return false;
    uint32_t number = s->connection;
    if (place == PLACE_SERVER)
        number = side->partner ? side->partner
                               : links->count[PLACE_CLIENT] + s->connection;
    lane->from = s->from == (enum role)side->near ? place : place_other(place);
    lane->number = PLACES * number + (uint32_t)lane->from;
    return true;
}

bool
pair_links_readdress(const struct pair_links *links, enum place place,
                     const struct sighting *s, struct endpoint *src,
                     struct endpoint *dst)
{
    const struct side *side = side_of(links, place, s);
    if (place == PLACE_CLIENT || !side || !side->partner)
        return false;
    const struct side *client = &links->sides[PLACE_CLIENT][side->partner];
    enum role from = role_there(side, s->from);
    *src = client->ends[from];
    *dst = client->ends[role_other(from)];
    return !endpoint_equal(src, &s->segment->src) ||
           !endpoint_equal(dst, &s->segment->dst);
}
