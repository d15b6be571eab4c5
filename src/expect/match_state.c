/* match_state: states, exits, and what was printed. */
#include "match.h"

#include <string.h>
#include <sys/wait.h>

/* ---- States ------------------------------------------------------------- */

/* Which end of its connection is the program of a state line? */
static enum role
role_of(const struct match *match, size_t line)
{
    const struct group *group = &match->groups[match->places[line].group];
    bool first = span_equal(match->notation->lines[line].who, group->ends[0]);
    return first ? group->role : role_other(group->role);
}

static int
state_by_segment(const struct match *match, size_t line,
                 const struct fact *fact)
{
    int group = match->places[line].group;
    if (match->notation->lines[line].by_kernel || group == FACT_NONE ||
        !fact->connection ||
        fact->connection != match->groups[group].connection)
        return FACT_NONE;
    return fact->segment.after[role_of(match, line)];
}

/* A listening socket belongs to no connection. */
static int
state_by_kernel(const struct match *match, size_t line, const struct fact *fact)
{
    int group = match->places[line].group;
    bool elsewhere = group != FACT_NONE && fact->connection &&
                     fact->connection != match->groups[group].connection;
    bool listens = match->notation->lines[line].state == STATE_LISTEN;
    if (!span_equal(fact->who, match->notation->lines[line].who) || elsewhere ||
        listens != (fact->state == STATE_LISTEN))
        return FACT_NONE;
    return (int)fact->state;
}

int
match_state_of(const struct match *match, size_t line, const struct fact *fact)
{
    if (fact->kind == FACT_SEGMENT || fact->kind == FACT_ARRIVAL)
        return state_by_segment(match, line, fact);
    if (fact->kind == FACT_STATE)
        return state_by_kernel(match, line, fact);
    return FACT_NONE;
}

/* Where the nearest line above that has to do with it stands. */
static int
stands_after(const struct match *match, size_t line)
{
    const struct line *lines = match->notation->lines;
    for (size_t i = line; i-- > 0;) {
        const struct trial *trial = &match->trials[i];
        bool same = lines[i].kind == LINE_SEGMENT
                        ? match->places[i].group == match->places[line].group
                        : span_equal(lines[i].who, lines[line].who);
        if (!match_asks(match, i) || trial->first == FACT_NONE || !same ||
            lines[i].kind == LINE_EXIT || lines[i].kind == LINE_PRINT)
            continue;
        const struct fact *first = &match->facts->items[trial->first];
        bool joined = first->kind == FACT_RETURN && first->pair != FACT_NONE;
        return joined ? first->pair : trial->first;
    }
    return 0;
}

/* The state that holds at `from`, or else the first time that it comes. */
static int
find_state(const struct match *match, size_t line, int from, int *nearest)
{
    int wanted = (int)match->notation->lines[line].state, held = FACT_NONE;
    for (size_t i = 0; i < match->facts->count; i++) {
        int state = match_state_of(match, line, &match->facts->items[i]);
        if (state != FACT_NONE)
            *nearest = (int)i;
        if ((int)i <= from && state != FACT_NONE)
            held = state == wanted ? (held == FACT_NONE ? (int)i : held)
                                   : FACT_NONE;
        if ((int)i >= from && held != FACT_NONE)
            return held;
        if ((int)i > from && state == wanted)
            return (int)i;
    }
    return held;
}

static bool
is_short(enum tcp_state state)
{
    return state == STATE_SYN_SENT || state == STATE_SYN_RECEIVED ||
           state == STATE_FIN_WAIT_1 || state == STATE_LAST_ACK ||
           state == STATE_CLOSING;
}

/* The last fact in a row that tells the same state. */
static int
last_of(const struct match *match, size_t line, int first)
{
    int last = first;
    int wanted = (int)match->notation->lines[line].state;
    for (size_t i = (size_t)first; i < match->facts->count; i++) {
        int state = match_state_of(match, line, &match->facts->items[i]);
        if (state == wanted)
            last = (int)i;
        else if (state != FACT_NONE)
            break;
    }
    return last;
}

/* Does the line stand above `line`, or its fact where that one's state is looked
 * for? */
static bool
comes_before(const struct match *match, size_t other, size_t line)
{
    int fact = match->trials[other].first;
    return other < line ||
           (fact != FACT_NONE && fact <= stands_after(match, line));
}

/* A segment of the connection that is wrong by itself, so that states behind it
 * follow from it; FACT_NONE: none is. */
static int
wrong_before(const struct match *match, size_t line)
{
    for (size_t i = match->notation->count; i-- > 0;)
        if (match->notation->lines[i].kind == LINE_SEGMENT &&
            match->places[i].group == match->places[line].group &&
            match_is_fault(match->trials[i].fault) &&
            comes_before(match, i, line))
            return (int)i;
    return FACT_NONE;
}

static void
judge_state(struct match *match, size_t line)
{
    const struct line *l = &match->notation->lines[line];
    struct trial *trial = &match->trials[line];
    int nearest = FACT_NONE;
    int fact = find_state(match, line, stands_after(match, line), &nearest);
    if (fact != FACT_NONE) {
        trial->first = fact;
        trial->last = last_of(match, line, fact);
    } else if (l->by_kernel && is_short(l->state)) {
        match_fault(match, line, BLIND_TO_SHORT_STATE, nearest, FACT_NONE);
    } else if (wrong_before(match, line) != FACT_NONE) {
        match_fault(match, line, BLIND_BY_FAULT, nearest,
                    wrong_before(match, line));
    } else {
        match_fault(match, line, FAULT_MISSING, nearest, FACT_NONE);
    }
}

/* ---- Exits -------------------------------------------------------------- */

bool
match_status_fits(const struct wanted *wanted, uint32_t status)
{
    int code = (int)status;
    if (wanted->how == WANTED_ANY)
        return true;
    if (wanted->how == WANTED_NUMBER)
        return WIFEXITED(code) && WEXITSTATUS(code) == wanted->number;
    const char *name = WIFSIGNALED(code) ? sigabbrev_np(WTERMSIG(code)) : NULL;
    struct span rest = { wanted->name.at + 3, wanted->name.bytes - 3 };
    return name && span_is(rest, name);
}

static void
judge_exit(struct match *match, size_t line)
{
    const struct line *l = &match->notation->lines[line];
    struct trial *trial = &match->trials[line];
    int found = FACT_NONE;
    for (size_t i = 0; i < match->facts->count && found == FACT_NONE; i++) {
        const struct fact *fact = &match->facts->items[i];
        if (fact->kind == FACT_EXIT && fact->is_first &&
            span_equal(fact->who, l->who))
            found = (int)i;
    }
    if (found == FACT_NONE) {
        match_fault(match, line, FAULT_MISSING, FACT_NONE, FACT_NONE);
        return;
    }
    trial->first = trial->last = found;
    if (!match_status_fits(&l->status, match->facts->items[found].status))
        match_fault(match, line, FAULT_DIFFERS, found, FACT_NONE);
}

/* ---- Output ------------------------------------------------------------- */

/* What a program printed, octet by octet, over the bounds of events. */
struct tape {
    const struct match *match;
    struct span who;
    size_t fact, offset;
};

/* The next octet, or -1; without the CR that a terminal puts before LF. */
static int
tape_next(struct tape *tape)
{
    const struct facts *facts = tape->match->facts;
    for (; tape->fact < facts->count; tape->fact++, tape->offset = 0) {
        const struct fact *fact = &facts->items[tape->fact];
        if (fact->kind != FACT_OUTPUT || !span_equal(fact->who, tape->who))
            continue;
        while (tape->offset < fact->data.bytes)
            if (fact->data.at[tape->offset++] != '\r')
                return (unsigned char)fact->data.at[tape->offset - 1];
    }
    return -1;
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next octet of a text in quotes: \n, \t, \x1b, \" and \\ are one. */
static int
quoted_next(struct span *text)
{
    static const char letters[] = "nrt", octets[] = "\n\r\t";
    const char *at = text->at;
    size_t used = *at == '\\' && text->bytes > 1 ? 2 : 1;
    int octet = (unsigned char)at[used - 1];
    const char *letter = used == 2 ? strchr(letters, at[1]) : NULL;
    if (letter && *letter) {
        octet = octets[letter - letters];
    } else if (used == 2 && at[1] == 'x' && text->bytes > 3 &&
               hex_digit(at[2]) >= 0 && hex_digit(at[3]) >= 0) {
        octet = hex_digit(at[2]) * 16 + hex_digit(at[3]);
        used = 4;
    }
    text->at += used;
    text->bytes -= used;
    return octet;
}

/* Does `text` stand at the tape? Then the tape moves behind it. */
static bool
tape_says(struct tape *tape, struct span text)
{
    struct tape ahead = *tape;
    while (text.bytes)
        if (quoted_next(&text) != tape_next(&ahead))
            return false;
    *tape = ahead;
    return true;
}

/* Behind what the line above that is about this program found. */
static struct tape
tape_for(const struct match *match, size_t line)
{
    const struct line *lines = match->notation->lines;
    struct tape tape = { .match = match, .who = lines[line].who };
    for (size_t i = line; i-- > 0;)
        if (lines[i].kind == LINE_PRINT && match_asks(match, i) &&
            span_equal(lines[i].who, tape.who) &&
            match->trials[i].last != FACT_NONE) {
            tape.fact = (size_t)match->trials[i].last;
            tape.offset = match->trials[i].printed;
            break;
        }
    return tape;
}

static void
judge_print(struct match *match, size_t line)
{
    struct trial *trial = &match->trials[line];
    struct tape tape = tape_for(match, line), last;
    int nearest = FACT_NONE;
    do {
        last = tape;
        if (tape_says(&tape, match->notation->lines[line].words)) {
            int octet = tape_next(&last);
            trial->first = octet < 0 ? FACT_NONE : (int)last.fact;
            trial->last = octet < 0 ? FACT_NONE : (int)tape.fact;
            trial->printed = tape.offset;
            return;
        }
    } while (tape_next(&tape) >= 0 && (nearest = (int)tape.fact) >= 0);
    match_fault(match, line, FAULT_MISSING, nearest, FACT_NONE);
}

void
match_states(struct match *match)
{
    for (size_t i = 0; i < match->notation->count; i++) {
        enum line_kind kind = match->notation->lines[i].kind;
        if (!match_asks(match, i))
            continue;
        if (kind == LINE_STATE)
            judge_state(match, i);
        else if (kind == LINE_EXIT)
            judge_exit(match, i);
        else if (kind == LINE_PRINT)
            judge_print(match, i);
    }
}
