/* pair_link: connections recognised in two captures. */
#include <stdlib.h>
#include <string.h>

#include "pair_link_inside.h"

enum {
    REMEMBERED_FIRST = 6, // segments of a connection, while there is room
    REMEMBERED_LATER = 2, // at least, so that many connections have room
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
