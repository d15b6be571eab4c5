/* pair_delay: a reservoir of which every delay is part with the same chance. */
#include "pair_delay.h"

#include <stdlib.h>

void
delays_add(struct delays *d, int64_t took_ns)
{
    if (d->count == 0)
        d->least_ns = d->most_ns = took_ns;
    if (took_ns < d->least_ns)
        d->least_ns = took_ns;
    if (took_ns > d->most_ns)
        d->most_ns = took_ns;
    if (!d->kept)
        d->kept = malloc(DELAYS_KEPT * sizeof *d->kept);
    uint64_t place = d->count++;
    if (place >= DELAYS_KEPT) {
        d->dice = d->dice * 6364136223846793005 + 1442695040888963407;
        place = (d->dice >> 16) % d->count;
    }
    if (d->kept && place < DELAYS_KEPT)
        d->kept[place] = took_ns;
}

static int
by_size(const void *one, const void *two)
{
    int64_t a = *(const int64_t *)one, b = *(const int64_t *)two;
    return a < b ? -1 : a > b;
}

int64_t
delays_median(const struct delays *d)
{
    size_t n = d->count < DELAYS_KEPT ? (size_t)d->count : DELAYS_KEPT;
    if (n == 0 || !d->kept)
        return d->count ? d->least_ns : 0;
    qsort(d->kept, n, sizeof *d->kept, by_size);
    return d->kept[(n - 1) / 2];
}

void
delays_clear(struct delays *d)
{
    free(d->kept);
    *d = (struct delays){ 0 };
}
