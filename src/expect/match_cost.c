/* match_cost: what it costs to lay a line and a fact side by side. */
#include "match_lane.h"

enum {
    COST_EXTRA = 40,      // a segment
    COST_EXTRA_CALL = 20, // a call and its return are two facts
    COST_NEAR = 46,       // a fact that nearly shows the line
    COST_NEAR_FREE = 31,  // the same, and nobody asks for the fact
    COST_NEAR_MOST = 8,   // more, by the number of differences
    // Of facts that show a line exactly.
    COST_BY_ITSELF = 5,   // a retransmission, when no line asks for one
    COST_ELSEWHERE = 3,   // a call that has to do with something else
    COST_DESCRIPTOR = 1,  // another number of a descriptor
    COST_SAYS_LITTLE = 1, // a line that says more is preferred
};

unsigned
cost_difference(const struct lane *lane, uint32_t slot, const struct fact *fact)
{
    struct match *match = lane->match;
    const struct slot *s = &lane->slots[slot];
    bool returned = fact->kind == FACT_RETURN;
    if (lane->of_calls && returned != s->returns)
        return DIFFERS_ALTOGETHER;
    match->comparisons++;
    return match_differ(match, &match->notation->lines[s->line],
                        &match->places[s->line], fact, NULL);
}

/* Did the kernel send it by itself, and the line does not say so? */
static bool
again(const struct lane *lane, uint32_t slot, const struct fact *fact)
{
    const struct line *line =
        &lane->match->notation->lines[lane->slots[slot].line];
    return !lane->of_calls && line->most == 1 && !line->is &&
           match_is_by_itself(fact);
}

static bool
says_little(const struct line *line)
{
    return line->kind == LINE_CALL
               ? !line->argument_count
               : line->seq.how == WANTED_ANY && line->ack.how == WANTED_ANY;
}

/* Among facts that show a line, some are likelier than others. */
static uint32_t
cost_of_choice(const struct lane *lane, uint32_t slot, const struct fact *fact)
{
    const struct match *match = lane->match;
    size_t index = lane->slots[slot].line;
    const struct line *line = &match->notation->lines[index];
    uint32_t cost = says_little(line) ? COST_SAYS_LITTLE : 0;
    if (again(lane, slot, fact))
        cost += COST_BY_ITSELF;
    if (!lane->of_calls)
        return cost;
    if (lane->slots[slot].returns && line->enters &&
        match_argument(match, line, fact).bytes)
        cost += COST_ELSEWHERE;
    int group = match->places[index].group;
    if (group != FACT_NONE && fact->connection &&
        fact->connection != match->groups[group].connection)
        cost += COST_ELSEWHERE;
    if (line->argument_count && fact->argument_count &&
        !span_equal(line->arguments[0], fact->arguments[0]))
        cost += COST_DESCRIPTOR;
    return cost;
}

uint32_t
cost_of_pair(const struct lane *lane, uint32_t slot, const struct fact *fact)
{
    unsigned d = cost_difference(lane, slot, fact);
    if (d == 0)
        return cost_of_choice(lane, slot, fact);
    if (d == DIFFERS_ALTOGETHER)
        return COST_NEVER;
    unsigned more = d < COST_NEAR_MOST ? d : COST_NEAR_MOST;
    bool free_segment = !lane->of_calls && match_is_free(fact);
    return (free_segment ? COST_NEAR_FREE : COST_NEAR) + more;
}

uint32_t
cost_of_extra(const struct lane *lane, uint32_t slots, const struct fact *fact)
{
    if (lane_is_open(lane, slots))
        return 0;
    if (lane->of_calls)
        return COST_EXTRA_CALL;
    return match_is_free(fact) ? 0 : COST_EXTRA;
}
