/* match_lane: slots from lines, and the facts beside them. */
#include "match_lane.h"

#include <stdlib.h>

/* ---- Slots -------------------------------------------------------------- */

bool
lane_has_line(const struct lane *lane, size_t line)
{
    const struct match *match = lane->match;
    const struct line *l = &match->notation->lines[line];
    if (lane->of_calls)
        return l->kind == LINE_CALL && span_equal(l->who, lane->who);
    return l->kind == LINE_SEGMENT &&
           match->places[line].group == match->places[lane->line].group &&
           span_equal(l->who, match->notation->lines[lane->line].who);
}

static struct slot *
add_slot(struct lane *lane, size_t line, bool returns)
{
    if (lane->slot_count == lane->slot_room) {
        uint32_t room = lane->slot_room ? 2 * lane->slot_room : 32;
        struct slot *slots = realloc(lane->slots, room * sizeof *slots);
        if (!slots) {
            lane->match->failed = true;
            return NULL;
        }
        lane->slots = slots;
        lane->slot_room = room;
    }
    struct slot *slot = &lane->slots[lane->slot_count++];
    *slot = (struct slot){ .line = line, .returns = returns };
    return slot;
}

/* One copy of a line: a slot, or two. */
static void
add_copy(struct lane *lane, size_t line, bool optional, bool loops)
{
    const struct line *l = &lane->match->notation->lines[line];
    uint32_t begin = lane->slot_count;
    if (l->kind == LINE_SEGMENT || l->enters)
        add_slot(lane, line, false);
    if (l->kind == LINE_CALL && l->returns)
        add_slot(lane, line, true);
    for (uint32_t i = begin; i < lane->slot_count; i++) {
        lane->slots[i].begin = begin;
        lane->slots[i].end = lane->slot_count;
        lane->slots[i].optional = optional;
        lane->slots[i].loops = loops;
    }
}

static void
add_line(struct lane *lane, size_t line)
{
    const struct line *l = &lane->match->notation->lines[line];
    uint32_t most = l->most ? l->most : l->least + 1;
    for (uint32_t i = 0; i < most && !lane->match->failed; i++)
        add_copy(lane, line, i >= l->least, !l->most && i + 1 == most);
}

/* Does the "..." of `line` stand in this lane? Segments of another connection
 * pass it by. */
static bool
is_open_for(const struct lane *lane, const struct line *line)
{
    const struct match *match = lane->match;
    return lane->of_calls ||
           line->block == match->notation->lines[lane->line].block;
}

static void
add_slots(struct lane *lane)
{
    const struct match *match = lane->match;
    bool open = false;
    for (size_t i = 0; i < match->notation->count; i++) {
        const struct line *line = &match->notation->lines[i];
        uint32_t before = lane->slot_count;
        if (match_is_open(match, i))
            open |= is_open_for(lane, line);
        else if (lane_has_line(lane, i) && match_asks(match, i))
            add_line(lane, i);
        if (lane->slot_count == before)
            continue;
        lane->slots[before].open = open;
        open = false;
    }
    lane->open_end = open;
}

/* ---- Facts -------------------------------------------------------------- */

/* Does a line of the program name the call? Ways that are not taken count. */
static bool
is_named(const struct lane *lane, struct span name)
{
    const struct notation *notation = lane->match->notation;
    for (size_t i = 0; i < notation->count; i++)
        if (lane_has_line(lane, i) && span_equal(notation->lines[i].name, name))
            return true;
    return false;
}

static bool
fact_is_in(const struct lane *lane, const struct fact *fact)
{
    if (!lane->of_calls)
        return match_is_in_lane(lane->match, lane->line, fact);
    return (fact->kind == FACT_CALL || fact->kind == FACT_RETURN) &&
           !fact->restarted && span_equal(fact->who, lane->who) &&
           is_named(lane, fact->name);
}

static bool
add_facts(struct lane *lane)
{
    const struct facts *facts = lane->match->facts;
    lane->facts = calloc(facts->count + 1, sizeof *lane->facts);
    for (size_t i = 0; lane->facts && i < facts->count; i++)
        if (fact_is_in(lane, &facts->items[i]))
            lane->facts[lane->fact_count++] = (int)i;
    return lane->facts != NULL;
}

bool
lane_is_open(const struct lane *lane, uint32_t slots)
{
    return slots < lane->slot_count ? lane->slots[slots].open : lane->open_end;
}

bool
lane_make(struct lane *lane, struct match *match, size_t line)
{
    const struct line *l = &match->notation->lines[line];
    *lane = (struct lane){ .match = match,
                           .of_calls = l->kind == LINE_CALL,
                           .who = l->who,
                           .line = line };
    add_slots(lane);
    return !match->failed && add_facts(lane);
}

void
lane_clear(struct lane *lane)
{
    free(lane->slots);
    free(lane->facts);
}
