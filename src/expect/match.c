/* match: the ways through a text, each tried, and the best kept. */
#include "match.h"

#include <stdlib.h>

/* ---- What can be judged ------------------------------------------------- */

/* A ? for a program, a call or a segment's other end. */
static bool
is_all_asked(const struct line *line)
{
    return span_is(line->who, "?") || span_is(line->peer, "?") ||
           span_is(line->name, "?");
}

static enum fault
unjudged(const struct match *match, const struct line *line)
{
    switch (line->kind) {
    case LINE_CALL:
    case LINE_EXIT:
    case LINE_PRINT:
        if (match->blind & BLIND_CALLS)
            return BLIND_TO_CALLS;
        break;
    case LINE_SEGMENT:
    case LINE_NOTHING:
        if (match->blind & BLIND_SEGMENTS)
            return BLIND_TO_SEGMENTS;
        break;
    case LINE_STATE:
        if (match->blind & BLIND_KERNEL &&
            (line->by_kernel || match->blind & BLIND_SEGMENTS))
            return BLIND_TO_STATES;
        break;
    case LINE_ANYTHING:
        break;
    }
    return is_all_asked(line) ? STILL_ASKED : FAULT_NONE;
}

/* A handshake that the calls tell of and no packet shows: nobody captured. */
static bool
was_not_captured(const struct facts *facts)
{
    for (size_t i = 0; i < facts->count && !facts->has_packets; i++) {
        const struct fact *fact = &facts->items[i];
        if (fact->kind == FACT_RETURN && fact->has_result &&
            ((span_is(fact->name, "connect") && fact->result == 0) ||
             (span_is(fact->name, "accept") && fact->result >= 0)))
            return true;
    }
    return false;
}

static bool
find_unjudged(struct match *match)
{
    const struct notation *notation = match->notation;
    if (!match->facts->has_calls)
        match->blind |= BLIND_CALLS;
    if (!match->facts->has_states)
        match->blind |= BLIND_KERNEL;
    if (was_not_captured(match->facts))
        match->blind |= BLIND_SEGMENTS;
    match->unjudged = calloc(notation->count + 1, sizeof *match->unjudged);
    for (size_t i = 0; match->unjudged && i < notation->count; i++)
        match->unjudged[i] = unjudged(match, &notation->lines[i]);
    return match->unjudged != NULL;
}

bool
match_asks(const struct match *match, size_t line)
{
    return match->trials[line].asked;
}

/* ---- One try ------------------------------------------------------------ */

void
match_fault(struct match *match, size_t line, enum fault fault, int fact,
            int other)
{
    struct trial *trial = &match->trials[line];
    if (trial->fault != FAULT_NONE)
        return;
    trial->fault = fault;
    trial->fact = fact;
    trial->other = other;
}

static bool
is_taken(const struct match *match, const struct line *line)
{
    return !line->choice || match->way[line->choice - 1] == line->way;
}

static void
begin_try(struct match *match)
{
    for (size_t i = 0; i < match->notation->count; i++) {
        const struct line *line = &match->notation->lines[i];
        match->trials[i] = (struct trial){
            .asked = is_taken(match, line) && !match->unjudged[i] &&
                     line->kind != LINE_ANYTHING,
            .fact = FACT_NONE,
            .other = FACT_NONE,
            .first = FACT_NONE,
            .last = FACT_NONE,
            .entry = FACT_NONE,
            .back = FACT_NONE,
        };
    }
    for (size_t i = 0; i < match->facts->count; i++)
        match->owner[i] = OWNER_NONE;
    match->cost = 0;
}

bool
match_is_open(const struct match *match, size_t line)
{
    const struct line *l = &match->notation->lines[line];
    return is_taken(match, l) &&
           (l->kind == LINE_ANYTHING || match->unjudged[line] == STILL_ASKED);
}

/* Then what has no lane is free. */
static bool
is_open_anywhere(const struct match *match)
{
    for (size_t i = 0; i < match->notation->count; i++)
        if (match_is_open(match, i))
            return true;
    return false;
}

static bool
is_stray(const struct match *match, size_t index)
{
    const struct fact *fact = &match->facts->items[index];
    if (match->owner[index] == OWNER_STRAY)
        return true;
    bool counts =
        fact->kind == FACT_SEGMENT || match_counts_datagram(match, fact);
    return match->owner[index] == OWNER_NONE && counts &&
           !match_is_free(fact) && !(match->blind & BLIND_SEGMENTS);
}

/* What belongs to no lane stands behind the line that was shown last. */
static void
find_strays(struct match *match)
{
    int last_line = FACT_NONE, first_line = FACT_NONE;
    for (size_t i = match->notation->count; i-- > 0;)
        if (match_asks(match, i))
            first_line = (int)i;
    for (size_t i = 0; i < match->facts->count; i++) {
        int owner = match->owner[i];
        if (owner >= 0 && match->trials[owner].fact != (int)i)
            last_line = owner;
        if (!is_stray(match, i) || first_line == FACT_NONE)
            continue;
        int line = last_line == FACT_NONE ? first_line : last_line;
        match->trials[line].extras++;
        match_fault(match, (size_t)line,
                    last_line == FACT_NONE ? FAULT_TOO_MANY : FAULT_EXTRA,
                    (int)i, FACT_NONE);
    }
}

bool
match_is_fault(enum fault fault)
{
    return fault != FAULT_NONE && fault < BLIND_TO_CALLS;
}

size_t
match_try(struct match *match)
{
    size_t faults = 0;
    begin_try(match);
    if (!match_lanes(match)) {
        match->failed = true;
        return 0;
    }
    if (!is_open_anywhere(match))
        find_strays(match);
    if (!match_causes(match))
        match->failed = true;
    match_states(match);
    match_relations(match);
    for (size_t i = 0; i < match->notation->count; i++)
        faults += match_is_fault(match->trials[i].fault);
    return faults;
}

/* ---- All ways ----------------------------------------------------------- */

struct best {
    uint32_t *way;
    size_t faults;
    uint64_t cost;
    bool any;
};

/* Is this try better than the best one? Then it is the best one. */
static bool
improve(struct match *match, struct best *best)
{
    size_t faults = match_try(match);
    if (best->any && (faults > best->faults ||
                      (faults == best->faults && match->cost >= best->cost)))
        return false;
    best->any = true;
    best->faults = faults;
    best->cost = match->cost;
    memcpy(best->way, match->way, match->notation->choices * sizeof *best->way);
    return true;
}

/* The next way, as a counter counts. False: all were tried. */
static bool
next_way(struct match *match)
{
    const struct notation *notation = match->notation;
    for (uint32_t i = 0; i < notation->choices; i++) {
        if (match->way[i]++ < notation->ways[i])
            return true;
        match->way[i] = 1;
    }
    return false;
}

static void
try_ways(struct match *match, struct best *best)
{
    uint32_t tries = 0;
    do {
        improve(match, best);
        if (!best->faults || match->failed)
            return;
        if (++tries == EXPECTATION_WAYS ||
            match->comparisons > EXPECTATION_COMPARISONS) {
            match->gave_up |= next_way(match);
            return;
        }
    } while (next_way(match));
}

/* Values of a name that have as many votes: the one with the best match. */
static void
try_rivals(struct match *match, struct best *best)
{
    for (size_t i = 0; i < match->name_count; i++) {
        struct name *name = &match->names[i];
        uint32_t value = name->value;
        if (!name->known || name->rival_count < 2 || !best->faults)
            continue;
        for (uint32_t j = 0; j < name->rival_count; j++) {
            memcpy(match->way, best->way,
                   match->notation->choices * sizeof *best->way);
            name->value = name->rivals[j];
            if (improve(match, best))
                value = name->value;
        }
        name->value = value;
    }
}

static bool
try_all(struct match *match)
{
    uint32_t choices = match->notation->choices;
    struct best best = { .way = calloc(choices + 1, sizeof *best.way) };
    for (uint32_t i = 0; i < choices; i++)
        match->way[i] = 1;
    if (best.way) {
        try_ways(match, &best);
        try_rivals(match, &best);
        memcpy(match->way, best.way, choices * sizeof *best.way);
        match->comparisons = 0;
        match_try(match);
    }
    free(best.way);
    return best.way && !match->failed;
}

bool
match_run(struct match *match)
{
    const struct notation *notation = match->notation;
    match->way = calloc(notation->choices + 1, sizeof *match->way);
    match->trials = calloc(notation->count + 1, sizeof *match->trials);
    match->owner = calloc(match->facts->count + 1, sizeof *match->owner);
    return match->way && match->trials && match->owner &&
           find_unjudged(match) && match_find_groups(match) &&
           match_vote(match) && try_all(match);
}

void
match_clear(struct match *match)
{
    free(match->groups);
    free(match->names);
    free(match->places);
    free(match->unjudged);
    free(match->way);
    free(match->trials);
    free(match->owner);
}
