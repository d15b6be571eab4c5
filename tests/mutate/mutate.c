/*
 * mutate: does each line of an expected timeline bite?
 *
 *     mutate EXCEPTIONS NAME ADDRESS:PORT TRACE EXPECTED ...
 *
 * Each event that shows a line is taken out of the trace, moved before the one
 * above it in its lane, and altered in each thing that the line asks for. Then
 * exactly that line should fail; after a move, that line or the other one.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/expect/expectation.h"
#include "../../src/expect/fact.h"
#include "exceptions.h"
#include "trace.h"

enum {
    LINES_MAX = 200, // that are told
};

/* What is judged: a text, and the trace that shows it. */
struct lesson {
    const char *name; // "04-connect.hello"
    struct endpoint server;
    char *text;
    size_t bytes;
    struct notation notation;
    struct trace trace;
    const struct exceptions *exceptions;
    size_t line_of[1 << 16]; // a record each: the line it shows, from 1; or 0
    // A record each: that of the same segment behind a router; or 0. Who alters
    // the one alters the other, or nobody could have seen it so.
    size_t behind[1 << 16];
    unsigned made, bitten, excused;
};

/* ---- Judging ------------------------------------------------------------ */

struct run {
    struct expectation *expectation;
    size_t record;
    size_t record_of[1 << 17]; // an event each
    size_t *behind;            // as lesson's; NULL: nobody asks
};

static void
take(void *context, const struct event *event)
{
    struct run *run = context;
    if (event->number < 1 << 17 && event->kind != EVENT_CONNECTION)
        run->record_of[event->number] = run->record;
    if (event->kind == EVENT_CROSSING && run->behind && !event->ends_there)
        run->behind[run->record_of[event->flight->event]] = run->record;
    expectation_event(run->expectation, event);
}

/* The text, held against a trace; for expectation_free(). */
static struct expectation *
judge(const struct lesson *lesson, const struct trace *trace, struct run *run)
{
    struct expectation_error error;
    struct decoded decoded;
    struct events *events = events_new(1000, take, run);
    run->expectation = expectation_new(lesson->text, lesson->bytes, &error);
    if (!events || !run->expectation)
        errx(3, "%s: line %u: %s", lesson->name, error.line, error.reason);
    expectation_server(run->expectation, &lesson->server);
    for (run->record = 0; run->record < trace->count; run->record++) {
        const struct packet *packet = &trace->records[run->record].packet;
        decode_packet(packet, &decoded);
        events_packet(events, packet, &decoded);
    }
    events_end_capture(events);
    events_free(events);
    if (!expectation_judge(run->expectation))
        errx(3, "not enough memory");
    return run->expectation;
}

static struct run scratch;

/* The lines that fail, by their numbers in the text. */
struct failures {
    uint32_t lines[LINES_MAX];
    size_t count;
};

static struct failures
failing_lines(const struct lesson *lesson, const struct trace *trace)
{
    struct failures failures = { 0 };
    struct expectation *e = judge(lesson, trace, &scratch);
    const struct expectation_line *line;
    for (size_t i = 0; (line = expectation_line(e, i)); i++)
        if (line->held == HELD_NO && failures.count < LINES_MAX)
            failures.lines[failures.count++] = line->number;
    expectation_free(e);
    return failures;
}

/* ---- One mutation ------------------------------------------------------- */

static void
tell(const struct lesson *lesson, const struct line *line, const char *how,
     const struct failures *failures)
{
    printf("%s\t%s\t%s\tline %u should fail;", lesson->name, line->text, how,
           line->number);
    for (size_t i = 0; i < failures->count; i++)
        printf(" %u", failures->lines[i]);
    puts(failures->count ? (failures->count > 1 ? " do" : " does")
                         : " none does");
}

/* A mutated trace should make `line` fail, or `other`. */
static void
expect(struct lesson *lesson, struct trace *mutant, const struct line *line,
       const struct line *other, const char *how)
{
    struct failures failures = failing_lines(lesson, mutant);
    bool bites =
        failures.count == 1 && (failures.lines[0] == line->number ||
                                (other && failures.lines[0] == other->number));
    bool excused = exceptions_has(lesson->exceptions, lesson->name, line->text,
                                  how, bites);
    lesson->made++;
    lesson->bitten += bites;
    lesson->excused += excused && !bites;
    if (!bites && !excused)
        tell(lesson, line, how, &failures);
    trace_clear(mutant);
}

static void
remove_event(struct lesson *lesson, size_t record, const struct line *line)
{
    struct trace mutant = trace_copy(&lesson->trace);
    if (lesson->behind[record])
        trace_remove(&mutant, lesson->behind[record]); // it stands below
    trace_remove(&mutant, record);
    expect(lesson, &mutant, line, NULL, "remove");
}

static void
alter_event(struct lesson *lesson, size_t record, const struct line *line)
{
    for (int part = 0; part < PARTS; part++) {
        struct trace mutant = trace_copy(&lesson->trace);
        size_t behind = lesson->behind[record];
        bool altered = trace_alter(&mutant, record, line, (enum part)part);
        if (altered && behind)
            trace_alter(&mutant, behind, line, (enum part)part);
        if (altered)
            expect(lesson, &mutant, line, NULL, part_names[part]);
        else
            trace_clear(&mutant);
    }
}

static bool
is_same_lane(const struct line *a, const struct line *b)
{
    return a->kind == b->kind && span_equal(a->who, b->who) &&
           (a->kind == LINE_CALL ||
            (a->kind == LINE_SEGMENT && a->block == b->block &&
             span_equal(a->peer, b->peer)));
}

static const struct line *
line_at(const struct lesson *lesson, size_t number)
{
    for (size_t i = 0; i < lesson->notation.count; i++)
        if (lesson->notation.lines[i].number == number)
            return &lesson->notation.lines[i];
    return NULL;
}

/* Before the event above that shows another line of the lane. */
static void
swap_event(struct lesson *lesson, size_t record, const struct line *line)
{
    for (size_t above = record; above-- > 0;) {
        const struct line *other = line_at(lesson, lesson->line_of[above]);
        if (!other || !is_same_lane(line, other))
            continue;
        if (other == line)
            return;
        struct trace mutant = trace_copy(&lesson->trace);
        trace_move(&mutant, record, above);
        expect(lesson, &mutant, line, other, "swap");
        return;
    }
}

/* ---- A lesson ----------------------------------------------------------- */

/* Which record shows which line? States are told by other lines' segments. */
static void
find_records(struct lesson *lesson)
{
    static struct run run;
    run.behind = lesson->behind;
    struct expectation *e = judge(lesson, &lesson->trace, &run);
    const struct expectation_line *line;
    for (size_t i = 0; (line = expectation_line(e, i)); i++) {
        const struct line *said = line_at(lesson, line->number);
        if (line->held == HELD_NO)
            errx(1, "%s: line %u does not hold before anything is altered: %s",
                 lesson->name, line->number, line->text);
        if (line->held != HELD_YES || said->kind == LINE_STATE)
            continue;
        for (size_t j = 0; j < line->event_count; j++)
            lesson->line_of[run.record_of[line->events[j]]] = line->number;
    }
    expectation_free(e);
}

static void
mutate(struct lesson *lesson)
{
    for (size_t i = 0; i < lesson->trace.count; i++) {
        const struct line *line = line_at(lesson, lesson->line_of[i]);
        if (!line)
            continue;
        remove_event(lesson, i, line);
        swap_event(lesson, i, line);
        alter_event(lesson, i, line);
    }
}

static void
load(struct lesson *lesson, char **argv)
{
    struct expectation_error error;
    FILE *file = fopen(argv[3], "r");
    size_t size = 0;
    if (!endpoint_from_text(argv[1], &lesson->server))
        errx(2, "%s: not ADDRESS:PORT", argv[1]);
    lesson->name = argv[0];
    ssize_t n = file ? getdelim(&lesson->text, &size, '\0', file) : -1;
    if (n < 0)
        err(3, "%s", argv[3]);
    fclose(file);
    lesson->bytes = (size_t)n;
    lesson->trace = trace_load(argv[2]);
    if (lesson->trace.count >= 1 << 16)
        errx(3, "%s: too long", argv[2]);
    if (!notation_read(&lesson->notation, lesson->text, lesson->bytes, &error))
        errx(3, "%s: line %u: %s", argv[3], error.line, error.reason);
}

int
main(int argc, char **argv)
{
    if (argc < 6 || (argc - 2) % 4)
        errx(2, "usage: mutate EXCEPTIONS {NAME ADDRESS:PORT TRACE EXPECTED}");
    struct exceptions exceptions = exceptions_load(argv[1]);
    unsigned made = 0, bitten = 0, excused = 0;
    for (int i = 2; i < argc; i += 4) {
        static struct lesson lesson;
        lesson = (struct lesson){ .exceptions = &exceptions };
        load(&lesson, argv + i);
        find_records(&lesson);
        mutate(&lesson);
        printf("%-28s %5u mutations %5u bite %4u excused\n", lesson.name,
               lesson.made, lesson.bitten, lesson.excused);
        made += lesson.made;
        bitten += lesson.bitten;
        excused += lesson.excused;
        trace_clear(&lesson.trace);
        notation_clear(&lesson.notation);
        free(lesson.text);
    }
    printf("%-28s %5u mutations %5u bite %4u excused\n", "all", made, bitten,
           excused);
    bool stale = exceptions_tell_stale(&exceptions);
    exceptions_clear(&exceptions);
    return made == bitten + excused && !stale ? 0 : 1;
}
