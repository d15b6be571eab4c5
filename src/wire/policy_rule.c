/* policy_rule: words become a rule. */
#include "policy_rule.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "../expect/notation_word.h"

const char *const rule_action_names[ACTIONS] = {
    [ACTION_DROP] = "drop",
    [ACTION_HOLD] = "hold",
    [ACTION_DELAY] = "delay",
    [ACTION_DUPLICATE] = "duplicate",
    [ACTION_REORDER] = "reorder",
    [ACTION_CORRUPT] = "corrupt",
    [ACTION_UNREACHABLE] = "unreachable",
};

static const char *const hosts[DIRECTIONS] = { "client", "server" };

static const char right_hosts[] =
    "Write client > server or client < server, or begin with what the "
    "segment or datagram is called.";
static const char right_names[] =
    "Write SYN, SYN-ACK, ACK, FIN, RST, DATA, UDP, ICMP or any; a FIN's ACK "
    "is understood.";
static const char right_actions[] =
    "Possible are drop, hold, delay 250ms, duplicate, reorder 2, corrupt and "
    "unreachable; before that seq, len, from, to and #2.";
static const char right_sequence[] =
    "Write seq A+1, or seq A+1..A+100: A is the client's initial number, B "
    "the server's.";
static const char right_length[] = "Write len 100, or len 1..100.";
static const char right_datagram[] =
    "Write UDP len 5, UDP #2, ICMP or ICMP port-unreachable, and then what "
    "happens.";
static const char right_address[] =
    "Write from 192.0.2.1, or to 2001:db8::2: whose datagram it is, or for "
    "whom.";
static const char right_count[] =
    "Write #2 for the second, #2..4, or #2.. for no end.";
static const char right_share[] =
    "Behind what happens stands to how many, 1% or 0.5%, and how long, for 5s.";

static void
wrong(struct words *words, const char *reason, struct span word,
      const char *right)
{
    words_wrong(words, word.bytes ? reason : "The rule ends too early.", word,
                right);
}

/* ---- Which frames --------------------------------------------------------- */

static enum direction
host(struct words *words)
{
    struct span word = words_take(words);
    for (int i = 0; i < DIRECTIONS; i++)
        if (span_is(word, hosts[i]))
            return (enum direction)i;
    wrong(words, "\"%s\" is neither client nor server.", word, right_hosts);
    return FROM_CLIENT;
}

/* client > server, client < server; nothing: both ways. */
static void
from_whom(struct rule *rule, struct words *words)
{
    struct words ahead = *words;
    words_take(&ahead);
    struct span between = words_peek(&ahead);
    bool backwards = span_is(between, "<");
    rule->from[FROM_CLIENT] = rule->from[FROM_SERVER] = true;
    if (!backwards && !span_is(between, ">") &&
        !span_is(words_peek(words), hosts[FROM_CLIENT]) &&
        !span_is(words_peek(words), hosts[FROM_SERVER]))
        return;
    enum direction one = host(words);
    struct span arrow = words_take(words);
    if (!backwards && !span_is(arrow, ">"))
        wrong(words, "\"%s\" is neither > nor <.", arrow, right_hosts);
    struct span second = words_peek(words);
    if (host(words) == one)
        wrong(words, "\"%s\" stands on both sides.", second, right_hosts);
    rule->from[backwards ? one : 1 - one] = false;
}

static void
what_it_is_called(struct rule *rule, struct words *words)
{
    struct span word = words_take(words);
    rule->any = span_is(word, "any");
    for (int i = 0; i < WORD_ANY && !rule->any; i++) {
        rule->word = (enum segment_word)i;
        if (span_is(word, segment_words[i]))
            return;
    }
    if (!rule->any)
        wrong(words, "\"%s\" is not the name of a segment or datagram.", word,
              right_names);
}

/* ICMP, or one of its errors: ICMP port-unreachable. */
static void
which_error(struct rule *rule, struct words *words)
{
    for (int i = 0; icmp_errors[i] && !rule->error; i++)
        if (words_skip(words, icmp_errors[i]))
            rule->error = icmp_errors[i];
}

static void
number(struct words *words, uint64_t *value, const char *right)
{
    struct span word = words_peek(words);
    int64_t read = 0;
    if (!words_number(words, &read))
        wrong(words, "\"%s\" is not a number.", word, right);
    *value = (uint64_t)read;
}

/* N, or with `open` also N.. without an end, or N..N. */
static void
numbers(struct words *words, struct range *range, bool open, const char *right)
{
    struct span whole = words_peek(words);
    number(words, &range->first, right);
    range->last = range->first;
    if (!words_skip(words, ".."))
        return;
    int64_t last;
    struct span word = words_peek(words);
    if (words_number(words, &last))
        range->last = (uint64_t)last;
    else if (open)
        range->last = UINT64_MAX;
    else
        wrong(words, "\"%s\" is not a number.", word, right);
    if (range->last < range->first)
        wrong(words, "From \"%s\" on there is nothing.", whole, right);
}

/* A, A+1: relative to the initial number of who sends. */
static void
sequence_number(const struct rule *rule, struct words *words, uint64_t *value)
{
    struct span letter = words_take(words);
    bool is_client = span_is(letter, "A"), is_server = span_is(letter, "B");
    if (!is_client && !is_server)
        wrong(words, "\"%s\" is neither A nor B.", letter, right_sequence);
    else if (!rule->from[is_client ? FROM_CLIENT : FROM_SERVER])
        wrong(words, "\"%s\" is the initial number of the other side.", letter,
              right_sequence);
    *value = 0;
    struct span sign = words_peek(words);
    if (span_is(sign, "-"))
        wrong(words, "\"%s\" would be before the initial number.", sign,
              right_sequence);
    if (!words_skip(words, "+"))
        return;
    struct span digits = words_peek(words);
    number(words, value, right_sequence);
    if (*value > UINT32_MAX)
        wrong(words, "\"%s\" is more than 32 bits hold.", digits,
              right_sequence);
}

/* A rule about sequence numbers is one about their sender. */
static void
sequence(struct rule *rule, struct words *words)
{
    struct span letter = words_peek(words), second;
    sequence_number(rule, words, &rule->sequence.first);
    rule->sequence.last = rule->sequence.first;
    rule->has_sequence = true;
    rule->from[FROM_CLIENT] &= span_is(letter, "A");
    rule->from[FROM_SERVER] &= span_is(letter, "B");
    if (!words_skip(words, ".."))
        return;
    second = words_peek(words);
    sequence_number(rule, words, &rule->sequence.last);
    if (rule->sequence.last < rule->sequence.first)
        wrong(words, "Before \"%s\" there is nothing.", second, right_sequence);
}

/* 192.0.2.1, 2001:db8::2: up to the next blank. */
static void
address(struct words *words, struct rule_address *address)
{
    char text[ENDPOINT_TEXT];
    struct endpoint endpoint = { .port = 0 };
    struct span word = words_peek(words);
    size_t left = (size_t)(words->end - word.at);
    word.bytes = 0;
    while (word.bytes < left && !isspace((unsigned char)word.at[word.bytes]))
        word.bytes++;
    bool is_ipv6 = memchr(word.at, ':', word.bytes);
    int n = snprintf(text, sizeof text, is_ipv6 ? "[%.*s]:0" : "%.*s:0",
                     (int)word.bytes, word.at);
    if (n >= (int)sizeof text || !endpoint_from_text(text, &endpoint)) {
        wrong(words, "\"%s\" is not an address.", word, right_address);
        return;
    }
    words->next += word.bytes;
    address->asked = true;
    address->is = endpoint.address;
}

static void
which(struct rule *rule, struct words *words)
{
    bool is_datagram = rule->word == WORD_UDP || rule->word == WORD_ICMP;
    bool has_data = !rule->any && rule->word != WORD_ICMP;
    rule->count = (struct range){ 1, UINT64_MAX };
    if (!rule->any && rule->word == WORD_ICMP)
        which_error(rule, words);
    while (!words->wrong) {
        struct span word = words_peek(words);
        if (!rule->any && words_skip(words, "seq")) {
            if (is_datagram)
                wrong(words, "\"%s\" is of segments only.", word,
                      right_datagram);
            else
                sequence(rule, words);
        } else if (has_data && words_skip(words, "len")) {
            numbers(words, &rule->length, false, right_length);
            rule->has_length = true;
        } else if (words_skip(words, "from")) {
            address(words, &rule->src);
        } else if (words_skip(words, "to")) {
            address(words, &rule->dst);
        } else if (words_skip(words, "#")) {
            numbers(words, &rule->count, true, right_count);
            if (rule->count.first == 0)
                wrong(words, "They are counted from 1.", word, right_count);
        } else {
            return;
        }
    }
}

/* ---- What happens --------------------------------------------------------- */

/* 1%, 0.25%: parts of a million. */
static void
share(struct rule *rule, struct words *words)
{
    uint64_t whole, parts = 0, unit = 10000;
    struct span word = words_peek(words);
    rule->parts = RULE_ALWAYS;
    if (words_at_end(words) || span_is(word, "for"))
        return;
    number(words, &whole, right_share);
    if (words_skip(words, ".")) {
        struct span digits = words_peek(words);
        uint64_t checked;
        number(words, &checked, right_share);
        for (size_t i = 0; i < digits.bytes && !words->wrong; i++)
            parts += (unit /= 10) * (uint64_t)(digits.at[i] - '0');
    }
    words_expect(words, "%", right_share);
    parts += whole < 101 ? whole * 10000 : RULE_ALWAYS + 1;
    if (!words_at_end(words) && !span_is(words_peek(words), "for"))
        wrong(words, "\"%s\" cannot stand here.", words_peek(words),
              right_share);
    else if (parts == 0 || parts > RULE_ALWAYS)
        wrong(words, "\"%s\" is not between 0.0001% and 100%.", word,
              right_share);
    rule->parts = (uint32_t)parts;
}

/* for 5s */
static void
how_long(struct rule *rule, struct words *words)
{
    if (!words_skip(words, "for"))
        return;
    struct span word = words_peek(words);
    rule->span_ns = words_time(words);
    if (!rule->span_ns)
        wrong(words, "\"%s\" is no time at all.", word, right_share);
    else if (!words_at_end(words))
        wrong(words, "\"%s\" cannot stand here.", words_peek(words),
              right_share);
}

static void
overtaken(struct rule *rule, struct words *words)
{
    static const char right[] =
        "Write reorder N: it is overtaken by the next N, from 1 to 1000.";
    struct span word = words_peek(words);
    uint64_t count;
    number(words, &count, right);
    if (count < 1 || count > RULE_OVERTAKEN)
        wrong(words, "\"%s\" cannot be.", word, right);
    rule->overtaken = (uint32_t)count;
}

static void
what_happens(struct rule *rule, struct words *words)
{
    struct span word = words_take(words);
    int i = 0;
    while (i < ACTIONS && !span_is(word, rule_action_names[i]))
        i++;
    rule->action = (enum rule_action)i;
    if (i == ACTIONS)
        wrong(words, "\"%s\" is nothing that can happen to a segment.", word,
              right_actions);
    else if (i == ACTION_DELAY)
        rule->delay_ns = words_time(words);
    else if (i == ACTION_REORDER)
        overtaken(rule, words);
}

bool
rule_read(struct rule *rule, const char *text, struct expectation_error *error)
{
    struct span line = span_of(text);
    struct words words = {
        .next = text,
        .end = text + line.bytes,
        .number = 1,
        .line = line,
        .error = error,
    };
    *rule = (struct rule){ .any = false };
    from_whom(rule, &words);
    what_it_is_called(rule, &words);
    which(rule, &words);
    what_happens(rule, &words);
    share(rule, &words);
    how_long(rule, &words);
    return !words.wrong;
}
