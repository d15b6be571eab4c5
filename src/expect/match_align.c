/*
 * match_align: a lane's slots and its facts, aligned.
 *
 * The textbook alignment of two sequences: a table of the least cost for the
 * first slots and the first facts, filled fact by fact. How each cell was
 * reached is kept, so that the cheapest way can be walked back.
 */
#include "match_lane.h"

#include <stdlib.h>

/* How a cell of the table was reached. */
enum move {
    MOVE_START,
    MOVE_EXTRA, // a fact is left over
    MOVE_PAIR,  // a slot and a fact
    MOVE_AGAIN, // the same, a loop's next turn
    MOVE_MISS,  // a slot is left out
    MOVE_PASS,  // an optional copy is left out
};

/* One step of the way: a slot, a fact, or both. */
struct step {
    enum move move;
    uint32_t slots; // done after it
    uint32_t fact;  // of the lane; EXTRA, PAIR and AGAIN
};

struct alignment {
    struct lane lane;
    uint8_t *moves;     // fact_count + 1 rows of slot_count + 1
    uint32_t *cost;     // two rows of slot_count + 1
    struct step *steps; // the cheapest way, backwards
    uint32_t step_count;
};

/* ---- The table ---------------------------------------------------------- */

static void
offer(uint32_t *cost, uint8_t *move, uint32_t offered, enum move by)
{
    if (offered >= *cost)
        return;
    *cost = offered;
    *move = (uint8_t)by;
}

/* Moves that take no fact: slots are left out. */
static void
fill_misses(const struct lane *lane, uint32_t *cost, uint8_t *move)
{
    for (uint32_t p = 1; p <= lane->slot_count; p++) {
        const struct slot *slot = &lane->slots[p - 1];
        offer(&cost[p], &move[p], cost[p - 1] + COST_MISSING, MOVE_MISS);
        if (slot->optional && slot->end == p)
            offer(&cost[p], &move[p], cost[slot->begin], MOVE_PASS);
    }
}

/* A row from the row before: a fact is left over, or paired. */
static void
fill_row(const struct lane *lane, const struct fact *fact,
         const uint32_t *before, uint32_t *cost, uint8_t *move)
{
    for (uint32_t p = 0; p <= lane->slot_count; p++) {
        cost[p] = COST_NEVER * 1000u;
        offer(&cost[p], &move[p], before[p] + cost_of_extra(lane, p, fact),
              MOVE_EXTRA);
        if (!p)
            continue;
        const struct slot *slot = &lane->slots[p - 1];
        uint32_t pair = cost_of_pair(lane, p - 1, fact);
        offer(&cost[p], &move[p], before[p - 1] + pair, MOVE_PAIR);
        if (slot->loops && slot->begin == p - 1)
            offer(&cost[p], &move[p], before[slot->end] + pair, MOVE_AGAIN);
    }
    fill_misses(lane, cost, move);
}

static void
fill_table(struct alignment *alignment)
{
    const struct lane *lane = &alignment->lane;
    uint32_t width = lane->slot_count + 1;
    uint32_t *before = alignment->cost, *cost = before + width;
    for (uint32_t p = 0; p < width; p++)
        before[p] = p ? COST_NEVER * 1000u : 0;
    fill_misses(lane, before, alignment->moves);
    for (uint32_t f = 0; f < lane->fact_count; f++) {
        fill_row(lane, lane_fact(lane, f), before, cost,
                 alignment->moves + (size_t)(f + 1) * width);
        uint32_t *swap = before;
        before = cost;
        cost = swap;
    }
    lane->match->cost += before[lane->slot_count];
}

/* ---- The way back ------------------------------------------------------- */

static void
walk_back(struct alignment *alignment)
{
    const struct lane *lane = &alignment->lane;
    size_t width = lane->slot_count + 1u;
    uint32_t p = lane->slot_count, f = lane->fact_count;
    while (p || f) {
        enum move move = alignment->moves[f * width + p];
        bool takes_fact = move != MOVE_MISS && move != MOVE_PASS;
        f -= takes_fact;
        alignment->steps[alignment->step_count++] =
            (struct step){ .move = move, .slots = p, .fact = f };
        if (move == MOVE_PAIR || move == MOVE_MISS)
            p--;
        else if (move == MOVE_AGAIN)
            p = lane->slots[p - 1].end;
        else if (move == MOVE_PASS)
            p = lane->slots[p - 1].begin;
    }
}

/* The fact shows the slot's line, exactly or nearly. */
static void
shown(struct lane *lane, uint32_t slot, int fact)
{
    struct match *match = lane->match;
    const struct slot *s = &lane->slots[slot];
    struct trial *trial = &match->trials[s->line];
    int *side = s->returns ? &trial->back : &trial->entry;
    match->owner[fact] = (int)s->line;
    if (trial->first == FACT_NONE || fact < trial->first)
        trial->first = fact;
    if (fact > trial->last)
        trial->last = fact;
    if (*side == FACT_NONE || fact < *side)
        *side = fact;
    if (cost_difference(lane, slot, &match->facts->items[fact]))
        match_fault(match, s->line, FAULT_DIFFERS, fact, FACT_NONE);
}

/* A fact that shows the slot's line exactly, and that no line has. */
static int
find_elsewhere(const struct lane *lane, uint32_t slot)
{
    for (uint32_t f = 0; f < lane->fact_count; f++)
        if (lane->match->owner[lane->facts[f]] == FACT_NONE &&
            !cost_difference(lane, slot, lane_fact(lane, f)))
            return lane->facts[f];
    return FACT_NONE;
}

/* At another place of its lane it is out of order, which match_order() says. */
static void
missed(struct lane *lane, uint32_t slot)
{
    int fact = find_elsewhere(lane, slot);
    if (fact == FACT_NONE)
        match_fault(lane->match, lane->slots[slot].line, FAULT_MISSING,
                    FACT_NONE, FACT_NONE);
    else
        shown(lane, slot, fact);
}

/* A line that a fact shows only nearly, and another one perhaps exactly. */
static void
doubtful(struct lane *lane, const struct step *step)
{
    int fact = find_elsewhere(lane, step->slots - 1);
    shown(lane, step->slots - 1,
          fact == FACT_NONE ? lane->facts[step->fact] : fact);
}

/* A call that did not come back may be the one that a line misses. */
static bool
is_missed(const struct lane *lane, const struct fact *call)
{
    const struct match *match = lane->match;
    for (uint32_t i = 0; call->pair == FACT_NONE && i < lane->slot_count; i++) {
        const struct slot *slot = &lane->slots[i];
        const struct line *line = &match->notation->lines[slot->line];
        if (slot->returns && !line->enters &&
            match->trials[slot->line].fault == FAULT_MISSING &&
            span_equal(line->name, call->name))
            return true;
    }
    return false;
}

/* Does the text name the entry of each such call, or some by return only? */
static bool
names_entries(const struct lane *lane, struct span name)
{
    const struct line *lines = lane->match->notation->lines;
    uint32_t entries = 0, returns = 0;
    for (uint32_t i = 0; i < lane->slot_count; i++) {
        bool named = span_equal(lines[lane->slots[i].line].name, name);
        entries += named && !lane->slots[i].returns;
        returns += named && lane->slots[i].returns;
    }
    return entries >= returns;
}

/* A call counts by its entry, unless a line shows it by its return. */
static bool
is_left_over(const struct lane *lane, uint32_t f)
{
    const struct match *match = lane->match;
    const struct fact *fact = lane_fact(lane, f);
    if (match->owner[lane->facts[f]] != FACT_NONE)
        return false;
    if (!lane->of_calls)
        return !match_is_free(fact);
    return fact->kind == FACT_CALL && !is_missed(lane, fact) &&
           (fact->pair == FACT_NONE || match->owner[fact->pair] == OWNER_NONE ||
            names_entries(lane, fact->name));
}

/* A fact that no line asks for. The first one behind a line is named. */
static void
extra(struct lane *lane, uint32_t f, uint32_t slots)
{
    struct match *match = lane->match;
    int fact = lane->facts[f];
    if (!lane->slot_count) {
        match->owner[fact] = OWNER_STRAY;
        return;
    }
    size_t line = lane->slots[slots ? slots - 1 : 0].line;
    match->owner[fact] = (int)line;
    match->trials[line].extras++;
    match_fault(match, line, slots ? FAULT_EXTRA : FAULT_TOO_MANY, fact,
                FACT_NONE);
}

/* Fact `f` shows no line, and stands where `slots` slots are done. */
static void
left_over(struct lane *lane, uint32_t f, uint32_t slots)
{
    int *owner = &lane->match->owner[lane->facts[f]];
    if (!lane_is_open(lane, slots) && is_left_over(lane, f))
        extra(lane, f, slots);
    else if (*owner == OWNER_NONE && !lane->of_calls)
        *owner = OWNER_FREE;
}

/* A pair with a segment that may stand anywhere, which shows the line only
 * nearly: the one that is meant may stand elsewhere. */
static bool
is_doubtful(const struct lane *lane, const struct step *step)
{
    const struct fact *fact = lane_fact(lane, step->fact);
    return !lane->of_calls && match_is_free(fact) &&
           cost_difference(lane, step->slots - 1, fact);
}

static bool
is_pair(const struct step *step)
{
    return step->move == MOVE_PAIR || step->move == MOVE_AGAIN;
}

/* Pairs first: what is missing may then be found elsewhere, and what is left
 * over after that is too much. */
static void
read_steps(struct alignment *alignment)
{
    struct lane *lane = &alignment->lane;
    const struct step *steps = alignment->steps;
    uint32_t count = alignment->step_count;
    for (uint32_t i = count; i-- > 0;)
        if (is_pair(&steps[i]) && !is_doubtful(lane, &steps[i]))
            shown(lane, steps[i].slots - 1, lane->facts[steps[i].fact]);
    for (uint32_t i = count; i-- > 0;)
        if (steps[i].move == MOVE_MISS)
            missed(lane, steps[i].slots - 1);
        else if (is_pair(&steps[i]) && is_doubtful(lane, &steps[i]))
            doubtful(lane, &steps[i]);
    for (uint32_t i = count; i-- > 0;)
        if (steps[i].move == MOVE_EXTRA)
            left_over(lane, steps[i].fact, steps[i].slots);
}

/* ---- Lanes -------------------------------------------------------------- */

/* Too much to compare: the lane's lines are not judged, its facts are free. */
static void
give_up(struct lane *lane)
{
    struct match *match = lane->match;
    match->gave_up = true;
    for (uint32_t i = 0; i < lane->slot_count; i++)
        match_fault(match, lane->slots[i].line, BLIND_BY_BOUND, FACT_NONE,
                    FACT_NONE);
    for (uint32_t i = 0; i < lane->fact_count; i++)
        match->owner[lane->facts[i]] = OWNER_FREE;
}

static bool
align(struct alignment *alignment)
{
    struct lane *lane = &alignment->lane;
    size_t width = lane->slot_count + 1u;
    size_t cells = width * (lane->fact_count + 1u);
    if (lane->match->comparisons + cells > EXPECTATION_COMPARISONS) {
        give_up(lane);
        return true;
    }
    alignment->moves = calloc(cells, 1);
    alignment->cost = calloc(2 * width, sizeof *alignment->cost);
    alignment->steps =
        calloc(width + lane->fact_count, 2 * sizeof *alignment->steps);
    if (!alignment->moves || !alignment->cost || !alignment->steps)
        return false;
    fill_table(alignment);
    walk_back(alignment);
    read_steps(alignment);
    return true;
}

static bool
run_lane(struct match *match, size_t line)
{
    struct alignment alignment = { 0 };
    bool ok = lane_make(&alignment.lane, match, line) && align(&alignment);
    lane_clear(&alignment.lane);
    free(alignment.moves);
    free(alignment.cost);
    free(alignment.steps);
    return ok;
}

/* Is it the first line of its lane? */
static bool
begins_lane(struct match *match, size_t line)
{
    const struct line *l = &match->notation->lines[line];
    struct lane lane = { .match = match,
                         .of_calls = l->kind == LINE_CALL,
                         .who = l->who,
                         .line = line };
    size_t first = 0;
    while (first < line &&
           (match->unjudged[first] || !lane_has_line(&lane, first)))
        first++;
    return first == line;
}

bool
match_lanes(struct match *match)
{
    const struct notation *notation = match->notation;
    for (size_t i = 0; i < notation->count; i++) {
        enum line_kind kind = notation->lines[i].kind;
        if ((kind == LINE_CALL || kind == LINE_SEGMENT) &&
            !match->unjudged[i] && begins_lane(match, i) && !run_lane(match, i))
            return false;
    }
    return true;
}
