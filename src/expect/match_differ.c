/* match_differ: a line and a fact, thing by thing. */
#include "match.h"

#include "../../capture/option.h"

enum {
    ARGUMENT_ROOM = 40 // octets of an argument that a sentence shows
};

enum segment_word
match_word(const struct fact *fact)
{
    if (fact->kind == FACT_DATAGRAM)
        return fact->is_icmp ? WORD_ICMP : WORD_UDP;
    return segment_word_of(fact->segment.flags, fact->segment.data_length);
}

bool
match_is_by_itself(const struct fact *fact)
{
    return fact->segment.is &
           (IS_RETRANSMISSION | IS_KEEP_ALIVE | IS_WINDOW_PROBE);
}

bool
match_is_free(const struct fact *fact)
{
    if (fact->kind == FACT_DATAGRAM)
        return fact->connection <= FACT_FLOWS;
    return match_word(fact) == WORD_ACK || match_is_by_itself(fact);
}

/* ---- Numbers ------------------------------------------------------------ */

static void
text_signed(struct text *text, int64_t number)
{
    if (number < 0)
        text_char(text, '-');
    text_number(text, (uint64_t)(number < 0 ? -number : number));
}

/* "A+1", when the name is known and the number not far from it. */
static void
text_named(struct text *text, const struct name *name, uint32_t number)
{
    int32_t plus = (int32_t)(number - name->value);
    text_words(text, name->name);
    if (plus)
        text_char(text, plus > 0 ? '+' : '-');
    if (plus)
        text_number(text, (uint64_t)(plus > 0 ? plus : -(int64_t)plus));
}

/* "Its ack is A+2, not A+1. " */
static unsigned
sequence_differs(const struct match *match, const char *what,
                 const struct wanted *wanted, int index, uint32_t number,
                 struct text *why)
{
    const struct name *name = index == FACT_NONE ? NULL : &match->names[index];
    uint32_t asked = (uint32_t)wanted->number;
    if (wanted->how == WANTED_ANY || (name && !name->known))
        return 0;
    if (name)
        asked += name->value;
    if (number == asked)
        return 0;
    if (!why)
        return 1;
    text_format(why, "Its %s is ", what);
    if (name)
        text_named(why, name, number);
    else
        text_number(why, number);
    text_add(why, ", not ");
    if (name)
        text_named(why, name, asked);
    else
        text_number(why, asked);
    text_add(why, ". ");
    return 1;
}

static unsigned
number_differs(const char *what, const struct wanted *wanted, int64_t number,
               struct text *why)
{
    bool above = wanted->how == WANTED_ABOVE;
    if (wanted->how == WANTED_ANY ||
        (above ? number > wanted->number : number == wanted->number))
        return 0;
    if (!why)
        return 1;
    text_format(why, "Its %s is ", what);
    text_signed(why, number);
    text_add(why, above ? ", not more than " : ", not ");
    text_signed(why, wanted->number);
    text_add(why, ". ");
    return 1;
}

/* ---- Segments ----------------------------------------------------------- */

static unsigned
word_differs(const struct line *line, const struct fact *fact, struct text *why)
{
    enum segment_word word = match_word(fact);
    if (line->word == WORD_ANY || line->word == word)
        return 0;
    if (why)
        text_format(why, "It is a %s, not a %s. ", segment_words[word],
                    segment_words[line->word]);
    return 5;
}

static unsigned
is_differs(const struct line *line, const struct fact *fact, struct text *why)
{
    uint32_t lacks = line->is & ~fact->segment.is;
    unsigned differs = 0;
    for (int i = 0; i < SEGMENT_IS_NAMES; i++) {
        if (!(lacks & 1u << i))
            continue;
        differs++;
        if (why)
            text_format(why, "It is not \"%s\". ", segment_is_names[i]);
    }
    return differs;
}

static unsigned
option_differs(const struct wanted_option *option,
               const struct fact_segment *segment, struct text *why)
{
    const char *name = option_name(option->kind);
    for (int i = 0; i < segment->option_count; i++)
        if (segment->options[i].kind == option->kind)
            return number_differs(name, &option->value,
                                  segment->options[i].value, why);
    if (why)
        text_format(why, "It has no option %s. ", name);
    return 1;
}

/* The acknowledgment of a segment without ACK is no number. */
static unsigned
ack_differs(const struct match *match, const struct line *line, int name,
            const struct fact *fact, struct text *why)
{
    if (fact->segment.flags & SEG_ACK || line->ack.how == WANTED_ANY)
        return sequence_differs(match, "ack", &line->ack, name,
                                fact->segment.ack, why);
    if (why)
        text_add(why, "It acknowledges nothing. ");
    return 1;
}

static unsigned
segment_differs(const struct match *match, const struct line *line,
                const struct place *place, const struct fact *fact,
                struct text *why)
{
    const struct fact_segment *s = &fact->segment;
    unsigned differs = word_differs(line, fact, why);
    if (differs && match_is_free(fact))
        return DIFFERS_ALTOGETHER;
    differs +=
        sequence_differs(match, "seq", &line->seq, place->seq, s->seq, why);
    differs += ack_differs(match, line, place->ack, fact, why);
    differs += number_differs("len", &line->length, s->data_length, why);
    differs += number_differs("win", &line->window, s->window, why);
    differs += is_differs(line, fact, why);
    differs += match_fate_differs(match, line, fact, why);
    for (uint32_t i = 0; i < line->option_count; i++)
        differs += option_differs(&line->options[i], s, why);
    return differs;
}

/* ---- Calls -------------------------------------------------------------- */

/* Calls that give a descriptor, whose number is free. */
static bool
gives_descriptor(struct span name)
{
    static const char *const names[] = { "socket",        "accept",
                                         "accept4",       "dup",
                                         "dup2",          "dup3",
                                         "epoll_create1", "epoll_create" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (span_is(name, names[i]))
            return true;
    return false;
}

static bool
result_fits(const struct wanted *wanted, const struct fact *fact)
{
    switch (wanted->how) {
    case WANTED_ANY:
        return true;
    case WANTED_ERROR:
        return fact->has_result && fact->result == -1 &&
               span_equal(fact->error, wanted->name);
    case WANTED_ABOVE:
        return fact->has_result && fact->result > wanted->number;
    case WANTED_NUMBER:
    case WANTED_NAMED:
        break;
    }
    if (!fact->has_result)
        return false;
    if (wanted->number >= 0 && gives_descriptor(fact->name))
        return fact->result >= 0;
    return fact->result == wanted->number;
}

static unsigned
result_differs(const struct line *line, const struct fact *fact,
               struct text *why)
{
    const struct wanted *wanted = &line->result;
    if (result_fits(wanted, fact))
        return 0;
    if (!why)
        return 1;
    if (!fact->has_result) {
        text_add(why, "It did not come back. ");
        return 1;
    }
    text_add(why, "It returned ");
    text_signed(why, fact->result);
    if (fact->error.bytes)
        text_char(why, ' ');
    text_words(why, fact->error);
    text_add(why, wanted->how == WANTED_ABOVE ? ", not more than " : ", not ");
    text_signed(why, wanted->how == WANTED_ERROR ? -1 : wanted->number);
    if (wanted->how == WANTED_ERROR)
        text_char(why, ' ');
    text_words(why, wanted->name);
    text_add(why, ". ");
    return 1;
}

/* connect(3, 127.0.0.1:7004); data may be long, and is cut. */
void
match_write_call(struct text *text, const struct fact *fact)
{
    text_words(text, fact->name);
    text_char(text, '(');
    for (uint32_t i = 0; i < fact->argument_count; i++) {
        struct span argument = fact->arguments[i];
        bool cut = argument.bytes > ARGUMENT_ROOM;
        if (cut)
            argument.bytes = ARGUMENT_ROOM;
        text_add(text, i ? ", " : "");
        text_words(text, argument);
        text_add(text, cut ? "..." : "");
    }
    text_char(text, ')');
}

static unsigned
name_differs(const struct line *line, const struct fact *fact, struct text *why)
{
    if (span_equal(line->name, fact->name))
        return 0;
    if (why) {
        text_add(why, "The call is ");
        text_words(why, fact->name);
        text_add(why, ", not ");
        text_words(why, line->name);
        text_add(why, ". ");
    }
    return 5;
}

/* What the kernel fills in is written at the return. */
static const struct fact *
written_out(const struct match *match, const struct fact *fact)
{
    const struct fact *pair =
        fact->pair == FACT_NONE ? NULL : &match->facts->items[fact->pair];
    return pair && pair->kind == FACT_RETURN && pair->argument_count ? pair
                                                                     : fact;
}

static unsigned
argument_differs(const struct match *match, const struct line *line,
                 const struct fact *fact, struct text *why)
{
    struct span lacks = match_argument(match, line, fact);
    if (!lacks.bytes)
        return 0;
    if (!why)
        return 1;
    text_add(why, "It is ");
    match_write_call(why, written_out(match, fact));
    text_add(why, ", and the line asks for ");
    text_words(why, lacks);
    text_add(why, ". ");
    return 1;
}

/* from WHO: the program at the other end, when that is known. */
static unsigned
peer_differs(const struct match *match, const struct line *line,
             const struct fact *fact, struct text *why)
{
    const struct fact_connection *c =
        facts_connection(match->facts, fact->connection);
    if (!line->peer.bytes || !c || !fact->has_role)
        return 0;
    struct span peer = facts_end(c, role_other(fact->role));
    if (span_equal(peer, line->peer))
        return 0;
    if (why) {
        text_add(why, "It is from ");
        text_words(why, peer);
        text_add(why, ", not from ");
        text_words(why, line->peer);
        text_add(why, ". ");
    }
    return 1;
}

static unsigned
call_differs(const struct match *match, const struct line *line,
             const struct fact *fact, struct text *why)
{
    unsigned differs = name_differs(line, fact, why);
    if (fact->kind == FACT_RETURN && line->returns) {
        differs += result_differs(line, fact, why);
        differs += peer_differs(match, line, fact, why);
    }
    if (!differs && (fact->kind == FACT_CALL || !line->enters))
        differs += argument_differs(match, line, fact, why);
    return differs;
}

unsigned
match_differ(const struct match *match, const struct line *line,
             const struct place *place, const struct fact *fact,
             struct text *why)
{
    if (line->kind == LINE_SEGMENT && fact->kind == FACT_SEGMENT)
        return segment_differs(match, line, place, fact, why);
    if (line->kind == LINE_SEGMENT && fact->kind == FACT_DATAGRAM)
        return match_datagram_differs(match, line, fact, why);
    if (line->kind == LINE_CALL &&
        ((fact->kind == FACT_CALL && line->enters) ||
         (fact->kind == FACT_RETURN && line->returns)))
        return call_differs(match, line, fact, why);
    return DIFFERS_ALTOGETHER;
}
