/* pair_weave: read in order of time, match, decide, give in order of time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pair_frame.h"
#include "pair_weave_inside.h"

static const int64_t lifetime_ns = 120000000000; // RFC 9293, 3.4.1

static void
advance(struct pair_weave *w, enum place place)
{
    w->next[place] = pair_capture_next(w->options.captures[place]);
    if (w->next[place])
        w->next_ns[place] =
            clock_by_client(&w->options.offset, place, w->next[place]->time_ns);
}

struct pair_weave *
pair_weave_new(const struct weave_options *options)
{
    struct pair_weave *w = calloc(1, sizeof *w);
    struct pair_match *match =
        w ? pair_match_new(pair_links_lanes(options->links)) : NULL;
    uint32_t *waiting =
        match ? calloc(pair_links_lanes(options->links), sizeof *waiting)
              : NULL;
    if (!waiting) {
        pair_match_free(match);
        for (int i = 0; i < PLACES; i++)
            pair_capture_close(options->captures[i]);
        free(w);
        errno = ENOMEM;
        return NULL;
    }
    w->options = *options;
    w->match = match;
    w->waiting = waiting;
    for (int i = 0; i < PLACES; i++)
        advance(w, (enum place)i);
    return w;
}

void
pair_weave_free(struct pair_weave *w)
{
    if (!w)
        return;
    for (int i = 0; i < PLACES; i++) {
        pair_capture_close(w->options.captures[i]);
        delays_clear(&w->directions[i].delays);
    }
    pair_match_free(w->match);
    waits_clear(&w->waits);
    items_clear(&w->items);
    free(w->waiting);
    free(w->octets);
    free(w);
}

const struct pair_direction *
pair_weave_direction(const struct pair_weave *w, enum place from)
{
    return &w->directions[from];
}

uint64_t
pair_weave_others(const struct pair_weave *w, enum place place)
{
    return w->others[place];
}

/* ---- The oldest ---------------------------------------------------------- */

static void
note_early(struct pair_weave *w, const struct passage *p, int64_t now_ns)
{
    struct pair_direction *d = &w->directions[p->lane.from];
    int64_t waited = now_ns - p->left_ns;
    if (p->comings_count > 0)
        return;
    if (d->early++ == 0 || waited < d->early_ns)
        d->early_ns = waited;
}

static void
decide_oldest(struct pair_weave *w)
{
    const struct passage *p = pair_match_oldest(w->match);
    if (!w->options.clock)
        weave_decide(w, p);
    else if (p->comings_count > 0)
        delays_add(&w->directions[p->lane.from].delays,
                   p->comings[0].time_ns - p->left_ns);
    pair_match_forget_oldest(w->match);
}

/* ---- Leaving and coming -------------------------------------------------- */

/* The octets as they will be given. */
static bool
copy_octets(struct pair_weave *w, enum place place, const struct sighting *s,
            struct frame_change *change, struct packet *copy)
{
    uint8_t *room = malloc(s->packet->captured ? s->packet->captured : 1);
    if (!room) {
        w->failed = true;
        return false;
    }
    change->link_type = w->options.link_type;
    change->readdresses = pair_links_readdress(w->options.links, place, s,
                                               &change->src, &change->dst);
    if (frame_change(s->packet, change, room, copy))
        return true;
    free(room);
    return false;
}

static void
take_leaving(struct pair_weave *w, enum place place, const struct sighting *s,
             struct lane lane, int64_t time_ns)
{
    struct packet copy;
    struct frame_change change = { 0 };
    while (!pair_match_has_room(w->match) && pair_match_oldest(w->match)) {
        note_early(w, pair_match_oldest(w->match), time_ns);
        decide_oldest(w);
    }
    struct passage *p = pair_match_leaves(w->match, lane, s, time_ns);
    if (!p) {
        w->directions[place].twice++;
        return;
    }
    w->directions[place].behind += (s->is & IS_OUT_OF_ORDER) != 0;
    if (w->options.clock || !copy_octets(w, place, s, &change, &copy))
        return;
    p->octets = (uint8_t *)(uintptr_t)copy.octets;
    p->captured = copy.captured;
    p->original = copy.original;
    pair_match_keeps(w->match, p->captured);
}

/* It came, and the sender's capture does not show that it left: it stands where
 * it came, and nothing more is known of it. */
static void
give_unseen(struct pair_weave *w, enum place place, const struct sighting *s,
            int64_t came_ns, const struct found *found)
{
    enum place from = place_other(place);
    struct packet copy;
    struct frame_change change = { .from = found->missing_from,
                                   .to = found->missing_from + found->missing };
    change.cuts = s->segment->len > 0 && found->missing < s->segment->len;
    bool could_be_seen = weave_covers(w, from, came_ns - weave_usual_ns(w));
    w->directions[from].unseen += could_be_seen;
    w->directions[from].one_sided += !could_be_seen;
    if (!copy_octets(w, place, s, &change, &copy))
        return;
    weave_add(w, &(struct item){ .time_ns = came_ns,
                                 .octets = (uint8_t *)(uintptr_t)copy.octets,
                                 .captured = copy.captured,
                                 .original = copy.original,
                                 .interface = from });
}

static void
note_found(struct pair_weave *w, enum place place, const struct sighting *s,
           int64_t came_ns, const struct found *found)
{
    enum place from = place_other(place);
    struct pair_direction *d = &w->directions[from];
    d->overtaken += found->overtaken;
    d->joined += found->passages > 1;
    if (w->options.clock) {
        if (found->is_whole)
            pair_clock_sample(w->options.clock, from, found->passage->own_ns,
                              s->time_ns);
    } else if (found->missing > 0) {
        give_unseen(w, place, s, came_ns, found);
    }
}

/* What comes behind one that waits must wait too, or it might be taken for the
 * other's leaving. */
static void
take_coming(struct pair_weave *w, enum place place, const struct sighting *s,
            struct lane lane, int64_t time_ns)
{
    if (w->waiting[lane.number] == 0) {
        struct found found = pair_match_comes(w->match, lane, s, time_ns,
                                              weave_usual_ns(w), false);
        if (found.is_sure) {
            note_found(w, place, s, time_ns, &found);
            return;
        }
    }
    w->waiting[lane.number]++;
    if (!waits_add(&w->waits, place, s, lane, time_ns, !w->options.clock))
        w->failed = true;
}

/* It has waited long enough for its leaving to be read. */
static void
end_wait(struct pair_weave *w)
{
    struct wait *wait = waits_first(&w->waits);
    struct found found =
        pair_match_comes(w->match, wait->lane, &wait->sighting, wait->came_ns,
                         weave_usual_ns(w), true);
    note_found(w, wait->place, &wait->sighting, wait->came_ns, &found);
    w->waiting[wait->lane.number]--;
    waits_drop(&w->waits);
}

/* ---- In order of time ---------------------------------------------------- */

static bool
is_over(const struct pair_weave *w)
{
    return !w->next[PLACE_CLIENT] && !w->next[PLACE_SERVER];
}

static enum place
earlier(const struct pair_weave *w)
{
    if (!w->next[PLACE_CLIENT] || !w->next[PLACE_SERVER])
        return w->next[PLACE_CLIENT] ? PLACE_CLIENT : PLACE_SERVER;
    return w->next_ns[PLACE_SERVER] < w->next_ns[PLACE_CLIENT] ? PLACE_SERVER
                                                               : PLACE_CLIENT;
}

static void
take_earlier(struct pair_weave *w)
{
    enum place place = earlier(w);
    const struct sighting *s = w->next[place];
    int64_t time_ns = w->next_ns[place];
    struct lane lane;
    if (!pair_links_lane(w->options.links, place, s, &lane))
        w->others[place]++;
    else if (lane.from == place)
        take_leaving(w, place, s, lane, time_ns);
    else
        take_coming(w, place, s, lane, time_ns);
    advance(w, place);
}

/* Everything before this time is known. */
static int64_t
settled_until(struct pair_weave *w)
{
    int64_t until = is_over(w) ? INT64_MAX : w->next_ns[earlier(w)];
    const struct passage *oldest = pair_match_oldest(w->match);
    const struct wait *wait = waits_first(&w->waits);
    if (oldest && oldest->left_ns < until)
        until = oldest->left_ns;
    if (wait && wait->came_ns < until)
        until = wait->came_ns;
    return until;
}

/* One step towards something to give. False: there is nothing left to do. */
static bool
step(struct pair_weave *w)
{
    const struct passage *oldest = pair_match_oldest(w->match);
    const struct wait *wait = waits_first(&w->waits);
    int64_t now_ns = is_over(w) ? 0 : w->next_ns[earlier(w)];
    if (wait && (is_over(w) || waits_are_full(&w->waits) ||
                 now_ns - wait->came_ns > w->options.patience_ns))
        end_wait(w);
    else if (oldest && (is_over(w) || now_ns - oldest->left_ns > lifetime_ns))
        decide_oldest(w);
    else if (!is_over(w))
        take_earlier(w);
    else
        return false;
    return true;
}

static void
write_entry(struct pair_weave *w, const struct item *item,
            struct packet *packet)
{
    struct entry entry = { .kind = ENTRY_FATE,
                           .time_ns = item->time_ns,
                           .has_fate = true,
                           .fate = item->fate,
                           .frame_id = item->id,
                           .why = span_of(item->why ? item->why : ""),
                           .message = span_of(fate_names[item->fate]) };
    size_t bytes = entry_write(&entry, w->entry, sizeof w->entry);
    packet->link_type = LINK_ENTRY;
    packet->octets = (const uint8_t *)w->entry;
    packet->captured = packet->original = (uint32_t)bytes;
}

static void
give(struct pair_weave *w, struct packet *packet)
{
    struct item item = items_take(&w->items);
    free(w->octets);
    w->octets = item.octets;
    *packet = (struct packet){ .time_ns = item.time_ns, .frame = ++w->records };
    if (!item.octets) {
        write_entry(w, &item, packet);
        return;
    }
    pair_match_drops(w->match, item.captured);
    packet->link_type = w->options.link_type;
    packet->interface = item.interface;
    packet->id = item.id;
    packet->octets = item.octets;
    packet->captured = item.captured;
    packet->original = item.original;
}

bool
pair_weave_next(struct pair_weave *w, struct packet *packet, bool *failed)
{
    for (;;) {
        const struct item *first = items_first(&w->items);
        *failed = w->failed;
        if (w->failed)
            return false;
        if (first && first->time_ns <= settled_until(w)) {
            give(w, packet);
            return true;
        }
        if (!step(w))
            return false;
    }
}
