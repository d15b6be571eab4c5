/* A lab on a wire, from outside: the ladder of states, labs 03 to 08, ways in,
 * and what a hostile wire does. */
#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "scratch.h"
#include "wire_run.h"

/* ---- States -------------------------------------------------------------- */

enum {
    LADDER_ROOM = 1024
};

/* What the kernel said of both ends, "SYN-SENT/LISTEN\n" a change. */
static void
write_ladder(json_t *lines, char ladder[LADDER_ROOM])
{
    char client[32] = "", server[32] = "";
    size_t i, used = 0;
    json_t *line;
    json_array_foreach(lines, i, line)
    {
        if (strcmp(json_text(line, "kind"), "state") != 0)
            continue;
        assert_string_equal(json_text(line, "by"), "kernel");
        assert_true(json_is_null(json_object_get(line, "derived")));
        bool is_client = !strcmp(json_text(line, "who"), "client");
        snprintf(is_client ? client : server, sizeof client, "%s",
                 json_text(line, "state"));
        if (*client && *server)
            used += (size_t)snprintf(ladder + used, LADDER_ROOM - used,
                                     "%s/%s\n", client, server);
    }
}

static void
with_250_ms_the_kernel_shows_every_state_of_both_ends(void **state)
{
    (void)state;
    char ladder[LADDER_ROOM] = "";
    struct wire_run r = wire_run(NO_KEYS, "4 --delay 250ms");
    assert_int_equal(r.ran.status, 0);
    write_ladder(r.lines, ladder);
    assert_string_equal(ladder, "SYN-SENT/LISTEN\n"
                                "SYN-SENT/SYN-RECEIVED\n"
                                "ESTABLISHED/SYN-RECEIVED\n"
                                "ESTABLISHED/ESTABLISHED\n"
                                "FIN-WAIT-1/ESTABLISHED\n"
                                "FIN-WAIT-1/CLOSE-WAIT\n"
                                "FIN-WAIT-2/CLOSE-WAIT\n"
                                "FIN-WAIT-2/LAST-ACK\n"
                                "TIME-WAIT/LAST-ACK\n"
                                "TIME-WAIT/CLOSED\n");
    struct ran shown = run("$TCPLAB show %s", scratch_path("wire.pcapng"));
    assert_non_null(strstr(shown.out, "FIN-WAIT-2"));
    assert_null(strstr(shown.out, "derived"));
    ran_free(&shown);
    wire_run_free(&r);
}

/* ---- Labs ---------------------------------------------------------------- */

/* Each of these, all at once; what did not hold is in `err`. */
static void
assert_labs_hold(const char *delay)
{
    need_wire();
    struct ran ran = run(
        "for lab in 3 4 '4 --variant hello' '4 --variant at-once' "
        "'4 --variant no-listen' 7 '7 --variant three' "
        "'7 --variant server-first' '7 --variant dup' 8 "
        "'8 --variant shut-rd' '8 --variant shut-rdwr'; do "
        "timeout -s KILL 60 $TCPLAB run $lab --on wire --delay %s -o "
        "\"%s.$lab\" >/dev/null 2>\"%s.$lab.err\" && echo held || "
        "cat \"%s.$lab.err\" >&2 & done; wait",
        delay, scratch_path("lab"), scratch_path("lab"), scratch_path("lab"));
    assert_string_equal(ran.err, "");
    int held = 0;
    for (char *at = ran.out; (at = strstr(at, "held")); at++)
        held++;
    assert_int_equal(held, 12);
    ran_free(&ran);
}

static void
labs_03_04_07_and_08_hold_on_a_short_wire(void **state)
{
    (void)state;
    assert_labs_hold("1ms");
}

static void
labs_03_04_07_and_08_hold_on_a_slow_wire(void **state)
{
    (void)state;
    assert_labs_hold("250ms");
}

/* ---- Ways in ------------------------------------------------------------- */

static void
a_way_without_hosts_is_refused_in_a_sentence(void **state)
{
    (void)state;
    static const char *const options[] = { "--on wire --way loopback",
                                           "--on wire --way calls",
                                           "--way loopback --delay 1ms",
                                           "--way calls --step=segment",
                                           "--rule 'any drop' --recorded" };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        struct ran ran = run("$TCPLAB run 4 %s", options[i]);
        assert_int_equal(ran.status, 2);
        assert_non_null(strstr(ran.err, "wire"));
        assert_string_equal(ran.out, "");
        ran_free(&ran);
    }
    struct ran ran = run("$TCPLAB run 20 --variant far --way calls");
    assert_int_equal(ran.status, 4);
    assert_non_null(strstr(ran.err, "need a private network: not --way calls"));
    ran_free(&ran);
}

static void
without_a_network_the_recorded_trace_is_judged_by_its_own_address(void **state)
{
    (void)state;
    struct ran ran = run(
        "[ $(id -u) -ne 0 ] || drop='setpriv --bounding-set=-all "
        "--inh-caps=-all --securebits=+noroot,+noroot_locked'; "
        "build/programs/without_unshare $drop $TCPLAB run 4 --on wire -o %s",
        scratch_path("none.pcapng"));
    if (!strstr(ran.err, "way in: a recorded trace")) {
        print_message("skipped: privileges cannot be given up here\n");
        ran_free(&ran);
        skip();
    }
    assert_int_equal(ran.status, 4);
    assert_non_null(strstr(ran.err, "lines of the expected timeline hold"));
    ran_free(&ran);
}

/* ---- What a wire can do to a run ----------------------------------------- */

static void
a_rule_that_fits_nothing_is_told(void **state)
{
    (void)state;
    struct wire_run r = wire_run(NO_KEYS, "4 --rule \"RST drop\"");
    assert_int_equal(r.ran.status, 0);
    assert_non_null(
        strstr(r.ran.err, "rule 1 never did anything: RST drop (0 frames"));
    wire_run_free(&r);
    r = wire_run(NO_KEYS, "4 --rule \"SYN #2 drop\"");
    assert_non_null(strstr(r.ran.err, "SYN #2 drop (1 frames"));
    wire_run_free(&r);
}

/* Lab 06 is about loopback: on a slow wire Nagle joins what it sends. */
static void
what_another_network_makes_different_is_told(void **state)
{
    (void)state;
    static const char told[] = "that timeline is about loopback, and this run "
                               "was on a wire. While data waits for its ACK";
    struct wire_run r = wire_run(NO_KEYS, "6 --delay 250ms");
    assert_int_equal(r.ran.status, 1);
    assert_non_null(strstr(r.ran.err, told));
    wire_run_free(&r);
    r = wire_run(NO_KEYS, "6");
    assert_int_equal(r.ran.status, 0); // there is nothing to be told then
    assert_null(strstr(r.ran.err, "that timeline is about"));
    wire_run_free(&r);
}

/* A datagram of three frames to a program that wants one: what became of a frame
 * is told by its number. */
static void
a_lost_piece_of_a_datagram_is_told(void **state)
{
    (void)state;
    need_wire();
    static const char client[] =
        "python3 -c \"import os, socket; "
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
        "a = (os.environ[\\\"TCPLAB_SERVER\\\"], 7020); "
        "s.sendto(b\\\"x\\\" * 3000, a); s.sendto(b\\\"y\\\", a); s.recv(9)\"";
    struct ran ran =
        run("command -v python3 >/dev/null || exit 77; $TCPLAB run "
            "20 --rule 'UDP len 3000 drop' --client '%s' -o %s",
            client, scratch_path("pieces.pcapng"));
    if (ran.status == 77) {
        print_message("skipped: no python3 here\n");
        ran_free(&ran);
        skip();
    }
    assert_non_null(strstr(ran.out, ", lost on the wire (rule 1: drop)"));
    assert_non_null(strstr(ran.out, "3000 data bytes"));
    assert_non_null(strstr(ran.out, "server: 1 bytes from")); // the second one
    ran_free(&ran);
}

/* A further address of the lab's own network is none here. */
static void
a_lab_with_addresses_of_its_own_can_be_run_elsewhere(void **state)
{
    (void)state;
    struct wire_run r = wire_run(NO_KEYS, "19"); // fe80::1 on loopback
    json_t *calls = json_of_kind(r.lines, "call");
    assert_true(json_array_size(calls) > 0);
    json_decref(calls);
    assert_non_null(strstr(r.ran.err, "that timeline is about loopback"));
    wire_run_free(&r);
    struct ran ran = run("$TCPLAB run 22 --on loopback -o %s",
                         scratch_path("loopback.pcapng"));
    assert_int_equal(ran.status, 1);
    assert_non_null(strstr(ran.err, "that timeline is about a wire, and this "
                                    "run was on loopback."));
    assert_non_null(strstr(ran.out, "bind: Cannot assign requested address"));
    ran_free(&ran);
}

/* ---- The congestion window ----------------------------------------------- */

/* Did the kernel's rows show what the program was told by getsockopt()? */
static bool
is_among(json_t *states, const char *told)
{
    char words[64];
    json_t *state;
    size_t i;
    json_array_foreach(states, i, state)
    {
        long long cwnd = json_number(state, "cwnd");
        bool has_threshold =
            json_is_integer(json_object_get(state, "ssthresh"));
        if (has_threshold)
            snprintf(words, sizeof words, "cwnd %lld, ssthresh %lld,", cwnd,
                     json_number(state, "ssthresh"));
        else
            snprintf(words, sizeof words, "cwnd %lld, ssthresh none,", cwnd);
        if (strstr(told, words))
            return true;
    }
    return false;
}

/* The client's states that tell a window. */
static json_t *
windows_of_client(json_t *lines)
{
    json_t *windows = json_array(), *line;
    size_t i;
    json_array_foreach(lines, i, line)
    {
        if (!strcmp(json_text(line, "kind"), "state") &&
            !strcmp(json_text(line, "who"), "client") &&
            json_is_integer(json_object_get(line, "cwnd")))
            json_array_append(windows, line);
    }
    return windows;
}

/* In slow start it grows with each ACK; in a lab that says so it is shown. */
static void
a_congestion_window_is_shown_as_it_changes(void **state)
{
    (void)state;
    need_wire();
    struct ran ran = run("timeout -s KILL 60 $TCPLAB run 23 --variant half "
                         "--as json -o %s",
                         scratch_path("cwnd.pcapng"));
    json_t *lines = json_lines(ran.out), *line;
    json_t *windows = windows_of_client(lines);
    size_t i, asked = 0;
    if (ran.status != 0)
        fail_msg("%s", ran.err);
    assert_true(json_array_size(windows) >= 4);
    assert_true(json_number(json_array_get(windows, 1), "cwnd") >
                json_number(json_array_get(windows, 0), "cwnd"));
    assert_true(
        json_is_null(json_object_get(json_array_get(windows, 0), "ssthresh")));
    json_array_foreach(lines, i, line)
    {
        if (strcmp(json_text(line, "kind"), "return") != 0 ||
            strcmp(json_text(line, "name"), "getsockopt") != 0)
            continue;
        asked++;
        if (!is_among(windows, json_text(line, "text")))
            fail_msg("not shown: %s", json_text(line, "text"));
    }
    assert_true(asked > 0);
    json_decref(windows);
    json_decref(lines);
    ran_free(&ran);
}

static void
no_congestion_window_is_shown_unasked(void **state)
{
    (void)state;
    struct wire_run r = wire_run(NO_KEYS, "4 --on wire");
    json_t *windows = windows_of_client(r.lines);
    assert_int_equal(json_array_size(windows), 0);
    json_decref(windows);
    wire_run_free(&r);
    r = wire_run(NO_KEYS, "4 --on wire --cwnd");
    windows = windows_of_client(r.lines);
    assert_true(json_array_size(windows) > 0);
    json_decref(windows);
    wire_run_free(&r);
}

static void
a_wire_on_which_nothing_arrives_ends_by_its_time(void **state)
{
    (void)state;
    struct wire_run r = wire_run(NO_KEYS, "4 --rule \"any drop\" --timeout 2");
    assert_int_equal(r.ran.status, 1);
    assert_non_null(strstr(r.ran.err, "ended after 2 s (--timeout)"));
    json_t *syn = wire_segment(&r, "client", "syn", 2); // it was tried again
    assert_fate(&r, syn, "lost", "rule 1: drop");
    assert_int_equal(wire_fates(&r, syn, "arrived"), 0);
    wire_run_free(&r);
}

/* 84 MB in frames of a cable on which nothing arrives in time: what the wire
 * keeps has an end, and what it does not is told. What a sanitizer keeps of memory that
 * was freed is no part of it. */
static void
a_flood_is_lost_rather_than_kept_in_memory(void **state)
{
    (void)state;
    struct rusage used;
    need_wire();
    struct ran ran =
        run("ASAN_OPTIONS=quarantine_size_mb=16 timeout -s KILL 60 $TCPLAB "
            "trace --on wire --delay 4s --level connections --server 'exec "
            "labs/04-connect/server $TCPLAB_SERVER "
            "$TCPLAB_PORT' --client 'exec build/programs/floods $TCPLAB_SERVER "
            "90000' --timeout 9 --as json -o %s | grep -c 'too many held'",
            scratch_path("flood.pcapng"));
    assert_true(atoi(ran.out) > 0);
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &used), 0);
    assert_true(used.ru_maxrss < 300 * 1024); // KiB, of the largest process
    ran_free(&ran);
}

/* The stage, the wire's process, both programs: all that came from it. */
static void
nothing_survives_a_tcplab_that_is_killed(void **state)
{
    (void)state;
    need_wire();
    struct ran ran = run(
        "all() { for p in $(pgrep -P $1); do echo $p; all $p; done; }; "
        "$TCPLAB run 4 --on wire -o %s --client 'touch %s; exec sleep 98765' "
        ">%s 2>&1 & pid=$!; until [ -e %s ]; do kill -0 $pid || exit 9; done; "
        "pids=$(all $pid); kill -9 $pid; for p in $pids; do "
        "timeout 20 tail -s 0.02 --pid=$p -f /dev/null || exit 1; done; "
        "set -- $pids; echo $#",
        scratch_path("killed.pcapng"), scratch_path("runs"),
        scratch_path("killed.out"), scratch_path("runs"));
    assert_int_equal(ran.status, 0);
    assert_true(atoi(ran.out) >= 4);
    ran_free(&ran);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_250_ms_the_kernel_shows_every_state_of_both_ends),
        cmocka_unit_test(labs_03_04_07_and_08_hold_on_a_short_wire),
        cmocka_unit_test(labs_03_04_07_and_08_hold_on_a_slow_wire),
        cmocka_unit_test(a_way_without_hosts_is_refused_in_a_sentence),
        cmocka_unit_test(
            without_a_network_the_recorded_trace_is_judged_by_its_own_address),
        cmocka_unit_test(a_rule_that_fits_nothing_is_told),
        cmocka_unit_test(what_another_network_makes_different_is_told),
        cmocka_unit_test(a_lost_piece_of_a_datagram_is_told),
        cmocka_unit_test(a_lab_with_addresses_of_its_own_can_be_run_elsewhere),
        cmocka_unit_test(a_congestion_window_is_shown_as_it_changes),
        cmocka_unit_test(no_congestion_window_is_shown_unasked),
        cmocka_unit_test(a_wire_on_which_nothing_arrives_ends_by_its_time),
        cmocka_unit_test(a_flood_is_lost_rather_than_kept_in_memory),
        cmocka_unit_test(nothing_survives_a_tcplab_that_is_killed),
    };
    return cmocka_run_group_tests(tests, find_wire, NULL);
}
