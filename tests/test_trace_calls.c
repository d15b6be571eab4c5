/* tcplab trace, live: every call that programs make is shown. */
#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "same_calls.h"
#include "scratch.h"
#include "traced.h"

/* ---- Every call --------------------------------------------------------- */

static void
every_call_is_shown_as_it_was_made(void **state)
{
    (void)state;
    need_way();
    assert_complete("--server '" PROGRAMS "every_call $TCPLAB_PORT' "
                    "--client '" PROGRAMS "every_call 7500'",
                    190);
}

static void
every_call_of_a_static_program_is_shown(void **state)
{
    (void)state;
    char command[2048];
    const char *path = scratch_path("static");
    need_way();
    snprintf(command, sizeof command,
             "cc -static -o %s tests/programs/every_call.c", path);
    need_command(command);
    snprintf(command, sizeof command,
             "--server '%s $TCPLAB_PORT' --client '%s 7500'", path, path);
    assert_complete(command, 190);
}

static void
every_call_of_every_thread_is_shown(void **state)
{
    (void)state;
    need_way();
    assert_complete(
        "--server '" PROGRAMS "thread_server $TCPLAB_PORT 24' "
        "--client '" PROGRAMS "echo_clients $TCPLAB_PORT 12 threads' "
        "--client '" PROGRAMS "echo_clients $TCPLAB_PORT 12 threads'",
        24 * 10);
}

static void
every_call_of_every_process_is_shown(void **state)
{
    (void)state;
    need_way();
    assert_complete("--server '" PROGRAMS "fork_server $TCPLAB_PORT 20' "
                    "--client '" PROGRAMS "echo_clients $TCPLAB_PORT 20'",
                    20 * 12);
}

/* Sockets become files, and files sockets, under the same numbers. */
static void
what_a_number_was_before_is_not_believed(void **state)
{
    (void)state;
    need_way();
    assert_complete("--server '" PROGRAMS "same_numbers' --client true", 15);
}

/* Without socket() and dup2(), a socket is known from its listen() on: of all that
 * are closed these are two, one of them under two numbers. */
static void
closing_what_was_a_socket_is_not_shown(void **state)
{
    (void)state;
    need_way();
    struct ran ran = trace("--level connections --server '" PROGRAMS
                           "same_numbers' --client true");
    json_t *lines = json_lines(ran.out), *event;
    json_t *calls = json_of_kind(lines, "call");
    char names[256] = "";
    size_t i;
    json_array_foreach(calls, i, event)
    {
        strcat(names, " ");
        strcat(names, json_text(event, "name"));
        assert_true(strlen(names) < sizeof names / 2);
    }
    assert_string_equal(names, " listen close listen close close");
    json_decref(calls);
    json_decref(lines);
    ran_free(&ran);
}

/* At the level of connections a connect() happens while it is being read. */
static void
what_is_not_of_ip_is_not_shown_where_connections_alone_are(void **state)
{
    (void)state;
    need_namespace(); // where nobody has port 1
    struct ran ran = trace("--level connections --server '" PROGRAMS
                           "serial_server $TCPLAB_PORT 1' --client '" PROGRAMS
                           "other_kinds $TCPLAB_PORT' --port 7001");
    json_t *lines = json_lines(ran.out), *event;
    char told[512] = "";
    size_t i;
    json_array_foreach(lines, i, event)
    {
        const char *kind = json_text(event, "kind");
        bool is_return = !strcmp(kind, "return");
        if ((is_return || !strcmp(kind, "call")) &&
            !strcmp(json_text(event, "who"), "client")) {
            size_t used = strlen(told);
            snprintf(told + used, sizeof told - used, "%s%s\n",
                     is_return ? "= " : "", json_text(event, "text"));
        }
    }
    assert_int_equal(ran.status, 0);
    assert_string_equal(
        told, "connect(3, 127.0.0.1:1)\n"
              "= connect(3, 127.0.0.1:1) = -1 ECONNREFUSED (Connection "
              "refused)\n"
              "close(3)\n"
              "connect(3, 127.0.0.1:7001)\n"
              "= connect(3, 127.0.0.1:7001) = 0\n"
              "close(3)\n");
    json_decref(lines);
    ran_free(&ran);
}

static void
every_call_of_a_python_program_is_shown(void **state)
{
    (void)state;
    need_way();
    need_command("python3 -c 'import threading; threading.get_native_id()'");
    assert_complete(
        "--server 'exec python3 tests/programs/echo.py server $TCPLAB_PORT 5' "
        "--client 'exec python3 tests/programs/echo.py client $TCPLAB_PORT 5'",
        5 * 10);
}

/* How many calls `name` of `who` came back without an error. */
static int
count_calls(json_t *lines, const char *who, const char *name)
{
    json_t *event;
    size_t i;
    int count = 0;
    json_array_foreach(lines, i, event) count +=
        !strcmp(json_text(event, "kind"), "return") &&
        !strcmp(json_text(event, "who"), who) &&
        !strcmp(json_text(event, "name"), name) &&
        json_is_null(json_object_get(event, "errno"));
    return count;
}

/* Programs that know nothing of us, and how a web page is fetched. */
static void
a_web_server_and_its_client_end_well(void **state)
{
    (void)state;
    need_namespace(); // where nobody else has the port
    need_command("python3 -c 'import http.server'");
    need_command("curl --version");
    struct ran ran = trace("--server 'exec python3 -m http.server "
                           "--bind 127.0.0.1 $TCPLAB_PORT' "
                           "--client 'curl -s http://127.0.0.1:$TCPLAB_PORT/'");
    assert_int_equal(ran.status, 0);
    assert_non_null(strstr(ran.out, "Directory listing"));
    assert_non_null(strstr(ran.err, "told to end"));
    json_t *lines = json_lines(ran.out);
    assert_int_equal(count_calls(lines, "server", "accept4"), 1);
    assert_true(count_calls(lines, "server", "recv") >= 1);
    assert_true(count_calls(lines, "client", "recv") >= 1);
    assert_true(count_calls(lines, "client", "close") >= 1);
    json_decref(lines);
    ran_free(&ran);
}

static void
a_python_echo_server_and_nc_end_well(void **state)
{
    (void)state;
    need_way();
    need_command("command -v python3 nc");
    struct ran ran =
        trace("--server 'exec python3 tests/programs/echo.py server "
              "$TCPLAB_PORT 1' "
              "--client 'echo hello | nc -N 127.0.0.1 $TCPLAB_PORT'");
    assert_int_equal(ran.status, 0);
    json_t *lines = json_lines(ran.out);
    assert_int_equal(count_calls(lines, "server", "accept4"), 1);
    assert_int_equal(count_calls(lines, "server", "read"), 2);
    assert_int_equal(count_calls(lines, "client", "shutdown"), 1);
    assert_non_null(strstr(ran.out, "\"data\":\"hello"));
    json_decref(lines);
    ran_free(&ran);
}

/* ---- Interruptions ------------------------------------------------------ */

static size_t
count_interrupted(json_t *lines, const char *name)
{
    json_t *event;
    size_t i, count = 0;
    json_array_foreach(lines, i, event) count +=
        !strcmp(json_text(event, "kind"), "return") &&
        !strcmp(json_text(event, "name"), name) &&
        json_is_true(json_object_get(event, "interrupted"));
    return count;
}

static void
assert_interrupted(const char *how, const char *name)
{
    char programs[512];
    snprintf(programs, sizeof programs,
             "--server '" PROGRAMS "interrupted $TCPLAB_PORT %s %s' "
             "--client 'sleep .3; " PROGRAMS "echo_clients $TCPLAB_PORT 1'",
             how, name);
    if (!strcmp(name, "recv")) // the client waits before it sends
        snprintf(programs, sizeof programs,
                 "--server '" PROGRAMS "interrupted $TCPLAB_PORT %s recv' "
                 "--client '{ sleep .3; echo; } | nc -N 127.0.0.1 "
                 "$TCPLAB_PORT >&2'",
                 how);
    struct ran ran = trace(programs);
    json_t *lines = json_lines(ran.out), *event;
    json_t *signals = json_of_kind(lines, "signal");
    assert_int_equal(count_interrupted(lines, name), 1);
    assert_true(json_array_size(signals) >= 1);
    event = json_array_get(signals, 0);
    assert_string_equal(json_text(event, "name"), "SIGALRM");
    assert_string_equal(json_text(event, "who"), "server");
    if (strcmp(name, "recv") != 0) // nc writes nothing down
        assert_same_calls(lines);
    assert_int_equal(ran.status, 0);
    json_decref(signals);
    json_decref(lines);
    ran_free(&ran);
}

static void
an_interrupted_accept_is_no_error(void **state)
{
    (void)state;
    need_way();
    assert_interrupted("eintr", "accept");
    assert_interrupted("restart", "accept");
}

static void
an_interrupted_poll_is_no_error(void **state)
{
    (void)state;
    need_way();
    assert_interrupted("eintr", "poll");
}

static void
an_interrupted_recv_is_no_error(void **state)
{
    (void)state;
    need_way();
    need_command("command -v nc");
    assert_interrupted("eintr", "recv");
    assert_interrupted("restart", "recv");
}

/* Without SA_RESTART the program hears EINTR, and nothing begins again. */
static void
what_ends_with_eintr_is_not_said_to_begin_again(void **state)
{
    (void)state;
    need_way();
    struct ran ran =
        trace("--server '" PROGRAMS "interrupted $TCPLAB_PORT eintr accept' "
              "--client 'sleep .3; " PROGRAMS "echo_clients $TCPLAB_PORT 1'");
    assert_non_null(strstr(ran.out, "= interrupted"));
    assert_null(strstr(ran.out, "begins again"));
    ran_free(&ran);
}

/* The server stands still in `call`, and goes on. */
static void
assert_stands_still(const char *mode, const char *call)
{
    char programs[1024];
    snprintf(programs, sizeof programs,
             "--server 'exec " PROGRAMS "interrupted $TCPLAB_PORT %s %s & "
             "echo $! >%s; wait' "
             "--client 'sleep .2; kill -STOP $(cat %s); sleep .2; "
             "kill -CONT $(cat %s); sleep .2; " PROGRAMS
             "echo_clients $TCPLAB_PORT 1'",
             mode, call, scratch_path("pid"), scratch_path("pid"),
             scratch_path("pid"));
    struct ran ran = trace(programs);
    json_t *lines = json_lines(ran.out);
    assert_int_equal(ran.status, 0);
    assert_non_null(strstr(ran.out, "\"name\":\"SIGSTOP\""));
    assert_non_null(strstr(ran.out, "\"name\":\"SIGCONT\""));
    assert_true(count_interrupted(lines, call) >= 1);
    assert_same_calls(lines);
    json_decref(lines);
    ran_free(&ran);
}

static void
a_stopped_server_goes_on_in_the_same_call(void **state)
{
    (void)state;
    need_namespace(); // where two programs see each other's numbers
    assert_stands_still("restart", "accept");
    assert_stands_still("restart", "poll");
}

/* ---- Processes ---------------------------------------------------------- */

static void
a_thread_may_become_another_program(void **state)
{
    (void)state;
    need_way();
    assert_complete("--server '" PROGRAMS "serial_server $TCPLAB_PORT 3' "
                    "--client '" PROGRAMS "exec_thread " PROGRAMS
                    "echo_clients $TCPLAB_PORT 3'",
                    30);
    assert_complete("--server '" PROGRAMS "exec_thread " PROGRAMS
                    "serial_server $TCPLAB_PORT 3' "
                    "--client '" PROGRAMS "echo_clients $TCPLAB_PORT 3'",
                    30);
}

static void
a_signal_that_ends_a_program_is_told(void **state)
{
    (void)state;
    need_way();
    struct ran ran =
        trace("--server 'exec " PROGRAMS "serial_server $TCPLAB_PORT 1' "
              "--client 'sh -c \"kill -KILL \\$\\$\"; kill -SEGV $$'");
    assert_int_equal(ran.status, 1);
    json_t *lines = json_lines(ran.out), *event;
    json_t *exits = json_of_kind(lines, "exit");
    long long killed = 0, first = 0;
    size_t i;
    json_array_foreach(exits, i, event)
    {
        if (!json_is_integer(json_object_get(event, "signal")) ||
            strcmp(json_text(event, "who"), "client") != 0)
            continue;
        if (json_is_true(json_object_get(event, "first")))
            first = json_number(event, "signal");
        else
            killed = json_number(event, "signal");
    }
    assert_int_equal(killed, 9);
    assert_int_equal(first, 11);
    assert_non_null(strstr(ran.err, "client was ended by signal 11"));
    json_decref(exits);
    json_decref(lines);
    ran_free(&ran);
}

static void
binary_output_is_shown_as_text(void **state)
{
    (void)state;
    need_way();
    const char *command =
        "timeout 30 $TCPLAB trace --way %s -o %s --as %s "
        "--server 'exec " PROGRAMS "serial_server $TCPLAB_PORT 0' "
        "--client 'head -c 20000 /dev/urandom; "
        "printf \"\\033[31m\\000\\377end\"'";
    static const char *const forms[] = { "json", "timeline" };
    for (int i = 0; i < 2; i++) {
        struct ran ran =
            run(command, way, scratch_path("run.pcapng"), forms[i]);
        assert_int_equal(ran.status, 0);
        for (const char *at = ran.out; *at; at++)
            if ((unsigned char)*at < ' ' && *at != '\n')
                fail_msg("%s: an octet %d", forms[i], *at);
        assert_non_null(strstr(ran.out, "xffend"));
        ran_free(&ran);
    }
}

/* All that was printed is there, though it is more than one entry takes. */
static void
all_that_is_printed_is_kept(void **state)
{
    (void)state;
    need_way();
    struct ran ran =
        trace("--server '" PROGRAMS "serial_server $TCPLAB_PORT 0' "
              "--client 'dd if=/dev/zero bs=50000 count=1 status=none | "
              "tr \"\\\\0\" x'");
    json_t *lines = json_lines(ran.out), *event;
    json_t *outputs = json_of_kind(lines, "output");
    size_t i, octets = 0;
    json_array_foreach(outputs, i, event) octets +=
        strlen(json_text(event, "data"));
    assert_int_equal(octets, 50000);
    json_decref(outputs);
    json_decref(lines);
    ran_free(&ran);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_is_shown_as_it_was_made),
        cmocka_unit_test(every_call_of_a_static_program_is_shown),
        cmocka_unit_test(every_call_of_every_thread_is_shown),
        cmocka_unit_test(every_call_of_every_process_is_shown),
        cmocka_unit_test(what_a_number_was_before_is_not_believed),
        cmocka_unit_test(closing_what_was_a_socket_is_not_shown),
        cmocka_unit_test(
            what_is_not_of_ip_is_not_shown_where_connections_alone_are),
        cmocka_unit_test(every_call_of_a_python_program_is_shown),
        cmocka_unit_test(a_web_server_and_its_client_end_well),
        cmocka_unit_test(a_python_echo_server_and_nc_end_well),
        cmocka_unit_test(an_interrupted_accept_is_no_error),
        cmocka_unit_test(an_interrupted_poll_is_no_error),
        cmocka_unit_test(an_interrupted_recv_is_no_error),
        cmocka_unit_test(what_ends_with_eintr_is_not_said_to_begin_again),
        cmocka_unit_test(a_stopped_server_goes_on_in_the_same_call),
        cmocka_unit_test(a_thread_may_become_another_program),
        cmocka_unit_test(a_signal_that_ends_a_program_is_told),
        cmocka_unit_test(binary_output_is_shown_as_text),
        cmocka_unit_test(all_that_is_printed_is_kept),
    };
    const char *only = getenv("TCPLAB_TEST_ONLY");
    if (only)
        cmocka_set_test_filter(only);
    return cmocka_run_group_tests(tests, find_way, NULL);
}
