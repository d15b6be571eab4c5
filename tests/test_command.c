/* The command line: exit statuses, options, and what reaches a terminal. */
#include "claim.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command_line.h"
#include "packets.h"
#include "scratch.h"

enum {
    MICROSECONDS = 0xa1b2c3d4
};

static struct made made;

/* A classic file of named packets, a millisecond apart. */
static const char *
capture_of(const char *name, const enum packet_name *names, size_t count)
{
    made_classic(&made, MICROSECONDS, LINK_ETHERNET, 0);
    for (uint32_t i = 0; i < count; i++) {
        struct packet packet = packet_named(names[i]);
        made_record(&made, 1700000000, i * 1000, packet.octets, packet.captured,
                    packet.original, 0);
    }
    return scratch_file(name, made.octets, made.bytes);
}

static const enum packet_name conversation[] = {
    PACKET_SYN, PACKET_SYN_ACK, PACKET_ACK, PACKET_DATA, PACKET_FIN,
};

static const char *
conversation_file(void)
{
    return capture_of("conversation.pcap", conversation,
                      sizeof conversation / sizeof conversation[0]);
}

static void
assert_status(int expected, const char *command)
{
    struct ran ran = run("cd %s; %s", scratch_folder(), command);
    if (ran.status != expected)
        fail_msg("%s: exit status %d, not %d\n%s", command, ran.status,
                 expected, ran.err);
    ran_free(&ran);
}

static void
exit_statuses_are_those_of_the_manual(void **state)
{
    (void)state;
    conversation_file();
    assert_status(0, "$TCPLAB --help");
    assert_status(0, "$TCPLAB --version");
    assert_status(0, "$TCPLAB show --help");
    assert_status(0, "$TCPLAB watch --help");
    assert_status(0, "$TCPLAB run --help");
    assert_status(2, "$TCPLAB");
    assert_status(2, "$TCPLAB no-such-command");
    assert_status(2, "$TCPLAB show");
    assert_status(2, "$TCPLAB show --no-such-option conversation.pcap");
    assert_status(2, "$TCPLAB show --as xml conversation.pcap");
    assert_status(2, "$TCPLAB show --connection 0 conversation.pcap");
    assert_status(2, "$TCPLAB show conversation.pcap -- no such filter");
    assert_status(2, "$TCPLAB watch");
    assert_status(2, "$TCPLAB run");
    assert_status(2, "$TCPLAB run no-such-lab");
    assert_status(2, "$TCPLAB run 4 --way sideways");
    assert_status(3, "$TCPLAB show no-such-file");
    assert_status(3, "$TCPLAB show .");
    assert_status(3, "$TCPLAB watch -i no-such-interface");
    assert_status(0, "$TCPLAB show conversation.pcap");
    assert_status(1, "head -c 100 conversation.pcap >cut; $TCPLAB show cut");
    assert_status(1, "echo words, no capture >words; $TCPLAB show words");
}

static void
a_wrong_option_is_named(void **state)
{
    (void)state;
    struct ran ran = run("$TCPLAB show --colour x");
    assert_non_null(strstr(ran.err, "there is no option --colour"));
    ran_free(&ran);
    ran = run("$TCPLAB show x --time");
    assert_non_null(strstr(ran.err, "a value is missing behind --time"));
    ran_free(&ran);
}

static void
help_into_a_closed_pipe_is_no_error(void **state)
{
    (void)state;
    struct ran ran =
        run("mkfifo %s; { exec 3<%s; exec 3<&-; } & "
            "exec 4>%s; wait; $TCPLAB --help >&4; echo $?",
            scratch_path("fifo"), scratch_path("fifo"), scratch_path("fifo"));
    assert_string_equal(ran.out, "0\n");
    ran_free(&ran);
}

static void
a_connection_that_is_not_there_is_a_no(void **state)
{
    (void)state;
    struct ran ran =
        run("$TCPLAB show --connection 99 %s", conversation_file());
    assert_int_equal(ran.status, 1);
    assert_non_null(strstr(ran.err, "no connection 99"));
    ran_free(&ran);
}

static void
messages_name_the_thing_and_the_reason(void **state)
{
    (void)state;
    struct ran ran = run("$TCPLAB show /no/such/file");
    assert_string_equal(ran.err, "tcplab: /no/such/file: No such file or "
                                 "directory\n");
    ran_free(&ran);
    ran = run("$TCPLAB show %s -- bogus filter", conversation_file());
    assert_non_null(strstr(ran.err, "syntax error"));
    ran_free(&ran);
}

static void
a_cut_file_shows_what_is_whole_and_its_verdict(void **state)
{
    (void)state;
    struct ran ran =
        run("head -c 200 %s | $TCPLAB show -", conversation_file());
    assert_int_equal(ran.status, 1);
    assert_non_null(strstr(ran.out, "SYN-ACK "));
    assert_non_null(strstr(ran.out, "VERDICT connection 1"));
    assert_non_null(strstr(ran.err, "after packet 2"));
    ran_free(&ran);
}

static void
a_lying_packet_in_a_whole_file_is_shown_and_no_failure(void **state)
{
    (void)state;
    made_classic(&made, MICROSECONDS, LINK_RAW, 0);
    struct packet packet = packet_named(PACKET_DATA_OFFSET_4);
    made_record(&made, 1, 0, packet.octets, packet.captured, packet.original,
                0);
    struct ran ran = run("$TCPLAB show %s",
                         scratch_file("lying.pcap", made.octets, made.bytes));
    assert_int_equal(ran.status, 0);
    assert_non_null(strstr(ran.out, "MALFORMED"));
    assert_non_null(strstr(ran.out, "data offset below the minimum"));
    ran_free(&ran);
}

static void
a_closed_pipe_ends_it_quietly(void **state)
{
    (void)state;
    static const char loop[] =
        "{ head -c 24 %s; for i in $(seq 2000); do tail -c +25 %s; done; }";
    char command[2048];
    const char *path = conversation_file();
    snprintf(command, sizeof command, loop, path, path);
    struct ran ran = run("cd %s; %s >big.pcap; { $TCPLAB show big.pcap; "
                         "echo $? >&2; } | head -1",
                         scratch_folder(), command);
    assert_string_equal(ran.err, "0\n");
    ran_free(&ran);
}

static void
a_full_disk_under_the_output_is_told(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK) < 0) {
        print_message("skipped: no /dev/full here\n");
        skip();
    }
    struct ran ran = run("$TCPLAB show %s >/dev/full", conversation_file());
    assert_int_equal(ran.status, 3);
    assert_non_null(strstr(ran.err, "No space left on device"));
    ran_free(&ran);
}

static void
gzip_comes_through_standard_input(void **state)
{
    (void)state;
    struct ran ran =
        run("gzip -c %s | $TCPLAB show --summary -", conversation_file());
    assert_int_equal(ran.status, 0);
    assert_non_null(strstr(ran.out, "Three-way handshake"));
    ran_free(&ran);
}

static void
nothing_in_a_payload_reaches_the_terminal_as_it_is(void **state)
{
    (void)state;
    uint8_t octets[256];
    struct packet packet = packet_named(PACKET_DATA);
    memcpy(octets, packet.octets, packet.captured);
    memcpy(octets + packet.captured - 7, "\033[2J\x9b\x07\"", 7);
    made_classic(&made, MICROSECONDS, LINK_ETHERNET, 0);
    made_record(&made, 1, 0, octets, packet.captured, packet.original, 0);
    const char *path = scratch_file("hostile.pcap", made.octets, made.bytes);
    static const char *const views[] = { "--as text", "--as json", "--plain" };
    for (int i = 0; i < 3; i++) {
        struct ran ran = run("$TCPLAB show --data %s %s", views[i], path);
        assert_int_equal(ran.status, 0);
        for (const char *c = ran.out; *c; c++)
            assert_true(*c == '\n' || (*c >= 0x20 && *c < 0x7f));
        assert_non_null(strstr(ran.out, "x1b[2J"));
        ran_free(&ran);
    }
}

static void
colour_is_for_terminals_that_want_it(void **state)
{
    (void)state;
    if (system("command -v script >/dev/null") != 0) {
        print_message("skipped: no script(1) to make a terminal\n");
        skip();
    }
    const char *path = conversation_file();
    static const char on_terminal[] =
        "script -qc '%s $TCPLAB show %s' /dev/null";
    struct ran colour = run(on_terminal, "TERM=xterm NO_COLOR=", path);
    assert_non_null(strstr(colour.out, "\033["));
    struct ran none = run(on_terminal, "TERM=xterm NO_COLOR=1", path);
    assert_null(strstr(none.out, "\033["));
    struct ran dumb = run(on_terminal, "TERM=dumb", path);
    assert_null(strstr(dumb.out, "\033["));
    struct ran piped = run("TERM=xterm $TCPLAB show %s", path);
    assert_null(strstr(piped.out, "\033["));
    ran_free(&colour);
    ran_free(&none);
    ran_free(&dumb);
    ran_free(&piped);
}

static void
plain_lines_have_at_most_72_columns(void **state)
{
    (void)state;
    struct ran ran =
        run("$TCPLAB show --plain --options --data %s", conversation_file());
    for (const char *line = ran.out; *line;) {
        size_t length = strcspn(line, "\n");
        assert_true(length <= 72);
        line += length + 1;
    }
    ran_free(&ran);
}

static void
several_files_are_independent(void **state)
{
    (void)state;
    const char *path = conversation_file();
    struct ran ran = run("$TCPLAB show --as json %s %s", path, path);
    json_t *lines = json_lines(ran.out);
    json_t *segments = json_of_kind(lines, "segment");
    json_t *connections = json_of_kind(lines, "connection");
    assert_int_equal(json_array_size(segments), 10);
    assert_int_equal(json_array_size(connections), 2);
    json_t *fifth = json_array_get(segments, 4);
    json_t *sixth = json_array_get(segments, 5);
    assert_int_equal(json_number(fifth, "frame"), 5);
    assert_int_equal(json_number(sixth, "frame"), 1);
    assert_int_equal(json_number(sixth, "connection"), 2);
    assert_string_equal(json_text(sixth, "file"), path);
    json_decref(segments);
    json_decref(connections);
    json_decref(lines);
    ran_free(&ran);
}

static void
events_are_numbered_in_order_in_every_selection(void **state)
{
    (void)state;
    struct ran ran = run("$TCPLAB show --as json %s", conversation_file());
    json_t *lines = json_lines(ran.out), *line;
    size_t i;
    json_array_foreach(lines, i, line)
    {
        assert_int_equal(json_number(line, "event"), i + 1);
        assert_true(json_is_string(json_object_get(line, "time_ns")));
    }
    struct ran summary =
        run("$TCPLAB show --summary --as json %s", conversation_file());
    json_t *only = json_lines(summary.out);
    assert_int_equal(json_array_size(only), 1);
    assert_true(json_equal(json_array_get(only, 0), json_array_get(lines, 5)));
    json_decref(only);
    json_decref(lines);
    ran_free(&summary);
    ran_free(&ran);
}

static void
a_segment_in_json_has_the_documented_keys(void **state)
{
    (void)state;
    struct ran ran = run("$TCPLAB show --as json %s", conversation_file());
    json_t *lines = json_lines(ran.out);
    json_t *expected = json_loads(
        "{\"event\":2,\"kind\":\"segment\",\"time_ns\":\"1700000000001000000\","
        "\"frame\":2,\"connection\":1,\"from\":\"server\","
        "\"src\":{\"address\":\"198.51.100.2\",\"port\":80},"
        "\"dst\":{\"address\":\"192.0.2.1\",\"port\":40000},"
        "\"flags\":[\"ACK\",\"SYN\"],\"seq\":5000,\"ack\":1001,"
        "\"rel_seq\":0,\"rel_ack\":1,\"len\":0,\"window\":65160,"
        "\"window_scaled\":true,\"urgent\":null,\"checksum\":\"right\","
        "\"options\":{\"MSS\":1460,\"SACK permitted\":true,"
        "\"window scale\":7},\"is\":[\"syn-ack\"],"
        "\"state\":{\"client\":\"ESTABLISHED\",\"server\":\"SYN-RECEIVED\"}}",
        0, NULL);
    assert_non_null(expected);
    assert_true(json_equal(json_array_get(lines, 1), expected));
    json_decref(expected);
    json_decref(lines);
    ran_free(&ran);
}

static void
an_icmp_error_is_joined_to_its_connection(void **state)
{
    (void)state;

    static const enum packet_name names[] = { PACKET_SYN,
                                              PACKET_PORT_UNREACHABLE };

    const char *path = capture_of("icmp.pcap", names, 2);
    struct ran ran = run("$TCPLAB show %s", path);
    assert_non_null(strstr(ran.out, "destination unreachable: port, about a "
                                    "segment 192.0.2.1:40000 > "
                                    "198.51.100.2:80 of connection 1"));
    ran_free(&ran);
}

static void
the_manual_names_every_option(void **state)
{
    (void)state;
    static const char *const commands[] = { "show", "watch", "run", "shell" };
    for (int i = 0; i < 4; i++) {
        // In mdoc(7) an option is ".Fl i", or ".Fl -as" for a long one.
        struct ran ran =
            run("$TCPLAB %s --help | grep -o -e '^  -[-a-zA-Z]*' | "
                "sed 's/^ *-/Fl /' | while read -r option; do "
                "grep -q -e \"$option\" src/tcplab.1 || echo \"$option\"; done",
                commands[i]);
        assert_string_equal(ran.out, "");
        ran_free(&ran);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_statuses_are_those_of_the_manual),
        cmocka_unit_test(a_wrong_option_is_named),
        cmocka_unit_test(help_into_a_closed_pipe_is_no_error),
        cmocka_unit_test(a_connection_that_is_not_there_is_a_no),
        cmocka_unit_test(messages_name_the_thing_and_the_reason),
        cmocka_unit_test(a_cut_file_shows_what_is_whole_and_its_verdict),
        cmocka_unit_test(
            a_lying_packet_in_a_whole_file_is_shown_and_no_failure),
        cmocka_unit_test(a_closed_pipe_ends_it_quietly),
        cmocka_unit_test(a_full_disk_under_the_output_is_told),
        cmocka_unit_test(gzip_comes_through_standard_input),
        cmocka_unit_test(nothing_in_a_payload_reaches_the_terminal_as_it_is),
        cmocka_unit_test(colour_is_for_terminals_that_want_it),
        cmocka_unit_test(plain_lines_have_at_most_72_columns),
        cmocka_unit_test(several_files_are_independent),
        cmocka_unit_test(events_are_numbered_in_order_in_every_selection),
        cmocka_unit_test(a_segment_in_json_has_the_documented_keys),
        cmocka_unit_test(an_icmp_error_is_joined_to_its_connection),
        cmocka_unit_test(the_manual_names_every_option),
    };
    return RUN(tests);
}
