/* pair_clock: the lower edge of how long segments took. */
#include "pair_clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    DRIFT_SLICES = 8,       // fewer with samples of both: none is told
    DRIFT_SPAN_S = 10,      // nor in a shorter time
    DRIFT_LEAST_NS = 20000, // of change in the time looked at
    EDGE = 4,               // the shortest times that show the spread
    RESOLUTION_NS = 1000,   // many captures' clocks are no finer
};

static const double drift_most = 0.001; // a clock that is worse is no clock
static const double normal = 1.4826;    // a median deviation as a standard one

void
pair_clock_begin(struct pair_clock *clock, int64_t begin_ns, int64_t end_ns)
{
    *clock = (struct pair_clock){ .begin_ns = begin_ns, .end_ns = end_ns };
}

static struct clock_slice *
slice_of(struct pair_clock *clock, int64_t time_ns)
{
    int64_t span = clock->end_ns - clock->begin_ns;
    int64_t since = time_ns - clock->begin_ns;
    if (since <= 0 || span <= 0)
        return &clock->slices[0];
    if (since >= span)
        return &clock->slices[CLOCK_SLICES - 1];
    return &clock->slices[(int64_t)((double)since / (double)span *
                                    (CLOCK_SLICES - 1))];
}

/* Keep it in order, if it is among the shortest. */
static void
keep(struct clock_sample *kept, uint32_t *count, struct clock_sample sample)
{
    uint32_t i = *count;
    while (i > 0 && kept[i - 1].took_ns > sample.took_ns)
        i--;
    if (i == CLOCK_KEPT)
        return;
    uint32_t moved = *count < CLOCK_KEPT ? *count - i : CLOCK_KEPT - 1 - i;
    memmove(&kept[i + 1], &kept[i], moved * sizeof *kept);
    kept[i] = sample;
    *count += *count < CLOCK_KEPT;
}

void
pair_clock_sample(struct pair_clock *clock, enum place from, int64_t left_ns,
                  int64_t came_ns)
{
    int64_t time_ns = from == PLACE_CLIENT ? left_ns : came_ns;
    struct clock_slice *slice = slice_of(clock, time_ns);
    clock->samples[from]++;
    keep(slice->shortest[from], &slice->count[from],
         (struct clock_sample){ time_ns, came_ns - left_ns });
}

struct clock_offset
clock_offset_rough(const bool timed[PLACES], const int64_t shortest_ns[PLACES])
{
    struct clock_offset offset = { 0 };
    int64_t there = shortest_ns[PLACE_CLIENT], back = shortest_ns[PLACE_SERVER];
    offset.known = timed[PLACE_CLIENT] && timed[PLACE_SERVER];
    if (offset.known) {
        offset.ns = there / 2 - back / 2;
        offset.most_wrong_ns = there / 2 + back / 2;
    } else if (timed[PLACE_CLIENT]) {
        offset.ns = there;
    } else if (timed[PLACE_SERVER]) {
        offset.ns = -back;
    }
    return offset;
}

int64_t
clock_by_client(const struct clock_offset *offset, enum place place,
                int64_t time_ns)
{
    if (place == PLACE_CLIENT)
        return time_ns;
    int64_t by_client = time_ns - offset->ns;
    if (offset->drifts)
        by_client -=
            (int64_t)(offset->drift * (double)(by_client - offset->at_ns));
    return by_client > PAIR_TIME_MOST    ? PAIR_TIME_MOST
           : by_client < -PAIR_TIME_MOST ? -PAIR_TIME_MOST
                                         : by_client;
}

/* ---- Drift --------------------------------------------------------------- */

struct point {
    double time, offset; // in nanoseconds since the first point
};

static int
by_size(const void *one, const void *two)
{
    double a = *(const double *)one, b = *(const double *)two;
    return a < b ? -1 : a > b;
}

static double
median(double *values, uint32_t count)
{
    if (count == 0)
        return 0;
    qsort(values, count, sizeof *values, by_size);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

/* The offset in each slice that segments of both directions passed. */
static uint32_t
offsets_of_slices(const struct pair_clock *clock, struct point *points,
                  int64_t base_ns)
{
    uint32_t n = 0;
    for (int i = 0; i < CLOCK_SLICES; i++) {
        const struct clock_slice *slice = &clock->slices[i];
        const struct clock_sample *there = slice->shortest[PLACE_CLIENT];
        const struct clock_sample *back = slice->shortest[PLACE_SERVER];
        if (slice->count[PLACE_CLIENT] == 0 || slice->count[PLACE_SERVER] == 0)
            continue;
        double middle = (double)(there->time_ns - clock->begin_ns) / 2 +
                        (double)(back->time_ns - clock->begin_ns) / 2;
        points[n++] =
            (struct point){ middle, (double)(there->took_ns - base_ns) / 2 -
                                        (double)(back->took_ns + base_ns) / 2 };
    }
    return n;
}

/* The median of all slopes (Theil and Sen): a few slices that waited long do
 * not bend it. */
static double
slope_of(const struct point *points, uint32_t count)
{
    static double slopes[CLOCK_SLICES * (CLOCK_SLICES - 1) / 2];
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = i + 1; j < count; j++)
            if (points[j].time > points[i].time)
                slopes[n++] = (points[j].offset - points[i].offset) /
                              (points[j].time - points[i].time);
    return median(slopes, n);
}

/* How far the points are from a line of this slope, typically. */
static double
spread_around(const struct point *points, uint32_t count, double slope)
{
    double values[CLOCK_SLICES];
    for (uint32_t i = 0; i < count; i++)
        values[i] = points[i].offset - slope * points[i].time;
    double middle = median(values, count);
    for (uint32_t i = 0; i < count; i++)
        values[i] = fabs(values[i] - middle);
    return median(values, count) * normal;
}

static void
find_drift(const struct pair_clock *clock, int64_t base_ns,
           struct clock_offset *offset)
{
    struct point points[CLOCK_SLICES];
    uint32_t count = offsets_of_slices(clock, points, base_ns);
    if (count < DRIFT_SLICES)
        return;
    double span = points[count - 1].time - points[0].time;
    double slope = slope_of(points, count);
    double spread = spread_around(points, count, slope);
    double change = fabs(slope) * span;
    if (span < DRIFT_SPAN_S * 1e9 || change < DRIFT_LEAST_NS ||
        change < 4 * spread || fabs(slope) > drift_most)
        return;
    offset->drifts = true;
    offset->drift = slope;
    offset->drift_uncertainty =
        2 * spread * sqrt(12) / (span * sqrt((double)count));
}

/* ---- The offset --------------------------------------------------------- */

/* The shortest times of one direction, in order and without drift. */
static uint32_t
shortest_of(const struct pair_clock *clock, enum place from,
            const struct clock_offset *offset, int64_t base_ns, double *took)
{
    uint32_t n = 0;
    double sign = from == PLACE_CLIENT ? 1 : -1;
    for (int i = 0; i < CLOCK_SLICES; i++) {
        const struct clock_slice *slice = &clock->slices[i];
        for (uint32_t k = 0; k < slice->count[from]; k++) {
            const struct clock_sample *sample = &slice->shortest[from][k];
            double late = (double)(sample->time_ns - offset->at_ns);
            took[n++] = (double)(sample->took_ns - (int64_t)sign * base_ns) -
                        sign * offset->drift * late;
        }
    }
    qsort(took, n, sizeof *took, by_size);
    return n;
}

/* How far above the shortest the next ones are: how far the shortest itself may
 * be above what the way takes without a wait. */
static double
edge_of(const double *took, uint32_t kept)
{
    uint32_t next = kept / 10 < EDGE ? kept / 10 : EDGE;
    return took[next > 0 ? next : 1] - took[0];
}

/* A number near all offsets, so that doubles hold what is left exactly. */
static int64_t
base_of(const struct pair_clock *clock)
{
    for (int i = 0; i < CLOCK_SLICES; i++)
        for (int from = 0; from < PLACES; from++)
            if (clock->slices[i].count[from]) {
                int64_t took = clock->slices[i].shortest[from][0].took_ns;
                return from == PLACE_CLIENT ? took : -took;
            }
    return 0;
}

struct clock_offset
pair_clock_offset(const struct pair_clock *clock)
{
    static double took[PLACES][CLOCK_SLICES * CLOCK_KEPT];
    struct clock_offset offset = { .at_ns = clock->begin_ns };
    int64_t base_ns = base_of(clock);
    int64_t shortest_ns[PLACES] = { 0 };
    bool timed[PLACES];
    uint32_t kept[PLACES];
    find_drift(clock, base_ns, &offset);
    for (int from = 0; from < PLACES; from++) {
        kept[from] =
            shortest_of(clock, (enum place)from, &offset, base_ns, took[from]);
        timed[from] = kept[from] > 0;
        if (timed[from])
            shortest_ns[from] = (int64_t)took[from][0] +
                                (from == PLACE_CLIENT ? base_ns : -base_ns);
    }
    struct clock_offset rough = clock_offset_rough(timed, shortest_ns);
    offset.known = rough.known;
    offset.ns = rough.ns;
    offset.most_wrong_ns = rough.most_wrong_ns;
    memcpy(offset.samples, clock->samples, sizeof offset.samples);
    offset.is_sure = kept[PLACE_CLIENT] > 1 && kept[PLACE_SERVER] > 1;
    if (!offset.is_sure)
        return offset;
    double edges = edge_of(took[PLACE_CLIENT], kept[PLACE_CLIENT]) +
                   edge_of(took[PLACE_SERVER], kept[PLACE_SERVER]);
    offset.uncertainty_ns = (int64_t)(edges / 2);
    if (offset.uncertainty_ns < RESOLUTION_NS)
        offset.uncertainty_ns = RESOLUTION_NS;
    if (offset.uncertainty_ns > offset.most_wrong_ns)
        offset.uncertainty_ns = offset.most_wrong_ns;
    return offset;
}
