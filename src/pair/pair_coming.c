/* pair_coming: what came, found among what left. */
#include <stdlib.h>

#include "../../capture/seq.h"
#include "pair_match_inside.h"

enum {
    LANE_LOOK = 4096, // passages of a lane looked at, from the newest
    START_LOOK = 512, // of those with the same numbers
    LANE_MORE = 64,   // looked at behind the first that fits
    PARTS = 512,      // passages that one segment that came may hold
};

/* ---- What agrees --------------------------------------------------------- */

/* May the numbers of `s` be some of `p`? Flags that a card or another machine on
 * the way changes do not count. */
static bool
agrees(const struct passage *p, const struct sighting *s)
{
    const struct segment *segment = s->segment;
    const uint16_t firm = SEG_SYN | SEG_RST | SEG_ACK;
    if ((p->flags ^ segment->flags) & firm)
        return false;
    if (p->flags & SEG_ACK && p->ack != segment->ack)
        return false;
    if (p->has_times && s->has_times &&
        (p->value != s->value || p->echo != s->echo))
        return false;
    return !p->has_sack || !s->has_sack || p->sack == s->sack;
}

bool
match_is_frame(const struct passage *p, uint32_t lane, const struct sighting *s)
{
    return p->lane.number == lane && p->seq == s->segment->seq &&
           p->len == s->segment->len &&
           !((p->flags ^ s->segment->flags) & SEG_FIN) && agrees(p, s);
}

static bool
ids_are_kept(const struct pair_match *m, enum place from)
{
    return m->ids_alike[from] > 4 * m->ids_apart[from];
}

static bool
has_come(const struct passage *p, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < p->comings_count; i++)
        if ((p->comings[i].from < to && from < p->comings[i].to) || p->len == 0)
            return true;
    return false;
}

/* How well a passage fits, among those that agree; below 0: not at all. */
struct fit {
    struct passage *passage;
    int score;
    uint64_t unusual_ns;
};

static bool
is_better(const struct fit *a, const struct fit *b)
{
    if (a->score != b->score)
        return a->score > b->score;
    return a->unusual_ns < b->unusual_ns;
}

/* How far a delay is from the usual one. Times in a damaged file may be as far
 * apart as numbers go: then it wraps around, and means nothing. */
static uint64_t
unusual(const struct passage *p, int64_t came_ns, int64_t usual_ns)
{
    uint64_t late =
        (uint64_t)came_ns - (uint64_t)p->left_ns - (uint64_t)usual_ns;
    return late >> 63 ? -late : late;
}

static struct fit
fit_of(const struct pair_match *m, struct passage *p, const struct sighting *s,
       bool came, uint64_t unusual_ns)
{
    bool whole = p->seq == s->segment->seq && p->len == s->segment->len;
    struct fit fit = { p, came ? 0 : 8, unusual_ns };
    if (whole && p->has_ip_id && s->has_ip_id) {
        if (p->ip_id == s->ip_id)
            fit.score += 16;
        else if (ids_are_kept(m, p->lane.from))
            fit.score -= 32;
    }
    if (p->wnd == s->segment->wnd)
        fit.score += 4;
    return fit;
}

/* ---- Coming -------------------------------------------------------------- */

/* The whole frame that came. */
static struct passage *
find_whole(const struct pair_match *m, struct lane lane,
           const struct sighting *s, int64_t came_ns, int64_t usual_ns)
{
    struct fit best = { NULL, -1, UINT64_MAX };
    uint64_t order = *match_start(m, lane.number, s->segment);
    for (int look = START_LOOK; look > 0 && order >= m->first; look--) {
        struct passage *p = passage_at(m, order);
        order = p->same_start;
        if (!match_is_frame(p, lane.number, s))
            continue;
        struct fit fit = fit_of(m, p, s, has_come(p, 0, p->len),
                                unusual(p, came_ns, usual_ns));
        if (fit.score >= 0 && is_better(&fit, &best))
            best = fit;
    }
    return best.passage;
}

/* The frame that held the number seq + at of what came. */
static struct passage *
find_holder(const struct pair_match *m, struct lane lane,
            const struct sighting *s, uint32_t at, int64_t came_ns,
            int64_t usual_ns)
{
    struct fit best = { NULL, -1, UINT64_MAX };
    uint32_t number = s->segment->seq + at;
    uint64_t order = m->lanes[lane.number].newest;
    for (int look = LANE_LOOK; look > 0 && order >= m->first; look--) {
        struct passage *p = passage_at(m, order);
        order = p->same_lane;
        if (!seq_within(number, p->seq, p->len) || !agrees(p, s))
            continue;
        uint32_t from = number - p->seq;
        struct fit fit = fit_of(m, p, s, has_come(p, from, from + 1),
                                unusual(p, came_ns, usual_ns));
        if (fit.score >= 0 && is_better(&fit, &best))
            best = fit;
        if (best.passage && look > LANE_MORE)
            look = LANE_MORE;
    }
    return best.passage;
}

/* Numbers of one passage in a segment that came. */
struct part {
    struct passage *passage;
    uint32_t from, to; // as passage->seq + from
};

/* From where on, behind `at`, a passage of the lane holds numbers of `s`. */
static uint32_t
next_held(const struct pair_match *m, struct lane lane,
          const struct sighting *s, uint32_t at)
{
    uint32_t nearest = s->segment->len - at;
    uint64_t order = m->lanes[lane.number].newest;
    for (int look = LANE_LOOK; look > 0 && order >= m->first; look--) {
        const struct passage *p = passage_at(m, order);
        order = p->same_lane;
        uint32_t ahead = p->seq - (s->segment->seq + at);
        if (ahead > 0 && ahead < nearest && agrees(p, s))
            nearest = ahead;
    }
    return at + nearest;
}

/* What came, as parts of what left. */
static int
take_apart(const struct pair_match *m, struct lane lane,
           const struct sighting *s, int64_t came_ns, int64_t usual_ns,
           struct part parts[PARTS], struct found *found)
{
    uint32_t len = s->segment->len, at = 0;
    int n = 0;
    while (at < len && n < PARTS) {
        struct passage *p = find_holder(m, lane, s, at, came_ns, usual_ns);
        if (!p) {
            uint32_t next = next_held(m, lane, s, at);
            if (found->missing == 0)
                found->missing_from = at;
            found->missing += next - at;
            at = next;
            continue;
        }
        uint32_t from = s->segment->seq + at - p->seq;
        uint32_t room = p->len - from, left = len - at;
        uint32_t took = room < left ? room : left;
        parts[n++] = (struct part){ p, from, from + took };
        at += took;
    }
    return n;
}

static bool
add_coming(struct passage *p, struct coming coming)
{
    if (p->comings_count == p->comings_room) {
        uint32_t room = p->comings_room * 4;
        bool is_inside = p->comings == &p->one;
        struct coming *more =
            realloc(is_inside ? NULL : p->comings, room * sizeof *more);
        if (!more)
            return false;
        if (is_inside)
            more[0] = p->one;
        p->comings = more;
        p->comings_room = room;
    }
    p->comings[p->comings_count++] = coming;
    return true;
}

static bool
is_overtaken(struct pair_match *m, const struct part *part)
{
    struct lane_state *state = &m->lanes[part->passage->lane.number];
    uint64_t order = part->passage->order;
    if (order < state->latest_order ||
        (order == state->latest_order && part->from < state->latest_from))
        return true;
    state->latest_order = order;
    state->latest_from = part->from;
    return false;
}

static void
note_ids(struct pair_match *m, const struct passage *p,
         const struct sighting *s)
{
    if (!p->has_ip_id || !s->has_ip_id)
        return;
    if (p->ip_id == s->ip_id)
        m->ids_alike[p->lane.from]++;
    else
        m->ids_apart[p->lane.from]++;
}

static void
note_parts(struct pair_match *m, const struct part *parts, int count,
           int64_t came_ns, struct found *found)
{
    for (int i = 0; i < count; i++) {
        struct passage *p = parts[i].passage;
        bool again = has_come(p, parts[i].from, parts[i].to);
        found->passages++;
        found->again += again;
        if (!again)
            found->overtaken += is_overtaken(m, &parts[i]);
        add_coming(p, (struct coming){ parts[i].from, parts[i].to, came_ns });
    }
}

struct found
pair_match_comes(struct pair_match *m, struct lane lane,
                 const struct sighting *s, int64_t came_ns, int64_t usual_ns,
                 bool is_last_look)
{
    struct part parts[PARTS];
    struct found found = { 0 };
    int count = 0;
    struct passage *whole = find_whole(m, lane, s, came_ns, usual_ns);
    if (whole) {
        parts[count++] = (struct part){ whole, 0, whole->len };
        found.is_whole = !has_come(whole, 0, whole->len);
        found.passage = whole;
    } else if (s->segment->len > 0) {
        count = take_apart(m, lane, s, came_ns, usual_ns, parts, &found);
    } else {
        found.missing = 1;
    }
    found.is_sure = found.missing == 0;
    for (int i = 0; i < count; i++)
        if (has_come(parts[i].passage, parts[i].from, parts[i].to))
            found.is_sure = false;
    if (!found.is_sure && !is_last_look)
        return found;
    if (found.is_whole)
        note_ids(m, whole, s);
    note_parts(m, parts, count, came_ns, &found);
    return found;
}
