/* notation_line: what happens, and the words that qualify it. */
#include "notation_line.h"

#include <stdlib.h>

#include "../../capture/end.h"
#include "../../capture/message.h"
#include "../../capture/option.h"

const char *const segment_words[SEGMENT_WORDS] = {
    [WORD_SYN] = "SYN", [WORD_SYN_ACK] = "SYN-ACK", [WORD_ACK] = "ACK",
    [WORD_FIN] = "FIN", [WORD_RST] = "RST",         [WORD_DATA] = "DATA",
    [WORD_UDP] = "UDP", [WORD_ICMP] = "ICMP",       [WORD_ANY] = "?",
};

enum segment_word
segment_word_of(uint16_t flags, uint32_t data_length)
{
    if (flags & SEG_RST)
        return WORD_RST;
    if (flags & SEG_SYN)
        return flags & SEG_ACK ? WORD_SYN_ACK : WORD_SYN;
    if (flags & SEG_FIN)
        return WORD_FIN;
    return data_length ? WORD_DATA : WORD_ACK;
}

/* ---- Numbers ------------------------------------------------------------ */

/* *, ?, N; false: something else. */
static bool
simple_number(struct words *words, struct wanted *wanted)
{
    *wanted = (struct wanted){ .how = WANTED_ANY };
    if (words_skip(words, "*") || words_skip(words, "?"))
        return true;
    if (!words_number(words, &wanted->number))
        return false;
    wanted->how = WANTED_NUMBER;
    return true;
}

static void
plain_number(struct words *words, struct wanted *wanted, const char *right)
{
    if (!simple_number(words, wanted))
        words_wrong(words, "\"%s\" is not a number.", words_peek(words), right);
}

/* The same, and >N. */
static void
compared_number(struct words *words, struct wanted *wanted, const char *right)
{
    bool above = words_skip(words, ">");
    plain_number(words, wanted, right);
    if (above && wanted->how == WANTED_NUMBER)
        wanted->how = WANTED_ABOVE;
}

/* A, A+1, B-1, 1000. */
static void
sequence_number(struct words *words, struct wanted *wanted)
{
    static const char right[] =
        "A number is A, A+1, B+17, or a name that a seq above set.";
    if (simple_number(words, wanted))
        return;
    wanted->name = words_name(words, right);
    wanted->how = WANTED_NAMED;
    int sign = words_skip(words, "+") ? 1 : words_skip(words, "-") ? -1 : 0;
    if (sign && !words_number(words, &wanted->number))
        words_wrong(words, "\"%s\" is not a number.", words_peek(words), right);
    wanted->number *= sign;
}

/* *, 0, >0, -1, -1 EADDRINUSE. */
static void
result(struct words *words, struct wanted *wanted)
{
    static const char right[] =
        "A result is a number, >0, *, -1, or -1 and the error's name.";
    if (!words_skip(words, "-")) {
        compared_number(words, wanted, right);
    } else {
        plain_number(words, wanted, right);
        wanted->number = -wanted->number;
        struct span name = words_peek(words);
        if (name.bytes > 1 && *name.at == 'E') {
            wanted->how = WANTED_ERROR;
            wanted->name = words_take(words);
        }
    }
}

/* ---- Calls -------------------------------------------------------------- */

static void
arguments(struct line *line, struct words *words)
{
    while (!words_at_end(words) && !words_skip(words, ")")) {
        struct span argument = words_argument(words);
        if (line->argument_count == ENTRY_ARGUMENTS) {
            words_wrong(words, "A call has at most six arguments.", argument,
                        "Leave out those that do not matter.");
            return;
        }
        if (span_is(argument, "*") || span_is(argument, "?"))
            argument.bytes = 0;
        if (!span_is(argument, "..."))
            line->arguments[line->argument_count++] = argument;
        if (words_skip(words, ")"))
            return;
        words_expect(words, ",", "Close the arguments with \")\".");
    }
}

static void
call_line(struct line *line, struct words *words)
{
    line->kind = LINE_CALL;
    line->name =
        words_name(words, "Write WHO call(ARGS), or WHO call = RESULT.");
    line->enters = words_skip(words, "(");
    if (line->enters)
        arguments(line, words);
    line->returns = words_skip(words, "=");
    if (line->returns)
        result(words, &line->result);
    else
        line->enters = true;
}

/* ---- Segments ----------------------------------------------------------- */

static void
flags(struct line *line, struct words *words)
{
    static const char right[] =
        "Write SYN, SYN-ACK, ACK, FIN, RST, DATA, UDP or ICMP; a FIN's ACK is "
        "understood.";
    struct span word = words_take(words);
    for (int i = 0; i < SEGMENT_WORDS; i++)
        if (span_is(word, segment_words[i])) {
            line->word = (enum segment_word)i;
            return;
        }
    words_wrong(words, "\"%s\" is not the name of a segment.", word, right);
}

static const struct {
    const char *name;
    uint8_t kind;
} option_words[] = {
    { "mss", OPTION_MSS },
    { "window-scale", OPTION_WINDOW_SCALE },
    { "sack-permitted", OPTION_SACK_PERMITTED },
    { "sack", OPTION_SACK },
    { "timestamps", OPTION_TIMESTAMPS },
    { "fast-open", OPTION_FAST_OPEN },
};

uint8_t
line_option_kind(struct span word)
{
    for (size_t i = 0; i < sizeof option_words / sizeof option_words[0]; i++)
        if (span_is(word, option_words[i].name))
            return option_words[i].kind;
    return 0;
}

static void
options(struct line *line, struct words *words)
{
    static const char right[] =
        "Options are mss, window-scale, sack-permitted, "
        "sack, timestamps and fast-open.";
    uint8_t kind = line_option_kind(words_peek(words));
    if (!kind && !words_skip(words, "?"))
        words_wrong(words, "\"%s\" is not an option.", words_peek(words),
                    right);
    for (; kind; kind = line_option_kind(words_peek(words))) {
        words_take(words);
        if (line->option_count == LINE_OPTIONS)
            return;
        struct wanted_option *option = &line->options[line->option_count++];
        option->kind = kind;
        if (kind == OPTION_MSS || kind == OPTION_WINDOW_SCALE)
            simple_number(words, &option->value);
    }
}

static void
is(struct line *line, struct words *words)
{
    if (words_skip(words, "?"))
        return;
    struct span word = words_take(words);
    for (int i = 0; i < SEGMENT_IS_NAMES; i++)
        if (span_is(word, segment_is_names[i])) {
            line->is |= 1u << i;
            return;
        }
    words_wrong(words, "No segment is \"%s\".", word,
                "Write a word of the JSON's \"is\": retransmission, "
                "duplicate-ack, keep-alive, zero-window ...");
}

/* A datagram has no numbers: UDP len 5, ICMP port-unreachable. */
static void
datagram(struct line *line, struct words *words)
{
    if (line->word == WORD_UDP) {
        if (words_skip(words, "len"))
            plain_number(words, &line->length, "len is the data's octets.");
        return;
    }
    struct span word = words_peek(words);
    for (int i = 0; icmp_errors[i]; i++)
        if (words_skip(words, icmp_errors[i]))
            line->error = word;
    words_skip(words, "?");
}

static void
segment_line(struct line *line, struct words *words, bool backwards)
{
    struct span one = line->who;
    line->kind = LINE_SEGMENT;
    line->peer = words_name(words, "Write X > Y FLAGS, or X < Y FLAGS.");
    if (backwards) {
        line->who = line->peer;
        line->peer = one;
    }
    flags(line, words);
    if (line->word == WORD_UDP || line->word == WORD_ICMP) {
        datagram(line, words);
        return;
    }
    while (!words->wrong) {
        if (words_skip(words, "seq"))
            sequence_number(words, &line->seq);
        else if (words_skip(words, "ack"))
            sequence_number(words, &line->ack);
        else if (words_skip(words, "len"))
            plain_number(words, &line->length, "len is the data's octets.");
        else if (words_skip(words, "win"))
            compared_number(words, &line->window,
                            "win is the window as sent: a number, >0, *.");
        else if (words_skip(words, "opt"))
            options(line, words);
        else if (words_skip(words, "is"))
            is(line, words);
        else
            return;
    }
}

/* ---- States, exits, output ---------------------------------------------- */

/* SYN-SENT is a word, FIN-WAIT-1 three. */
static void
state_line(struct line *line, struct words *words)
{
    line->kind = LINE_STATE;
    if (words_skip(words, "?"))
        return;
    struct span word = words_take(words);
    const char *end = words->next;
    if (words->end - end >= 2 && *end == '-')
        words->next = end += 2;
    struct span whole = { word.at, (size_t)(end - word.at) };
    int state = 0;
    while (state < STATES && !span_is(whole, state_name((enum tcp_state)state)))
        state++;
    line->state = (enum tcp_state)state;
    if (state == STATES)
        words_wrong(words, "\"%s\" is not a state.", whole,
                    "Write it as in RFC 9293: SYN-SENT, ESTABLISHED, "
                    "FIN-WAIT-1, TIME-WAIT ...");
    if (words_skip(words, "by")) {
        words_expect(words, "kernel", "Write WHO state STATE by kernel.");
        line->by_kernel = true;
    }
}

static void
exit_line(struct line *line, struct words *words)
{
    static const char right[] = "Write WHO exits 0, or WHO exits by SIGKILL.";
    line->kind = LINE_EXIT;
    if (!words_skip(words, "by")) {
        plain_number(words, &line->status, right);
        return;
    }
    line->status.how = WANTED_ERROR;
    line->status.name = words_name(words, right);
    if (line->status.name.bytes < 4 || memcmp(line->status.name.at, "SIG", 3))
        words_wrong(words, "\"%s\" is not a signal.", line->status.name, right);
}

void
line_read(struct line *line, struct words *words)
{
    static const char right[] =
        "A line begins with who does it: client, server, client2 ...";
    line->least = line->most = 1;
    if (words_skip(words, "nothing")) {
        line->kind = LINE_NOTHING;
        return;
    }
    line->who = words_name(words, right);
    if (words_skip(words, ">"))
        segment_line(line, words, false);
    else if (words_skip(words, "<"))
        segment_line(line, words, true);
    else if (words_skip(words, "state"))
        state_line(line, words);
    else if (words_skip(words, "exits"))
        exit_line(line, words);
    else if (words_skip(words, "prints")) {
        line->kind = LINE_PRINT;
        line->words = words_string(words, "Write WHO prints \"TEXT\".");
    } else
        call_line(line, words);
    line->asks = words->asks;
}

/* ---- What qualifies a line ---------------------------------------------- */

/* x2, x2..5, x2.. */
static void
repeated(struct line *line, struct words *words)
{
    static const char right[] =
        "Write x3, x2..5, or x2.. for no end; at most x1000.";
    struct span word = words_take(words);
    struct words number = { .next = word.at + 1, .end = word.at + word.bytes };
    int64_t least, most;
    if (!words_number(&number, &least))
        least = -1;
    most = least;
    if (words_skip(words, "..") && !words_number(words, &most))
        most = 0;
    if (least < 0 || least > LINE_REPEATED || most > LINE_REPEATED ||
        (most && most < least) || (!most && !least && word.bytes < 2)) {
        words_wrong(words, "\"%s\" does not say how often.", word, right);
        return;
    }
    line->least = (uint32_t)least;
    line->most = (uint32_t)most;
}

static void
relation(struct line *line, struct words *words, enum relation_kind kind)
{
    struct line *other = calloc(1, sizeof *other);
    if (!other || line->relation_count == LINE_RELATIONS) {
        free(other);
        words_wrong(words, "There are too many relations.", (struct span){ 0 },
                    "At most four stand behind a line.");
        return;
    }
    line->relations[line->relation_count++] = (struct relation){ kind, other };
    line_read(other, words);
    if (!words->wrong && other->kind == LINE_NOTHING)
        words_wrong(words, "\"nothing\" has no time of its own.",
                    (struct span){ 0 }, "Name a call or a segment.");
}

/* arrives later, arrives 0.25s later */
static void
arrival(struct line *line, struct words *words)
{
    line->fate |= WANTED_LATER;
    if (words_skip(words, "later"))
        return;
    line->arrives_ns = words_time(words);
    words_expect(words, "later", "Write arrives 0.25s later.");
}

/* lost, twice, arrives 0.25s later. False: the word is none of them. */
static bool
takes_fate(struct line *line, struct words *words)
{
    if (line->kind != LINE_SEGMENT)
        return false;
    if (words_skip(words, "lost"))
        line->fate |= WANTED_LOST;
    else if (words_skip(words, "twice"))
        line->fate |= WANTED_TWICE;
    else if (words_skip(words, "arrives"))
        arrival(line, words);
    else
        return false;
    if (line->fate & WANTED_LOST && line->fate != WANTED_LOST)
        words_wrong(words, "What is lost does not arrive.", (struct span){ 0 },
                    "Write lost, or how it arrives.");
    return true;
}

static bool
is_repetition(struct span word)
{
    return word.bytes > 1 && *word.at == 'x' && word.at[1] >= '0' &&
           word.at[1] <= '9';
}

bool
line_is_qualified(struct words *words)
{
    struct span word = words_peek(words);
    return span_is(word, "before") || span_is(word, "after") ||
           span_is(word, "within") || span_is(word, "about");
}

void
line_qualify(struct line *line, struct words *words)
{
    while (!words->wrong && !words_at_end(words)) {
        struct span word = words_peek(words);
        if (words_skip(words, "before"))
            relation(line, words, RELATION_BEFORE);
        else if (words_skip(words, "after"))
            relation(line, words, RELATION_AFTER);
        else if (line->kind == LINE_NOTHING && words_skip(words, "until"))
            relation(line, words, RELATION_UNTIL);
        else if (words_skip(words, "within"))
            line->within_ns = words_time(words);
        else if (words_skip(words, "about"))
            line->about_ns = words_time(words);
        else if (is_repetition(word))
            repeated(line, words);
        else if (line->kind == LINE_CALL && words_skip(words, "from"))
            line->peer = words_name(words, "Write from and a program's name.");
        else if (takes_fate(line, words))
            continue;
        else
            words_wrong(words, "\"%s\" cannot stand here.", word,
                        "Behind a line stand before, after, within, about, "
                        "x2..5; a comment begins with #.");
    }
    line->asks |= words->asks;
}

void
line_clear(struct line *line)
{
    for (uint32_t i = 0; i < line->relation_count; i++) {
        line_clear(line->relations[i].line);
        free(line->relations[i].line);
    }
    free(line->text);
}
