/* pair: the readings, one after the other. */
#include "pair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../capture/frame.h"

/* How far clocks may be wrong before the offset is known well, and after. */
static const int64_t patience_ns = 1000000000;
static const double drift_allowed = 0.0003;

struct pair {
    struct pair_options options;
    struct pair_links *links;
    struct pair_weave *weave; // NULL: nothing in common
    struct pair_account account;
    int64_t late_ns;
};

static void
refuse(struct source_error *error)
{
    *error = (struct source_error){ SOURCE_REFUSED, ENOMEM, "" };
    strcpy(error->text, strerror(ENOMEM));
}

/* ---- First: the connections ---------------------------------------------- */

typedef int reading_fn(struct pair_links *links, enum place place,
                       const struct sighting *sighting);

static int
remember_and_look(struct pair_links *links, enum place place,
                  const struct sighting *sighting)
{
    if (pair_links_remember(links, place, sighting) < 0)
        return -1;
    return pair_links_look_for(links, place, sighting);
}

/* Read a capture through. */
static bool
read_for_links(struct pair *pair, enum place place, reading_fn *reading,
               struct source_error *error, const char **at)
{
    const struct sighting *sighting;
    int result = 0;
    *at = pair->account.paths[place];
    struct pair_capture *capture = pair_capture_open(
        *at, pair->options.filter, pair->options.connections, error);
    if (!capture)
        return false;
    while (result == 0 && (sighting = pair_capture_next(capture)))
        result = reading(pair->links, place, sighting);
    pair->account.extents[place] = *pair_capture_extent(capture);
    pair_capture_close(capture);
    if (result < 0)
        refuse(error);
    return result == 0;
}

static bool
find_links(struct pair *pair, struct source_error *error, const char **at)
{
    pair_links_free(pair->links);
    pair->links = pair_links_new(pair->options.connections);
    if (!pair->links) {
        *at = pair->account.paths[PLACE_CLIENT];
        refuse(error);
        return false;
    }
    if (!read_for_links(pair, PLACE_CLIENT, pair_links_remember, error, at) ||
        !read_for_links(pair, PLACE_SERVER, remember_and_look, error, at))
        return false;
    if (pair_links_are_open(pair->links) &&
        !read_for_links(pair, PLACE_CLIENT, pair_links_look_for, error, at))
        return false;
    pair_links_settle(pair->links);
    pair->account.links = pair->links;
    pair->account.counts = pair_links_counts(pair->links);
    return true;
}

/* The captures stand in the order of where they were made. */
static bool
find_links_in_order(struct pair *pair, struct source_error *error,
                    const char **at)
{
    struct pair_account *account = &pair->account;
    if (!find_links(pair, error, at))
        return false;
    if (!account->counts->swapped)
        return true;
    const char *first = account->paths[PLACE_CLIENT];
    account->paths[PLACE_CLIENT] = account->paths[PLACE_SERVER];
    account->paths[PLACE_SERVER] = first;
    account->swapped = true;
    return find_links(pair, error, at);
}

/* ---- Second: the clocks; third: the weaving ------------------------------ */

static struct pair_weave *
open_weave(struct pair *pair, struct pair_clock *clock, int64_t patience,
           struct source_error *error, const char **at)
{
    struct weave_options options = { .links = pair->links,
                                     .offset = pair->account.offset,
                                     .extents = pair->account.extents,
                                     .patience_ns = patience,
                                     .late_ns = pair->late_ns,
                                     .link_type = pair->account.link_type,
                                     .clock = clock };
    for (int i = 0; i < PLACES; i++) {
        *at = pair->account.paths[i];
        options.captures[i] = pair_capture_open(
            *at, pair->options.filter, pair->options.connections, error);
        if (options.captures[i])
            continue;
        pair_capture_close(options.captures[0]);
        return NULL;
    }
    struct pair_weave *weave = pair_weave_new(&options);
    if (!weave)
        refuse(error);
    return weave;
}

/* How much longer than the shortest most segments take, in either direction. */
static int64_t
lateness_of(const struct pair_weave *weave)
{
    const uint64_t day_ns = DAY_S * UINT64_C(1000000000);
    uint64_t late = 0;
    for (int i = 0; i < PLACES; i++) {
        const struct delays *delays =
            &pair_weave_direction(weave, (enum place)i)->delays;
        uint64_t more =
            (uint64_t)delays_median(delays) - (uint64_t)delays->least_ns;
        if (delays->count > 0 && more > late)
            late = more;
    }
    return late < day_ns ? (int64_t)late : (int64_t)day_ns;
}

static bool
find_offset(struct pair *pair, struct source_error *error, const char **at)
{
    const struct link_counts *counts = pair->account.counts;
    const struct capture_extent *extent = &pair->account.extents[PLACE_CLIENT];
    int64_t span_ns = extent->last_ns - extent->first_ns;
    struct pair_clock *clock = malloc(sizeof *clock);
    struct packet packet;
    bool failed = false;
    pair->account.offset =
        clock_offset_rough(counts->timed, counts->shortest_ns);
    if (!clock) {
        refuse(error);
        return false;
    }
    pair_clock_begin(clock, extent->first_ns, extent->last_ns);
    struct pair_weave *weave = open_weave(
        pair, clock, patience_ns + (int64_t)(drift_allowed * (double)span_ns),
        error, at);
    while (weave && pair_weave_next(weave, &packet, &failed))
        continue;
    if (weave && !failed) {
        pair->late_ns = lateness_of(weave);
        pair->account.offset = pair_clock_offset(clock);
    } else if (failed) {
        refuse(error);
    }
    free(clock);
    pair_weave_free(weave);
    return weave && !failed;
}

/* Frames of two kinds of link stand together only without their link layer. */
static void
choose_link_type(struct pair_account *account)
{
    int one = account->extents[PLACE_CLIENT].link_type;
    int other = account->extents[PLACE_SERVER].link_type;
    account->link_type = one == other && one >= 0 ? one : LINK_RAW;
}

static bool
read_all(struct pair *pair, struct source_error *error, const char **at)
{
    if (!find_links_in_order(pair, error, at))
        return false;
    choose_link_type(&pair->account);
    if (pair->account.counts->linked == 0)
        return true;
    if (!find_offset(pair, error, at))
        return false;
    pair->weave = open_weave(pair, NULL, patience_ns, error, at);
    for (int i = 0; pair->weave && i < PLACES; i++)
        pair->account.directions[i] =
            pair_weave_direction(pair->weave, (enum place)i);
    return pair->weave != NULL;
}

struct pair *
pair_open(const struct pair_options *options, struct source_error *error,
          const char **at)
{
    struct pair *pair = calloc(1, sizeof *pair);
    *at = options->paths[PLACE_CLIENT];
    if (!pair) {
        refuse(error);
        return NULL;
    }
    pair->options = *options;
    memcpy(pair->account.paths, options->paths, sizeof options->paths);
    if (read_all(pair, error, at))
        return pair;
    pair_close(pair);
    return NULL;
}

void
pair_close(struct pair *pair)
{
    if (!pair)
        return;
    pair_weave_free(pair->weave);
    pair_links_free(pair->links);
    free(pair);
}

const struct pair_account *
pair_account(const struct pair *pair)
{
    return &pair->account;
}

enum source_result
pair_next(struct pair *pair, struct packet *packet)
{
    bool failed = false;
    if (!pair->weave)
        return SOURCE_END;
    if (pair_weave_next(pair->weave, packet, &failed))
        return SOURCE_PACKET;
    for (int i = 0; i < PLACES; i++)
        pair->account.others[i] = pair_weave_others(pair->weave, (enum place)i);
    return failed ? SOURCE_DAMAGED : SOURCE_END;
}
