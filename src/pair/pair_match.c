/* pair_match: passages in a ring, found by where they begin or by lane. */
#include <stdlib.h>

#include "pair_match_inside.h"

enum {
    RING_FIRST = 1 << 10,
    STARTS = 1 << 16,  // lists of passages by lane and first number
    TWICE_NS = 1000000 // a frame captured twice: within this
};

struct pair_match *
pair_match_new(uint32_t lanes)
{
    struct pair_match *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->room = RING_FIRST;
    m->ring = calloc(m->room, sizeof *m->ring);
    m->starts = calloc(STARTS, sizeof *m->starts);
    m->lanes = calloc(lanes ? lanes : 1, sizeof *m->lanes);
    m->first = m->next = 1;
    if (m->ring && m->starts && m->lanes)
        return m;
    pair_match_free(m);
    return NULL;
}

void
pair_match_free(struct pair_match *m)
{
    if (!m)
        return;
    while (m->ring && pair_match_oldest(m))
        pair_match_forget_oldest(m);
    free(m->ring);
    free(m->starts);
    free(m->lanes);
    free(m);
}

static bool
grow(struct pair_match *m)
{
    uint64_t room = m->room * 2;
    struct passage *larger = calloc(room, sizeof *larger);
    if (!larger)
        return false;
    for (uint64_t order = m->first; order < m->next; order++) {
        struct passage *from = passage_at(m, order);
        struct passage *to = &larger[order % room];
        *to = *from;
        if (from->comings == &from->one)
            to->comings = &to->one;
    }
    free(m->ring);
    m->ring = larger;
    m->room = room;
    return true;
}

/* ---- What is kept -------------------------------------------------------- */

const struct passage *
pair_match_oldest(const struct pair_match *m)
{
    return m->first < m->next ? passage_at(m, m->first) : NULL;
}

void
pair_match_forget_oldest(struct pair_match *m)
{
    struct passage *p = passage_at(m, m->first);
    if (p->comings != &p->one)
        free(p->comings);
    if (p->octets)
        m->octets -= p->captured;
    free(p->octets);
    *p = (struct passage){ 0 };
    m->first++;
}

bool
pair_match_has_room(struct pair_match *m)
{
    if (m->octets >= PASSAGE_OCTETS)
        return false;
    return m->next - m->first < m->room || (m->room < PASSAGES && grow(m));
}

void
pair_match_keeps(struct pair_match *m, uint32_t bytes)
{
    m->octets += bytes;
}

void
pair_match_drops(struct pair_match *m, uint32_t bytes)
{
    m->octets -= bytes;
}

/* The newest passage that may have these numbers. All that agrees has the same
 * acknowledgment number; and without it, all ACKs of a receiver would be
 * alike. */
static uint64_t *
start_of(const struct pair_match *m, uint32_t lane, uint32_t seq, uint32_t ack)
{
    uint64_t x = ((uint64_t)seq << 32 | ack) + lane * 0x9e3779b97f4a7c15;
    x = (x ^ x >> 33) * 0xff51afd7ed558ccd;
    return &m->starts[(x ^ x >> 33) % STARTS];
}

uint64_t *
match_start(const struct pair_match *m, uint32_t lane,
            const struct segment *segment)
{
    return start_of(m, lane, segment->seq,
                    segment->flags & SEG_ACK ? segment->ack : 0);
}

/* ---- Leaving ------------------------------------------------------------- */

/* A capture on several interfaces shows a frame on each. */
static bool
is_captured_twice(const struct pair_match *m, struct lane lane,
                  const struct sighting *s, int64_t left_ns)
{
    uint64_t order = *match_start(m, lane.number, s->segment);
    for (; order >= m->first; order = passage_at(m, order)->same_start) {
        const struct passage *p = passage_at(m, order);
        if (left_ns - p->left_ns > TWICE_NS)
            return false;
        if (match_is_frame(p, lane.number, s) && p->has_ip_id && s->has_ip_id &&
            p->ip_id == s->ip_id && p->flags == s->segment->flags &&
            p->wnd == s->segment->wnd)
            return true;
    }
    return false;
}

struct passage *
pair_match_leaves(struct pair_match *m, struct lane lane,
                  const struct sighting *s, int64_t left_ns)
{
    const struct segment *segment = s->segment;
    if (is_captured_twice(m, lane, s, left_ns))
        return NULL;
    uint64_t *start = match_start(m, lane.number, segment);
    struct lane_state *state = &m->lanes[lane.number];
    struct passage *p = passage_at(m, m->next);
    *p = (struct passage){ .order = m->next,
                           .lane = lane,
                           .own_ns = s->time_ns,
                           .left_ns = left_ns,
                           .seq = segment->seq,
                           .ack = segment->flags & SEG_ACK ? segment->ack : 0,
                           .len = segment->len,
                           .flags = segment->flags,
                           .wnd = segment->wnd,
                           .has_ip_id = s->has_ip_id,
                           .has_times = s->has_times,
                           .has_sack = s->has_sack,
                           .ip_id = s->ip_id,
                           .value = s->value,
                           .echo = s->echo,
                           .sack = s->sack,
                           .same_start = *start,
                           .same_lane = state->newest,
                           .comings = &p->one,
                           .comings_room = 1,
                           .frame = s->packet->frame };
    *start = state->newest = m->next++;
    return p;
}

bool
pair_match_came_later(const struct pair_match *m, const struct passage *passage)
{
    uint64_t order =
        *start_of(m, passage->lane.number, passage->seq, passage->ack);
    for (; order > passage->order; order = passage_at(m, order)->same_start) {
        const struct passage *p = passage_at(m, order);
        if (p->lane.number == passage->lane.number && p->seq == passage->seq &&
            p->flags == passage->flags && p->comings_count > 0)
            return true;
    }
    return false;
}
