/* The stage: step mode, ways in, shells, and what a run leaves behind. */
#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command_line.h"
#include "scratch.h"
#include "traced.h"

/* The first line of a kind with `key` being `value`. */
static json_t *
find_line(json_t *lines, const char *kind, const char *who, const char *name)
{
    size_t i;
    json_t *line;
    json_array_foreach(lines, i, line)
    {
        const char *its_name = json_text(line, "name");
        const char *its_who = json_text(line, "who");
        if (!strcmp(json_text(line, "kind"), kind) && its_who &&
            !strcmp(its_who, who) && its_name && !strcmp(its_name, name))
            return line;
    }
    return NULL;
}

static long long
time_of(json_t *line)
{
    assert_non_null(line);
    return atoll(json_text(line, "time_ns"));
}

/* The first segment with `flag`. */
static json_t *
find_segment(json_t *lines, const char *word)
{
    size_t i;
    json_t *line;
    json_array_foreach(lines, i, line)
    {
        json_t *is = json_object_get(line, "is");
        for (size_t j = 0; j < json_array_size(is); j++)
            if (!strcmp(json_string_value(json_array_get(is, j)), word))
                return line;
    }
    return NULL;
}

/* ---- Step mode ----------------------------------------------------------- */

static void
a_prompt_tells_what_is_asked_and_not_what_comes(void **state)
{
    (void)state;
    need_namespace();
    static const char *const spoilers[] = { "SYN",      "ACK",        "FIN",
                                            "RST",      " = 0",       " = -1",
                                            "returned", "ESTABLISHED" };
    struct ran ran = run("yes '' | head -40 | $TCPLAB run 4 --step -o %s",
                         scratch_path("step.pcapng"));
    assert_int_equal(ran.status, 0);
    int prompts = 0;
    for (char *line = strtok(ran.err, "\n"); line; line = strtok(NULL, "\n")) {
        if (!strstr(line, "will call"))
            continue;
        prompts++;
        for (size_t i = 0; i < sizeof spoilers / sizeof spoilers[0]; i++)
            assert_null(strstr(line, spoilers[i]));
    }
    assert_true(prompts >= 10);
    assert_null(strstr(ran.out, "will call"));
    ran_free(&ran);
}

/* Let one call be held for 200 ms, and nothing else. */
static json_t *
hold(const char *lab, const char *from)
{
    need_namespace();
    struct ran ran =
        run("(sleep 0.5; echo c) | $TCPLAB run %s --from %s --as json -o %s",
            lab, from, scratch_path("hold.pcapng"));
    assert_int_equal(ran.status, 0);
    json_t *lines = json_lines(ran.out);
    ran_free(&ran);
    return lines;
}

/* The call came long after what the same program did before, and the segment
 * after the call. */
static void
assert_held(json_t *lines, const char *who, const char *name, const char *word)
{
    json_t *call = find_line(lines, "call", who, name);
    size_t i;
    json_t *line;
    long long before = 0;
    json_array_foreach(lines, i, line)
    {
        const char *its_who = json_text(line, "who");
        if (line == call)
            break;
        if (its_who && !strcmp(its_who, who))
            before = time_of(line);
    }
    assert_true(time_of(call) - before > 150000000);
    assert_true(time_of(find_segment(lines, word)) > time_of(call));
}

static void
a_syn_leaves_only_when_connect_is_let_go(void **state)
{
    (void)state;
    json_t *lines = hold("4", "client:connect");
    assert_held(lines, "client", "connect", "syn");
    // The server went on meanwhile.
    assert_true(time_of(find_line(lines, "call", "server", "poll")) <
                time_of(find_line(lines, "call", "client", "connect")));
    json_decref(lines);
}

static void
a_fin_leaves_only_when_close_is_let_go(void **state)
{
    (void)state;
    json_t *lines = hold("4", "client:close");
    assert_held(lines, "client", "close", "fin");
    json_decref(lines);
}

static void
a_fin_leaves_only_when_shutdown_is_let_go(void **state)
{
    (void)state;
    json_t *lines = hold("8", "client:shutdown");
    assert_held(lines, "client", "shutdown", "fin");
    json_decref(lines);
}

/* send() is sendto() to the kernel. */
static void
data_leaves_only_when_send_is_let_go(void **state)
{
    (void)state;
    json_t *lines = hold("7", "client:send");
    assert_held(lines, "client", "send", "data");
    json_decref(lines);
}

static void
the_time_out_stands_still_while_a_call_is_held(void **state)
{
    (void)state;
    need_namespace();
    struct ran ran = run("(sleep 4; echo c) | $TCPLAB run 4 --timeout 3 --from "
                         "connect -o %s",
                         scratch_path("still.pcapng"));
    assert_int_equal(ran.status, 0);
    ran_free(&ran);
}

static void
keys_show_the_last_step_and_help_and_end_the_run(void **state)
{
    (void)state;
    need_namespace();
    struct ran ran =
        run("printf '\\na\\n?\\nq\\n' | $TCPLAB run 4 --step -o %s",
            scratch_path("keys.pcapng"));
    assert_int_equal(ran.status, 1);
    assert_non_null(strstr(ran.err, "let everything happen"));
    char *first = strstr(ran.out, "socket(AF_INET, SOCK_STREAM, 0) = 3");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "socket(AF_INET, SOCK_STREAM, 0) = 3"));
    ran_free(&ran);
}

static void
a_stepped_run_is_saved_like_any_other(void **state)
{
    (void)state;
    need_namespace();
    const char *path = scratch_path("stepped.pcapng");
    struct ran live =
        run("yes '' | head -40 | $TCPLAB run 4 --step --as json -o %s", path);
    struct ran saved = run("$TCPLAB show --as json %s", path);
    // The live one also has the lines that were checked.
    char *checks = strstr(live.out, "\"kind\":\"check\"");
    assert_non_null(checks);
    assert_memory_equal(live.out, saved.out, strlen(saved.out));
    ran_free(&live);
    ran_free(&saved);
}

static void
who_is_held_is_not_told_to_end(void **state)
{
    (void)state;
    need_namespace();
    // Longer than a server may go on when its clients have ended.
    struct ran ran =
        run("(sleep 3; echo c) | $TCPLAB trace --from server:close --server "
            "'exec build/programs/closes_first $TCPLAB_PORT' --client 'exec "
            "build/programs/reads_all $TCPLAB_PORT' -o %s",
            scratch_path("patient.pcapng"));
    assert_int_equal(ran.status, 0);
    assert_null(strstr(ran.err, "told to end"));
    ran_free(&ran);
}

/* ---- Ways in ------------------------------------------------------------- */

static void
what_doctor_says_is_what_run_does(void **state)
{
    (void)state;
    static const char *const places[] = {
        "", "build/programs/without_unshare",
        "unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec "
        "setpriv --bounding-set=-all --inh-caps=-all "
        "--securebits=+noroot,+noroot_locked \"$@\"' sh"
    };
    for (int i = 0; i < 3; i++) {
        struct ran says = run("%s $TCPLAB doctor", places[i]);
        char *takes = strstr(says.out, "takes this way: ");
        if (!takes) {
            print_message("skipped: this place cannot be made here\n");
            ran_free(&says);
            continue;
        }
        char taken[32] = "";
        sscanf(takes, "takes this way: %31[a-z]", taken);
        struct ran does = run("%s $TCPLAB run 4 --as json -o %s", places[i],
                              scratch_path("way.pcapng"));
        char expected[64];
        snprintf(expected, sizeof expected, "\"way\":\"%s\"", taken);
        if (strcmp(taken, "recorded") != 0)
            assert_non_null(strstr(does.out, expected));
        else
            assert_int_equal(does.status, 4);
        ran_free(&says);
        ran_free(&does);
    }
}

static void
doctor_names_the_command_that_helps(void **state)
{
    (void)state;
    struct ran ran = run("build/programs/without_unshare $TCPLAB doctor");
    assert_true(ran.status == 1 || ran.status == 4);
    assert_true(strstr(ran.out, "sudo setcap cap_net_raw+ep /") ||
                strstr(ran.out, "seccomp=unconfined"));
    ran_free(&ran);
}

static void
calls_and_states_need_no_packets(void **state)
{
    (void)state;
    struct ran ran = run("$TCPLAB run 4 --way calls --as json -o %s",
                         scratch_path("calls.pcapng"));
    json_t *lines = json_lines(ran.out);
    assert_int_equal(ran.status, 4); // the segments could not be checked
    assert_non_null(find_line(lines, "return", "client", "connect"));
    json_t *segments = json_of_kind(lines, "segment");
    assert_int_equal(json_array_size(segments), 0);
    json_decref(segments);
    json_decref(lines);
    ran_free(&ran);
}

static void
a_recorded_trace_is_no_run_of_ones_own(void **state)
{
    (void)state;
    struct ran ran =
        run("cd %s && $TCPLAB run 4 --recorded >/dev/null && ls runs 2>&1",
            scratch_folder());
    assert_null(strstr(ran.out, "04-connect"));
    ran_free(&ran);
}

/* ---- Shells -------------------------------------------------------------- */

static void
two_terminals_share_a_private_network(void **state)
{
    (void)state;
    need_namespace();
    // The first shell waits for its server, which the second one's client ends.
    struct ran ran = run("export XDG_RUNTIME_DIR=%s; mkfifo %s; $TCPLAB shell "
                         "-- sh -c 'labs/04-connect/server "
                         "127.0.0.1 4004 0 >%s' & read -r line <%s; "
                         "$TCPLAB shell --join -- sh -c 'cat /proc/net/tcp; "
                         "labs/04-connect/client 127.0.0.1 4004'; wait",
                         scratch_folder(), scratch_path("first"),
                         scratch_path("first"), scratch_path("first"));
    assert_int_equal(ran.status, 0);
    assert_non_null(strstr(ran.out, "0100007F:0FA4"));
    assert_non_null(strstr(ran.out, "client: connected"));
    ran_free(&ran);
}

static void
port_80_stays_refused_in_a_shell(void **state)
{
    (void)state;
    need_namespace();
    struct ran ran =
        run("$TCPLAB shell -- labs/04-connect/server 127.0.0.1 80");
    assert_int_equal(ran.status, 1);
    assert_non_null(strstr(ran.err, "bind: Permission denied"));
    ran_free(&ran);
}

/* TIME-WAIT is not cut short where there are many. */
static void
a_private_network_has_the_machines_limits(void **state)
{
    (void)state;
    need_namespace();
    static const char *const networks[] = { "", "--on wire" };
    static const char files[] = "/proc/sys/net/ipv4/tcp_max_tw_buckets "
                                "/proc/sys/net/ipv4/tcp_max_syn_backlog";
    for (int i = 0; i < 2; i++) {
        struct ran ran = run("$TCPLAB shell %s -- cat %s >%s && "
                             "cat %s | cmp - %s",
                             networks[i], files, scratch_path("limits"), files,
                             scratch_path("limits"));
        assert_int_equal(ran.status, 0);
        ran_free(&ran);
    }
}

static void
watch_works_in_a_shell(void **state)
{
    (void)state;
    need_namespace();
    struct ran ran = run("$TCPLAB shell -- sh -c '$TCPLAB watch -i lo 2>%s & "
                         "until grep -q watching %s 2>/dev/null; do :; done; "
                         "labs/04-connect/client 127.0.0.1 1; kill -INT $!; "
                         "wait $!'",
                         scratch_path("said"), scratch_path("said"));
    assert_int_equal(ran.status, 0);
    assert_non_null(strstr(ran.out, "client > server  SYN"));
    assert_non_null(strstr(ran.out, "client < server  RST"));
    ran_free(&ran);
}

/* ---- What a hostile trace or program can do ------------------------------ */

static void
no_escape_sequence_of_a_trace_reaches_the_terminal(void **state)
{
    (void)state;
    static const char *const views[] = { "", "--as text", "--plain",
                                         "--as json", "--summary" };
    struct ran ran =
        run("sed 's/client/cli\033nt/g' labs/04-connect/recorded.pcapng >%s",
            scratch_path("hostile.pcapng"));
    ran_free(&ran);
    for (int i = 0; i < 5; i++) {
        ran =
            run("$TCPLAB show %s %s", views[i], scratch_path("hostile.pcapng"));
        assert_int_equal(ran.status, 0);
        assert_null(strchr(ran.out, '\033'));
        assert_null(strchr(ran.err, '\033'));
        ran_free(&ran);
    }
}

static void
what_writev_prints_is_shown(void **state)
{
    (void)state;
    need_namespace();
    if (access("/usr/bin/python3", X_OK) != 0) {
        print_message("skipped: no python3 here\n");
        skip();
    }
    struct ran ran =
        run("$TCPLAB trace --as json --server 'exec /usr/bin/python3 "
            "-c \"import os; os.writev(1, [b\\\"in two \\\", "
            "b\\\"parts\\\"])\"' --client true -o %s",
            scratch_path("writev.pcapng"));
    assert_non_null(strstr(ran.out, "\"data\":\"in two \""));
    assert_non_null(strstr(ran.out, "\"data\":\"parts\""));
    ran_free(&ran);
}

/* ---- Programs ------------------------------------------------------------ */

static void
a_program_has_the_input_it_is_given(void **state)
{
    (void)state;
    need_namespace();
    struct ran ran =
        run("echo words | $TCPLAB trace --input client=- --server "
            "'build/programs/closes_first $TCPLAB_PORT' --client "
            "'cat; exec build/programs/reads_all $TCPLAB_PORT' --as json -o %s",
            scratch_path("input.pcapng"));
    assert_int_equal(ran.status, 0);
    assert_non_null(strstr(ran.err, "standard input is client's"));
    assert_non_null(strstr(ran.out, "\"data\":\"words\\n\""));
    ran_free(&ran);
}

static void
a_server_that_serves_for_ever_is_told_to_end(void **state)
{
    (void)state;
    need_namespace();
    struct ran ran =
        run("$TCPLAB trace --server 'labs/04-connect/server 127.0.0.1 "
            "$TCPLAB_PORT 0; exec sleep 1000' --client 'labs/04-connect/client "
            "127.0.0.1 $TCPLAB_PORT' -o %s",
            scratch_path("ever.pcapng"));
    assert_int_equal(ran.status, 0);
    assert_non_null(strstr(ran.err, "was told to end"));
    ran_free(&ran);
}

static void
calls_say_where_in_their_source_they_stand(void **state)
{
    (void)state;
    need_namespace();
    struct ran ran = run("$TCPLAB run 4 --as json -o %s; grep -n 'connect(s' "
                         "labs/04-connect/client.c >&2",
                         scratch_path("source.pcapng"));
    json_t *lines = json_lines(ran.out);
    const char *source =
        json_text(find_line(lines, "call", "client", "connect"), "source");
    char expected[64];
    if (!source) {
        print_message("skipped: built without libdw\n");
    } else {
        char *line = strstr(ran.err, ":    check(connect");
        assert_non_null(line);
        while (line > ran.err && line[-1] != '\n')
            line--;
        snprintf(expected, sizeof expected, "client.c:%d", atoi(line));
        assert_string_equal(source, expected);
    }
    json_decref(lines);
    ran_free(&ran);
}

static void
the_kernels_states_agree_with_the_segments(void **state)
{
    (void)state;
    need_namespace();
    struct ran ran =
        run("$TCPLAB run 7 --as json -o %s", scratch_path("agree.pcapng"));
    json_t *lines = json_lines(ran.out), *line;
    json_t *states = json_of_kind(lines, "state");
    size_t i;
    int time_wait = 0, listen = 0;
    json_array_foreach(states, i, line)
    {
        assert_true(json_is_null(json_object_get(line, "derived")));
        time_wait += !strcmp(json_text(line, "state"), "TIME-WAIT") &&
                     json_number(line, "timer_ms") > 50000;
        listen += !strcmp(json_text(line, "state"), "LISTEN");
    }
    assert_int_equal(time_wait, 1);
    assert_true(listen >= 1);
    json_decref(states);
    json_decref(lines);
    ran_free(&ran);
}

/* Lab 15 sets net.ipv4.tcp_invalid_ratelimit; without, the kernel may answer
 * otherwise, and that is no fault of the programs. */
static void
a_lab_without_its_settings_never_fails(void **state)
{
    (void)state;
    need_namespace();
    struct ran ran =
        run("$TCPLAB run 15 --unpinned -o %s", scratch_path("unpinned.pcapng"));
    assert_true(ran.status == 0 || ran.status == 4);
    ran_free(&ran);
}

static void
without_packets_segments_cannot_be_judged(void **state)
{
    (void)state;
    need_namespace();
    struct ran ran = run("$TCPLAB run 4 --variant no-listen --way calls -o %s",
                         scratch_path("calls.pcapng"));
    assert_int_equal(ran.status, 4);
    ran_free(&ran);
}

/* What was recorded before is saved and shown, and the programs are not blamed. */
static void
a_full_disk_for_the_spool_is_told(void **state)
{
    (void)state;
    need_namespace();
    char folder[256], saved[256];
    snprintf(folder, sizeof folder, "%s", scratch_path("full"));
    snprintf(saved, sizeof saved, "%s", scratch_path("before.pcapng"));
    struct ran ran =
        run("mkdir -p %s && unshare -rm sh -c 'mount -t tmpfs -o size=2m tmpfs "
            "%s && TMPDIR=%s $TCPLAB trace --summary -o %s "
            "--server \"build/programs/bulk \\$TCPLAB_PORT\" "
            "--client \"build/programs/bulk \\$TCPLAB_PORT 50\"'",
            folder, folder, folder, saved);
    assert_int_equal(ran.status, 3);
    assert_non_null(strstr(ran.err, "No space left on device"));
    assert_null(strstr(ran.err, "ended by signal"));
    assert_non_null(strstr(ran.out, "Three-way handshake"));
    ran_free(&ran);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_prompt_tells_what_is_asked_and_not_what_comes),
        cmocka_unit_test(a_syn_leaves_only_when_connect_is_let_go),
        cmocka_unit_test(a_fin_leaves_only_when_close_is_let_go),
        cmocka_unit_test(a_fin_leaves_only_when_shutdown_is_let_go),
        cmocka_unit_test(data_leaves_only_when_send_is_let_go),
        cmocka_unit_test(the_time_out_stands_still_while_a_call_is_held),
        cmocka_unit_test(keys_show_the_last_step_and_help_and_end_the_run),
        cmocka_unit_test(a_stepped_run_is_saved_like_any_other),
        cmocka_unit_test(who_is_held_is_not_told_to_end),
        cmocka_unit_test(what_doctor_says_is_what_run_does),
        cmocka_unit_test(a_recorded_trace_is_no_run_of_ones_own),
        cmocka_unit_test(no_escape_sequence_of_a_trace_reaches_the_terminal),
        cmocka_unit_test(what_writev_prints_is_shown),
        cmocka_unit_test(doctor_names_the_command_that_helps),
        cmocka_unit_test(calls_and_states_need_no_packets),
        cmocka_unit_test(two_terminals_share_a_private_network),
        cmocka_unit_test(port_80_stays_refused_in_a_shell),
        cmocka_unit_test(a_private_network_has_the_machines_limits),
        cmocka_unit_test(watch_works_in_a_shell),
        cmocka_unit_test(a_program_has_the_input_it_is_given),
        cmocka_unit_test(a_server_that_serves_for_ever_is_told_to_end),
        cmocka_unit_test(calls_say_where_in_their_source_they_stand),
        cmocka_unit_test(the_kernels_states_agree_with_the_segments),
        cmocka_unit_test(a_lab_without_its_settings_never_fails),
        cmocka_unit_test(without_packets_segments_cannot_be_judged),
        cmocka_unit_test(a_full_disk_for_the_spool_is_told),
    };
    return cmocka_run_group_tests(tests, find_way, NULL);
}
