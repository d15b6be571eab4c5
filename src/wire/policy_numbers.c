/* policy_numbers: a record a connection, found by its hash. */
#include "policy_numbers.h"

#include "../../capture/seq.h"

static size_t
place_of(const struct segment *segment)
{
    return segment->pair_hash % (size_t)NUMBERS_CONNECTIONS;
}

static bool
is_about(const struct numbers *n, enum direction from,
         const struct segment *segment)
{
    return endpoint_equal(&n->ends[from], &segment->src) &&
           endpoint_equal(&n->ends[1 - from], &segment->dst);
}

/* A SYN with another number begins another connection. */
static void
begin(struct numbers *n, enum direction from, uint32_t initial)
{
    if (n->known[from] && n->initial[from] == initial)
        return;
    n->known[from] = true;
    n->initial[from] = initial;
    n->sent[from] = false;
}

const struct numbers *
numbers_take(struct numbers_table *table, enum direction from,
             const struct segment *segment)
{
    struct numbers *n = &table->at[place_of(segment)];
    uint32_t next = segment_end(segment);
    if (!is_about(n, from, segment)) {
        *n = (struct numbers){ .known = { false } };
        n->ends[from] = segment->src;
        n->ends[1 - from] = segment->dst;
    }
    if (segment->flags & SEG_SYN)
        begin(n, from, segment->seq);
    if (!n->sent[from] || seq_after(next, n->next[from]))
        n->next[from] = next;
    n->sent[from] = true;
    return n;
}

bool
numbers_sent(const struct numbers_table *table, enum direction from,
             const struct segment *segment)
{
    const struct numbers *n = &table->at[place_of(segment)];
    bool is_new_syn =
        segment->flags & SEG_SYN && n->initial[from] != segment->seq;
    return segment->len > 0 && is_about(n, from, segment) && n->sent[from] &&
           !is_new_syn && seq_at_or_before(segment_end(segment), n->next[from]);
}
