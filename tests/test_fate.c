/* Frames on a wire: what leaves, what becomes of it, and what is told of it. */
#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../capture/source.h"
#include "../src/event/event.h"
#include "command_line.h"
#include "scratch.h"
#include "wire_story.h"
#include "wire_trace.h"

enum {
    SYN = SEG_SYN,
    ACK = SEG_ACK,
    FIN = SEG_FIN | SEG_ACK,
    RST = SEG_RST,
    SYN_ACK = SEG_SYN | SEG_ACK,
};

static struct wire_trace wire;

static int
setup(void **state)
{
    (void)state;
    wire_trace_begin(&wire, scratch_path("wire.pcapng"));
    return 0;
}

/* The trace ends; its JSON lines, to be freed. */
static json_t *
shown(void)
{
    wire_trace_end(&wire);
    struct ran ran =
        run("$TCPLAB show --as json %s", scratch_path("wire.pcapng"));
    assert_int_equal(ran.status, 0);
    assert_string_equal(ran.err, "");
    json_t *lines = json_lines(ran.out);
    ran_free(&ran);
    return lines;
}

static void
assert_states(json_t *lines, size_t index, const char *key, const char *client,
              const char *server)
{
    json_t *states = json_object_get(json_array_get(lines, index), key);
    assert_string_equal(json_text(states, "client"), client);
    assert_string_equal(json_text(states, "server"), server);
}

static bool
says(json_t *line, const char *word)
{
    size_t i;
    json_t *value;
    json_array_foreach(json_object_get(line, "is"), i, value)
    {
        if (!strcmp(json_string_value(value), word))
            return true;
    }
    return false;
}

/* ---- Leaving and arriving ------------------------------------------------ */

static void
only_the_senders_state_moves_when_a_segment_leaves(void **state)
{
    (void)state;
    uint64_t syn = leaves(&wire, CLIENT, SYN, 1000, 0, "");
    wire_trace_wait(&wire, 250);
    arrives(&wire, syn);
    uint64_t syn_ack = leaves(&wire, SERVER, SYN_ACK, 5000, 1001, "");
    wire_trace_wait(&wire, 250);
    arrives(&wire, syn_ack);
    uint64_t ack = leaves(&wire, CLIENT, ACK, 1001, 5001, "");
    wire_trace_wait(&wire, 250);
    arrives(&wire, ack);
    json_t *lines = shown();
    assert_states(lines, 0, "state", "SYN-SENT", "LISTEN");
    assert_states(lines, 1, "after", "SYN-SENT", "SYN-RECEIVED");
    assert_states(lines, 2, "state", "SYN-SENT", "SYN-RECEIVED");
    assert_states(lines, 3, "after", "ESTABLISHED", "SYN-RECEIVED");
    assert_states(lines, 4, "state", "ESTABLISHED", "SYN-RECEIVED");
    assert_states(lines, 5, "after", "ESTABLISHED", "ESTABLISHED");
    assert_true(says(json_array_get(lines, 5), "handshake-ack"));
    json_decref(lines);
}

static void
a_fate_names_its_segment_and_how_long_it_took(void **state)
{
    (void)state;
    uint64_t syn = leaves(&wire, CLIENT, SYN, 1000, 0, "");
    fate(&wire, syn, FATE_HELD, "rule 1: hold");
    wire_trace_wait(&wire, 250);
    arrives(&wire, syn);
    json_t *lines = shown();
    json_t *held = json_array_get(lines, 1), *fate = json_array_get(lines, 2);
    assert_string_equal(json_text(held, "fate"), "held");
    assert_string_equal(json_text(held, "why"), "rule 1: hold");
    assert_string_equal(json_text(held, "flight_ns"), "null");
    assert_states(lines, 1, "after", "SYN-SENT", "LISTEN");
    assert_string_equal(json_text(fate, "kind"), "fate");
    assert_string_equal(json_text(fate, "fate"), "arrived");
    assert_int_equal(json_number(fate, "of"), 1);
    assert_int_equal(json_number(fate, "frame"), 3);
    assert_int_equal(json_number(fate, "copy"), 1);
    assert_int_equal(json_number(fate, "connection"), 1);
    assert_string_equal(json_text(fate, "from"), "client");
    assert_string_equal(json_text(fate, "flight_ns"), "250020000");
    json_decref(lines);
}

/* ---- What the wire does -------------------------------------------------- */

static json_t *
fate_of(json_t *lines, size_t index)
{
    json_t *line = json_array_get(lines, index);
    assert_string_equal(json_text(line, "kind"), "fate");
    return line;
}

static void
what_is_lost_is_never_received(void **state)
{
    (void)state;
    is_lost(&wire, leaves(&wire, CLIENT, SYN, 1000, 0, ""), "queue full");
    json_t *lines = shown();
    json_t *fate = fate_of(lines, 1);
    assert_string_equal(json_text(fate, "fate"), "lost");
    assert_string_equal(json_text(fate, "why"), "queue full");
    assert_string_equal(json_text(fate, "flight_ns"), "10000");
    assert_states(lines, 1, "after", "SYN-SENT", "LISTEN");
    json_t *connection = json_array_get(lines, 2);
    assert_int_equal(json_number(json_object_get(connection, "client"), "lost"),
                     1);
    assert_string_equal(json_text(connection, "opening"), "unanswered");
    json_decref(lines);
}

static void
a_doubled_frame_is_received_twice_and_no_more(void **state)
{
    (void)state;
    wire_trace_open(&wire);
    uint64_t data = leaves(&wire, CLIENT, ACK, 1001, 5001, "hello");
    fate(&wire, data, FATE_DOUBLED, "rule 2: duplicate");
    arrives(&wire, data);
    arrives(&wire, data);
    arrives(&wire, data);
    json_t *lines = shown();
    assert_int_equal(json_number(fate_of(lines, 8), "copy"), 1);
    assert_false(says(fate_of(lines, 8), "duplicate"));
    assert_int_equal(json_number(fate_of(lines, 9), "copy"), 2);
    assert_true(says(fate_of(lines, 9), "duplicate"));
    assert_string_equal(json_text(fate_of(lines, 10), "of"), "null");
    assert_true(json_is_null(json_object_get(fate_of(lines, 10), "of")));
    json_decref(lines);
}

static void
a_corrupted_frame_arrives_and_is_thrown_away(void **state)
{
    (void)state;
    uint64_t syn = leaves(&wire, CLIENT, SYN, 1000, 0, "");
    fate(&wire, syn, FATE_CORRUPTED, "rule 1: corrupt");
    arrives(&wire, syn);
    json_t *lines = shown();
    assert_states(lines, 2, "after", "SYN-SENT", "LISTEN");
    json_decref(lines);
}

static void
what_is_no_segment_has_fates_too(void **state)
{
    (void)state;
    is_lost(&wire, other_leaves(&wire, SERVER), "rule 1: drop");
    json_t *lines = shown();
    json_t *fate = fate_of(lines, 1);
    assert_int_equal(json_number(fate, "of"), 1);
    assert_true(json_is_null(json_object_get(fate, "connection")));
    assert_true(json_is_null(json_object_get(fate, "from")));
    assert_true(json_is_null(json_object_get(fate, "after")));
    json_decref(lines);
}

/* ---- Traces that are not as they should be ------------------------------- */

static void
a_trace_may_end_with_frames_in_the_air(void **state)
{
    (void)state;
    wire_trace_open(&wire);
    leaves(&wire, CLIENT, FIN, 1001, 5001, "");
    leaves(&wire, SERVER, FIN, 5001, 1001, "");
    json_t *lines = shown();
    assert_states(lines, 7, "state", "FIN-WAIT-1", "FIN-WAIT-1");
    assert_string_equal(json_text(json_array_get(lines, 8), "kind"),
                        "connection");
    json_decref(lines);
}

static void
a_fate_that_names_no_frame_changes_nothing(void **state)
{
    (void)state;
    arrives(&wire, 1); // it has not left yet
    arrives(&wire, 0);
    fate(&wire, UINT64_C(0x7fffffffffffffff), FATE_LOST, "");
    uint64_t syn = leaves(&wire, CLIENT, SYN, 1000, 0, "");
    arrives(&wire, syn + FLIGHTS); // at the same place in the air
    is_lost(&wire, syn, "");
    arrives(&wire, syn); // too late
    json_t *lines = shown();
    for (size_t i = 0; i < 7; i++)
        if (i != 3 && i != 5)
            assert_true(json_is_null(json_object_get(fate_of(lines, i), "of")));
    assert_states(lines, 5, "after", "SYN-SENT", "LISTEN");
    assert_true(json_is_null(json_object_get(fate_of(lines, 6), "after")));
    json_decref(lines);
}

static void
a_number_used_again_is_the_newer_frames(void **state)
{
    (void)state;
    arrives(&wire, 99);
    leaves(&wire, CLIENT, SYN, 1000, 0, "");
    wire_trace_number(&wire, 1);
    arrives(&wire, leaves(&wire, CLIENT, SYN, 1000, 0, ""));
    json_t *lines = shown();
    assert_int_equal(json_number(fate_of(lines, 3), "of"), 3);
    json_decref(lines);
}

static void
a_frame_that_finds_no_place_in_the_air_arrives_at_once(void **state)
{
    (void)state;
    arrives(&wire, 99);
    uint64_t first = leaves(&wire, CLIENT, SYN, 1000, 0, "");
    wire_trace_number(&wire, first + FLIGHTS);
    uint64_t second = leaves(&wire, CLIENT, SYN, 1000, 0, "");
    arrives(&wire, second);
    arrives(&wire, first);
    json_t *lines = shown();
    assert_states(lines, 2, "state", "SYN-SENT", "SYN-RECEIVED");
    assert_true(json_is_null(json_object_get(fate_of(lines, 3), "of")));
    assert_int_equal(json_number(fate_of(lines, 4), "of"), 2);
    json_decref(lines);
}

/* Another program's numbers, or a part of a trace without its fates. */
static void
numbers_without_fates_are_no_more_than_that(void **state)
{
    (void)state;
    leaves(&wire, CLIENT, SYN, 1000, 0, "");
    leaves(&wire, SERVER, SYN_ACK, 5000, 1001, "");
    leaves(&wire, CLIENT, ACK, 1001, 5001, "");
    leaves(&wire, CLIENT, FIN, 1001, 5001, "");
    leaves(&wire, SERVER, FIN, 5001, 1002, "");
    leaves(&wire, CLIENT, ACK, 1002, 5002, "");
    json_t *lines = shown();
    assert_states(lines, 0, "state", "SYN-SENT", "LISTEN");
    assert_states(lines, 1, "state", "ESTABLISHED", "SYN-RECEIVED");
    assert_states(lines, 5, "state", "TIME-WAIT", "CLOSED");
    json_t *connection = json_array_get(lines, 6);
    assert_string_equal(json_text(connection, "opening"), "three-way");
    assert_string_equal(json_text(connection, "closing"), "three-segment");
    json_decref(lines);
}

/* What a terminal would obey comes out as words. */
static void
a_reason_is_shown_escaped(void **state)
{
    (void)state;
    is_lost(&wire, leaves(&wire, CLIENT, SYN, 1000, 0, ""), "\033[2J\nhim");
    wire_trace_end(&wire);
    static const char *const views[] = { "", "--plain", "--as timeline" };
    for (size_t i = 0; i < 3; i++) {
        struct ran ran =
            run("$TCPLAB show %s %s", views[i], scratch_path("wire.pcapng"));
        assert_null(strchr(ran.out, '\033'));
        assert_non_null(strstr(ran.out, "\\x1b[2J\\x0ahim"));
        ran_free(&ran);
    }
}

/* ---- Every prefix -------------------------------------------------------- */

static void
count_event(void *context, const struct event *event)
{
    uint64_t *last = context;
    assert_int_equal(event->number, *last + 1);
    *last = event->number;
}

/* In this process, to the end; returns how many events there were. */
static uint64_t
follow(const char *path)
{
    struct source_error error;
    struct source *source = source_open_file(path, NULL, &error);
    uint64_t last = 0;
    struct packet packet;
    struct decoded decoded;
    if (!source)
        return 0;
    struct events *events = events_new(100, count_event, &last);
    while (source_next(source, &packet) == SOURCE_PACKET) {
        decode_packet(&packet, &decoded);
        events_packet(events, &packet, &decoded);
    }
    events_end_capture(events);
    events_free(events);
    source_close(source);
    return last;
}

static void
every_prefix_of_a_wires_trace_is_followed_to_its_end(void **state)
{
    (void)state;
    size_t bytes = 0;
    uint64_t before = 0;
    char *octets = scratch_read("tests/golden/wire-loss.pcapng", &bytes);
    for (size_t n = 0; n <= bytes; n++) {
        uint64_t events = follow(scratch_file("prefix.pcapng", octets, n));
        assert_true(events >= before || events + 1 == before);
        before = events;
    }
    assert_true(before > 40);
    free(octets);
}

/* A prefix, and each octet that says something else, in every view. */
static void
cut_and_damaged_traces_are_shown_in_every_view(void **state)
{
    (void)state;
    static const char *const views[] = { "", "--plain", "--as timeline",
                                         "--as json", "--summary" };
    size_t bytes = 0;
    char *octets = scratch_read("tests/golden/wire-loss.pcapng", &bytes);
    for (size_t n = 97; n < bytes; n += 211) {
        scratch_file("cut.pcapng", octets, n);
        octets[n] = (char)(octets[n] ^ 0x5a);
        scratch_file("damaged.pcapng", octets, bytes);
        octets[n] = (char)(octets[n] ^ 0x5a);
        for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
            struct ran ran =
                run("$TCPLAB show %s %s %s", views[i],
                    scratch_path("cut.pcapng"), scratch_path("damaged.pcapng"));
            assert_in_range(ran.status, 0, 1);
            ran_free(&ran);
        }
    }
    free(octets);
}

/* ---- Golden traces ------------------------------------------------------- */

/* `test_fate FOLDER` writes the golden traces there: see make golden. */
static void
write_stories(const char *folder)
{
    char path[512];
    for (int i = 0; i < WIRE_STORIES; i++) {
        snprintf(path, sizeof path, "%s/%s.pcapng", folder,
                 wire_stories[i].name);
        wire_stories[i].write(path);
    }
}

static void
the_golden_traces_of_a_wire_are_what_its_stories_write(void **state)
{
    (void)state;
    write_stories(scratch_folder());
    for (int i = 0; i < WIRE_STORIES; i++) {
        char name[64], path[512];
        size_t one_bytes = 0, two_bytes = 0;
        snprintf(name, sizeof name, "%s.pcapng", wire_stories[i].name);
        snprintf(path, sizeof path, "tests/golden/%s", name);
        char *one = scratch_read(path, &one_bytes);
        char *two = scratch_read(scratch_path(name), &two_bytes);
        assert_non_null(one);
        assert_int_equal(one_bytes, two_bytes);
        assert_memory_equal(one, two, one_bytes);
        free(one);
        free(two);
    }
}

#define CLAIM(name) cmocka_unit_test_setup(name, setup)

int
main(int argc, char **argv)
{
    if (argc > 1) {
        write_stories(argv[1]);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        CLAIM(only_the_senders_state_moves_when_a_segment_leaves),
        CLAIM(a_fate_names_its_segment_and_how_long_it_took),
        CLAIM(what_is_lost_is_never_received),
        CLAIM(a_doubled_frame_is_received_twice_and_no_more),
        CLAIM(a_corrupted_frame_arrives_and_is_thrown_away),
        CLAIM(what_is_no_segment_has_fates_too),
        CLAIM(a_trace_may_end_with_frames_in_the_air),
        CLAIM(a_fate_that_names_no_frame_changes_nothing),
        CLAIM(a_number_used_again_is_the_newer_frames),
        CLAIM(a_frame_that_finds_no_place_in_the_air_arrives_at_once),
        CLAIM(numbers_without_fates_are_no_more_than_that),
        CLAIM(a_reason_is_shown_escaped),
        cmocka_unit_test(every_prefix_of_a_wires_trace_is_followed_to_its_end),
        cmocka_unit_test(cut_and_damaged_traces_are_shown_in_every_view),
        cmocka_unit_test(
            the_golden_traces_of_a_wire_are_what_its_stories_write),
    };
    return RUN(tests);
}
