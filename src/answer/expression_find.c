/* expression_find: the events that show a line of a key. */
#include "expression_tree.h"

/* ---- Names of numbers --------------------------------------------------- */

/* A and B are those of the connection that the fact is about. False: the line
 * asks for one that is not known. */
static bool
name_number(struct evaluation *evaluation, const struct wanted *wanted,
            const struct fact *fact, int *place)
{
    const struct fact_connection *connection =
        facts_connection(evaluation->facts, fact->connection);
    *place = FACT_NONE;
    if (wanted->how != WANTED_NAMED)
        return true;
    enum role role = span_is(wanted->name, "A") ? ROLE_CLIENT : ROLE_SERVER;
    if (!connection || !connection->isn_known[role])
        return false;
    evaluation->match.names[role] = (struct name){
        .name = wanted->name, .known = true, .value = connection->isn[role]
    };
    *place = (int)role;
    return true;
}

/* ---- Does a fact show a line? ------------------------------------------- */

static bool
is_like(struct evaluation *evaluation, const struct line *line,
        const struct fact *fact)
{
    struct place place = { .group = FACT_NONE };
    return name_number(evaluation, &line->seq, fact, &place.seq) &&
           name_number(evaluation, &line->ack, fact, &place.ack) &&
           !match_differ(&evaluation->match, line, &place, fact, NULL);
}

static bool
is_segment(struct evaluation *evaluation, const struct line *line,
           const struct fact *fact)
{
    const struct facts *facts = evaluation->facts;
    if ((fact->kind != FACT_SEGMENT && fact->kind != FACT_DATAGRAM) ||
        (match_is_by_itself(fact) && !line->is) ||
        (line->fate && !facts->has_fates))
        return false;
    struct span peer = facts_end(facts_connection(facts, fact->connection),
                                 role_other(fact->role));
    return span_equal(facts_who(facts, fact), line->who) &&
           span_equal(peer, line->peer) && is_like(evaluation, line, fact);
}

/* A line with arguments and a result is shown by the return. */
static bool
is_call(struct evaluation *evaluation, const struct line *line,
        const struct fact *fact)
{
    enum fact_kind kind = line->returns ? FACT_RETURN : FACT_CALL;
    if (fact->kind != kind || fact->restarted ||
        !span_equal(fact->who, line->who) || !is_like(evaluation, line, fact))
        return false;
    return !line->returns || !line->enters || fact->pair == FACT_NONE ||
           is_like(evaluation, line, &evaluation->facts->items[fact->pair]);
}

static bool
is_state(struct evaluation *evaluation, const struct line *line,
         const struct fact *fact)
{
    if (fact->kind == FACT_STATE)
        return fact->state == line->state && span_equal(fact->who, line->who);
    if ((fact->kind != FACT_SEGMENT && fact->kind != FACT_ARRIVAL) ||
        line->by_kernel)
        return false;
    const struct fact_connection *connection =
        facts_connection(evaluation->facts, fact->connection);
    for (int role = 0; role < ROLES; role++)
        if (span_equal(facts_end(connection, (enum role)role), line->who) &&
            fact->segment.before[role] != line->state &&
            fact->segment.after[role] == line->state)
            return true;
    return false;
}

static bool
shows(struct evaluation *evaluation, const struct line *line,
      const struct fact *fact)
{
    switch (line->kind) {
    case LINE_SEGMENT:
        return is_segment(evaluation, line, fact);
    case LINE_CALL:
        return is_call(evaluation, line, fact);
    case LINE_STATE:
        return is_state(evaluation, line, fact);
    case LINE_EXIT:
        return fact->kind == FACT_EXIT && span_equal(fact->who, line->who) &&
               match_status_fits(&line->status, fact->status);
    case LINE_PRINT:
    case LINE_NOTHING:
    case LINE_ANYTHING:
        break;
    }
    return false;
}

/* ---- Which one is meant ------------------------------------------------- */

int
reference_next(struct evaluation *evaluation, const struct reference *reference,
               int from)
{
    const struct facts *facts = evaluation->facts;
    for (size_t i = (size_t)from; i < facts->count; i++)
        if (shows(evaluation, &reference->line, &facts->items[i]))
            return (int)i;
    return FACT_NONE;
}

/* The line without its #2. */
static struct span
line_words(const struct reference *reference)
{
    struct span words = reference->text;
    for (size_t i = words.bytes; i-- > 0;)
        if (words.at[i] == '#')
            words.bytes = i;
    while (words.bytes && words.at[words.bytes - 1] == ' ')
        words.bytes--;
    return words;
}

static struct value
not_there(const struct reference *reference, uint32_t found)
{
    struct value value = { .kind = VALUE_NONE };
    struct text why = text_over(value.why, sizeof value.why - 1);
    text_add(&why, "\"");
    text_words(&why, line_words(reference));
    if (!found)
        text_add(&why, "\" does not happen in it.");
    else if (found == 1)
        text_format(&why, "\" happens once in it, not %n times.",
                    (uint64_t)reference->nth);
    else
        text_format(&why, "\" happens %n times in it, not %n times.",
                    (uint64_t)found, (uint64_t)reference->nth);
    return value;
}

int
reference_find(struct evaluation *evaluation, const struct reference *reference,
               struct value *why)
{
    uint32_t found = 0;
    for (int at = 0;
         (at = reference_next(evaluation, reference, at)) != FACT_NONE; at++)
        if (++found == reference->nth)
            return at;
    *why = not_there(reference, found);
    return FACT_NONE;
}
