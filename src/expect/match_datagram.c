/* match_datagram: lines and facts of UDP and ICMP. */
#include "match.h"

static bool
is_udp(const struct line *line)
{
    return line->kind == LINE_SEGMENT && line->word == WORD_UDP;
}

bool
match_is_of_flow(const struct match *match, const struct line *line)
{
    const struct notation *notation = match->notation;
    if (is_udp(line) || line->kind != LINE_SEGMENT || line->word != WORD_ICMP)
        return is_udp(line);
    for (size_t i = 0; i < notation->count; i++)
        if (is_udp(&notation->lines[i]) &&
            notation->lines[i].block == line->block)
            return true;
    return false;
}

bool
match_counts_datagram(const struct match *match, const struct fact *fact)
{
    if (fact->kind != FACT_DATAGRAM || fact->connection <= FACT_FLOWS)
        return false;
    for (size_t i = 0; i < match->group_count; i++)
        if (match->groups[i].is_flow)
            return true;
    return false;
}

static unsigned
length_differs(const struct line *line, const struct fact *fact,
               struct text *why)
{
    uint32_t length = fact->segment.data_length;
    if (line->length.how == WANTED_ANY || length == line->length.number)
        return 0;
    if (why)
        text_format(why, "Its len is %n, not %n. ", (uint64_t)length,
                    (uint64_t)line->length.number);
    return 1;
}

static unsigned
error_differs(const struct line *line, const struct fact *fact,
              struct text *why)
{
    const char *error = fact->icmp_error ? fact->icmp_error : "another error";
    if (!line->error.bytes || span_is(line->error, error))
        return 0;
    if (why) {
        text_format(why, "It says %s, not ", error);
        text_words(why, line->error);
        text_add(why, ". ");
    }
    return 1;
}

unsigned
match_datagram_differs(const struct match *match, const struct line *line,
                       const struct fact *fact, struct text *why)
{
    enum segment_word word = match_word(fact);
    unsigned differs = match_fate_differs(match, line, fact, why);
    if (line->word == WORD_ANY)
        return differs;
    if (line->word == word)
        return differs + (fact->is_icmp ? error_differs(line, fact, why)
                                        : length_differs(line, fact, why));
    if (match_is_free(fact))
        return DIFFERS_ALTOGETHER;
    if (why)
        text_format(why, "It is a %s, not a %s. ", segment_words[word],
                    segment_words[line->word]);
    return 5;
}
