/* tcplab run, live: lab 04 in a private network. */
#include "claim.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command_line.h"
#include "scratch.h"

/* The way this machine gives; NULL: none that makes packets. */
static const char *way;

static int
find_way(void **state)
{
    (void)state;
    static const char *const ways[] = { "namespace", "root", "loopback" };
    for (int i = 0; i < 3 && !way; i++) {
        struct ran ran = run("$TCPLAB run 4 --way %s --summary", ways[i]);
        if (ran.status == 0)
            way = ways[i];
        ran_free(&ran);
    }
    return 0;
}

static void
need_way(void)
{
    if (way)
        return;
    print_message("skipped: no way to capture here\n");
    skip();
}

/* The one connection line of a run. */
static json_t *
connection_of(const char *out)
{
    json_t *lines = json_lines(out);
    json_t *connections = json_of_kind(lines, "connection");
    assert_int_equal(json_array_size(connections), 1);
    json_t *c = json_incref(json_array_get(connections, 0));
    json_decref(connections);
    json_decref(lines);
    return c;
}

/* ---- What the lab shows ------------------------------------------------- */

static void
lab_04_is_a_handshake_and_a_close_of_four_segments(void **state)
{
    (void)state;
    need_way();
    static const char *const first_words[] = {
        "syn", "syn-ack", "ack", "fin", "ack", "fin", "ack",
    };
    struct ran ran = run("$TCPLAB run 4 --way %s --as json", way);
    assert_int_equal(ran.status, 0);
    json_t *lines = json_lines(ran.out);
    json_t *segments = json_of_kind(lines, "segment"), *segment;
    size_t i;
    assert_int_equal(json_array_size(segments), 7);
    json_array_foreach(segments, i, segment)
    {
        json_t *is = json_object_get(segment, "is");
        json_t *last = json_array_get(is, json_array_size(is) - 1);
        bool handshake = i == 2;
        assert_string_equal(
            json_string_value(handshake ? json_array_get(is, 1) : last),
            first_words[i]);
    }
    json_t *c = connection_of(ran.out);
    assert_string_equal(json_text(c, "opening"), "three-way");
    assert_string_equal(json_text(c, "closing"), "four-segment");
    assert_string_equal(json_text(c, "first_fin"), "client");
    json_decref(c);
    json_decref(segments);
    json_decref(lines);
    ran_free(&ran);
}

/* The next "rel N, abs M" at or behind *at; NULL at the end. */
static const char *
next_numbers(const char *at, long long *relative, long long *absolute)
{
    at = strstr(at, "(rel ");
    if (!at || sscanf(at, "(rel %lld, abs %lld)", relative, absolute) != 2)
        return NULL;
    return at + 1;
}

static void
assert_numbers(const char **at, json_t *segment, const char *rel,
               const char *abs)
{
    long long relative, absolute;
    *at = next_numbers(*at, &relative, &absolute);
    assert_non_null(*at);
    assert_int_equal(relative, json_number(segment, rel));
    assert_int_equal(absolute, json_number(segment, abs));
}

static void
every_number_in_the_text_equals_the_one_in_the_json(void **state)
{
    (void)state;
    need_way();
    const char *path = scratch_path("run.pcapng");
    struct ran text = run(
        "$TCPLAB run 4 --variant hello --way %s -o %s --as text", way, path);
    struct ran json = run("$TCPLAB show --as json %s", path);
    assert_int_equal(text.status, 0);
    json_t *lines = json_lines(json.out);
    json_t *segments = json_of_kind(lines, "segment"), *segment;
    const char *at = text.out;
    size_t i;
    assert_true(json_array_size(segments) >= 9);
    json_array_foreach(segments, i, segment)
    {
        assert_numbers(&at, segment, "rel_seq", "seq");
        if (!json_is_null(json_object_get(segment, "ack")))
            assert_numbers(&at, segment, "rel_ack", "ack");
    }
    long long relative, absolute;
    assert_null(next_numbers(at, &relative, &absolute));
    json_decref(segments);
    json_decref(lines);
    ran_free(&text);
    ran_free(&json);
}

static void
a_saved_run_shows_the_same_again(void **state)
{
    (void)state;
    need_way();
    const char *path = scratch_path("again.pcapng");
    struct ran live = run("$TCPLAB run 4 --way %s -o %s", way, path);
    struct ran saved = run("$TCPLAB show %s", path);
    assert_string_equal(live.out, saved.out);
    ran_free(&live);
    ran_free(&saved);
}

/* ---- The verdict follows what is changed -------------------------------- */

static void
the_verdict_follows_the_payload(void **state)
{
    (void)state;
    need_way();
    struct ran ran =
        run("$TCPLAB run 4 --way %s --as json --client "
            "'labs/04-connect/client $TCPLAB_SERVER $TCPLAB_PORT 12345'",
            way);
    json_t *c = connection_of(ran.out);
    assert_int_equal(json_number(json_object_get(c, "client"), "bytes"), 5);
    assert_int_equal(json_number(json_object_get(c, "server"), "bytes"), 5);
    json_decref(c);
    ran_free(&ran);
}

static void
the_verdict_follows_the_port(void **state)
{
    (void)state;
    need_way();
    struct ran ran = run("$TCPLAB run 4 --way %s --port 7444", way);
    assert_int_equal(ran.status, 0);
    assert_non_null(strstr(ran.out, "SERVER 127.0.0.1:7444"));
    assert_non_null(strstr(ran.out, "not the\n  server's 7444"));
    ran_free(&ran);
}

static void
the_verdict_follows_the_closing_side(void **state)
{
    (void)state;
    need_way();
    struct ran ran =
        run("$TCPLAB trace --way %s --as json "
            "--server 'build/programs/closes_first $TCPLAB_PORT bye' "
            "--client 'build/programs/reads_all $TCPLAB_PORT'",
            way);
    assert_int_equal(ran.status, 0);
    json_t *c = connection_of(ran.out);
    assert_string_equal(json_text(c, "first_fin"), "server");
    assert_string_equal(json_text(json_object_get(c, "server"), "state"),
                        "TIME-WAIT");
    assert_int_equal(json_number(json_object_get(c, "server"), "bytes"), 3);
    json_decref(c);
    ran_free(&ran);
}

static void
the_handouts_changes_change_what_it_says(void **state)
{
    (void)state;
    need_way();
    struct ran at_once =
        run("$TCPLAB run 7 --variant three --way %s --as json", way);
    json_t *c = connection_of(at_once.out);
    assert_string_equal(json_text(c, "closing"), "three-segment");
    json_decref(c);
    ran_free(&at_once);
    struct ran hello =
        run("$TCPLAB run 4 --variant hello --way %s --as text", way);
    assert_non_null(strstr(hello.out, "FIN (flags FIN+ACK) seq A+6 (rel 6"));
    ran_free(&hello);
}

/* ---- What goes wrong ---------------------------------------------------- */

static void
a_server_that_never_listens_is_a_result(void **state)
{
    (void)state;
    need_way();
    struct ran ran = run("$TCPLAB run 4 --way %s --server 'exit 7'", way);
    assert_int_equal(ran.status, 1);
    assert_non_null(strstr(ran.err, "listen() of server never succeeded"));
    assert_non_null(strstr(ran.err, "server ended with exit status 7"));
    assert_non_null(strstr(ran.err, "client was not started"));
    ran_free(&ran);
}

/* What is expected is judged, whoever looks. */
static void
a_quiet_lab_is_judged(void **state)
{
    (void)state;
    need_way();
    struct ran right = run("$TCPLAB run 4 --way %s --quiet", way);
    struct ran wrong =
        run("$TCPLAB run 4 --way %s --quiet --server 'exit 7'", way);
    assert_string_equal(right.out, "");
    assert_string_equal(wrong.out, "");
    assert_int_equal(right.status, 0);
    assert_int_equal(wrong.status, 1);
    assert_non_null(strstr(right.err, "of the expected timeline hold"));
    ran_free(&right);
    ran_free(&wrong);
}

static void
a_program_that_never_ends_is_ended(void **state)
{
    (void)state;
    need_way();
    struct ran ran = run("$TCPLAB run 4 --way %s --timeout 1 --client "
                         "'exec sleep 1000'",
                         way);
    assert_int_equal(ran.status, 1);
    assert_non_null(strstr(ran.err, "--timeout"));
    assert_non_null(strstr(ran.err, "ended by signal 9"));
    ran_free(&ran);
}

/* Does a `sleep NUMBER` run? The brackets keep the search from finding itself.
 */
static bool
is_alive(const char *number)
{
    struct ran ran = run("cat /proc/[0-9]*/cmdline 2>/dev/null | "
                         "tr '\\0' ' ' | grep -c 'sleep [%c]%s'",
                         number[0], number + 1);
    bool alive = atoi(ran.out) > 0;
    ran_free(&ran);
    return alive;
}

static void
children_of_a_program_end_with_it(void **state)
{
    (void)state;
    need_way();
    struct ran ran = run("$TCPLAB run 4 --way %s --timeout 1 "
                         "--server 'sleep 98765431 & wait'",
                         way);
    assert_int_equal(ran.status, 1);
    ran_free(&ran);
    assert_false(is_alive("98765431"));
    if (!strcmp(way, "loopback"))
        return; // without a namespace, a session of its own gets away
    ran = run("$TCPLAB run 4 --way %s --timeout 1 "
              "--server 'setsid sleep 98765432 & wait'",
              way);
    ran_free(&ran);
    assert_false(is_alive("98765432"));
}

/* Start a lab that would last, send `signal` once it runs, and wait. */
static void
interrupt_with(const char *signal, const char *mark)
{
    struct ran ran =
        run("$TCPLAB run 4 --way %s --timeout 50 "
            "--client 'touch %s; sleep %s' & p=$!; "
            "until [ -e %s ]; do :; done; kill -%s $p; wait $p",
            way, scratch_path(mark), mark, scratch_path(mark), signal);
    ran_free(&ran);
}

static void
every_signal_that_ends_it_ends_its_programs(void **state)
{
    (void)state;
    need_way();
    interrupt_with("INT", "98765433");
    interrupt_with("TERM", "98765434");
    interrupt_with("HUP", "98765435");
    interrupt_with("KILL", "98765436");
    // After KILL nobody waits for the stage: it hears that its caller died.
    for (int i = 0; i < 200 && is_alive("9876543[3-6]"); i++)
        sched_yield();
    assert_false(is_alive("98765433"));
    assert_false(is_alive("98765434"));
    assert_false(is_alive("98765435"));
    assert_false(is_alive("98765436"));
}

static void
a_closed_standard_output_is_not_written_to_a_file(void **state)
{
    (void)state;
    need_way();
    const char *path = scratch_path("closed.pcapng");
    struct ran ran = run("$TCPLAB run 4 --way %s -o %s >&- <&-", way, path);
    assert_int_equal(ran.status, 3);
    ran_free(&ran);
    ran = run("$TCPLAB show --summary %s", path);
    assert_int_equal(ran.status, 0);
    ran_free(&ran);
}

static void
a_file_that_cannot_be_saved_is_told_before_the_lab_runs(void **state)
{
    (void)state;
    struct ran ran = run("$TCPLAB run 4 -o /no/such/folder/file");
    assert_int_equal(ran.status, 3);
    assert_null(strstr(ran.err, "way in"));
    ran_free(&ran);
}

static void
segments_are_shown_while_the_lab_still_runs(void **state)
{
    (void)state;
    need_way();
    // The server leaves a mark when it ends; the SYN is read before that.
    const char *mark = scratch_path("ended");
    struct ran ran =
        run("$TCPLAB run 4 --way %s --server 'labs/04-connect/server "
            "$TCPLAB_SERVER $TCPLAB_PORT 500; touch %s' 2>/dev/null | "
            "while read -r line; do case $line in *FIN-WAIT-1*) "
            "[ -e %s ] && echo late || echo live; break;; esac; done",
            way, mark, mark);
    assert_string_equal(ran.out, "live\n");
    ran_free(&ran);
}

static void
a_reader_that_leaves_ends_the_lab_quietly(void **state)
{
    (void)state;
    need_way();
    struct ran ran =
        run("{ $TCPLAB run 4 --way %s --timeout 20 --server "
            "'exec labs/04-connect/server $TCPLAB_SERVER $TCPLAB_PORT 60000'; "
            "echo $? >&2; } 2>%s | head -1 >/dev/null; tail -1 %s",
            way, scratch_path("said"), scratch_path("said"));
    assert_string_equal(ran.out, "0\n");
    ran_free(&ran);
}

static void
a_client_that_dies_leaves_its_packets(void **state)
{
    (void)state;
    need_way();
    struct ran ran =
        run("$TCPLAB run 4 --way %s --as json --client 'labs/04-connect/client "
            "$TCPLAB_SERVER $TCPLAB_PORT; kill -SEGV $$'",
            way);
    assert_int_equal(ran.status, 1);
    assert_non_null(strstr(ran.out, "\"closing\":\"four-segment\""));
    assert_non_null(strstr(ran.err, "client was ended by signal 11"));
    ran_free(&ran);
}

static void
programs_on_the_stage_have_no_privilege(void **state)
{
    (void)state;
    need_way();
    struct ran ran = run("$TCPLAB run 4 --way %s --server "
                         "'grep Cap /proc/self/status; exit 1'",
                         way);
    assert_non_null(strstr(ran.out, "CapEff:\\t0000000000000000"));
    assert_non_null(strstr(ran.out, "CapPrm:\\t0000000000000000"));
    ran_free(&ran);
    if (strcmp(way, "loopback") == 0)
        return; // the port's threshold is the machine's own there
    ran = run("$TCPLAB run 4 --way %s --port 80", way);
    assert_int_equal(ran.status, 1);
    assert_non_null(strstr(ran.out, "EACCES (Permission denied)"));
    ran_free(&ran);
}

static void
the_recorded_trace_needs_nothing(void **state)
{
    (void)state;
    struct ran ran = run("$TCPLAB run 4 --recorded --as json");
    assert_int_equal(ran.status, 0);
    assert_non_null(strstr(ran.err, "a recorded trace"));
    assert_non_null(strstr(ran.out, "\"closing\":\"four-segment\""));
    ran_free(&ran);
}

static void
an_edited_program_is_built_again_and_the_compiler_line_shown(void **state)
{
    (void)state;
    need_way();
    struct ran ran =
        run("cp -R labs $TCPLAB %s/ && cd %s && touch -d '+1 hour' "
            "labs/04-connect/client.c && ./tcplab run 4 --way %s --summary",
            scratch_folder(), scratch_folder(), way);
    assert_int_equal(ran.status, 0);
    assert_non_null(strstr(ran.err, "cc -g -o "));
    ran_free(&ran);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lab_04_is_a_handshake_and_a_close_of_four_segments),
        cmocka_unit_test(every_number_in_the_text_equals_the_one_in_the_json),
        cmocka_unit_test(a_saved_run_shows_the_same_again),
        cmocka_unit_test(the_verdict_follows_the_payload),
        cmocka_unit_test(the_verdict_follows_the_port),
        cmocka_unit_test(the_verdict_follows_the_closing_side),
        cmocka_unit_test(the_handouts_changes_change_what_it_says),
        cmocka_unit_test(a_server_that_never_listens_is_a_result),
        cmocka_unit_test(a_quiet_lab_is_judged),
        cmocka_unit_test(a_program_that_never_ends_is_ended),
        cmocka_unit_test(children_of_a_program_end_with_it),
        cmocka_unit_test(every_signal_that_ends_it_ends_its_programs),
        cmocka_unit_test(a_closed_standard_output_is_not_written_to_a_file),
        cmocka_unit_test(
            a_file_that_cannot_be_saved_is_told_before_the_lab_runs),
        cmocka_unit_test(segments_are_shown_while_the_lab_still_runs),
        cmocka_unit_test(a_reader_that_leaves_ends_the_lab_quietly),
        cmocka_unit_test(a_client_that_dies_leaves_its_packets),
        cmocka_unit_test(programs_on_the_stage_have_no_privilege),
        cmocka_unit_test(the_recorded_trace_needs_nothing),
        cmocka_unit_test(
            an_edited_program_is_built_again_and_the_compiler_line_shown),
    };
    return cmocka_run_group_tests(tests, find_way, NULL);
}
