/* Shells on two hosts: what is seen there, and what is left afterwards. */
#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "wire_run.h"

/* Its shells are found by a note of its own. */
#define SHELL "timeout -s KILL 60 env XDG_RUNTIME_DIR=%s $TCPLAB shell "

/* Start lab 19's server, and go on when it listens at port 7019. */
#define SERVE                                                                  \
    "labs/19-ipv6/server :: 7019 1 & "                                         \
    "until grep -q :1B6B /proc/net/tcp6; do sleep 0.01; done; "

static int
make_fifos(void **state)
{
    struct ran ran = run("mkfifo %s %s %s", scratch_path("first"),
                         scratch_path("second"), scratch_path("third"));
    ran_free(&ran);
    return find_wire(state);
}

static void
both_terminals_are_on_one_wire(void **state)
{
    (void)state;
    need_wire();
    struct ran ran =
        run(SHELL "--on wire --at server -- sh -c 'uname -n; " SERVE
                  "echo >%s; wait' >%s & read -r line <%s; " SHELL
                  "--join -- sh -c 'uname -n; labs/19-ipv6/client server 7019; "
                  "echo $TCPLAB_SERVER'; wait; cat %s",
            scratch_folder(), scratch_path("first"), scratch_path("said"),
            scratch_path("first"), scratch_folder(), scratch_path("said"));
    assert_int_equal(ran.status, 0);
    assert_string_equal(ran.out,
                        "client\n"
                        "client: connected to 2001:db8::2\n"
                        "client: the server says: you are 2001:db8::1\n"
                        "192.0.2.2\n"
                        "server\n"
                        "server: listening on ::, port 7019\n"
                        "server: the client is 2001:db8::1\n");
    assert_non_null(strstr(ran.err, "this is server, 192.0.2.2 (eth0)"));
    assert_non_null(strstr(ran.err, "this is client, 192.0.2.1 (eth0)"));
    ran_free(&ran);
}

static void
a_further_terminal_may_choose_its_host(void **state)
{
    (void)state;
    need_wire();
    // The first one is on the client, and lasts until the others have ended.
    struct ran ran =
        run(SHELL "--on wire -- sh -c 'echo >%s; read -r line <%s' & "
                  "read -r line <%s; for at in '' '--at server' "
                  "'--at client' '--on wire'; do " SHELL
                  "--join $at -- uname -n; done; echo >%s; wait",
            scratch_folder(), scratch_path("first"), scratch_path("second"),
            scratch_path("first"), scratch_folder(), scratch_path("second"));
    assert_string_equal(ran.out, "server\nserver\nclient\nserver\n");
    ran_free(&ran);
}

static void
the_delay_is_felt_and_what_passed_is_saved(void **state)
{
    (void)state;
    need_wire();
    struct ran ran = run(
        SHELL "--delay 100ms --at server -o %s -- sh -c '" SERVE
              "echo >%s; wait' & read -r line <%s; " SHELL
              "--join -- labs/19-ipv6/client server 7019; wait; "
              "$TCPLAB show --as json %s",
        scratch_folder(), scratch_path("saved.pcapng"), scratch_path("first"),
        scratch_path("first"), scratch_folder(), scratch_path("saved.pcapng"));
    assert_int_equal(ran.status, 0);
    char *json = strchr(ran.out, '{');
    assert_non_null(json);
    json_t *lines = json_lines(json);
    json_t *connections = json_of_kind(lines, "connection");
    assert_int_equal(json_array_size(connections), 1);
    json_t *connection = json_array_get(connections, 0);
    assert_string_equal(json_text(connection, "opening"), "three-way");
    long long rtt_ns = atoll(json_text(connection, "handshake_rtt_ns"));
    assert_in_range(rtt_ns, 200000000, 2000000000);
    json_decref(connections);
    json_decref(lines);
    ran_free(&ran);
}

static void
port_80_stays_refused_on_a_host(void **state)
{
    (void)state;
    need_wire();
    struct ran ran =
        run(SHELL "--on wire -- labs/04-connect/server 192.0.2.1 80",
            scratch_folder());
    assert_int_equal(ran.status, 1);
    assert_non_null(strstr(ran.err, "bind: Permission denied"));
    ran_free(&ran);
}

static void
watch_works_on_a_host(void **state)
{
    (void)state;
    need_wire();
    struct ran ran =
        run(SHELL "--on wire -- sh -c '$TCPLAB watch -i eth0 2>%s & "
                  "until grep -q watching %s 2>/dev/null; do :; done; "
                  "labs/04-connect/client 192.0.2.2 9; kill -INT $!; wait $!'",
            scratch_folder(), scratch_path("said"), scratch_path("said"));
    assert_int_equal(ran.status, 0);
    assert_non_null(strstr(ran.out, "client > server  SYN"));
    assert_non_null(strstr(ran.out, "client < server  RST"));
    ran_free(&ran);
}

static void
root_without_user_namespaces_has_two_hosts_too(void **state)
{
    (void)state;
    need_wire();
    struct ran ran = run(
        "unshare -rm sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && "
        "exec " SHELL "--on wire -- sh -c \"uname -n; getent hosts 192.0.2.2; "
        "labs/04-connect/server 192.0.2.1 80\"'",
        scratch_folder());
    if (strstr(ran.err, "unshare") || strstr(ran.err, "cannot create")) {
        print_message("skipped: %s\n", ran.err);
        skip();
    }
    assert_string_equal(ran.out, "client\n192.0.2.2       server\n");
    assert_non_null(strstr(ran.err, "bind: Permission denied"));
    ran_free(&ran);
}

static void
where_proc_is_covered_two_hosts_have_no_processes_of_their_own(void **state)
{
    (void)state;
    need_wire();
    // As in a container: then the kernel lets nobody mount another /proc.
    struct ran ran =
        run("unshare -rm sh -c 'mount -t tmpfs none /proc/irq && readlink "
            "/proc/self/ns/pid && exec " SHELL
            "--on wire -- sh -c \"readlink /proc/self/ns/pid; uname -n; "
            "labs/04-connect/client 192.0.2.2 9\"'",
            scratch_folder());
    if (strstr(ran.err, "unshare") || strstr(ran.err, "mount:")) {
        print_message("skipped: %s\n", ran.err);
        skip();
    }
    char *second = strchr(ran.out, '\n') + 1;
    size_t line = (size_t)(second - ran.out);
    assert_memory_equal(ran.out, second, line);
    assert_non_null(strstr(second, "client\n"));
    assert_non_null(strstr(ran.err, "Connection refused"));
    ran_free(&ran);
}

static void
a_wire_refuses_nobody_who_comes_while_there_is_a_shell(void **state)
{
    (void)state;
    need_wire();
    // The first shell ends; then the other's connection is still answered.
    struct ran ran =
        run(SHELL "--on wire --at server -- sh -c 'echo $$ >%s; read -r line "
                  "<%s' & read -r pid <%s; " SHELL
                  "--join -- sh -c 'echo >%s; while kill -0 $0 2>/dev/null; "
                  "do sleep 0.01; done; labs/04-connect/client 192.0.2.2 9' "
                  "$pid; wait",
            scratch_folder(), scratch_path("first"), scratch_path("second"),
            scratch_path("first"), scratch_folder(), scratch_path("second"));
    assert_non_null(strstr(ran.err, "Connection refused"));
    ran_free(&ran);
}

/* ---- What is left -------------------------------------------------------- */

/* In a shell: which network and which processes it is among. */
#define NOTE_PLACE "readlink /proc/self/ns/net /proc/self/ns/pid"

/* No program is in a namespace of those that the file names: the keeper and the
 * wire are in that of the processes. What has ended, and was not waited for by
 * the machine's first process yet, runs no program. */
static void
assert_deserted(const char *namespaces)
{
    char *noted = scratch_read(scratch_path(namespaces), NULL);
    assert_non_null(strstr(noted, "net:["));
    assert_non_null(strstr(noted, "pid:["));
    struct ran own = run("readlink /proc/self/ns/net");
    assert_null(strstr(noted, own.out));
    struct ran ran = run("for process in /proc/[0-9]*; do "
                         "readlink $process/exe >%s && readlink "
                         "$process/ns/net $process/ns/pid; done | "
                         "grep -F -f %s",
                         scratch_path("exe"), scratch_path(namespaces));
    assert_string_equal(ran.out, "");
    ran_free(&ran);
    ran_free(&own);
    free(noted);
}

static void
when_its_shells_have_ended_nothing_is_left(void **state)
{
    (void)state;
    need_wire();
    // What a shell leaves behind is ended too: it would hold the pipe open.
    struct ran ran = run(SHELL "--on wire -- sh -c '" NOTE_PLACE
                               ">%s; (setsid sleep 1000 &)' | cat",
                         scratch_folder(), scratch_path("places"));
    assert_int_equal(ran.status, 0);
    assert_deserted("places");
    ran_free(&ran);
}

static void
the_status_is_that_of_the_shell(void **state)
{
    (void)state;
    need_wire();
    struct ran ran = run(SHELL "--on wire -- sh -c 'exit 7'", scratch_folder());
    assert_int_equal(ran.status, 7);
    ran_free(&ran);
}

static void
when_tcplab_is_killed_nothing_is_left(void **state)
{
    (void)state;
    need_wire();
    // All of them hold the pipe open, so it is read until all have ended.
    struct ran ran =
        run("{ (exec env XDG_RUNTIME_DIR=%s $TCPLAB shell --on wire -- sh -c "
            "'" NOTE_PLACE " >%s; echo >%s; exec sleep 1000') & pid=$!; "
            "read -r line <%s; " SHELL "--join -- sh -c '" NOTE_PLACE
            " >>%s; echo >%s; exec sleep 1000' & read -r line <%s; "
            "kill -9 $pid; } 2>/dev/null | cat",
            scratch_folder(), scratch_path("places"), scratch_path("first"),
            scratch_path("first"), scratch_folder(), scratch_path("places"),
            scratch_path("second"), scratch_path("second"));
    assert_int_equal(ran.status, 0);
    assert_deserted("places");
    ran_free(&ran);
}

static void
when_the_wire_dies_its_shells_end_and_that_is_told(void **state)
{
    (void)state;
    need_wire();
    struct ran ran = run(SHELL "--on wire -- sh -c '" NOTE_PLACE
                               " >%s; kill -9 $(cat /proc/1/task/1/children); "
                               "exec sleep 1000'",
                         scratch_folder(), scratch_path("places"));
    assert_int_equal(ran.status, 3);
    assert_non_null(strstr(ran.err, "the process of the wire died"));
    assert_deserted("places");
    ran_free(&ran);
}

/* ---- What is refused ----------------------------------------------------- */

static void
a_command_line_that_contradicts_itself_is_refused(void **state)
{
    (void)state;
    static const char *const options[] = {
        "--at router",
        "--on nat",
        "--on nowhere",
        "--on loopback --at server",
        "--on loopback --delay 1s",
        "--join --delay 1s",
        "--join -o x",
        "--delay soon",
        "--rule 'SYN hold'",
        "--nothing",
        "--at",
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        struct ran ran = run("$TCPLAB shell %s -- true", options[i]);
        assert_int_equal(ran.status, 2);
        assert_non_null(strstr(ran.err, "tcplab shell: "));
        ran_free(&ran);
    }
}

static void
a_terminal_cannot_join_what_is_not_there(void **state)
{
    (void)state;
    need_wire();
    struct ran ran = run("rm -f %s; " SHELL "--join -- true",
                         scratch_path("tcplab-shell"), scratch_folder());
    assert_int_equal(ran.status, 3);
    assert_non_null(strstr(ran.err, "no shell is open"));
    ran_free(&ran);
    ran = run(SHELL "-- sh -c 'echo >%s; read -r line <%s' & "
                    "read -r line <%s; " SHELL
                    "--join --at server -- true; echo $?; echo >%s; wait",
              scratch_folder(), scratch_path("first"), scratch_path("second"),
              scratch_path("first"), scratch_folder(), scratch_path("second"));
    assert_string_equal(ran.out, "3\n");
    assert_non_null(strstr(ran.err, "is on a single host"));
    ran_free(&ran);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_terminals_are_on_one_wire),
        cmocka_unit_test(a_further_terminal_may_choose_its_host),
        cmocka_unit_test(the_delay_is_felt_and_what_passed_is_saved),
        cmocka_unit_test(port_80_stays_refused_on_a_host),
        cmocka_unit_test(watch_works_on_a_host),
        cmocka_unit_test(root_without_user_namespaces_has_two_hosts_too),
        cmocka_unit_test(
            where_proc_is_covered_two_hosts_have_no_processes_of_their_own),
        cmocka_unit_test(
            a_wire_refuses_nobody_who_comes_while_there_is_a_shell),
        cmocka_unit_test(when_its_shells_have_ended_nothing_is_left),
        cmocka_unit_test(the_status_is_that_of_the_shell),
        cmocka_unit_test(when_tcplab_is_killed_nothing_is_left),
        cmocka_unit_test(when_the_wire_dies_its_shells_end_and_that_is_told),
        cmocka_unit_test(a_command_line_that_contradicts_itself_is_refused),
        cmocka_unit_test(a_terminal_cannot_join_what_is_not_there),
    };
    return cmocka_run_group_tests(tests, make_fifos, NULL);
}
