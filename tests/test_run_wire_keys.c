/* Segments stopped in mid-air, from outside: keys, questions, long holding. */
#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "wire_run.h"

/* What `show` says of the run that was last. */
static struct ran
shown(const char *options)
{
    return run("$TCPLAB show %s %s", options, scratch_path("wire.pcapng"));
}

static void
assert_shown(const char *options, const char *words)
{
    struct ran ran = shown(options);
    if (!strstr(ran.out, words))
        fail_msg("not shown: %s\n%s", words, ran.out);
    ran_free(&ran);
}

/* ---- Keys ---------------------------------------------------------------- */

static void
a_syn_ack_dropped_by_hand_is_sent_again(void **state)
{
    (void)state;
    struct wire_run r = wire_run(
        "printf 'c client < server SYN-ACK\\nd\\nc\\n'", "4 --step=segment");
    json_t *first = wire_segment(&r, "server", "syn-ack", 1);
    assert_fate(&r, first, "held", "stepping");
    assert_fate(&r, first, "lost", "by hand");
    assert_int_equal(wire_fates(&r, first, "arrived"), 0);
    json_t *second = wire_segment(&r, "server", "syn-ack", 2);
    assert_true(wire_is(second, "retransmission"));
    assert_int_equal(r.ran.status, 0);
    json_t *server = json_object_get(assert_ended_well(&r), "server");
    assert_true(json_number(server, "lost") >= 1);
    assert_shown("", "lost (by hand)");
    wire_run_free(&r);
}

static void
data_doubled_by_hand_arrives_twice_and_is_read_once(void **state)
{
    (void)state;
    struct wire_run r = wire_run("printf 'c client > server DATA\\n2\\nc\\n'",
                                 "4 --variant hello --step=segment");
    json_t *data = wire_segment(&r, "client", "data", 1);
    assert_fate(&r, data, "doubled", "by hand");
    assert_int_equal(wire_fates(&r, data, "arrived"), 2);
    assert_false(wire_is(wire_fate(&r, data, "arrived", 1), "duplicate"));
    assert_true(wire_is(wire_fate(&r, data, "arrived", 2), "duplicate"));
    assert_int_equal(wire_segments(&r, "client", "data"), 1);
    assert_int_equal(r.ran.status, 0);
    assert_ended_well(&r);
    assert_shown("", "doubled (by hand)");
    assert_shown("", "a duplicate: its receiver has all of it");
    assert_shown("", "recv returned 5: \"hello\"");
    wire_run_free(&r);
}

static void
data_overtaken_by_its_fin_is_read_before_the_end(void **state)
{
    (void)state;
    struct wire_run r = wire_run(
        "printf 'c client > server DATA\\nl\\n\\nc\\n'", "7 --step=segment");
    json_t *data = wire_segment(&r, "client", "data", 1);
    json_t *fin = wire_segment(&r, "client", "fin", 1);
    json_t *data_came = wire_fate(&r, data, "arrived", 1);
    json_t *fin_came = wire_fate(&r, fin, "arrived", 1);
    assert_true(wire_time(data) < wire_time(fin));
    assert_true(wire_time(fin_came) < wire_time(data_came));
    assert_true(wire_is(fin_came, "gap"));
    assert_true(wire_is(data_came, "out-of-order"));
    assert_string_equal(json_text(data_came, "why"), "by hand");
    assert_ended_well(&r);
    assert_shown("", "recv returned 3: \"bye\"");
    wire_run_free(&r);
}

static void
what_comes_right_behind_the_awaited_segment_is_held_too(void **state)
{
    (void)state;
    struct wire_run r = wire_run("printf 'c client > server DATA\\n\\n\\nc\\n'",
                                 "7 --step=segment");
    assert_fate(&r, wire_segment(&r, "client", "data", 1), "held", "stepping");
    assert_fate(&r, wire_segment(&r, "client", "fin", 1), "held", "stepping");
    assert_int_equal(
        wire_fates(&r, wire_segment(&r, "client", "syn", 1), "held"), 1);
    assert_int_equal(
        wire_fates(&r, wire_segment(&r, "server", "syn-ack", 1), "held"), 0);
    wire_run_free(&r);
}

static void
a_wrong_match_is_told_and_the_question_stays(void **state)
{
    (void)state;
    struct wire_run r = wire_run(
        "printf 'c nonsense\\nc client > server\\nc client < server SYN-ACK"
        "\\nd\\nc\\n'",
        "4 --step=segment");
    assert_non_null(strstr(r.ran.err, "c nonsense: column"));
    assert_fate(&r, wire_segment(&r, "server", "syn-ack", 1), "lost",
                "by hand");
    assert_ended_well(&r);
    wire_run_free(&r);
}

static void
r_draws_the_header_of_the_held_segment(void **state)
{
    (void)state;
    struct wire_run r = wire_run(
        "printf 'c client < server SYN-ACK\\nr\\nc\\n'", "4 --step=segment");
    char number[64];
    snprintf(number, sizeof number, "%lld",
             json_number(wire_segment(&r, "server", "syn-ack", 1), "seq"));
    char *drawing = strstr(r.ran.err, "sequence number");
    assert_non_null(drawing);
    assert_non_null(strstr(drawing, number));
    assert_non_null(strstr(drawing, "checksum: right"));
    assert_non_null(strstr(drawing, "option: MSS 1460"));
    wire_run_free(&r);
}

static void
a_shows_the_last_step_again(void **state)
{
    (void)state;
    need_wire();
    struct ran ran = run("printf '\\na\\nq\\n' | $TCPLAB run 4 --step=segment "
                         "-o %s",
                         scratch_path("again.pcapng"));
    assert_int_equal(ran.status, 1);
    char *first = strstr(ran.out, "- - - SYN seq A -");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "- - - SYN seq A -"));
    ran_free(&ran);
}

static void
q_ends_the_run_and_what_is_held_is_lost(void **state)
{
    (void)state;
    struct wire_run r = wire_run("printf 'c client < server SYN-ACK\\nq\\n'",
                                 "4 --step=segment");
    assert_int_equal(r.ran.status, 1);
    assert_fate(&r, wire_segment(&r, "server", "syn-ack", 1), "lost",
                "the wire was taken away");
    assert_non_null(strstr(r.ran.err, "client was ended by signal 9"));
    wire_run_free(&r);
}

static void
keys_about_segments_only_help_at_a_call(void **state)
{
    (void)state;
    struct wire_run r =
        wire_run("(printf 'd\\n2\\nl\\nr\\n'; yes '')", "4 --step=both");
    int helped = 0;
    for (char *at = r.ran.err; (at = strstr(at, "let the call happen")); at++)
        helped++;
    assert_int_equal(helped, 4);
    assert_int_equal(r.ran.status, 0);
    // Calls were asked about, and segments.
    assert_non_null(strstr(r.ran.err, "CLIENT will call connect("));
    assert_non_null(strstr(r.ran.err, "SYN-ACK of SERVER is in mid-air."));
    json_t *fates = json_of_kind(r.lines, "fate");
    size_t i;
    json_t *fate;
    json_array_foreach(fates, i, fate)
    {
        assert_string_not_equal(json_text(fate, "fate"), "lost");
        assert_string_not_equal(json_text(fate, "fate"), "doubled");
    }
    json_decref(fates);
    assert_ended_well(&r);
    wire_run_free(&r);
}

/* ---- Questions ----------------------------------------------------------- */

/* Behind what is there already: the segment's name, and both states. */
static const char *
question_of(const char *line)
{
    const char *at = strstr(line, "in mid-air. ");
    for (int i = 0; at && i < 3; i++)
        at = strstr(at, ". ") ? strstr(at, ". ") + 2 : NULL;
    return at;
}

static void
a_held_segments_question_names_neither_what_comes_nor_who(void **state)
{
    (void)state;
    static const char *const spoilers[] = {
        "SYN",     "ACK",    "FIN",  "RST",    "DATA",    "CLIENT", "SERVER",
        "client",  "server", "WAIT", "CLOSED", "ESTAB",   "retran", "kernel",
        "connect", "accept", "recv", "send",   "returned"
    };
    struct wire_run r = wire_run("yes ''", "4 --variant hello --step=segment");
    int questions = 0;
    for (char *line = strtok(r.ran.err, "\n"); line;
         line = strtok(NULL, "\n")) {
        if (!strstr(line, "is in mid-air"))
            continue;
        const char *question = question_of(line);
        assert_non_null(question);
        assert_non_null(strchr(question, '?'));
        questions++;
        for (size_t i = 0; i < sizeof spoilers / sizeof spoilers[0]; i++)
            assert_null(strstr(question, spoilers[i]));
    }
    assert_true(questions >= 10);
    wire_run_free(&r);
}

/* The first is lost by a rule; the program asks a third time. */
/* Each of them is delivered by a key of its own, and the lab goes as ever. */
static void
datagrams_and_icmp_stop_in_mid_air(void **state)
{
    (void)state;
    struct wire_run r = wire_run("printf '\\n\\n'", "20 --step=segment");
    assert_non_null(strstr(r.ran.err, "UDP of CLIENT is in mid-air. "));
    assert_non_null(strstr(r.ran.err, "UDP of SERVER is in mid-air. "));
    assert_int_equal(r.ran.status, 0);
    wire_run_free(&r);
    r = wire_run("printf '\\n\\n'", "20 --variant nobody --step=segment");
    assert_non_null(strstr(r.ran.err, "ICMP of SERVER is in mid-air. "));
    assert_int_equal(r.ran.status, 0);
    wire_run_free(&r);
}

static void
an_awaited_datagram_stops_and_is_lost_by_hand(void **state)
{
    (void)state;
    struct wire_run r = wire_run("printf 'c client > server UDP #2\nr\nd\nc\n'",
                                 "20 --variant lost --step=both "
                                 "--rule \"client > server UDP #1 drop\"");
    assert_non_null(strstr(r.ran.err, "UDP of CLIENT is in mid-air. "));
    assert_non_null(strstr(r.ran.err, "It is no TCP segment"));
    assert_int_equal(r.ran.status, 1); // two datagrams are expected
    assert_shown("", "- - - UDP lost (rule 1: drop)");
    assert_shown("", "- - - UDP held (stepping)");
    assert_shown("", "- - - UDP lost (by hand)");
    assert_shown("", "asked 3 times, received 5 bytes");
    wire_run_free(&r);
}

/* ---- Holding long -------------------------------------------------------- */

static const char held_syn_ack[] =
    "--rule \"client < server SYN-ACK #1 hold\" --timeout 3";

static void
a_connection_survives_a_syn_ack_held_for_longer_than_its_time(void **state)
{
    (void)state;
    char options[128];
    snprintf(options, sizeof options, "4 %s", held_syn_ack);
    // The second repetition comes after 3 s, and the run would end then.
    struct wire_run r = wire_run("(sleep 3.6; echo)", options);
    assert_int_equal(r.ran.status, 0);
    assert_ended_well(&r);
    json_t *first = wire_segment(&r, "server", "syn-ack", 1);
    assert_fate(&r, first, "held", "rule 1: hold");
    assert_fate(&r, first, "arrived", "by hand");
    assert_true(wire_time(wire_fate(&r, first, "arrived", 1)) -
                    wire_time(first) >
                3400000000);
    int again = wire_segments(&r, "server", "syn-ack");
    assert_true(again >= 3);
    for (int i = 2; i <= again; i++) {
        json_t *one = wire_segment(&r, "server", "syn-ack", i);
        assert_true(wire_is(one, "retransmission"));
        assert_fate(&r, one, "lost", "sent again while the first is held");
    }
    // The client repeats its SYN, which arrived: that says nothing new either.
    assert_true(wire_segments(&r, "client", "syn") >= 2);
    assert_fate(&r, wire_segment(&r, "client", "syn", 2), "lost",
                "sent again while another is held");
    assert_shown("", "lost (sent again while the first");
    wire_run_free(&r);
}

/* The programs have ended by then: nobody but the segment is waited for. */
static void
the_last_fin_and_its_ack_may_be_held_as_long(void **state)
{
    (void)state;
    struct wire_run r = wire_run(
        "(printf 'c client < server FIN\n'; sleep 4; echo; sleep 3; echo)",
        "4 --step=segment --timeout 3");
    assert_int_equal(r.ran.status, 0);
    json_t *one = assert_ended_well(&r);
    assert_string_equal(json_text(one, "closing"), "four-segment");
    assert_string_equal(json_text(json_object_get(one, "server"), "state"),
                        "CLOSED");
    wire_run_free(&r);
}

static void
with_resent_what_is_sent_again_arrives(void **state)
{
    (void)state;
    char options[128];
    snprintf(options, sizeof options, "4 --resent %s", held_syn_ack);
    struct wire_run r = wire_run("(sleep 1.6; echo)", options);
    assert_int_equal(r.ran.status, 0);
    assert_ended_well(&r);
    json_t *first = wire_segment(&r, "server", "syn-ack", 1);
    json_t *second = wire_segment(&r, "server", "syn-ack", 2);
    assert_int_equal(wire_fates(&r, second, "lost"), 0);
    assert_true(wire_time(wire_fate(&r, second, "arrived", 1)) <
                wire_time(wire_fate(&r, first, "arrived", 1)));
    wire_run_free(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_syn_ack_dropped_by_hand_is_sent_again),
        cmocka_unit_test(data_doubled_by_hand_arrives_twice_and_is_read_once),
        cmocka_unit_test(data_overtaken_by_its_fin_is_read_before_the_end),
        cmocka_unit_test(
            what_comes_right_behind_the_awaited_segment_is_held_too),
        cmocka_unit_test(a_wrong_match_is_told_and_the_question_stays),
        cmocka_unit_test(r_draws_the_header_of_the_held_segment),
        cmocka_unit_test(a_shows_the_last_step_again),
        cmocka_unit_test(q_ends_the_run_and_what_is_held_is_lost),
        cmocka_unit_test(keys_about_segments_only_help_at_a_call),
        cmocka_unit_test(
            a_held_segments_question_names_neither_what_comes_nor_who),
        cmocka_unit_test(datagrams_and_icmp_stop_in_mid_air),
        cmocka_unit_test(an_awaited_datagram_stops_and_is_lost_by_hand),
        cmocka_unit_test(
            a_connection_survives_a_syn_ack_held_for_longer_than_its_time),
        cmocka_unit_test(the_last_fin_and_its_ack_may_be_held_as_long),
        cmocka_unit_test(with_resent_what_is_sent_again_arrives),
    };
    return cmocka_run_group_tests(tests, find_wire, NULL);
}
