/*
 * match_relation: what a line asks for beside itself: before, after, within,
 * about; and where nothing should stand.
 */
#include "match.h"

static const struct fact *
fact_of(const struct match *match, int index)
{
    return &match->facts->items[index];
}

static const struct line *
line_of(const struct match *match, size_t index)
{
    return &match->notation->lines[index];
}

/* Do two lines speak of the same thing? A line that says less takes more. */
static bool
refers_to(const struct line *reference, const struct line *line)
{
    if (reference->kind != line->kind ||
        !span_equal(reference->who, line->who) ||
        (reference->peer.bytes && !span_equal(reference->peer, line->peer)))
        return false;
    switch (reference->kind) {
    case LINE_CALL:
        return span_equal(reference->name, line->name) &&
               (reference->returns ? line->returns : true);
    case LINE_SEGMENT:
        return reference->word == line->word &&
               (reference->seq.how == WANTED_ANY ||
                (reference->seq.number == line->seq.number &&
                 span_equal(reference->seq.name, line->seq.name)));
    case LINE_STATE:
        return reference->state == line->state;
    case LINE_PRINT:
        return span_equal(reference->words, line->words);
    case LINE_EXIT:
    case LINE_NOTHING:
    case LINE_ANYTHING:
        return true;
    }
    return false;
}

/* The line that a reference at `line` means: above it for after, below it else;
 * when there is none, on the other side. `line` itself: none at all. */
static size_t
find_line(const struct match *match, size_t line,
          const struct relation *relation)
{
    size_t count = match->notation->count;
    bool below = relation->kind != RELATION_AFTER;
    for (int turn = 0; turn < 2; turn++, below = !below)
        for (size_t n = 1; n < count; n++) {
            size_t other = below ? line + n : line - n;
            if (other < count && match_asks(match, other) &&
                refers_to(relation->line, line_of(match, other)))
                return other;
        }
    return line;
}

/* The fact of a call's entry or return in a line that shows one of them. */
static int
side_of(const struct match *match, const struct line *reference, size_t line)
{
    const struct trial *trial = &match->trials[line];
    if (reference->kind != LINE_CALL)
        return trial->first;
    if (reference->returns)
        return trial->back;
    if (trial->entry != FACT_NONE || trial->back == FACT_NONE)
        return trial->entry;
    return fact_of(match, trial->back)->pair;
}

/* No line says it: the first fact that would show it. */
static int
find_fact(const struct match *match, size_t line, const struct line *reference)
{
    struct place place = { match->places[line].group, FACT_NONE, FACT_NONE };
    for (size_t i = 0; i < match->facts->count; i++) {
        const struct fact *fact = fact_of(match, (int)i);
        if (span_equal(facts_who(match->facts, fact), reference->who) &&
            fact->kind != (reference->returns ? FACT_CALL : FACT_RETURN) &&
            reference->seq.how != WANTED_NAMED &&
            reference->ack.how != WANTED_NAMED &&
            !match_differ(match, reference, &place, fact, NULL))
            return (int)i;
    }
    return FACT_NONE;
}

static int
resolve(const struct match *match, size_t line, const struct relation *relation)
{
    size_t other = find_line(match, line, relation);
    if (other == line)
        return find_fact(match, line, relation->line);
    return side_of(match, relation->line, other);
}

/* The line it refers to is missing, and fails by itself. */
static bool
fails_by_itself(const struct match *match, size_t line,
                const struct relation *relation)
{
    size_t other = find_line(match, line, relation);
    return other != line && match_is_fault(match->trials[other].fault);
}

static void
judge_relation(struct match *match, size_t line,
               const struct relation *relation)
{
    const struct trial *trial = &match->trials[line];
    int other = resolve(match, line, relation);
    if (relation->kind == RELATION_UNTIL || trial->first == FACT_NONE ||
        fails_by_itself(match, line, relation))
        return;
    if (other == FACT_NONE)
        match_fault(match, line, FAULT_ALONE, trial->first, FACT_NONE);
    else if (relation->kind == RELATION_BEFORE && trial->last >= other)
        match_fault(match, line, FAULT_BEFORE, trial->last, other);
    else if (relation->kind == RELATION_AFTER && trial->first <= other)
        match_fault(match, line, FAULT_AFTER, trial->first, other);
}

/* From where a time is counted: after LINE, or else the line above. */
static int
time_zero(const struct match *match, size_t line)
{
    const struct line *l = line_of(match, line);
    for (uint32_t i = 0; i < l->relation_count; i++)
        if (l->relations[i].kind == RELATION_AFTER)
            return resolve(match, line, &l->relations[i]);
    for (size_t i = line; i-- > 0;)
        if (match_asks(match, i))
            return match->trials[i].last;
    return FACT_NONE;
}

/* "About" is a quarter less to a half more, and 50 ms for a busy machine. */
static void
judge_time(struct match *match, size_t line)
{
    const struct line *l = line_of(match, line);
    int fact = match->trials[line].first, zero = time_zero(match, line);
    if ((!l->within_ns && !l->about_ns) || fact == FACT_NONE ||
        zero == FACT_NONE)
        return;
    int64_t passed =
        fact_of(match, fact)->time_ns - fact_of(match, zero)->time_ns;
    if ((l->within_ns && passed > l->within_ns) ||
        (l->about_ns && passed > l->about_ns + l->about_ns / 2 + 50000000))
        match_fault(match, line, FAULT_LATE, fact, zero);
    if (l->about_ns && passed < l->about_ns - l->about_ns / 4)
        match_fault(match, line, FAULT_EARLY, fact, zero);
}

/* From the line above to the line named, or else to the line below. */
static void
judge_nothing(struct match *match, size_t line)
{
    const struct line *l = line_of(match, line);
    size_t above = line, below = line + 1;
    while (above > 0 && match->trials[above].last == FACT_NONE)
        above--;
    while (below < match->notation->count &&
           match->trials[below].first == FACT_NONE)
        below++;
    int from = match->trials[above].last;
    int until = below < match->notation->count ? match->trials[below].first
                                               : (int)match->facts->count;
    for (uint32_t i = 0; i < l->relation_count; i++) {
        if (l->relations[i].kind != RELATION_UNTIL)
            continue;
        if (fails_by_itself(match, line, &l->relations[i]))
            return;
        until = resolve(match, line, &l->relations[i]);
    }
    for (int i = from + 1; i < until; i++) {
        const struct fact *fact = fact_of(match, i);
        int owner = match->owner[i];
        bool counts =
            fact->kind == FACT_SEGMENT || match_counts_datagram(match, fact);
        if (counts && match_word(fact) != WORD_ACK &&
            (owner < 0 || !match_is_fault(match->trials[owner].fault))) {
            match_fault(match, line, FAULT_NOT_QUIET, i, FACT_NONE);
            return;
        }
    }
}

/* A call and its return on one line are of one call. */
static void
judge_pair(struct match *match, size_t line)
{
    const struct trial *trial = &match->trials[line];
    if (trial->entry == FACT_NONE || trial->back == FACT_NONE)
        return;
    int pair = fact_of(match, trial->back)->pair;
    if (pair != FACT_NONE && pair != trial->entry)
        match_fault(match, line, FAULT_PAIR, trial->back, trial->entry);
    if (trial->back < trial->entry)
        match_fault(match, line, FAULT_LANE, trial->back, trial->entry);
}

void
match_relations(struct match *match)
{
    for (size_t i = 0; i < match->notation->count; i++) {
        const struct line *line = line_of(match, i);
        if (!match_asks(match, i))
            continue;
        judge_pair(match, i);
        for (uint32_t j = 0; j < line->relation_count; j++)
            judge_relation(match, i, &line->relations[j]);
        judge_time(match, i);
        if (line->kind == LINE_NOTHING)
            judge_nothing(match, i);
    }
}
