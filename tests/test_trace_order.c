/* tcplab trace, live: causes stand before effects, and nothing is lost. */
#include "claim.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "same_calls.h"
#include "scratch.h"
#include "traced.h"

/* ---- What a run did ----------------------------------------------------- */

enum {
    CONNECTIONS_MAX = 2048,
    PROCESSES_MAX = 4096, // a namespace of its own counts from 1
    DESCRIPTORS_MAX = 16,
};

/* Numbers of events of one connection; 0: not seen. */
struct happened {
    long long connect_entry, connect_return, syn, syn_ack;
    long long fin[2], released[2]; // of the client, of the server
};

/* What a run did. Connections are counted as they come: one thread connects,
 * and one accepts. */
struct story {
    struct happened connections[CONNECTIONS_MAX];
    int connected, accepted;
    int held[PROCESSES_MAX][DESCRIPTORS_MAX]; // the connection of each, or 0
};

static int
party_of(json_t *event, const char *key)
{
    return strcmp(json_text(event, key), "client") != 0;
}

/* What the event's process holds at a descriptor. */
static int *
held_at(struct story *story, json_t *event, long long fd)
{
    long long pid = json_number(event, "pid");
    assert_in_range(pid, 1, PROCESSES_MAX - 1);
    assert_in_range(fd, 0, DESCRIPTORS_MAX - 1);
    return &story->held[pid][fd];
}

static void
take_segment(struct story *story, json_t *event)
{
    long long number = json_number(event, "event");
    struct happened *h = &story->connections[json_number(event, "connection")];
    bool syn = has_flag(event, "SYN"), ack = has_flag(event, "ACK");
    int from = party_of(event, "from");
    if (syn && !ack && !h->syn)
        h->syn = number;
    if (syn && ack && !h->syn_ack)
        h->syn_ack = number;
    if (has_flag(event, "FIN") && !h->fin[from])
        h->fin[from] = number;
}

static void
release(struct story *story, json_t *event, int *held)
{
    if (*held)
        story->connections[*held].released[party_of(event, "who")] =
            json_number(event, "event");
    *held = 0;
}

static long long
first_argument(json_t *event)
{
    return atoll(
        json_string_value(json_array_get(json_object_get(event, "args"), 0)));
}

static void
take_entry(struct story *story, json_t *event)
{
    if (!strcmp(json_text(event, "name"), "close"))
        release(story, event, held_at(story, event, first_argument(event)));
}

static void
take_return(struct story *story, json_t *event)
{
    const char *name = json_text(event, "name");
    if (json_is_true(json_object_get(event, "interrupted")))
        return;
    if (!strcmp(name, "connect")) {
        struct happened *h = &story->connections[++story->connected];
        h->connect_entry = json_number(event, "call");
        h->connect_return = json_number(event, "event");
        *held_at(story, event, first_argument(event)) = story->connected;
    } else if (!strcmp(name, "accept")) {
        *held_at(story, event, json_number(event, "result")) =
            ++story->accepted;
    }
}

/* A child has what its parent has. */
static void
take_fork(struct story *story, json_t *event)
{
    long long child = json_number(event, "child");
    assert_in_range(child, 1, PROCESSES_MAX - 1);
    memcpy(story->held[child], held_at(story, event, 0),
           sizeof story->held[child]);
}

static void
take_event(struct story *story, json_t *event)
{
    const char *kind = json_text(event, "kind");
    if (!strcmp(kind, "segment"))
        take_segment(story, event);
    else if (!strcmp(kind, "call"))
        take_entry(story, event);
    else if (!strcmp(kind, "return"))
        take_return(story, event);
    else if (!strcmp(kind, "fork"))
        take_fork(story, event);
    else if (!strcmp(kind, "exit"))
        for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
            release(story, event, held_at(story, event, fd));
}

/* ---- The order of calls and segments ------------------------------------ */

/* Returns in how many places the order is not that of cause and effect. */
static int
count_violations(const struct happened *h)
{
    int count = 0;
    if (!h->connect_entry || !h->syn || !h->syn_ack || !h->fin[0] || !h->fin[1])
        fail_msg("a connection is not whole");
    count += h->connect_entry > h->syn;
    count += h->syn_ack > h->connect_return;
    for (int who = 0; who < 2; who++)
        count += !h->released[who] || h->released[who] > h->fin[who];
    return count;
}

static void
assert_order(const char *programs, int connections)
{
    static struct story story;
    int violations = 0;
    size_t i;
    struct ran ran = trace(programs);
    if (ran.status != 0)
        fail_msg("exit status %d: %s", ran.status, ran.err);
    json_t *lines = json_lines(ran.out), *event;
    memset(&story, 0, sizeof story);
    json_array_foreach(lines, i, event) take_event(&story, event);
    assert_int_equal(story.connected, connections);
    assert_int_equal(story.accepted, connections);
    for (int c = 1; c <= connections; c++)
        violations += count_violations(&story.connections[c]);
    assert_int_equal(violations, 0);
    assert_same_calls(lines);
    json_decref(lines);
    ran_free(&ran);
}

static const char *const thousand_connections =
    "--server '" PROGRAMS "serial_server $TCPLAB_PORT 1000' "
    "--client '" PROGRAMS "echo_clients $TCPLAB_PORT 1000 silent'";

static void
causes_stand_before_effects_in_1000_connections(void **state)
{
    (void)state;
    need_namespace();
    assert_order(thousand_connections, 1000);
}

static void
the_last_reference_is_what_sends_the_fin(void **state)
{
    (void)state;
    need_namespace();
    assert_order("--server '" PROGRAMS "fork_server $TCPLAB_PORT 100' "
                 "--client '" PROGRAMS "echo_clients $TCPLAB_PORT 100 silent'",
                 100);
    assert_order("--server '" PROGRAMS "fork_server $TCPLAB_PORT 100 exit' "
                 "--client '" PROGRAMS "echo_clients $TCPLAB_PORT 100 silent'",
                 100);
}

/*
 * The client's FIN and its server's are what bring these states about. Who sends
 * a FIN changes its state a moment before the FIN leaves: FIN-WAIT-1 may stand
 * before the client's, LAST-ACK before the server's.
 */
static bool
needs_fin(const char *state, const struct happened *h)
{
    if (!strcmp(state, "FIN-WAIT-2") || !strcmp(state, "CLOSE-WAIT") ||
        !strcmp(state, "LAST-ACK"))
        return !h->fin[0];
    if (!strcmp(state, "TIME-WAIT"))
        return !h->fin[0] || !h->fin[1];
    return !strcmp(state, "ESTABLISHED") && !h->syn_ack;
}

static void
a_state_stands_behind_what_brought_it_about(void **state)
{
    (void)state;
    need_namespace();
    static struct story story;
    int early = 0;
    size_t i;
    struct ran ran = trace(thousand_connections);
    json_t *lines = json_lines(ran.out), *event, *number;
    memset(&story, 0, sizeof story);
    json_array_foreach(lines, i, event)
    {
        take_event(&story, event);
        number = json_object_get(event, "connection");
        if (!strcmp(json_text(event, "kind"), "state") &&
            json_is_integer(number))
            early += needs_fin(json_text(event, "state"),
                               &story.connections[json_integer_value(number)]);
    }
    assert_int_equal(early, 0);
    json_decref(lines);
    ran_free(&ran);
}

/* Of which connection a call is, and whose a state is, is always known. */
static void
calls_and_states_name_their_connection_and_party(void **state)
{
    (void)state;
    need_namespace();
    size_t i;
    int unknown = 0, nobodys = 0;
    struct ran ran = trace(thousand_connections);
    json_t *lines = json_lines(ran.out), *event;
    json_array_foreach(lines, i, event)
    {
        bool returns = !strcmp(json_text(event, "kind"), "return");
        const char *name = json_text(event, "name");
        nobodys += !strcmp(json_text(event, "kind"), "state") &&
                   json_is_null(json_object_get(event, "who"));
        unknown += returns &&
                   (!strcmp(name, "connect") || !strcmp(name, "accept") ||
                    !strcmp(name, "recv")) &&
                   json_is_null(json_object_get(event, "connection"));
    }
    assert_int_equal(unknown, 0);
    assert_int_equal(nobodys, 0);
    json_decref(lines);
    ran_free(&ran);
}

/* What getsockname() and accept() gave their callers is what stands beside their
 * returns, though nobody told us. Returns how many of these there are. */
static int
check_endpoints(json_t *lines, const char *name, const char *end)
{
    size_t i;
    int count = 0;
    json_t *event;
    json_array_foreach(lines, i, event)
    {
        if (strcmp(json_text(event, "kind"), "return") != 0 ||
            strcmp(json_text(event, "name"), name) != 0)
            continue;
        json_t *arguments = json_object_get(event, "args");
        assert_string_equal(json_text(event, end),
                            json_string_value(json_array_get(arguments, 1)));
        count++;
    }
    return count;
}

static void
connections_opened_at_once_are_not_mixed_up(void **state)
{
    (void)state;
    need_namespace();
    struct ran ran =
        trace("--client true --server '" PROGRAMS "ports $TCPLAB_PORT 8 50'");
    assert_int_equal(ran.status, 0);
    json_t *lines = json_lines(ran.out);
    assert_int_equal(check_endpoints(lines, "getsockname", "local"), 8 * 50);
    assert_int_equal(check_endpoints(lines, "accept", "remote"), 8 * 50);
    json_decref(lines);
    ran_free(&ran);
}

/* ---- A second capture --------------------------------------------------- */

/* Start a server that waits until somebody else captures beside us. */
static struct ran
trace_beside_another_capture(void)
{
    new_log();
    setenv("FOLDER", scratch_folder(), 1);
    return run(
        "rm -f $FOLDER/go $FOLDER/net; "
        "timeout 30 $TCPLAB trace --way %s -o $FOLDER/run.pcapng --summary "
        "--server 'readlink /proc/self/ns/net >$FOLDER/net; "
        "while [ ! -e $FOLDER/go ]; do sleep .05; done; exec " PROGRAMS
        "serial_server $TCPLAB_PORT 200' "
        "--client '" PROGRAMS "echo_clients $TCPLAB_PORT 200' & "
        "run=$!; while [ ! -s $FOLDER/net ]; do sleep .05; done; "
        "p=$(ls -l /proc/[0-9]*/ns/net 2>/dev/null | "
        "grep -F \"$(cat $FOLDER/net)\" | "
        "sed 's,.*/proc/\\([0-9]*\\)/.*,\\1,' | head -1); "
        "nsenter --net=/proc/$p/ns/net tcpdump -Z root -U "
        "--immediate-mode -s 256 -B 16384 -i lo "
        "-w $FOLDER/second.pcap tcp 2>$FOLDER/said & "
        "dump=$!; until grep -q listening $FOLDER/said; do sleep .05; done; "
        "touch $FOLDER/go; wait $run; status=$?; "
        "count() { tcpdump -r $FOLDER/$1 tcp 2>/dev/null | wc -l; }; "
        "all=$(count run.pcapng); "
        "for i in $(seq 100); do [ $(count second.pcap) -ge $all ] && break; "
        "sleep .1; done; kill $dump; wait $dump; exit $status",
        way);
}

/* Sorted: two captures need not agree about what two processors send at once.
 * Returns how many there are. */
static int
write_segments(const char *trace_file, const char *text_file)
{
    struct ran ran =
        run("tshark -r %s -Y tcp -T fields -e tcp.srcport -e tcp.seq_raw "
            "-e tcp.ack_raw -e tcp.flags -e tcp.len 2>/dev/null | "
            "sort >%s; wc -l <%s",
            scratch_path(trace_file), scratch_path(text_file),
            scratch_path(text_file));
    int count = atoi(ran.out);
    ran_free(&ran);
    return count;
}

/* A capture of the namespace's own, by root from outside. */
static void
segments_are_those_of_a_second_capture(void **state)
{
    (void)state;
    need_namespace();
    need_command("[ $(id -u) = 0 ] && command -v nsenter && "
                 "command -v tcpdump && command -v tshark");
    struct ran ran = trace_beside_another_capture();
    if (ran.status != 0)
        fail_msg("exit status %d: %s", ran.status, ran.err);
    ran_free(&ran);
    assert_true(write_segments("run.pcapng", "ours") > 200 * 8);
    assert_true(write_segments("second.pcap", "theirs") > 200 * 8);
    ran = run("diff %s %s | head -20", scratch_path("ours"),
              scratch_path("theirs"));
    assert_string_equal(ran.out, "");
    ran_free(&ran);
}

/* ---- A view that stands still ------------------------------------------- */

static long long
octets_sent(json_t *lines)
{
    json_t *connections = json_of_kind(lines, "connection");
    assert_int_equal(json_array_size(connections), 1);
    json_t *client = json_object_get(json_array_get(connections, 0), "client");
    long long bytes = json_number(client, "bytes");
    json_decref(connections);
    return bytes;
}

static void
nothing_is_lost_when_nobody_looks(void **state)
{
    (void)state;
    need_namespace();
    new_log();
    struct ran ran = run("timeout 30 $TCPLAB trace --way %s --as json -o %s "
                         "--server '" PROGRAMS "bulk $TCPLAB_PORT' "
                         "--client '" PROGRAMS "bulk $TCPLAB_PORT 50' | "
                         "{ read -r line; sleep 3; echo \"$line\"; cat; }",
                         way, scratch_path("run.pcapng"));
    json_t *lines = json_lines(ran.out);
    assert_null(strstr(ran.err, "missing"));
    assert_null(strstr(ran.err, "too late"));
    assert_true(assert_same_calls(lines) > 2 * 50000000 / 65536);
    assert_true(octets_sent(lines) >= 50000000);
    json_decref(lines);
    ran_free(&ran);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(causes_stand_before_effects_in_1000_connections),
        cmocka_unit_test(the_last_reference_is_what_sends_the_fin),
        cmocka_unit_test(a_state_stands_behind_what_brought_it_about),
        cmocka_unit_test(calls_and_states_name_their_connection_and_party),
        cmocka_unit_test(connections_opened_at_once_are_not_mixed_up),
        cmocka_unit_test(segments_are_those_of_a_second_capture),
        cmocka_unit_test(nothing_is_lost_when_nobody_looks),
    };
    const char *only = getenv("TCPLAB_TEST_ONLY");
    if (only)
        cmocka_set_test_filter(only);
    return cmocka_run_group_tests(tests, find_way, NULL);
}
