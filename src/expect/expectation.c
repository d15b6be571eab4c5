/* expectation: a text, the facts of a trace, and what came out. */
#include "expectation.h"

#include <ctype.h>
#include <stdlib.h>

#include "match.h"

struct expectation {
    struct notation notation;
    struct facts facts;
    struct match match;
    struct expectation_line *lines;
    size_t count;
};

enum {
    WHY_ROOM = 1024
};

struct expectation *
expectation_new(const char *text, size_t bytes, struct expectation_error *error)
{
    struct expectation *e = calloc(1, sizeof *e);
    if (!e) {
        *error = (struct expectation_error){ .reason = "There is not enough "
                                                       "memory." };
        return NULL;
    }
    if (notation_read(&e->notation, text, bytes, error))
        return e;
    free(e);
    return NULL;
}

/* The strings in a line are its own, though callers may not change them. */
static void
free_const(const void *owned)
{
    free((void *)(uintptr_t)owned);
}

void
expectation_free(struct expectation *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < e->count; i++) {
        free_const(e->lines[i].why);
        free_const(e->lines[i].events);
    }
    free(e->lines);
    match_clear(&e->match);
    facts_clear(&e->facts);
    notation_clear(&e->notation);
    free(e);
}

void
expectation_server(struct expectation *e, const struct endpoint *server)
{
    e->match.addresses.server = *server;
    e->match.addresses.server_known = true;
}

void
expectation_blind(struct expectation *e, unsigned blind)
{
    e->match.blind = blind;
}

void
expectation_event(struct expectation *e, const struct event *event)
{
    facts_add(&e->facts, event);
}

/* ---- Results ------------------------------------------------------------ */

/* Does the fact show the line? */
static bool
shows(const struct match *match, size_t line, size_t fact)
{
    const struct trial *trial = &match->trials[line];
    const struct line *l = &match->notation->lines[line];
    if (match->owner[fact] == (int)line)
        return trial->first != FACT_NONE && (int)fact >= trial->first &&
               (int)fact <= trial->last;
    if (trial->first == FACT_NONE || (int)fact < trial->first ||
        (int)fact > trial->last)
        return false;
    const struct fact *f = &match->facts->items[fact];
    if (l->kind == LINE_STATE)
        return match_state_of(match, line, f) == (int)l->state;
    return (l->kind == LINE_EXIT && f->kind == FACT_EXIT) ||
           (l->kind == LINE_PRINT && f->kind == FACT_OUTPUT &&
            span_equal(f->who, l->who));
}

static bool
add_events(struct expectation *e, size_t line, struct expectation_line *result)
{
    size_t count = 0;
    for (size_t i = 0; i < e->facts.count; i++)
        count += shows(&e->match, line, i);
    uint64_t *events = calloc(count + 1, sizeof *events);
    if (!events)
        return false;
    result->events = events;
    for (size_t i = 0; i < e->facts.count; i++)
        if (shows(&e->match, line, i))
            events[result->event_count++] = e->facts.items[i].number;
    return true;
}

/* Sentences hold words from a trace: what a terminal would obey is left out. */
static char *
safe_copy(const char *from, size_t bytes)
{
    char *copy = malloc(bytes + 1);
    if (!copy)
        return NULL;
    while (bytes && from[bytes - 1] == ' ')
        bytes--;
    for (size_t i = 0; i < bytes; i++)
        copy[i] = isprint((unsigned char)from[i]) ? from[i] : '?';
    copy[bytes] = '\0';
    return copy;
}

static bool
add_why(struct expectation *e, size_t line, struct expectation_line *result)
{
    char room[WHY_ROOM];
    struct text why = text_over(room, sizeof room);
    int nearest = match_why(&e->match, line, &why);
    if (nearest != FACT_NONE)
        result->nearest = e->facts.items[nearest].number;
    if (room[0] >= 'a' && room[0] <= 'z' && why.next > room)
        room[0] = (char)toupper((unsigned char)room[0]);
    result->why = safe_copy(room, (size_t)(why.next - room));
    return result->why != NULL;
}

/* What a line that has no fault leaves open. */
static void
leave_open(struct expectation *e, size_t line)
{
    const struct line *l = &e->notation.lines[line];
    struct trial *trial = &e->match.trials[line];
    if (e->match.unjudged[line] != FAULT_NONE)
        trial->fault = e->match.unjudged[line];
    else if (trial->fault == FAULT_NONE && l->asks)
        trial->fault = STILL_ASKED;
    else if (trial->fault == FAULT_NONE && l->fate && !e->facts.has_fates)
        trial->fault = BLIND_TO_FATE;
}

static enum held
held_of(const struct expectation *e, size_t line)
{
    const struct line *l = &e->notation.lines[line];
    enum fault fault = e->match.trials[line].fault;
    if (l->choice && e->match.way[l->choice - 1] != l->way)
        return HELD_NOT_ASKED;
    if (match_is_fault(fault))
        return HELD_NO;
    return fault == FAULT_NONE ? HELD_YES : HELD_UNKNOWN;
}

static bool
add_result(struct expectation *e, size_t line)
{
    const struct line *l = &e->notation.lines[line];
    struct expectation_line *result = &e->lines[e->count];
    bool judged = l->kind != LINE_ANYTHING || l->asks;
    if (!judged)
        return true;
    if (l->kind == LINE_ANYTHING)
        e->match.unjudged[line] = STILL_ASKED;
    leave_open(e, line);
    *result = (struct expectation_line){ .text = l->text,
                                         .number = l->number,
                                         .held = held_of(e, line) };
    e->count++;
    if (result->held == HELD_NOT_ASKED)
        e->match.trials[line].fault = FAULT_NONE;
    return add_events(e, line, result) && add_why(e, line, result);
}

bool
expectation_judge(struct expectation *e)
{
    facts_join(&e->facts);
    e->match.notation = &e->notation;
    e->match.facts = &e->facts;
    match_find_addresses(&e->match);
    e->lines = calloc(e->notation.count + 1, sizeof *e->lines);
    if (!e->lines || e->facts.failed || !match_run(&e->match))
        return false;
    for (size_t i = 0; i < e->notation.count; i++)
        if (!add_result(e, i))
            return false;
    return true;
}

const struct expectation_line *
expectation_line(const struct expectation *e, size_t index)
{
    return index < e->count ? &e->lines[index] : NULL;
}

const struct expectation_line *
expectation_failure(const struct expectation *e)
{
    for (size_t i = 0; i < e->count; i++)
        if (e->lines[i].held == HELD_NO)
            return &e->lines[i];
    return NULL;
}

enum held
expectation_held(const struct expectation *e)
{
    bool unknown = false;
    for (size_t i = 0; i < e->count; i++) {
        if (e->lines[i].held == HELD_NO)
            return HELD_NO;
        unknown |= e->lines[i].held == HELD_UNKNOWN;
    }
    return unknown ? HELD_UNKNOWN : HELD_YES;
}

bool
expectation_gave_up(const struct expectation *e)
{
    return e->match.gave_up;
}
