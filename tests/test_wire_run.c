/* Runs on a wire: what is held, how a run ends, and a wire that dies. */
#include "claim.h"

#include <stdio.h>
#include <string.h>

#include "command_line.h"
#include "scratch.h"
#include "traced.h"

/* A run of a server that listens, and of a client, which is that of lab 4 when
 * nothing is said. `keys` are words for printf(1). */
static struct ran
run_with(const char *keys, const char *options, const char *client)
{
    static const char talks[] =
        "exec labs/04-connect/client $TCPLAB_SERVER $TCPLAB_PORT hello";
    need_namespace();
    return run("printf '%s' | $TCPLAB trace --on wire --timeout 10 --as json "
               "-o %s %s --client '%s' --server "
               "'exec labs/04-connect/server $TCPLAB_SERVER $TCPLAB_PORT 0'",
               keys, scratch_path("wire.pcapng"), options,
               client ? client : talks);
}

/* So many fates of that kind were told. */
static int
fates(json_t *lines, const char *kind)
{
    size_t i;
    json_t *line;
    int count = 0;
    json_array_foreach(lines, i, line)
    {
        const char *fate = json_text(line, "fate");
        count += fate && !strcmp(fate, kind);
    }
    return count;
}

/* ---- What is held -------------------------------------------------------- */

static void
whatever_is_held_is_asked_about(void **state)
{
    (void)state;
    struct ran ran = run_with("", "--rule \"client > server any #1..100 hold\"",
                              "build/programs/datagrams 100");
    json_t *lines = json_lines(ran.out);
    assert_int_equal(fates(lines, "held"), 100);
    assert_int_equal(fates(lines, "lost"), 0);
    assert_int_equal(ran.status, 0);
    json_decref(lines);
    ran_free(&ran);
}

/* 140 characters; a rule has 119. */
static void
a_match_that_no_rule_can_be_is_refused_at_the_key(void **state)
{
    (void)state;
    char keys[256];
    snprintf(keys, sizeof keys, "\\nc client > server %120s FIN\\n", "");
    struct ran ran = run_with(keys, "--step=segment", NULL);
    assert_non_null(strstr(ran.err, "The rule is longer than 119 characters."));
    assert_int_equal(ran.status, 0);
    ran_free(&ran);
}

static void
a_question_about_a_datagram_says_what_is_held(void **state)
{
    (void)state;
    struct ran ran = run_with("", "--rule \"client > server any #1 hold\"",
                              "build/programs/datagrams 2");
    assert_non_null(strstr(ran.err, "UDP of CLIENT is in mid-air."));
    assert_int_equal(ran.status, 0);
    ran_free(&ran);
}

/* 300 frames pass while the first is held. */
static void
a_question_about_a_frame_of_long_ago_says_its_number(void **state)
{
    (void)state;
    struct ran ran = run_with("", "--rule \"client > server any #1 hold\"",
                              "build/programs/datagrams 300");
    assert_non_null(strstr(ran.err, "Frame 1 is in mid-air."));
    assert_int_equal(ran.status, 0);
    ran_free(&ran);
}

/* ---- The end ------------------------------------------------------------- */

static void
a_doubled_segment_that_is_lost_is_not_waited_for(void **state)
{
    (void)state;
    struct ran ran = run_with("\\n\\n\\nd\\n",
                              "--step=segment --rule \"DATA duplicate\"", NULL);
    json_t *lines = json_lines(ran.out);
    assert_int_equal(fates(lines, "lost"), 1);
    assert_null(strstr(ran.err, "--timeout"));
    assert_int_equal(ran.status, 0);
    json_decref(lines);
    ran_free(&ran);
}

static void
a_frame_that_nothing_overtakes_is_not_waited_for(void **state)
{
    (void)state;
    struct ran ran = run_with("l\\n", "--rule \"client > server any #1 hold\"",
                              "build/programs/datagrams 1");
    json_t *lines = json_lines(ran.out);
    assert_int_equal(fates(lines, "held"), 1);
    assert_int_equal(fates(lines, "lost"), 1);
    assert_null(strstr(ran.err, "--timeout"));
    assert_int_equal(ran.status, 0);
    json_decref(lines);
    ran_free(&ran);
}

/* The first process on a stage is the stage, and the second its wire. */
static void
without_its_wire_a_run_ends_and_says_so(void **state)
{
    (void)state;
    struct ran ran = run_with("", "", "kill -9 2; exec sleep 5");
    assert_non_null(strstr(ran.err, "the process of the wire died"));
    assert_null(strstr(ran.err, "--timeout"));
    assert_null(strstr(ran.err, "ended by signal"));
    assert_int_equal(ran.status, 3);
    ran_free(&ran);
}

static void
a_wire_that_was_stopped_is_a_wire_that_died(void **state)
{
    (void)state;
    struct ran ran = run_with("", "", "kill -STOP 2");
    assert_non_null(strstr(ran.err, "the process of the wire died"));
    assert_int_equal(ran.status, 3);
    ran_free(&ran);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_held_is_asked_about),
        cmocka_unit_test(a_match_that_no_rule_can_be_is_refused_at_the_key),
        cmocka_unit_test(a_question_about_a_datagram_says_what_is_held),
        cmocka_unit_test(a_question_about_a_frame_of_long_ago_says_its_number),
        cmocka_unit_test(a_doubled_segment_that_is_lost_is_not_waited_for),
        cmocka_unit_test(a_frame_that_nothing_overtakes_is_not_waited_for),
        cmocka_unit_test(without_its_wire_a_run_ends_and_says_so),
        cmocka_unit_test(a_wire_that_was_stopped_is_a_wire_that_died),
    };
    return cmocka_run_group_tests(tests, find_way, NULL);
}
