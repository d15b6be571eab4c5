/* gaps: holes in a stream of sequence numbers. */
#include "gaps.h"

#include <string.h>

#include "seq.h"

static void
gap_remove(struct gaps *gaps, uint32_t i)
{
    gaps->count--;
    memmove(&gaps->gap[i], &gaps->gap[i + 1],
            (gaps->count - i) * sizeof gaps->gap[0]);
}

static void
gap_insert(struct gaps *gaps, uint32_t i, uint32_t left, uint32_t right)
{
    if (gaps->count == GAPS_MAX) {
        if (i == 0)
            return; // it is the lowest itself
        gap_remove(gaps, 0);
        i--;
    }
    memmove(&gaps->gap[i + 1], &gaps->gap[i],
            (gaps->count - i) * sizeof gaps->gap[0]);
    gaps->gap[i] = (struct gap){ left, right };
    gaps->count++;
}

void
gaps_open(struct gaps *gaps, uint32_t left, uint32_t right)
{
    gap_insert(gaps, gaps->count, left, right);
}

bool
gaps_fill(struct gaps *gaps, uint32_t left, uint32_t right)
{
    bool filled = false;
    for (uint32_t i = gaps->count; i-- > 0;) {
        struct gap gap = gaps->gap[i];
        if (seq_at_or_before(right, gap.left) ||
            seq_at_or_before(gap.right, left))
            continue;
        filled = true;
        gap_remove(gaps, i);
        if (seq_before(right, gap.right))
            gap_insert(gaps, i, right, gap.right);
        if (seq_before(gap.left, left))
            gap_insert(gaps, i, gap.left, left);
    }
    return filled;
}
