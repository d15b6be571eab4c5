/* tcplab trace, live: however a run ends, nothing of it is left. */
#include "claim.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "scratch.h"
#include "traced.h"

enum {
    ENDS_MS = 5000
};

/* The processes that carry MARK=value, a path in /proc a line: everything that
 * tcplab started. */
static struct ran
find_marked(const char *value)
{
    return run("unset MARK; grep -alz '^MARK=%s$' /proc/[0-9]*/environ "
               "2>/dev/null",
               value);
}

/* And those of the network namespace that the file names. */
static struct ran
find_in_namespace(const char *file)
{
    return run("[ -s %s ] && ls -l /proc/[0-9]*/ns/net 2>/dev/null | "
               "grep -F \"$(cat %s)\" | grep -o '/proc/[0-9]*'",
               scratch_path(file), scratch_path(file));
}

/* Each of them ends by itself, in time (pidfd_open(2)): the end of a namespace
 * takes the kernel a moment. */
static void
await_ends(struct ran found)
{
    int pid;
    for (char *at = found.out; (at = strstr(at, "/proc/")); at++) {
        if (sscanf(at, "/proc/%d", &pid) != 1)
            continue;
        struct pollfd ended = { .fd = (int)syscall(SYS_pidfd_open, pid, 0),
                                .events = POLLIN };
        if (ended.fd < 0)
            continue; // it has ended
        if (poll(&ended, 1, ENDS_MS) != 1)
            fail_msg("process %d is left", pid);
        close(ended.fd);
    }
    ran_free(&found);
}

static void
assert_nothing_left(const char *mark, const char *file)
{
    await_ends(find_marked(mark));
    if (file)
        await_ends(find_in_namespace(file));
}

static double
seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Run what does not end well: it is reported, saved and gone, in time. */
static void
assert_ended(const char *mark, const char *programs, const char *said,
             double most_seconds)
{
    double start = seconds();
    new_log();
    unlink(scratch_path("ended.pcapng"));
    struct ran ran = run("MARK=%s timeout 30 $TCPLAB trace --way %s "
                         "--summary -o %s %s",
                         mark, way, scratch_path("ended.pcapng"), programs);
    double took = seconds() - start;
    if (!strstr(ran.err, said))
        fail_msg("not \"%s\": %s", said, ran.err);
    if (took > most_seconds)
        fail_msg("it took %.1f s", took);
    assert_nothing_left(mark, NULL);
    ran_free(&ran);
    ran = run("$TCPLAB show --summary %s", scratch_path("ended.pcapng"));
    assert_int_equal(ran.status, 0);
    ran_free(&ran);
}

static void
a_program_that_is_not_there_is_reported(void **state)
{
    (void)state;
    need_way();
    assert_ended("absent", "--server /no/such/server --client true",
                 "server ended with exit status 127", 5);
    assert_ended("absent",
                 "--server '" PROGRAMS "serial_server $TCPLAB_PORT 0' "
                 "--client /no/such/client",
                 "client ended with exit status 127", 5);
}

static void
a_program_that_never_ends_is_ended(void **state)
{
    (void)state;
    need_way();
    assert_ended("endless",
                 "--timeout 1 "
                 "--server '" PROGRAMS "serial_server $TCPLAB_PORT 1' "
                 "--client 'while :; do :; done'",
                 "ended after 1 s", 4);
}

static void
a_server_that_ignores_sigterm_is_ended(void **state)
{
    (void)state;
    need_way();
    assert_ended("stubborn",
                 "--server 'trap \"\" TERM; " PROGRAMS
                 "serial_server $TCPLAB_PORT 9; sleep 100' "
                 "--client '" PROGRAMS "echo_clients $TCPLAB_PORT 1'",
                 "told to end", 7);
}

static void
what_is_told_to_end_and_does_not_is_named(void **state)
{
    (void)state;
    need_way();
    assert_ended("stubborn2",
                 "--server 'trap \"\" TERM; " PROGRAMS
                 "serial_server $TCPLAB_PORT 9; sleep 100' "
                 "--client '" PROGRAMS "echo_clients $TCPLAB_PORT 1'",
                 "signal 9", 7);
}

static void
a_program_that_forks_on_is_ended(void **state)
{
    (void)state;
    need_namespace(); // elsewhere, a session of its own gets away
    assert_ended("forks",
                 "--timeout 2 "
                 "--server '" PROGRAMS "serial_server $TCPLAB_PORT 1' "
                 "--client '" PROGRAMS "forks_on 300'",
                 "ended after 2 s", 8);
}

static void
a_shell_that_starts_itself_for_ever_is_ended(void **state)
{
    (void)state;
    need_namespace();
    // One follows the other: never many at once, never an end.
    const char *script = "#!/bin/sh\n\"$0\" &\n";
    const char *path = scratch_file("again", script, strlen(script));
    char programs[512];
    snprintf(programs, sizeof programs,
             "--timeout 2 --server '" PROGRAMS "serial_server $TCPLAB_PORT 1' "
             "--client 'chmod +x %s; %s; sleep 100'",
             path, path);
    assert_ended("again", programs, "ended after 2 s", 8);
}

static void
a_daemon_is_ended_with_the_run(void **state)
{
    (void)state;
    need_namespace();
    assert_ended("daemon",
                 "--server '" PROGRAMS "serial_server $TCPLAB_PORT 1; exit 3' "
                 "--client 'setsid sleep 100 >/dev/null 2>&1 & " PROGRAMS
                 "echo_clients $TCPLAB_PORT 1'",
                 "server ended with exit status 3", 6);
}

/* Start it, kill it `ms` later, and look who is left. */
static void
kill_after(int number, int ms, const char *server, const char *client)
{
    char mark[32];
    snprintf(mark, sizeof mark, "killed%d", number);
    unlink(scratch_path("namespace"));
    struct ran ran =
        run("MARK=%s $TCPLAB trace --way %s --timeout 20 --summary -o %s "
            "--server 'readlink /proc/self/ns/net >%s; %s' --client '%s' & "
            "p=$!; sleep %d.%03d; kill -KILL $p; wait $p",
            mark, way, scratch_path("killed.pcapng"), scratch_path("namespace"),
            server, client, ms / 1000, ms % 1000);
    ran_free(&ran);
    assert_nothing_left(mark, "namespace");
}

static void
nothing_is_left_when_tcplab_is_killed(void **state)
{
    (void)state;
    need_namespace();
    static const char *const clients[] = {
        PROGRAMS "forks_on 200",
        "setsid sh -c \"setsid sleep 1000 & setsid sleep 1000\" & sleep 1000",
        "while :; do setsid sleep 1000 & sleep .01; done",
        PROGRAMS "echo_clients $TCPLAB_PORT 100000",
    };
    srandom((unsigned)getpid());
    for (int i = 0; i < 20; i++)
        kill_after(i, (int)(random() % 300),
                   i % 2 ? PROGRAMS "serial_server $TCPLAB_PORT 100000"
                         : "setsid sleep 1000 & " PROGRAMS
                           "fork_server $TCPLAB_PORT 100000",
                   clients[i % 4]);
}

/* Trace, with so much memory for each process. */
static struct ran
trace_within(int kib, const char *marker)
{
    return run("rm -f %s; ulimit -v %d; timeout 20 $TCPLAB trace --way %s "
               "--limit 1000 --quiet -o %s --server 'touch %s; sleep 0' "
               "--client true",
               marker, kib, way, scratch_path("little.pcapng"), marker);
}

/* A ring for packets takes the most memory, and is asked for when programs have
 * been started already. */
static void
without_room_for_packets_no_program_begins(void **state)
{
    (void)state;
    need_namespace();
    char marker[256];
    snprintf(marker, sizeof marker, "%s", scratch_path("begun"));
    bool seen = false, begun = false;
    for (int mib = 12; mib < 200 && !begun; mib += 2) {
        struct ran ran = trace_within(mib << 10, marker);
        begun = access(marker, F_OK) == 0;
        if (strstr(ran.err, "capturing: lo: ")) {
            assert_int_equal(ran.status, 3);
            assert_false(begun);
            assert_non_null(strstr(ran.err, "the programs did not begin"));
            seen = true;
        }
        ran_free(&ran);
    }
    if (!begun) {
        print_message("skipped: memory cannot be limited here\n");
        skip();
    }
    assert_true(seen);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_that_is_not_there_is_reported),
        cmocka_unit_test(a_program_that_never_ends_is_ended),
        cmocka_unit_test(a_server_that_ignores_sigterm_is_ended),
        cmocka_unit_test(what_is_told_to_end_and_does_not_is_named),
        cmocka_unit_test(a_program_that_forks_on_is_ended),
        cmocka_unit_test(a_shell_that_starts_itself_for_ever_is_ended),
        cmocka_unit_test(a_daemon_is_ended_with_the_run),
        cmocka_unit_test(nothing_is_left_when_tcplab_is_killed),
        cmocka_unit_test(without_room_for_packets_no_program_begins),
    };
    const char *only = getenv("TCPLAB_TEST_ONLY");
    if (only)
        cmocka_set_test_filter(only);
    return cmocka_run_group_tests(tests, find_way, NULL);
}
