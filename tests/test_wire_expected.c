/* What the wire does, expected: lost, twice, arrives later; and it bites. */
#include "claim.h"

#include <stdio.h>
#include <string.h>

#include "../capture/source.h"
#include "../src/answer/expression.h"
#include "../src/expect/expectation.h"
#include "scratch.h"
#include "wire_trace.h"

enum {
    SYN = SEG_SYN,
    ACK = SEG_ACK,
    FIN = SEG_FIN | SEG_ACK,
    PSH = SEG_PSH | SEG_ACK,
    SYN_ACK = SEG_SYN | SEG_ACK,
};

/* What becomes of a segment. */
enum way {
    WAY_AT_ONCE,
    WAY_LOST,
    WAY_TWICE,
    WAY_LATER,    // 250 ms
    WAY_A_LITTLE, // 10 ms
    WAY_NOT_TOLD, // it is in the air when the trace ends
    WAYS,
};

struct leg {
    int from;
    uint16_t flags;
    uint32_t seq, ack;
    const char *data;
    enum way way;
    uint32_t line; // that asks for its way; 0: none does
};

enum {
    LEGS = 9
};

static const struct leg legs[LEGS] = {
    { CLIENT, SYN, 1000, 0, "", WAY_LOST, 1 },
    { CLIENT, SYN, 1000, 0, "", WAY_AT_ONCE, 0 },
    { SERVER, SYN_ACK, 5000, 1001, "", WAY_LATER, 4 },
    { CLIENT, ACK, 1001, 5001, "", WAY_A_LITTLE, 0 },
    { CLIENT, PSH, 1001, 5001, "hello", WAY_TWICE, 7 },
    { SERVER, PSH, 5001, 1006, "five", WAY_A_LITTLE, 8 },
    { CLIENT, FIN, 1006, 5005, "", WAY_AT_ONCE, 0 },
    { SERVER, FIN, 5005, 1007, "", WAY_AT_ONCE, 0 },
    { CLIENT, ACK, 1007, 5006, "", WAY_LOST, 11 },
};

static const char text[] =
    "client > server SYN seq A lost\n"
    "client > server SYN seq A is retransmission\n"
    "server state SYN-RECEIVED\n"
    "client < server SYN-ACK seq B ack A+1 arrives 0.25s later\n"
    "client state ESTABLISHED\n"
    "client > server ACK seq A+1 ack B+1\n"
    "client > server DATA seq A+1 len 5 twice\n"
    "client < server DATA seq B+1 len 4 arrives later\n"
    "client > server FIN seq A+6\n"
    "client < server FIN seq B+5\n"
    "client > server ACK seq A+7 ack B+6 lost\n";

static void
travel(struct wire_trace *wire, uint64_t frame, enum way way)
{
    static const double milliseconds[WAYS] = {
        [WAY_LATER] = 250, [WAY_A_LITTLE] = 10
    };
    if (way == WAY_LOST)
        is_lost(wire, frame, "rule 1: drop");
    if (way == WAY_LOST || way == WAY_NOT_TOLD)
        return;
    if (way == WAY_TWICE)
        fate(wire, frame, FATE_DOUBLED, "rule 2: duplicate");
    wire_trace_wait(wire, milliseconds[way]);
    arrives(wire, frame);
    if (way == WAY_TWICE)
        arrives(wire, frame);
}

/* The trace of all legs, the one at `altered` going another way. */
static const char *
trace_with(int altered, enum way way)
{
    struct wire_trace wire;
    const char *path = scratch_path("expected.pcapng");
    wire_trace_begin(&wire, path);
    for (int i = 0; i < LEGS; i++) {
        const struct leg *leg = &legs[i];
        uint64_t frame =
            leaves(&wire, leg->from, leg->flags, leg->seq, leg->ack, leg->data);
        travel(&wire, frame, i == altered ? way : leg->way);
        wire_trace_wait(&wire, 1);
    }
    wire_trace_end(&wire);
    return path;
}

static void
take(void *context, const struct event *event)
{
    expectation_event(context, event);
}

/* Every event of the trace goes to `give`. */
static void
follow(const char *path, event_fn *give, void *context)
{
    struct source_error refused;
    struct source *source = source_open_file(path, NULL, &refused);
    struct events *events = events_new(100, give, context);
    struct packet packet;
    struct decoded decoded;
    assert_non_null(source);
    while (source_next(source, &packet) == SOURCE_PACKET) {
        decode_packet(&packet, &decoded);
        events_packet(events, &packet, &decoded);
    }
    events_end_capture(events);
    events_free(events);
    source_close(source);
}

static struct expectation *
judge(const char *expected, const char *path)
{
    struct expectation_error error;
    struct expectation *e = expectation_new(expected, strlen(expected), &error);
    if (!e)
        fail_msg("line %u: %s", error.line, error.reason);
    follow(path, take, e);
    assert_true(expectation_judge(e));
    return e;
}

static void
print_lines(const struct expectation *e)
{
    const struct expectation_line *line;
    for (size_t i = 0; (line = expectation_line(e, i)); i++)
        print_message("%d %s: %s\n", line->held, line->text, line->why);
}

static void
what_the_wire_did_holds(void **state)
{
    (void)state;
    struct expectation *e = judge(text, trace_with(-1, WAY_AT_ONCE));
    if (expectation_held(e) != HELD_YES)
        print_lines(e);
    assert_int_equal(expectation_held(e), HELD_YES);
    expectation_free(e);
}

/* Would the line hold with this way too? */
static bool
is_as_good(const struct leg *leg, enum way way)
{
    return way == leg->way || (leg->line == 8 && way == WAY_LATER);
}

static void
an_altered_fate_fails_exactly_its_line(void **state)
{
    (void)state;
    for (int i = 0; i < LEGS; i++)
        for (int way = 0; way < WAYS; way++) {
            if (!legs[i].line || is_as_good(&legs[i], (enum way)way))
                continue;
            struct expectation *e = judge(text, trace_with(i, (enum way)way));
            const struct expectation_line *line;
            uint32_t failed = 0;
            for (size_t j = 0; (line = expectation_line(e, j)); j++)
                if (line->held == HELD_NO)
                    failed = failed ? UINT32_MAX : line->number;
            if (failed != legs[i].line) {
                print_lines(e);
                fail_msg("leg %d, way %d: line %u fails", i, way, failed);
            }
            expectation_free(e);
        }
}

/* Another way of the leg whose line is `line`, and what is said of it. */
static void
assert_why(uint32_t line, enum way way, const char *why)
{
    int leg = 0;
    while (legs[leg].line != line)
        leg++;
    struct expectation *e = judge(text, trace_with(leg, way));
    const struct expectation_line *failed = expectation_failure(e);
    assert_non_null(failed);
    if (!strstr(failed->why, why))
        fail_msg("%s", failed->why);
    expectation_free(e);
}

static void
a_fate_that_differs_is_said_in_a_sentence(void **state)
{
    (void)state;
    assert_why(1, WAY_AT_ONCE,
               "It was not lost: it arrived 0.010 ms after it left.");
    assert_why(11, WAY_NOT_TOLD, "It was still on its way at the end.");
    assert_why(4, WAY_LOST, "It was lost.");
    assert_why(4, WAY_AT_ONCE,
               "It arrived 0.010 ms after it left, not 250.000 ms.");
    assert_why(7, WAY_A_LITTLE, "It arrived once, not twice.");
    assert_why(8, WAY_AT_ONCE, "It arrived at once.");
}

/* ---- About that time ----------------------------------------------------- */

static enum held
held_after(const char *line, double milliseconds)
{
    struct wire_trace wire;
    const char *path = scratch_path("later.pcapng");
    wire_trace_begin(&wire, path);
    uint64_t syn = leaves(&wire, CLIENT, SYN, 1000, 0, "");
    wire_trace_wait(&wire, milliseconds - 0.01);
    arrives(&wire, syn);
    wire_trace_end(&wire);
    struct expectation *e = judge(line, path);
    enum held held = expectation_held(e);
    expectation_free(e);
    return held;
}

static void
a_time_holds_within_a_quarter_or_20_ms(void **state)
{
    (void)state;
    const char *long_way = "client > server SYN arrives 0.4s later\n";
    const char *short_way = "client > server SYN arrives 30ms later\n";
    assert_int_equal(held_after(long_way, 301), HELD_YES);
    assert_int_equal(held_after(long_way, 499), HELD_YES);
    assert_int_equal(held_after(long_way, 299), HELD_NO);
    assert_int_equal(held_after(long_way, 501), HELD_NO);
    assert_int_equal(held_after(short_way, 11), HELD_YES);
    assert_int_equal(held_after(short_way, 49), HELD_YES);
    assert_int_equal(held_after(short_way, 9), HELD_NO);
    assert_int_equal(held_after(short_way, 51), HELD_NO);
}

static void
a_line_that_asks_for_no_fate_takes_any(void **state)
{
    (void)state;
    static const char line[] = "client > server SYN seq A x2\n...\n";
    struct expectation *e = judge(line, trace_with(-1, WAY_AT_ONCE));
    assert_int_equal(expectation_held(e), HELD_YES);
    expectation_free(e);
}

/* ---- Answers ------------------------------------------------------------- */

static void
keep(void *context, const struct event *event)
{
    facts_add(context, event);
}

static void
assert_answer(const char *key, const struct facts *facts, const char *expected)
{
    struct expectation_error error;
    struct answer answer;
    char words[64];
    struct text t = text_over(words, sizeof words - 1);
    struct expression *expression = expression_new(key, strlen(key), &error);
    if (!expression)
        fail_msg("%s: %s", key, error.reason);
    assert_true(expression_evaluate(expression, facts, &answer));
    value_write(&t, &answer.values[0]);
    *t.next = '\0';
    assert_string_equal(words, expected);
    answer_clear(&answer);
    expression_free(expression);
}

static void
a_key_may_ask_what_the_wire_did(void **state)
{
    (void)state;
    struct facts facts = { 0 };
    follow(trace_with(-1, WAY_AT_ONCE), keep, &facts);
    facts_join(&facts);
    assert_answer("count(client > server SYN lost)", &facts, "1");
    assert_answer("count(client > server DATA lost)", &facts, "0");
    assert_answer("len(client > server DATA twice)", &facts, "5");
    assert_answer("state(client, after client < server SYN-ACK)", &facts,
                  "ESTABLISHED");
    assert_answer("state(server, after client < server SYN-ACK)", &facts,
                  "SYN-RECEIVED");
    // It was lost: nothing comes after its arrival.
    assert_answer("state(server, after client > server SYN)", &facts, "LISTEN");
    facts_clear(&facts);
}

/* ---- The notation -------------------------------------------------------- */

static void
what_is_lost_does_not_arrive(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "client > server SYN lost twice\n",
        "client > server SYN arrives 1s later lost\n",
    };
    struct expectation_error error;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_null(expectation_new(wrong[i], strlen(wrong[i]), &error));
        assert_string_equal(error.reason, "What is lost does not arrive.");
        assert_true(*error.right);
    }
}

static void
every_prefix_of_the_text_is_read_or_refused(void **state)
{
    (void)state;
    for (size_t bytes = 0; bytes < sizeof text; bytes++) {
        struct expectation_error error;
        struct expectation *e = expectation_new(text, bytes, &error);
        assert_true(e || error.line > 0);
        expectation_free(e);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_wire_did_holds),
        cmocka_unit_test(an_altered_fate_fails_exactly_its_line),
        cmocka_unit_test(a_fate_that_differs_is_said_in_a_sentence),
        cmocka_unit_test(a_time_holds_within_a_quarter_or_20_ms),
        cmocka_unit_test(a_line_that_asks_for_no_fate_takes_any),
        cmocka_unit_test(a_key_may_ask_what_the_wire_did),
        cmocka_unit_test(what_is_lost_does_not_arrive),
        cmocka_unit_test(every_prefix_of_the_text_is_read_or_refused),
    };
    return RUN(tests);
}
