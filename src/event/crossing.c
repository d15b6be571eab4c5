/* crossing: names in a ring, frames in a queue. */
#include "crossing.h"

#include <stdlib.h>
#include <string.h>

static const int64_t at_once_ns = 20000000;      // the router knows its way
static const int64_t with_arp_ns = 3000000000LL; // or asks three times for it

struct crossings {
    struct crossing known[CROSSING_NAMES];
    uint32_t count; // of all that were ever known
    struct waiting waiting[CROSSING_WAITING];
    uint32_t waiting_count;
    bool has_arp;
};

struct crossings *
crossings_new(void)
{
    return calloc(1, sizeof(struct crossings));
}

void
crossings_free(struct crossings *crossings)
{
    free(crossings);
}

/* ---- Names ---------------------------------------------------------------- */

const struct crossing *
crossings_find(const struct crossings *c, uint32_t wire,
               const struct endpoint *src, const struct endpoint *dst,
               bool *opens)
{
    uint32_t kept = c->count < CROSSING_NAMES ? c->count : CROSSING_NAMES;
    for (uint32_t i = 1; i <= kept; i++) {
        const struct crossing *known =
            &c->known[(c->count - i) % CROSSING_NAMES];
        *opens = endpoint_equal(&known->opener[wire], src);
        if (*opens && endpoint_equal(&known->other[wire], dst))
            return known;
        if (endpoint_equal(&known->other[wire], src) &&
            endpoint_equal(&known->opener[wire], dst)) {
            *opens = false;
            return known;
        }
    }
    return NULL;
}

static bool
rename_between(const struct crossings *c, uint32_t wire, bool to_opener,
               struct endpoint *src, struct endpoint *dst)
{
    bool opens;
    const struct crossing *known = NULL;
    if (to_opener) {
        known = crossings_find(c, wire, src, dst, &opens);
    } else {
        known = crossings_find(c, 1 - wire, src, dst, &opens);
        known = known && known->from == 1 - wire ? known : NULL;
    }
    uint32_t target = known && to_opener ? known->from : wire;
    if (!known)
        return false;
    *src = opens ? known->opener[target] : known->other[target];
    *dst = opens ? known->other[target] : known->opener[target];
    return true;
}

bool
crossings_rename(const struct crossings *c, uint32_t wire, struct endpoint *src,
                 struct endpoint *dst)
{
    return rename_between(c, wire, true, src, dst);
}

bool
crossings_name_on(const struct crossings *c, uint32_t wire,
                  struct endpoint *src, struct endpoint *dst)
{
    return rename_between(c, wire, false, src, dst);
}

struct rewriting
crossing_rewriting(const struct crossing *c, bool opener_sends)
{
    uint32_t near = c->from, far = 1 - c->from;
    struct rewriting opener = { c->opener[near], c->other[near], c->opener[far],
                                c->other[far] };
    struct rewriting other = { c->other[far], c->opener[far], c->other[near],
                               c->opener[near] };
    return opener_sends ? opener : other;
}

/* Who sends it to whom. */
static bool
ends_of(const struct decoded *d, struct endpoint *src, struct endpoint *dst)
{
    if (d->kind != DECODED_SEGMENT && d->kind != DECODED_DATAGRAM)
        return false;
    *src = d->kind == DECODED_SEGMENT ? d->segment.src : d->udp.src;
    *dst = d->kind == DECODED_SEGMENT ? d->segment.dst : d->udp.dst;
    return true;
}

static struct crossing *
add(struct crossings *c, uint32_t from, const struct decoded *before,
    const struct decoded *after)
{
    struct crossing new = { .from = from };
    if (!ends_of(before, &new.opener[from], &new.other[from]) ||
        !ends_of(after, &new.opener[1 - from], &new.other[1 - from]))
        return NULL;
    struct crossing *place = &c->known[c->count++ % CROSSING_NAMES];
    *place = new;
    return place;
}

static struct crossing *
find_by(struct crossings *c, uint32_t wire, const struct decoded *decoded,
        bool *opens)
{
    struct endpoint src, dst;
    const struct crossing *known =
        ends_of(decoded, &src, &dst)
            ? crossings_find(c, wire, &src, &dst, opens)
            : NULL;
    return known ? &c->known[known - c->known] : NULL;
}

const struct crossing *
crossings_learn(struct crossings *c, uint32_t from,
                const struct decoded *before, const struct decoded *after,
                bool renamed)
{
    bool opens = true;
    struct crossing *known = renamed ? find_by(c, 1 - from, after, &opens)
                                     : add(c, from, before, after);
    if (!known || after->kind != DECODED_SEGMENT ||
        !(after->segment.flags & SEG_SYN))
        return known;
    enum role role = opens ? ROLE_CLIENT : ROLE_SERVER;
    known->isn[role] = after->segment.seq;
    known->isn_known[role] = true;
    return known;
}

/* ---- Frames that the router has ------------------------------------------- */

void
crossings_wait(struct crossings *c, const struct waiting *waiting)
{
    if (c->waiting_count == CROSSING_WAITING)
        crossings_go_on(c, 0);
    c->waiting[c->waiting_count++] = *waiting;
}

const struct waiting *
crossings_waiting(const struct crossings *c, uint32_t i)
{
    return i < c->waiting_count ? &c->waiting[i] : NULL;
}

void
crossings_go_on(struct crossings *c, uint32_t i)
{
    memmove(&c->waiting[i], &c->waiting[i + 1],
            (--c->waiting_count - i) * sizeof c->waiting[0]);
}

int64_t
crossings_patience_ns(const struct crossings *c)
{
    return c->has_arp ? with_arp_ns : at_once_ns;
}

void
crossings_has_arp(struct crossings *c)
{
    c->has_arp = true;
}

static bool
segments_are_one(const struct segment *a, const struct segment *b, bool renamed)
{
    bool same_ends =
        endpoint_equal(&a->src, &b->src) && endpoint_equal(&a->dst, &b->dst);
    // A number that an end chose at random is a name too.
    bool names_itself = a->seq != 0;
    return a->seq == b->seq && a->flags == b->flags && a->len == b->len &&
           a->wnd == b->wnd && a->data_offset == b->data_offset &&
           (!(a->flags & SEG_ACK) || a->ack == b->ack) &&
           (renamed ? same_ends : names_itself);
}

bool
crossing_is_one(const struct decoded *a, const struct decoded *b, bool renamed)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case DECODED_SEGMENT:
        return segments_are_one(&a->segment, &b->segment, renamed);
    case DECODED_DATAGRAM:
        return a->udp.data_length == b->udp.data_length &&
               (!renamed || (endpoint_equal(&a->udp.src, &b->udp.src) &&
                             endpoint_equal(&a->udp.dst, &b->udp.dst)));
    case DECODED_ICMP:
        return a->icmp.type == b->icmp.type && a->icmp.code == b->icmp.code;
    case DECODED_FRAGMENT:
    case DECODED_OTHER:
    case DECODED_MALFORMED:
        return true; // the next of its kind
    case DECODED_ARP:
    case DECODED_ENTRY:
        break;
    }
    return false;
}
