/* tcplab trace, live: what is saved is what was shown, here and elsewhere. */
#include "claim.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scratch.h"
#include "traced.h"

/* ---- The saved trace ---------------------------------------------------- */

static const char *const conversation =
    "--server '" PROGRAMS "fork_server $TCPLAB_PORT 2' "
    "--client 'echo hello; " PROGRAMS "echo_clients $TCPLAB_PORT 2'";

static void
assert_replayed(const char *options)
{
    const char *path = scratch_path("saved.pcapng");
    new_log();
    struct ran live = run("timeout 20 $TCPLAB trace --way %s -o %s %s %s", way,
                          path, options, conversation);
    struct ran saved = run("$TCPLAB show %s %s", options, path);
    assert_int_equal(live.status, 0);
    assert_int_equal(saved.status, 0);
    assert_true(strlen(live.out) > 200);
    assert_string_equal(live.out, saved.out);
    ran_free(&live);
    ran_free(&saved);
}

static void
a_saved_run_is_shown_as_it_was_live(void **state)
{
    (void)state;
    need_way();
    assert_replayed("--as timeline");
    assert_replayed("--as timeline --plain");
    assert_replayed("--as timeline --absolute");
    assert_replayed("--as json");
    assert_replayed("--as text");
    assert_replayed("");
}

/* How many calls of the client's there are, as JSON. */
static size_t
count_calls(const char *text)
{
    json_t *lines = json_lines(text);
    json_t *calls = json_of_kind(lines, "call"), *call;
    size_t i, count = 0;
    json_array_foreach(calls, i, call) count +=
        !strcmp(json_text(call, "who"), "client");
    json_decref(calls);
    json_decref(lines);
    return count;
}

static void
a_quiet_run_shows_nothing_and_is_saved_whole(void **state)
{
    (void)state;
    need_way();
    char path[256];
    snprintf(path, sizeof path, "%s", scratch_path("quiet.pcapng"));
    new_log();
    struct ran loud = run("timeout 20 $TCPLAB trace --way %s -o /dev/null "
                          "--as json %s",
                          way, conversation);
    struct ran quiet = run("timeout 20 $TCPLAB trace --way %s -o %s --quiet %s",
                           way, path, conversation);
    struct ran saved = run("$TCPLAB show --as json %s", path);
    assert_int_equal(quiet.status, 0);
    assert_string_equal(quiet.out, "");
    assert_int_equal(saved.status, 0);
    assert_true(count_calls(loud.out) > 10);
    assert_int_equal(count_calls(saved.out), count_calls(loud.out));
    ran_free(&loud);
    ran_free(&quiet);
    ran_free(&saved);
}

static void
a_quiet_look_says_whether_a_file_is_whole(void **state)
{
    (void)state;
    need_way();
    char path[256];
    snprintf(path, sizeof path, "%s", scratch_path("look.pcapng"));
    new_log();
    struct ran ran = run("timeout 20 $TCPLAB trace --way %s -o %s --quiet %s",
                         way, path, conversation);
    ran_free(&ran);
    ran =
        run("$TCPLAB show --quiet %s && head -c 3000 %s >%s && "
            "$TCPLAB show --quiet %s",
            path, path, scratch_path("cut.pcapng"), scratch_path("cut.pcapng"));
    assert_string_equal(ran.out, "");
    assert_int_equal(ran.status, 1);
    assert_non_null(strstr(ran.err, "cut.pcapng: after packet"));
    ran_free(&ran);
    ran = run("$TCPLAB show --quiet --summary %s", path);
    assert_int_equal(ran.status, 2);
    assert_non_null(strstr(ran.err, "--quiet shows nothing"));
    ran_free(&ran);
}

/* The first octets of the saved trace, as a file. */
static const char *
cut_at(const char *octets, size_t bytes)
{
    return scratch_file("cut.pcapng", octets, bytes);
}

/* How many blocks are whole before `cut`, and how many of them are frames.
 * Returns whether the cut is between two blocks. */
static bool
count_frames(const char *octets, size_t cut, long long *frames)
{
    size_t at = 0;
    uint32_t type, length;
    *frames = 0;
    while (at + 8 <= cut) {
        memcpy(&type, octets + at, 4);
        memcpy(&length, octets + at + 4, 4);
        if (at + length > cut)
            break;
        *frames += type == 6 || type == 9; // a packet, a journal entry
        at += length;
    }
    return at == cut && cut > 0;
}

/* The lines of a frame up to the last whole one are all there, and alike. */
static void
assert_whole_is_shown(json_t *whole, json_t *cut, long long frames)
{
    json_t *line, *frame;
    size_t i, shown = 0;
    json_array_foreach(whole, i, line)
    {
        frame = json_object_get(line, "frame");
        if (!frame || json_integer_value(frame) > frames)
            continue;
        json_t *same = json_array_get(cut, shown++);
        if (!json_equal(line, same))
            fail_msg("frame %lld of %lld differs: %s",
                     json_number(line, "frame"), frames,
                     json_dumps(same, JSON_COMPACT));
    }
    json_array_foreach(cut, i, line)
    {
        frame = json_object_get(line, "frame");
        shown -= frame != NULL;
    }
    assert_int_equal(shown, 0);
}

static void
a_trace_cut_anywhere_shows_what_is_whole(void **state)
{
    (void)state;
    need_way();
    size_t bytes = 0;
    struct ran ran = trace(conversation);
    char *octets = scratch_read(scratch_path("run.pcapng"), &bytes);
    json_t *whole = json_lines(ran.out);
    srandom((unsigned)getpid());
    for (int i = 0; i < 200; i++) {
        size_t cut = (size_t)random() % bytes + 1;
        long long frames;
        bool between = count_frames(octets, cut, &frames);
        struct ran part =
            run("timeout 5 $TCPLAB show --as json %s", cut_at(octets, cut));
        if (part.status != !between)
            fail_msg("cut at %zu: exit status %d: %s", cut, part.status,
                     part.err);
        json_t *lines = json_lines(part.out);
        assert_whole_is_shown(whole, lines, frames);
        json_decref(lines);
        ran_free(&part);
    }
    json_decref(whole);
    free(octets);
    ran_free(&ran);
}

/* Between two blocks nothing is missing that could be missed. */
static void
a_trace_cut_between_blocks_is_whole(void **state)
{
    (void)state;
    need_way();
    size_t bytes = 0, tried = 0;
    long long frames;
    struct ran ran = trace(conversation);
    char *octets = scratch_read(scratch_path("run.pcapng"), &bytes);
    for (size_t cut = 200; cut < bytes && tried < 20; cut++) {
        if (!count_frames(octets, cut, &frames))
            continue;
        struct ran part =
            run("timeout 5 $TCPLAB show --as timeline %s", cut_at(octets, cut));
        assert_int_equal(part.status, 0);
        ran_free(&part);
        tried++;
    }
    assert_int_equal(tried, 20);
    free(octets);
    ran_free(&ran);
}

/* ---- Other readers ------------------------------------------------------ */

/* A row of tshark: protocol, and what it says. */
static void
assert_row(json_t *event, char *row)
{
    char *number = strsep(&row, "\t"), *protocol = strsep(&row, "\t");
    char *fields = strsep(&row, "\t"), *kind = strsep(&fields, ",");
    assert_non_null(row);
    assert_int_equal(atoll(number), json_number(event, "frame"));
    if (!strcmp(json_text(event, "kind"), "segment")) {
        assert_string_equal(protocol, "TCP");
        assert_int_equal(strstr(row, "SYN") != NULL, has_flag(event, "SYN"));
        assert_int_equal(strstr(row, "FIN") != NULL, has_flag(event, "FIN"));
        assert_int_equal(strstr(row, "RST") != NULL, has_flag(event, "RST"));
    } else {
        assert_string_equal(protocol, "systemd Journal");
        assert_string_equal(kind, json_text(event, "kind"));
        assert_string_equal(row, json_text(event, "text"));
    }
}

static void
wireshark_shows_the_same_rows(void **state)
{
    (void)state;
    need_way();
    need_command("tshark -v");
    struct ran ran = trace(conversation);
    struct ran rows = run("tshark -r %s -T fields -e frame.number "
                          "-e _ws.col.Protocol -e systemd_journal.field.value "
                          "-e _ws.col.Info 2>%s",
                          scratch_path("run.pcapng"), scratch_path("said"));
    json_t *lines = json_lines(ran.out), *event;
    char *rest = rows.out;
    size_t i;
    assert_int_equal(rows.status, 0);
    json_array_foreach(lines, i, event) if (json_object_get(event, "frame"))
        assert_row(event, strsep(&rest, "\n"));
    assert_string_equal(rest, "");
    json_decref(lines);
    ran_free(&ran);
    ran_free(&rows);
}

static void
tcpdump_reads_the_segments(void **state)
{
    (void)state;
    need_namespace();
    need_command("command -v tcpdump");
    struct ran ran = trace(conversation);
    struct ran rows = run("tcpdump -nr %s 2>%s | wc -l",
                          scratch_path("run.pcapng"), scratch_path("said"));
    json_t *lines = json_lines(ran.out);
    json_t *segments = json_of_kind(lines, "segment");
    assert_int_equal(atoi(rows.out), json_array_size(segments));
    json_decref(segments);
    json_decref(lines);
    ran_free(&ran);
    ran_free(&rows);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_saved_run_is_shown_as_it_was_live),
        cmocka_unit_test(a_quiet_run_shows_nothing_and_is_saved_whole),
        cmocka_unit_test(a_quiet_look_says_whether_a_file_is_whole),
        cmocka_unit_test(a_trace_cut_anywhere_shows_what_is_whole),
        cmocka_unit_test(a_trace_cut_between_blocks_is_whole),
        cmocka_unit_test(wireshark_shows_the_same_rows),
        cmocka_unit_test(tcpdump_reads_the_segments),
    };
    const char *only = getenv("TCPLAB_TEST_ONLY");
    if (only)
        cmocka_set_test_filter(only);
    return cmocka_run_group_tests(tests, find_way, NULL);
}
