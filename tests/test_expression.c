/* expression: what a question's key computes, and what is wrong with one. */
#include "claim.h"

#include <stdio.h>
#include <string.h>

#include "../src/answer/expression.h"

/* ---- A trace ------------------------------------------------------------ */

enum {
    A = 0xfffffff0, // the client's numbers go round
    B = 5000,
};

/* A connection, in which everything is sent by 127.0.0.1. */
static struct fact_connection one = {
    .number = 1,
    .who = { [ROLE_CLIENT] = { "client", 6 }, [ROLE_SERVER] = { "server", 6 } },
    .isn = { [ROLE_CLIENT] = A, [ROLE_SERVER] = B },
    .isn_known = { true, true },
};

#define SPAN(words)                                                            \
    {                                                                          \
        words, sizeof words - 1                                                \
    }

#define CALL(n, program, called, returned)                                     \
    .kind = FACT_CALL, .number = n, .time_ns = n * 1000000, .connection = 1,   \
    .who = SPAN(program), .name = SPAN(called), .pair = returned

#define RETURN(n, program, called, entry, gave)                                \
    .kind = FACT_RETURN, .number = n, .time_ns = n * 1000000, .connection = 1, \
    .who = SPAN(program), .name = SPAN(called), .pair = entry,                 \
    .has_result = true, .result = gave

#define SEGMENT(n, sender)                                                     \
    .kind = FACT_SEGMENT, .number = n, .time_ns = n * 1000000,                 \
    .connection = 1, .role = sender, .has_role = true, .pair = FACT_NONE

static struct fact items[] = {
    { CALL(1, "client", "connect", 4) },
    { SEGMENT(2, ROLE_CLIENT),
      .segment = { .seq = A,
                   .flags = SEG_SYN,
                   .option_count = 2,
                   .options = { { 2, 1460 }, { 4, 0 } } } },
    { SEGMENT(3, ROLE_SERVER), .segment = { .seq = B,
                                            .ack = A + 1u,
                                            .flags = SEG_SYN | SEG_ACK,
                                            .window = 512 } },
    { SEGMENT(4, ROLE_CLIENT),
      .segment = { .seq = A + 1u,
                   .ack = B + 1,
                   .flags = SEG_ACK,
                   .after = { STATE_ESTABLISHED, STATE_ESTABLISHED } } },
    { RETURN(5, "client", "connect", 0, 0), .has_local = true },
    { CALL(6, "client", "send", 8), .argument_count = 4,
      .arguments = { SPAN("3"), SPAN("\"a, b\""), SPAN("4"), SPAN("0") } },
    { SEGMENT(7, ROLE_CLIENT), .segment = { .seq = A + 1u,
                                            .ack = B + 1,
                                            .flags = SEG_ACK | SEG_PSH,
                                            .data_length = 4 } },
    { SEGMENT(8, ROLE_CLIENT), .segment = { .seq = A + 1u,
                                            .ack = B + 1,
                                            .flags = SEG_ACK | SEG_PSH,
                                            .data_length = 4,
                                            .is = IS_RETRANSMISSION } },
    { RETURN(9, "client", "send", 5, 4) },
    { CALL(10, "client", "send", 10), .argument_count = 2,
      .arguments = { SPAN("3"), SPAN("{on 1, cwnd 10, rtt 20 ms, ...}") } },
    { RETURN(11, "client", "send", 9, -1), .error = SPAN("EPIPE") },
    { SEGMENT(12, ROLE_CLIENT),
      .segment = { .seq = A + 20u, .ack = B + 1, .flags = SEG_FIN | SEG_ACK } },
    { CALL(13, "server", "recv", FACT_NONE) },
    { .kind = FACT_STATE,
      .number = 14,
      .connection = 1,
      .who = SPAN("client"),
      .state = STATE_FIN_WAIT_2,
      .pair = FACT_NONE },
    { .kind = FACT_EXIT,
      .number = 15,
      .time_ns = 15000000,
      .who = SPAN("client"),
      .pair = FACT_NONE },
};

static const struct facts *
trace(void)
{
    static struct facts facts = { .has_calls = true,
                                  .has_packets = true,
                                  .items = items,
                                  .count = sizeof items / sizeof items[0],
                                  .connections = &one,
                                  .connection_count = 1 };
    endpoint_from_text("127.0.0.1:40000", &one.endpoints[ROLE_CLIENT]);
    endpoint_from_text("127.0.0.1:7004", &one.endpoints[ROLE_SERVER]);
    items[4].local = one.endpoints[ROLE_CLIENT];
    return &facts;
}

/* ---- Asking ------------------------------------------------------------- */

static struct answer
answer_of(const char *key)
{
    struct expectation_error error;
    struct answer answer;
    struct expression *expression = expression_new(key, strlen(key), &error);
    if (!expression)
        fail_msg("%s: %s %s", key, error.reason, error.right);
    assert_true(expression_evaluate(expression, trace(), &answer));
    expression_free(expression);
    return answer;
}

/* Values with ", " between them are `words`. */
static void
assert_answer(const char *key, const char *words)
{
    char room[512];
    struct text text = text_over(room, sizeof room - 1);
    struct answer answer = answer_of(key);
    for (size_t i = 0; i < answer.count; i++) {
        text_add(&text, i ? ", " : "");
        value_write(&text, &answer.values[i]);
    }
    *text.next = '\0';
    answer_clear(&answer);
    if (strcmp(room, words) != 0)
        fail_msg("%s is %s, not %s", key, room, words);
}

/* The key is refused, and why. */
static void
assert_wrong(const char *key, const char *reason)
{
    struct expectation_error error;
    struct expression *expression = expression_new(key, strlen(key), &error);
    if (expression)
        fail_msg("%s was taken", key);
    assert_string_equal(error.reason, reason);
    assert_true(error.right[0] != '\0');
}

/* ---- Claims ------------------------------------------------------------- */

static void
operators_bind_as_in_arithmetic(void **state)
{
    (void)state;
    assert_answer("1 + 2 * 3 - 8 / 4", "5");
    assert_answer("(1 + 2) * -3", "-9");
    assert_answer("2 + 2 = 4, 1 = 2", "yes, no");
    assert_answer("1 / 0", "not observable: It divides by 0.");
}

static void
a_difference_of_numbers_goes_round(void **state)
{
    (void)state;
    assert_answer("ack(client < server SYN-ACK) - A", "1");
    assert_answer("seq(client > server FIN) - A", "20");
    assert_answer("seq(client > server FIN)", "4");
    assert_answer("A + 20 = seq(client > server FIN)", "yes");
}

static void
a_segment_tells_its_header(void **state)
{
    (void)state;
    assert_answer("A, B", "4294967280, 5000");
    assert_answer("len(client > server DATA), win(client < server SYN-ACK)",
                  "4, 512");
    assert_answer("flags(client > server FIN)", "FIN+ACK");
    assert_answer("opt(client > server SYN, mss)", "1460");
    assert_answer("opt(client > server SYN, sack-permitted)", "yes");
    assert_answer("opt(client < server SYN-ACK, mss)", "none");
    assert_answer("ack(client > server SYN)",
                  "not observable: The segment acknowledges nothing.");
}

static void
a_call_tells_its_result(void **state)
{
    (void)state;
    assert_answer("result(client connect = *)", "0");
    assert_answer("result(client send), result(client send #2)", "4, -1");
    assert_answer("errno(client send = * #2), errno(client send = *)",
                  "EPIPE, none");
    assert_answer("result(server recv)",
                  "not observable: The call does not return in it.");
}

static void
an_argument_is_a_number_or_words(void **state)
{
    (void)state;
    assert_answer("arg(client send(3, \"a, b\", 4, 0), 3)", "4");
    assert_answer("arg(client send, 2)", "\"a, b\"");
    assert_answer("arg(client send, 5)",
                  "not observable: The call has not so many arguments.");
}

static void
a_field_has_a_name(void **state)
{
    (void)state;
    assert_answer("field(client send #2, on), field(client send #2, cwnd)",
                  "1, 10");
    assert_answer("field(client send #2, rtt)", "20");
    assert_answer("field(client send #2, win)",
                  "not observable: The call says nothing of that name.");
    assert_answer("field(client send #2, wnd)",
                  "not observable: The call says nothing of that name.");
    assert_answer("field(client send, cwnd)",
                  "not observable: The call says nothing of that name.");
}

static void
names_are_of_sockets_and_senders(void **state)
{
    (void)state;
    assert_answer("local(client connect = 0)", "127.0.0.1:40000");
    assert_answer("port(local(client connect = 0))", "40000");
    assert_answer("remote(client > server SYN)", "127.0.0.1:7004");
    assert_answer("remote(client connect = 0)",
                  "not observable: The socket has no peer then.");
}

static void
a_count_has_bounds_and_passes_over_what_is_sent_again(void **state)
{
    (void)state;
    assert_answer("count(client > server DATA)", "1");
    assert_answer("count(client > server DATA is retransmission)", "1");
    assert_answer("count(client send, after client connect = 0)", "2");
    assert_answer("count(client send, after client connect = 0,"
                  " before client send #2)",
                  "1");
    assert_answer("count(server accept)", "0");
    assert_answer("count(client send, before server accept)",
                  "not observable: \"server accept\" does not happen in it.");
}

static void
nothing_is_counted_where_nobody_looked(void **state)
{
    (void)state;
    struct facts *facts = (struct facts *)(uintptr_t)trace();
    facts->has_packets = false;
    assert_answer("count(client > server RST)",
                  "not observable: Nobody captured its segments.");
    facts->has_packets = true;
    facts->has_calls = false;
    assert_answer("count(client close)", "not observable: It holds no calls.");
    facts->has_calls = true;
}

static void
a_state_is_the_last_one_that_was_told(void **state)
{
    (void)state;
    assert_answer("state(server, after client > server ACK)", "ESTABLISHED");
    assert_answer("state(client, after client state FIN-WAIT-2)", "FIN-WAIT-2");
}

static void
a_time_is_since_the_first_event(void **state)
{
    (void)state;
    assert_answer("time(client > server FIN) - time(client > server SYN)",
                  "10.000 ms");
    assert_answer("time(client exits 0)", "14.000 ms");
}

static void
what_is_not_there_is_named(void **state)
{
    (void)state;
    assert_answer("seq(client < server RST)",
                  "not observable: \"client < server RST\" does not happen in "
                  "it.");
    assert_answer("result(client send = * #5)",
                  "not observable: \"client send = *\" happens 2 times in it, "
                  "not 5 times.");
    assert_answer("1 + B of 2",
                  "not observable: There are not so many connections in it.");
}

static void
a_number_in_a_line_is_its_connection_s(void **state)
{
    (void)state;
    assert_answer("count(client > server FIN seq A+20 ack B+1)", "1");
    assert_answer("count(client > server FIN seq A+21)", "0");
}

static void
an_answer_names_its_events_once_and_in_order(void **state)
{
    (void)state;
    struct answer answer = answer_of("ack(client < server SYN-ACK) - A + A");
    assert_int_equal(answer.event_count, 2);
    assert_int_equal(answer.events[0], 2);
    assert_int_equal(answer.events[1], 3);
    assert_true(answer_is_known(&answer));
    answer_clear(&answer);
}

static void
a_wrong_key_is_refused_and_said_why(void **state)
{
    (void)state;
    assert_wrong("", "The key ends too early.");
    assert_wrong("1 +", "The key ends too early.");
    assert_wrong("1 2", "\"2\" cannot stand here.");
    assert_wrong("C", "\"C\" cannot stand here.");
    assert_wrong("A of B", "\"B\" is not the number of a connection.");
    assert_wrong("seq(client connect = 0)",
                 "\"client connect = 0\" is not a segment.");
    assert_wrong("errno(client > server SYN)",
                 "\"client > server SYN\" is not a call.");
    assert_wrong("seq(client > server PSH)",
                 "\"PSH\" is not the name of a segment.");
    assert_wrong("seq(client > server SYN seq X)", "No line sets \"X\".");
    assert_wrong("opt(client > server SYN, md5)", "\"md5\" is not an option.");
    assert_wrong("arg(client send, 7)", "\"7\" is not the number of an "
                                        "argument.");
    assert_wrong("field(client send)", "\")\" cannot stand here.");
    assert_wrong("count(client send, until client close)",
                 "\"until\" cannot stand here.");
    assert_wrong("time(client prints \"x\")",
                 "\"client prints \"x\"\" is not a call, segment, state or "
                 "exit.");
    assert_wrong("count(client send before client close)",
                 "\"client send before client close\" says more than what "
                 "happens.");
    assert_wrong("result(client send #0)", "\"client send #0\" has no number "
                                           "behind the #.");
}

static void
brackets_in_brackets_have_a_bound(void **state)
{
    (void)state;
    char deep[200000];
    struct expectation_error error;
    memset(deep, '(', sizeof deep);
    assert_null(expression_new(deep, sizeof deep, &error));
    memset(deep, '-', sizeof deep);
    assert_null(expression_new(deep, sizeof deep, &error));
    assert_string_equal(error.reason, "There are too many brackets.");
}

static void
every_prefix_of_a_key_is_taken_or_refused(void **state)
{
    (void)state;

    static const char key[] =
        "port(local(client connect(3, server:port) = 0 #2)) * -(A of 2 - B) / "
        "count(client > server DATA seq A+1, after client send = *, before "
        "server close), state(client, after client < server FIN) = 3";
    struct expectation_error error;
    for (size_t i = 0; i < sizeof key; i++) {
        struct expression *expression = expression_new(key, i, &error);
        struct answer answer;
        if (!expression)
            continue;
        assert_true(expression_evaluate(expression, trace(), &answer));
        answer_clear(&answer);
        expression_free(expression);
    }
}

static void
a_program_connected_to_itself_has_one_end(void **state)
{
    (void)state;
    struct fact_connection usual = one;
    struct fact segment = items[3];
    one.who[ROLE_SERVER] = one.who[ROLE_CLIENT];
    items[3].segment.after[ROLE_SERVER] = STATE_CLOSED;
    assert_answer("state(client, after client > client ACK)", "ESTABLISHED");
    items[3] = segment;
    one = usual;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators_bind_as_in_arithmetic),
        cmocka_unit_test(a_difference_of_numbers_goes_round),
        cmocka_unit_test(a_segment_tells_its_header),
        cmocka_unit_test(a_call_tells_its_result),
        cmocka_unit_test(an_argument_is_a_number_or_words),
        cmocka_unit_test(a_field_has_a_name),
        cmocka_unit_test(names_are_of_sockets_and_senders),
        cmocka_unit_test(a_count_has_bounds_and_passes_over_what_is_sent_again),
        cmocka_unit_test(nothing_is_counted_where_nobody_looked),
        cmocka_unit_test(a_state_is_the_last_one_that_was_told),
        cmocka_unit_test(a_time_is_since_the_first_event),
        cmocka_unit_test(what_is_not_there_is_named),
        cmocka_unit_test(a_number_in_a_line_is_its_connection_s),
        cmocka_unit_test(an_answer_names_its_events_once_and_in_order),
        cmocka_unit_test(a_wrong_key_is_refused_and_said_why),
        cmocka_unit_test(brackets_in_brackets_have_a_bound),
        cmocka_unit_test(every_prefix_of_a_key_is_taken_or_refused),
        cmocka_unit_test(a_program_connected_to_itself_has_one_end),
    };

    return RUN(tests);
}
