/* match_fate: what a line asks of a segment's way, and what became of it. */
#include "match.h"

enum {
    LATER_LEAST_NS = 20000000, // a time on the wire is told no closer than this
    LATER_PART = 4,            // or than this part of it
};

static bool
is_about(int64_t took_ns, int64_t asked_ns)
{
    int64_t off = took_ns > asked_ns ? took_ns - asked_ns : asked_ns - took_ns;
    int64_t allowed = asked_ns / LATER_PART;
    if (!asked_ns)
        return took_ns > FLIGHT_AT_ONCE_NS;
    return off <= (allowed > LATER_LEAST_NS ? allowed : LATER_LEAST_NS);
}

/* A segment whose fate was not told arrived at once. */
static struct fact_fate
fate_of(const struct fact *fact)
{
    struct fact_fate at_once = { .arrived = 1 };
    return fact->segment.fate.told ? fact->segment.fate : at_once;
}

static bool
fate_fits(const struct line *line, const struct fact_fate *fate)
{
    if (line->fate & WANTED_LOST)
        return fate->lost && !fate->arrived;
    return fate->arrived &&
           (!(line->fate & WANTED_TWICE) || fate->arrived == 2) &&
           (!(line->fate & WANTED_LATER) ||
            is_about(fate->took_ns, line->arrives_ns));
}

unsigned
match_fate_differs(const struct match *match, const struct line *line,
                   const struct fact *fact, struct text *why)
{
    struct fact_fate fate = fate_of(fact);
    if (!line->fate || !match->facts->has_fates || fate_fits(line, &fate))
        return 0;
    if (!why)
        return 1;
    if (!fate.arrived && fate.lost)
        text_add(why, "It was lost. ");
    else if (!fate.arrived)
        text_add(why, "It was still on its way at the end. ");
    else if (line->fate & WANTED_LOST)
        text_format(why, "It was not lost: it arrived %m ms after it left. ",
                    fate.took_ns);
    else if (line->fate & WANTED_TWICE && fate.arrived != 2)
        text_format(why,
                    fate.arrived == 1 ? "It arrived once, not twice. "
                                      : "It arrived %n times, not twice. ",
                    (uint64_t)fate.arrived);
    else if (!line->arrives_ns)
        text_add(why, "It arrived at once. ");
    else
        text_format(why, "It arrived %m ms after it left, not %m ms. ",
                    fate.took_ns, line->arrives_ns);
    return 1;
}
