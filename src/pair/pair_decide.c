/* pair_decide: what became of each frame, once it is known. */
#include <stdlib.h>
#include <string.h>

#include "pair_frame.h"
#include "pair_weave_inside.h"

enum {
    BORDERS = 1024 // of the pieces of one large frame
};

void
weave_add(struct pair_weave *w, const struct item *item)
{
    if (item->octets)
        pair_match_keeps(w->match, item->captured);
    if (!items_add(&w->items, item))
        w->failed = true;
}

int64_t
weave_usual_ns(const struct pair_weave *w)
{
    const int64_t day_ns = DAY_S * INT64_C(1000000000);
    int64_t usual = w->options.offset.most_wrong_ns;
    return usual < 0 ? 0 : usual > day_ns ? day_ns : usual;
}

/* ---- What is known ------------------------------------------------------- */

static int64_t
begin_of(const struct pair_weave *w, enum place place)
{
    return clock_by_client(&w->options.offset, place,
                           w->options.extents[place].first_ns);
}

static int64_t
end_of(const struct pair_weave *w, enum place place)
{
    return clock_by_client(&w->options.offset, place,
                           w->options.extents[place].last_ns);
}

bool
weave_covers(const struct pair_weave *w, enum place place, int64_t time_ns)
{
    return w->options.extents[place].packets > 0 &&
           time_ns >= begin_of(w, place) && time_ns <= end_of(w, place);
}

/*
 * Could the other capture have shown this, had it arrived? A SYN before its
 * beginning that was sent again, and only then arrived, is lost all the same:
 * it would have been answered.
 */
static bool
is_known(const struct pair_weave *w, const struct passage *p)
{
    enum place to = place_other(p->lane.from);
    int64_t due_ns = p->left_ns + weave_usual_ns(w);
    if (w->options.extents[to].packets == 0 ||
        due_ns + w->options.late_ns > end_of(w, to))
        return false;
    return due_ns >= begin_of(w, to) ||
           (p->flags & SEG_SYN && pair_match_came_later(w->match, p));
}

/* ---- Deciding ------------------------------------------------------------ */

/* Numbers of a passage that share one fate. */
struct stretch {
    uint32_t from, to;
    uint16_t piece;
    bool whole;
};

static bool
holds(const struct coming *coming, const struct passage *p,
      const struct stretch *s)
{
    return p->len == 0 || (coming->from <= s->from && s->to <= coming->to);
}

/* The octets of a stretch, to be owned by an item. */
static uint8_t *
octets_of(const struct pair_weave *w, const struct passage *p,
          const struct stretch *s, struct item *item)
{
    struct packet packet = { .link_type = w->options.link_type,
                             .captured = p->captured,
                             .original = p->original,
                             .octets = p->octets };
    struct frame_change change = { .link_type = w->options.link_type,
                                   .cuts = !s->whole,
                                   .from = s->from,
                                   .to = s->to,
                                   .piece = s->piece };
    uint8_t *room = malloc(p->captured ? p->captured : 1);
    if (!room)
        return NULL;
    if (s->whole || !frame_change(&packet, &change, room, &packet))
        memcpy(room, p->octets, p->captured);
    item->captured = packet.captured;
    item->original = packet.original;
    return room;
}

static void
add_fate(struct pair_weave *w, uint64_t id, enum fate fate, int64_t time_ns,
         const char *why)
{
    weave_add(w, &(struct item){
                     .time_ns = time_ns, .id = id, .why = why, .fate = fate });
}

/* The copies of a stretch that came. */
static uint32_t
add_arrivals(struct pair_weave *w, const struct passage *p,
             const struct stretch *s, uint64_t id)
{
    struct pair_direction *d = &w->directions[p->lane.from];
    uint32_t copies = 0;
    for (uint32_t i = 0; i < p->comings_count; i++) {
        const struct coming *coming = &p->comings[i];
        if (!holds(coming, p, s))
            continue;
        if (copies++ == 0)
            delays_add(&d->delays, coming->time_ns - p->left_ns);
        else
            add_fate(w, id, FATE_DOUBLED, p->left_ns, NULL);
        d->backward += coming->time_ns < p->left_ns;
    }
    for (uint32_t i = 0; i < p->comings_count; i++) {
        int64_t time_ns = p->comings[i].time_ns;
        if (holds(&p->comings[i], p, s))
            add_fate(w, id, FATE_ARRIVED,
                     time_ns < p->left_ns ? p->left_ns : time_ns, NULL);
    }
    return copies;
}

static bool
has_arrived(const struct passage *p, const struct stretch *s)
{
    for (uint32_t i = 0; i < p->comings_count; i++)
        if (holds(&p->comings[i], p, s))
            return true;
    return false;
}

static void
decide_stretch(struct pair_weave *w, const struct passage *p,
               const struct stretch *s)
{
    struct pair_direction *d = &w->directions[p->lane.from];
    bool arrived = has_arrived(p, s), known = arrived || is_known(w, p);
    struct item frame = { .time_ns = p->left_ns,
                          .id = known ? ++w->ids : 0,
                          .interface = p->lane.from };
    frame.octets = octets_of(w, p, s, &frame);
    if (!frame.octets) {
        w->failed = true;
        return;
    }
    weave_add(w, &frame);
    d->sent += known;
    d->one_sided += !known;
    d->arrived += arrived;
    d->lost += known && !arrived;
    if (arrived)
        d->doubled += add_arrivals(w, p, s, frame.id) - 1;
    else if (known)
        add_fate(w, frame.id, FATE_LOST, p->left_ns, NULL);
}

static int
by_number(const void *one, const void *two)
{
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)two;
    return a < b ? -1 : a > b;
}

/* Where fates change within a frame: where what came of it begins and ends. */
static int
find_borders(const struct passage *p, uint32_t borders[BORDERS])
{
    int n = 0, kept = 1;
    borders[n++] = 0;
    borders[n++] = p->len;
    for (uint32_t i = 0; i < p->comings_count && n + 2 <= BORDERS; i++) {
        borders[n++] = p->comings[i].from;
        borders[n++] = p->comings[i].to;
    }
    qsort(borders, (size_t)n, sizeof *borders, by_number);
    for (int i = 1; i < n; i++)
        if (borders[i] != borders[kept - 1])
            borders[kept++] = borders[i];
    return kept;
}

void
weave_decide(struct pair_weave *w, const struct passage *p)
{
    uint32_t borders[BORDERS];
    struct stretch whole = { 0, p->len, 0, true };
    int n = find_borders(p, borders);
    if (n <= 2) {
        decide_stretch(w, p, &whole);
        return;
    }
    w->directions[p->lane.from].cut++;
    for (int i = 0; i + 1 < n; i++) {
        struct stretch piece = { borders[i], borders[i + 1], (uint16_t)i,
                                 false };
        decide_stretch(w, p, &piece);
    }
}
