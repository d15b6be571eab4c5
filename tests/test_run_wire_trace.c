/* What Wireshark makes of a wire's trace. */
#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "traced.h"
#include "wire_run.h"

static void
need_tshark(void)
{
    need_wire();
    need_command("tshark -v");
}

static struct ran
tshark(const char *options)
{
    return run("tshark -r %s %s 2>/dev/null", scratch_path("wire.pcapng"),
               options);
}

static void
a_frame_stands_on_its_senders_interface(void **state)
{
    (void)state;
    need_tshark();
    struct wire_run r = wire_run(NO_KEYS, "7");
    struct ran ran =
        tshark("-Y tcp -T fields -e ip.src -e frame.interface_name | sort -u");
    assert_string_equal(ran.out, "192.0.2.1\tclient\n192.0.2.2\tserver\n");
    ran_free(&ran);
    ran = tshark("-Y tcp -T fields -e frame.number");
    json_t *segments = json_of_kind(r.lines, "segment");
    size_t i;
    json_t *segment;
    const char *at = ran.out;
    json_array_foreach(segments, i, segment)
    {
        char *end;
        assert_int_equal(strtol(at, &end, 10), json_number(segment, "frame"));
        at = end;
    }
    assert_string_equal(at, "\n");
    json_decref(segments);
    ran_free(&ran);
    wire_run_free(&r);
}

static void
calls_and_fates_are_rows_between_the_segments(void **state)
{
    (void)state;
    need_tshark();
    struct wire_run r =
        wire_run(NO_KEYS, "4 --delay 50ms --rule \"SYN-ACK #1 drop\"");
    static const char *const rows[] = { "connect(3, 192.0.2.2:7004)\n",
                                        "[SYN] Seq=0",
                                        "frame 1 arrived\n",
                                        "[SYN, ACK] Seq=0",
                                        "frame 2 lost: rule 1: drop\n",
                                        "[SYN, ACK] Seq=0",
                                        "connect(3, 192.0.2.2:7004) = 0\n",
                                        "accept(3, NULL)\n",
                                        "[FIN, ACK]",
                                        "exits with status 0\n" };
    struct ran ran = tshark("-T fields -e _ws.col.Info");
    const char *at = ran.out;
    for (size_t i = 0; at && i < sizeof rows / sizeof rows[0]; i++) {
        const char *row = strstr(at, rows[i]);
        if (!row)
            fail_msg("no row: %s\n%s", rows[i], ran.out);
        at = row + strlen(rows[i]);
    }
    ran_free(&ran);
    wire_run_free(&r);
}

/* Wireshark marks the frames that were sent again, and no others. */
static int
assert_marks(const char *options)
{
    char expected[1024] = "";
    size_t used = 0, i;
    int again = 0;
    json_t *line;
    struct wire_run r = wire_run(NO_KEYS, options);
    assert_int_equal(r.ran.status, 0);
    json_array_foreach(r.lines, i, line)
    {
        if (strcmp(json_text(line, "kind"), "segment") != 0 ||
            !wire_is(line, "retransmission"))
            continue;
        again++;
        used += (size_t)snprintf(expected + used, sizeof expected - used,
                                 "%lld\n", json_number(line, "frame"));
    }
    struct ran ran = tshark("-Y tcp.analysis.flags -T fields -e frame.number");
    assert_string_equal(ran.out, expected);
    ran_free(&ran);
    wire_run_free(&r);
    return again;
}

static void
wireshark_marks_nothing_in_a_clean_run(void **state)
{
    (void)state;
    static const char *const labs[] = { "4",
                                        "7",
                                        "8",
                                        "4 --variant hello --delay 20ms",
                                        "7 --delay 20ms",
                                        "8 --delay 20ms" };
    need_tshark();
    for (size_t i = 0; i < sizeof labs / sizeof labs[0]; i++)
        assert_int_equal(assert_marks(labs[i]), 0);
}

static void
wireshark_marks_what_was_really_sent_again(void **state)
{
    (void)state;
    static const char *const labs[] = {
        "4 --variant hello --rule \"client > server DATA #1 drop\"",
        "4 --variant hello --rule \"client > server DATA #1 corrupt\"",
        "4 --rule \"client > server SYN #1 drop\"",
    };
    need_tshark();
    for (size_t i = 0; i < sizeof labs / sizeof labs[0]; i++)
        assert_int_equal(assert_marks(labs[i]), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_stands_on_its_senders_interface),
        cmocka_unit_test(calls_and_fates_are_rows_between_the_segments),
        cmocka_unit_test(wireshark_marks_nothing_in_a_clean_run),
        cmocka_unit_test(wireshark_marks_what_was_really_sent_again),
    };
    return cmocka_run_group_tests(tests, find_wire, NULL);
}
