/* match_why: what differs, in sentences for a reader of the text. */
#include "match.h"

enum {
    WORD_DIFFERS = 10 // from here on, facts are not of one kind
};

/* ---- A fact in the notation --------------------------------------------- */

/* As a name of the same connection and what is added, when one is near. */
static void
add_number(const struct match *match, const struct fact *fact, uint32_t number,
           struct text *text)
{
    const struct name *nearest = NULL;
    for (size_t i = 0; i < match->name_count; i++) {
        const struct name *name = &match->names[i];
        if (name->known &&
            match->groups[name->group].connection == fact->connection &&
            (!nearest || number - name->value < number - nearest->value))
            nearest = name;
    }
    if (!nearest || number - nearest->value > 1u << 24) {
        text_number(text, number);
        return;
    }
    text_words(text, nearest->name);
    if (number == nearest->value)
        return;
    text_char(text, '+');
    text_number(text, number - nearest->value);
}

/* client > server SYN-ACK */
static void
describe_ends(const struct match *match, const struct fact *fact,
              struct text *text)
{
    const struct fact_connection *c =
        facts_connection(match->facts, fact->connection);
    text_words(text, facts_end(c, fact->role));
    text_add(text, " > ");
    text_words(text, facts_end(c, role_other(fact->role)));
    text_format(text, " %s", segment_words[match_word(fact)]);
}

/* client > server UDP len 5, client < server ICMP port-unreachable */
static void
describe_datagram(const struct match *match, const struct fact *fact,
                  struct text *text)
{
    describe_ends(match, fact, text);
    if (!fact->is_icmp)
        text_format(text, " len %n", (uint64_t)fact->segment.data_length);
    else if (fact->icmp_error)
        text_format(text, " %s", fact->icmp_error);
}

/* client > server SYN-ACK seq B ack A+1 */
static void
describe_segment(const struct match *match, const struct fact *fact,
                 struct text *text)
{
    describe_ends(match, fact, text);
    text_add(text, " seq ");
    add_number(match, fact, fact->segment.seq, text);
    if (fact->segment.flags & SEG_ACK) {
        text_add(text, " ack ");
        add_number(match, fact, fact->segment.ack, text);
    }
    if (fact->segment.data_length)
        text_format(text, " len %n", (uint64_t)fact->segment.data_length);
}

/* client connect(3, 127.0.0.1:7004), client connect = -1 ECONNREFUSED */
static void
describe_call(const struct fact *fact, struct text *text)
{
    uint64_t result =
        (uint64_t)(fact->result < 0 ? -fact->result : fact->result);
    text_words(text, fact->who);
    text_char(text, ' ');
    if (fact->kind == FACT_CALL) {
        match_write_call(text, fact);
        return;
    }
    text_words(text, fact->name);
    text_format(text, fact->result < 0 ? " = -%n" : " = %n", result);
    text_add(text, fact->error.bytes ? " " : "");
    text_words(text, fact->error);
}

static void
describe_output(const struct fact *fact, struct text *text)
{
    text_words(text, fact->who);
    text_add(text, " prints \"");
    text_escaped(text, (const uint8_t *)fact->data.at,
                 fact->data.bytes < 80 ? fact->data.bytes : 80);
    text_add(text, "\"");
}

/* WEXITSTATUS and WTERMSIG, without a cast for each. */
static void
describe_exit(const struct fact *fact, struct text *text)
{
    uint64_t signal = fact->status & 0x7f;
    text_words(text, fact->who);
    if (signal)
        text_format(text, " exits by signal %n", signal);
    else
        text_format(text, " exits %n", (uint64_t)(fact->status >> 8 & 0xff));
}

static void
describe(const struct match *match, int index, struct text *text)
{
    const struct fact *fact = &match->facts->items[index];
    text_format(text, "event %n, ", fact->number);
    switch (fact->kind) {
    case FACT_SEGMENT:
        describe_segment(match, fact, text);
        return;
    case FACT_ARRIVAL:
        text_add(text, "what arrives there");
        return;
    case FACT_DATAGRAM:
        describe_datagram(match, fact, text);
        return;
    case FACT_CALL:
    case FACT_RETURN:
        describe_call(fact, text);
        return;
    case FACT_STATE:
        text_words(text, fact->who);
        text_format(text, " state %s", state_name(fact->state));
        return;
    case FACT_OUTPUT:
        describe_output(fact, text);
        return;
    case FACT_EXIT:
        describe_exit(fact, text);
        return;
    }
}

/* ---- What comes nearest ------------------------------------------------- */

/* May the fact be named as one that comes near the line? */
static bool
is_near(const struct match *match, size_t index, const struct fact *fact)
{
    const struct line *line = &match->notation->lines[index];
    if (line->kind == LINE_SEGMENT)
        return match_is_in_lane(match, index, fact);
    return span_equal(fact->who, line->who) &&
           span_equal(fact->name, line->name);
}

/* The least difference; what shows no other line goes before what does. */
static int
find_nearest(const struct match *match, size_t index)
{
    const struct line *line = &match->notation->lines[index];
    unsigned least = DIFFERS_ALTOGETHER;
    int nearest = FACT_NONE;
    if (line->kind != LINE_SEGMENT && line->kind != LINE_CALL)
        return match->trials[index].fact;
    for (size_t i = 0; i < match->facts->count; i++) {
        const struct fact *fact = &match->facts->items[i];
        if (!is_near(match, index, fact))
            continue;
        unsigned differs =
            2 * match_differ(match, line, &match->places[index], fact, NULL) +
            (match->owner[i] >= 0);
        bool shows_another = match->owner[i] >= 0 && differs > WORD_DIFFERS;
        if (differs >= least || shows_another)
            continue;
        least = differs;
        nearest = (int)i;
    }
    return nearest;
}

/* ---- Sentences ---------------------------------------------------------- */

static void
differences(const struct match *match, size_t index, int fact,
            struct text *text)
{
    const struct line *line = &match->notation->lines[index];
    if (line->kind == LINE_SEGMENT || line->kind == LINE_CALL)
        match_differ(match, line, &match->places[index],
                     &match->facts->items[fact], text);
}

static int
why_missing(const struct match *match, size_t index, struct text *text)
{
    const struct line *line = &match->notation->lines[index];
    int nearest = find_nearest(match, index);
    text_add(text, line->kind == LINE_PRINT ? "It did not print that here. "
                                            : "No event shows this line. ");
    if (nearest == FACT_NONE)
        return FACT_NONE;
    text_add(text, "The nearest is ");
    describe(match, nearest, text);
    text_add(text, ". ");
    int owner = match->owner[nearest];
    if (owner >= 0 && owner != (int)index)
        text_format(text, "It shows line %n. ",
                    (uint64_t)match->notation->lines[owner].number);
    differences(match, index, nearest, text);
    return nearest;
}

static void
why_extra(const struct match *match, const struct trial *trial,
          const char *where, struct text *text)
{
    text_format(text, "An extra event stands %s this line: ", where);
    describe(match, trial->fact, text);
    text_add(text, ". ");
    if (trial->extras > 1)
        text_format(text, "In all there are %n. ", (uint64_t)trial->extras);
}

static void
two_events(const struct match *match, const struct trial *trial,
           const char *between, const char *end, struct text *text)
{
    describe(match, trial->fact, text);
    text_add(text, between);
    describe(match, trial->other, text);
    text_add(text, end);
}

static void
why_order(const struct match *match, const struct trial *trial,
          struct text *text)
{
    bool cause = trial->fault == FAULT_CAUSE;
    bool early = trial->fact < trial->other;
    const char *between = early ? " comes too early: it stands before "
                                : " comes too late: it stands after ";
    const char *end = !cause  ? ". "
                      : early ? ", which is its cause. "
                              : ", which it is the cause of. ";
    two_events(match, trial, between, end, text);
}

static void
why_time(const struct match *match, const struct trial *trial, bool early,
         struct text *text)
{
    const struct fact *items = match->facts->items;
    text_add(text, early ? "It came too early, " : "It came too late, ");
    text_format(text, "%m ms after ",
                items[trial->fact].time_ns - items[trial->other].time_ns);
    describe(match, trial->other, text);
    text_add(text, ". ");
}

static const char *const relation_words[] = {
    [FAULT_BEFORE] = " does not come before ",
    [FAULT_AFTER] = " does not come after ",
    [FAULT_PAIR] = " is not the return of ",
};

static const char *const unjudged_sentences[] = {
    [BLIND_TO_CALLS] = "Not observable here: the trace has no calls. ",
    [BLIND_TO_SEGMENTS] = "Not observable here: no segment was captured. ",
    [BLIND_TO_STATES] = "Not observable here: the kernel was not asked. ",
    [BLIND_TO_SHORT_STATE] =
        "Not observable here: the state was too short to ask the kernel. ",
    [BLIND_TO_FATE] =
        "Not observable here: this network neither loses nor holds segments. ",
    [BLIND_BY_BOUND] = "Not judged: there are too many events to compare. ",
    [STILL_ASKED] = "A ? is still to be filled in. ",
};

int
match_why(const struct match *match, size_t line, struct text *why)
{
    const struct trial *trial = &match->trials[line];
    switch (trial->fault) {
    case FAULT_NONE:
        return FACT_NONE;
    case FAULT_MISSING:
        return why_missing(match, line, why);
    case FAULT_DIFFERS:
        text_add(why, "The nearest is ");
        describe(match, trial->fact, why);
        text_add(why, ". ");
        differences(match, line, trial->fact, why);
        break;
    case FAULT_EXTRA:
        why_extra(match, trial, "behind", why);
        break;
    case FAULT_TOO_MANY:
        why_extra(match, trial, "before", why);
        break;
    case FAULT_LANE:
    case FAULT_CAUSE:
        why_order(match, trial, why);
        break;
    case FAULT_BEFORE:
    case FAULT_AFTER:
    case FAULT_PAIR:
        two_events(match, trial, relation_words[trial->fault], ". ", why);
        break;
    case FAULT_ALONE:
        text_add(why, "What it should come before or after is not there. ");
        break;
    case FAULT_EARLY:
    case FAULT_LATE:
        why_time(match, trial, trial->fault == FAULT_EARLY, why);
        break;
    case FAULT_NOT_QUIET:
        text_add(why, "Here stands ");
        describe(match, trial->fact, why);
        text_add(why, ". ");
        break;
    case BLIND_TO_CALLS:
    case BLIND_TO_SEGMENTS:
    case BLIND_TO_STATES:
    case BLIND_TO_SHORT_STATE:
    case BLIND_TO_FATE:
    case BLIND_BY_BOUND:
    case STILL_ASKED:
        text_add(why, unjudged_sentences[trial->fault]);
        break;
    case BLIND_BY_FAULT:
        text_format(why, "Not judged: it follows from line %n, which fails. ",
                    (uint64_t)match->notation->lines[trial->other].number);
        break;
    }
    return trial->fact;
}
