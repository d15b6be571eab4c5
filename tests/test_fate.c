/* Frames on a wire: what leaves, what becomes of it, and what is told of it. */
#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    wire_begin(&wire, scratch_path("wire.pcapng"));
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
    wire_wait(&wire, 250);
    arrives(&wire, syn);
    uint64_t syn_ack = leaves(&wire, SERVER, SYN_ACK, 5000, 1001, "");
    wire_wait(&wire, 250);
    arrives(&wire, syn_ack);
    uint64_t ack = leaves(&wire, CLIENT, ACK, 1001, 5001, "");
    wire_wait(&wire, 250);
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
    wire_wait(&wire, 250);
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

int
main(int argc, char **argv)
{
    if (argc > 1) {
        write_stories(argv[1]);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(
            only_the_senders_state_moves_when_a_segment_leaves, setup),
        cmocka_unit_test_setup(a_fate_names_its_segment_and_how_long_it_took,
                               setup),
        cmocka_unit_test(
            the_golden_traces_of_a_wire_are_what_its_stories_write),
    };
    return RUN(tests);
}
