/* tcplab trace, live: programs that write down every call they make. */
#include "claim.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command_line.h"
#include "scratch.h"

#define PROGRAMS "build/programs/"

/* The best way of this machine; NULL: not even calls can be seen. */
static const char *way;

static int
find_way(void **state)
{
    (void)state;
    static const char *const ways[] = { "namespace", "root", "loopback",
                                        "calls" };
    for (int i = 0; i < 4 && !way; i++) {
        struct ran ran = run("timeout 10 $TCPLAB trace --way %s -o %s "
                             "--server '" PROGRAMS
                             "serial_server $TCPLAB_PORT 0' --client true",
                             ways[i], scratch_path("way.pcapng"));
        bool is_there = ran.status != 126 && ran.status != 127;
        if (ran.status == 0)
            way = ways[i];
        ran_free(&ran);
        if (!is_there)
            return -1;
    }
    return 0;
}

static void
need_way(void)
{
    if (way)
        return;
    print_message("skipped: no way to trace here\n");
    skip();
}

static bool
has_namespace(void)
{
    return way && (!strcmp(way, "namespace") || !strcmp(way, "root"));
}

/* What is about segments, or about a namespace of the run's own. */
static void
need_namespace(void)
{
    need_way();
    if (has_namespace())
        return;
    print_message("skipped: no network namespace here\n");
    skip();
}

static void
need_command(const char *command)
{
    struct ran ran = run("%s", command);
    int status = ran.status;
    ran_free(&ran);
    if (status == 0)
        return;
    print_message("skipped: not possible here: %s\n", command);
    skip();
}

/* A new log for programs, in the environment. */
static void
new_log(void)
{
    setenv("CALLS_LOG", scratch_path("calls"), 1);
    unlink(scratch_path("calls"));
}

/* Trace a server and clients, given as --server and --client options. */
static struct ran
trace(const char *programs)
{
    new_log();
    return run("timeout 30 $TCPLAB trace --way %s --timeout 20 --as json -o %s "
               "%s",
               way, scratch_path("run.pcapng"), programs);
}

/* ---- Their list and ours ------------------------------------------------ */

/* "4711": the texts of one thread, in an object of such arrays. */
static json_t *
texts_of(json_t *threads, const char *tid)
{
    json_t *texts = json_object_get(threads, tid);
    if (!texts) {
        json_object_set_new(threads, tid, json_array());
        texts = json_object_get(threads, tid);
    }
    return texts;
}

/* What the programs wrote down. */
static json_t *
their_calls(void)
{
    json_t *threads = json_object();
    char *log = scratch_read(scratch_path("calls"), NULL);
    for (char *line = log ? strtok(log, "\n") : NULL; line;
         line = strtok(NULL, "\n")) {
        char *text = strchr(line, ' ');
        if (!text)
            fail_msg("a line of the log: %s", line);
        *text = '\0';
        json_array_append_new(texts_of(threads, line), json_string(text + 1));
    }
    free(log);
    return threads;
}

/* Nobody comes back from it to write it down. */
static bool
is_exec(json_t *event)
{
    return !strncmp(json_text(event, "name"), "exec", 4) &&
           strcmp(json_text(event, "errno"), "ENOENT") != 0;
}

/* "connect(3, 127.0.0.1:7004)" from name and args. */
static bool
text_is_of(const char *text, json_t *event)
{
    json_t *arguments = json_object_get(event, "args"), *argument;
    const char *separator = "(", *name = json_text(event, "name");
    size_t i;
    if (strncmp(text, name, strlen(name)) != 0)
        return false;
    text += strlen(name);
    json_array_foreach(arguments, i, argument)
    {
        const char *word = json_string_value(argument);
        if (strncmp(text, separator, strlen(separator)) != 0 ||
            strncmp(text + strlen(separator), word, strlen(word)) != 0)
            return false;
        text += strlen(separator) + strlen(word);
        separator = ", ";
    }
    return *text == ')';
}

/* Result and errno say what the text says. */
static void
assert_result(json_t *event)
{
    char result[64];
    const char *text = json_text(event, "text");
    if (json_is_true(json_object_get(event, "interrupted"))) {
        assert_true(json_is_null(json_object_get(event, "result")));
        assert_true(json_is_null(json_object_get(event, "errno")));
        return;
    }
    if (json_is_null(json_object_get(event, "errno")))
        snprintf(result, sizeof result, ") = %lld",
                 json_number(event, "result"));
    else
        snprintf(result, sizeof result, ") = -1 %s (",
                 json_text(event, "errno"));
    if (!strstr(text, result))
        fail_msg("%s: not %s", text, result);
}

/* A return belongs to a call of the same thread. */
static void
assert_belongs(json_t *lines, json_t *event)
{
    json_t *call =
        json_array_get(lines, (size_t)json_number(event, "call") - 1);
    assert_string_equal(json_text(call, "kind"), "call");
    assert_string_equal(json_text(call, "name"), json_text(event, "name"));
    if (!is_exec(event)) // which may be made by another than the first thread
        assert_int_equal(json_number(call, "tid"), json_number(event, "tid"));
    if (!text_is_of(json_text(call, "text"), call) ||
        !text_is_of(json_text(event, "text"), event))
        fail_msg("not name and arguments: %s", json_text(event, "text"));
}

/* What the kit saw. An interrupted call is kept as "..." and a space. */
static json_t *
our_calls(json_t *lines)
{
    json_t *threads = json_object(), *event;
    size_t i;
    json_array_foreach(lines, i, event)
    {
        char tid[24];
        if (strcmp(json_text(event, "kind"), "return") != 0)
            continue;
        assert_belongs(lines, event);
        assert_result(event);
        if (is_exec(event))
            continue;
        snprintf(tid, sizeof tid, "%lld", json_number(event, "tid"));
        bool interrupted = json_is_true(json_object_get(event, "interrupted"));
        json_array_append_new(texts_of(threads, tid),
                              json_sprintf("%s%s", interrupted ? "... " : "",
                                           json_text(event, "text")));
    }
    return threads;
}

/* "... recv(4, ..., 64, 0) = interrupted" stands for this line, if EINTR was
 * the end of it. */
static bool
is_interruption(const char *ours, const char *theirs)
{
    const char *result = strstr(ours, " = interrupted");
    size_t length = result ? (size_t)(result - ours) - 4 : 0;
    return theirs && result && !strncmp(ours + 4, theirs, length) &&
           !strncmp(theirs + length, " = -1 EINTR ", 12);
}

static void
assert_thread(const char *tid, json_t *theirs, json_t *ours)
{
    json_t *text;
    size_t i, next = 0;
    json_array_foreach(ours, i, text)
    {
        const char *our = json_string_value(text);
        const char *their = json_string_value(json_array_get(theirs, next));
        if (!strncmp(our, "... ", 4))
            next += is_interruption(our, their); // else it began again
        else if (!their || strcmp(our, their) != 0)
            fail_msg("thread %s: it made \"%s\", shown is \"%s\"", tid,
                     their ? their : "(nothing)", our);
        else
            next++;
    }
    if (next < json_array_size(theirs))
        fail_msg("thread %s: missing is \"%s\"", tid,
                 json_string_value(json_array_get(theirs, next)));
}

/* None is missing and none too much. Returns how many calls there were. */
static size_t
assert_same_calls(json_t *lines)
{
    json_t *theirs = their_calls(), *ours = our_calls(lines), *texts;
    const char *tid;
    size_t count = 0;
    json_object_foreach(ours, tid, texts)
        assert_thread(tid, json_object_get(theirs, tid), texts);
    json_object_foreach(theirs, tid, texts)
    {
        if (!json_object_get(ours, tid))
            fail_msg("thread %s is not shown", tid);
        count += json_array_size(texts);
    }
    json_decref(theirs);
    json_decref(ours);
    return count;
}

/* Trace, compare; at least `least` calls were made. */
static void
assert_complete(const char *programs, size_t least)
{
    struct ran ran = trace(programs);
    if (ran.status != 0)
        fail_msg("exit status %d: %s", ran.status, ran.err);
    json_t *lines = json_lines(ran.out);
    assert_true(assert_same_calls(lines) >= least);
    json_decref(lines);
    ran_free(&ran);
}

static void
every_call_is_shown_as_it_was_made(void **state)
{
    (void)state;
    need_way();
    assert_complete("--server '" PROGRAMS "every_call $TCPLAB_PORT' "
                    "--client '" PROGRAMS "every_call 7500'",
                    190);
}

static void
every_call_of_a_static_program_is_shown(void **state)
{
    (void)state;
    char command[2048];
    const char *path = scratch_path("static");
    need_way();
    snprintf(command, sizeof command,
             "cc -static -o %s tests/programs/every_call.c", path);
    need_command(command);
    snprintf(command, sizeof command,
             "--server '%s $TCPLAB_PORT' --client '%s 7500'", path, path);
    assert_complete(command, 190);
}

static void
every_call_of_every_thread_is_shown(void **state)
{
    (void)state;
    need_way();
    assert_complete(
        "--server '" PROGRAMS "thread_server $TCPLAB_PORT 24' "
        "--client '" PROGRAMS "echo_clients $TCPLAB_PORT 12 threads' "
        "--client '" PROGRAMS "echo_clients $TCPLAB_PORT 12 threads'",
        24 * 10);
}

static void
every_call_of_every_process_is_shown(void **state)
{
    (void)state;
    need_way();
    assert_complete("--server '" PROGRAMS "fork_server $TCPLAB_PORT 20' "
                    "--client '" PROGRAMS "echo_clients $TCPLAB_PORT 20'",
                    20 * 12);
}

static void
every_call_of_a_python_program_is_shown(void **state)
{
    (void)state;
    need_way();
    need_command("python3 -c 'import threading; threading.get_native_id()'");
    assert_complete(
        "--server 'exec python3 tests/programs/echo.py server $TCPLAB_PORT 5' "
        "--client 'exec python3 tests/programs/echo.py client $TCPLAB_PORT 5'",
        5 * 10);
}

/* How many calls `name` of `who` came back without an error. */
static int
count_calls(json_t *lines, const char *who, const char *name)
{
    json_t *event;
    size_t i;
    int count = 0;
    json_array_foreach(lines, i, event) count +=
        !strcmp(json_text(event, "kind"), "return") &&
        !strcmp(json_text(event, "who"), who) &&
        !strcmp(json_text(event, "name"), name) &&
        json_is_null(json_object_get(event, "errno"));
    return count;
}

/* Programs that know nothing of us, and how a web page is fetched. */
static void
a_web_server_and_its_client_end_well(void **state)
{
    (void)state;
    need_namespace(); // where nobody else has the port
    need_command("python3 -c 'import http.server'");
    need_command("curl --version");
    struct ran ran = trace("--server 'exec python3 -m http.server "
                           "--bind 127.0.0.1 $TCPLAB_PORT' "
                           "--client 'curl -s http://127.0.0.1:$TCPLAB_PORT/'");
    assert_int_equal(ran.status, 0);
    assert_non_null(strstr(ran.out, "Directory listing"));
    assert_non_null(strstr(ran.err, "told to end"));
    json_t *lines = json_lines(ran.out);
    assert_int_equal(count_calls(lines, "server", "accept4"), 1);
    assert_true(count_calls(lines, "server", "recv") >= 1);
    assert_true(count_calls(lines, "client", "recv") >= 1);
    assert_true(count_calls(lines, "client", "close") >= 1);
    json_decref(lines);
    ran_free(&ran);
}

static void
a_python_echo_server_and_nc_end_well(void **state)
{
    (void)state;
    need_way();
    need_command("command -v python3 nc");
    struct ran ran =
        trace("--server 'exec python3 tests/programs/echo.py server "
              "$TCPLAB_PORT 1' "
              "--client 'echo hello | nc -N 127.0.0.1 $TCPLAB_PORT'");
    assert_int_equal(ran.status, 0);
    json_t *lines = json_lines(ran.out);
    assert_int_equal(count_calls(lines, "server", "accept4"), 1);
    assert_int_equal(count_calls(lines, "server", "read"), 2);
    assert_int_equal(count_calls(lines, "client", "shutdown"), 1);
    assert_non_null(strstr(ran.out, "\"data\":\"hello"));
    json_decref(lines);
    ran_free(&ran);
}

/* ---- Interruptions ------------------------------------------------------ */

static size_t
count_interrupted(json_t *lines, const char *name)
{
    json_t *event;
    size_t i, count = 0;
    json_array_foreach(lines, i, event) count +=
        !strcmp(json_text(event, "kind"), "return") &&
        !strcmp(json_text(event, "name"), name) &&
        json_is_true(json_object_get(event, "interrupted"));
    return count;
}

static void
assert_interrupted(const char *how, const char *name)
{
    char programs[512];
    snprintf(programs, sizeof programs,
             "--server '" PROGRAMS "interrupted $TCPLAB_PORT %s %s' "
             "--client 'sleep .3; " PROGRAMS "echo_clients $TCPLAB_PORT 1'",
             how, name);
    if (!strcmp(name, "recv")) // the client waits before it sends
        snprintf(programs, sizeof programs,
                 "--server '" PROGRAMS "interrupted $TCPLAB_PORT %s recv' "
                 "--client '{ sleep .3; echo; } | nc -N 127.0.0.1 "
                 "$TCPLAB_PORT >&2'",
                 how);
    struct ran ran = trace(programs);
    json_t *lines = json_lines(ran.out), *event;
    json_t *signals = json_of_kind(lines, "signal");
    assert_int_equal(count_interrupted(lines, name), 1);
    assert_true(json_array_size(signals) >= 1);
    event = json_array_get(signals, 0);
    assert_string_equal(json_text(event, "name"), "SIGALRM");
    assert_string_equal(json_text(event, "who"), "server");
    if (strcmp(name, "recv") != 0) // nc writes nothing down
        assert_same_calls(lines);
    assert_int_equal(ran.status, 0);
    json_decref(signals);
    json_decref(lines);
    ran_free(&ran);
}

static void
an_interrupted_accept_is_no_error(void **state)
{
    (void)state;
    need_way();
    assert_interrupted("eintr", "accept");
    assert_interrupted("restart", "accept");
}

static void
an_interrupted_poll_is_no_error(void **state)
{
    (void)state;
    need_way();
    assert_interrupted("eintr", "poll");
}

static void
an_interrupted_recv_is_no_error(void **state)
{
    (void)state;
    need_way();
    need_command("command -v nc");
    assert_interrupted("eintr", "recv");
    assert_interrupted("restart", "recv");
}

/* Without SA_RESTART the program hears EINTR, and nothing begins again. */
static void
what_ends_with_eintr_is_not_said_to_begin_again(void **state)
{
    (void)state;
    need_way();
    struct ran ran =
        trace("--server '" PROGRAMS "interrupted $TCPLAB_PORT eintr accept' "
              "--client 'sleep .3; " PROGRAMS "echo_clients $TCPLAB_PORT 1'");
    assert_non_null(strstr(ran.out, "= interrupted"));
    assert_null(strstr(ran.out, "begins again"));
    ran_free(&ran);
}

/* The server stands still in `call`, and goes on. */
static void
assert_stands_still(const char *mode, const char *call)
{
    char programs[1024];
    snprintf(programs, sizeof programs,
             "--server 'exec " PROGRAMS "interrupted $TCPLAB_PORT %s %s & "
             "echo $! >%s; wait' "
             "--client 'sleep .2; kill -STOP $(cat %s); sleep .2; "
             "kill -CONT $(cat %s); sleep .2; " PROGRAMS
             "echo_clients $TCPLAB_PORT 1'",
             mode, call, scratch_path("pid"), scratch_path("pid"),
             scratch_path("pid"));
    struct ran ran = trace(programs);
    json_t *lines = json_lines(ran.out);
    assert_int_equal(ran.status, 0);
    assert_non_null(strstr(ran.out, "\"name\":\"SIGSTOP\""));
    assert_non_null(strstr(ran.out, "\"name\":\"SIGCONT\""));
    assert_true(count_interrupted(lines, call) >= 1);
    assert_same_calls(lines);
    json_decref(lines);
    ran_free(&ran);
}

static void
a_stopped_server_goes_on_in_the_same_call(void **state)
{
    (void)state;
    need_namespace(); // where two programs see each other's numbers
    assert_stands_still("restart", "accept");
    assert_stands_still("restart", "poll");
}

/* ---- Processes ---------------------------------------------------------- */

static void
a_thread_may_become_another_program(void **state)
{
    (void)state;
    need_way();
    assert_complete("--server '" PROGRAMS "serial_server $TCPLAB_PORT 3' "
                    "--client '" PROGRAMS "exec_thread " PROGRAMS
                    "echo_clients $TCPLAB_PORT 3'",
                    30);
    assert_complete("--server '" PROGRAMS "exec_thread " PROGRAMS
                    "serial_server $TCPLAB_PORT 3' "
                    "--client '" PROGRAMS "echo_clients $TCPLAB_PORT 3'",
                    30);
}

static void
a_signal_that_ends_a_program_is_told(void **state)
{
    (void)state;
    need_way();
    struct ran ran =
        trace("--server 'exec " PROGRAMS "serial_server $TCPLAB_PORT 1' "
              "--client 'sh -c \"kill -KILL \\$\\$\"; kill -SEGV $$'");
    assert_int_equal(ran.status, 1);
    json_t *lines = json_lines(ran.out), *event;
    json_t *exits = json_of_kind(lines, "exit");
    long long killed = 0, first = 0;
    size_t i;
    json_array_foreach(exits, i, event)
    {
        if (!json_is_integer(json_object_get(event, "signal")) ||
            strcmp(json_text(event, "who"), "client") != 0)
            continue;
        if (json_is_true(json_object_get(event, "first")))
            first = json_number(event, "signal");
        else
            killed = json_number(event, "signal");
    }
    assert_int_equal(killed, 9);
    assert_int_equal(first, 11);
    assert_non_null(strstr(ran.err, "client was ended by signal 11"));
    json_decref(exits);
    json_decref(lines);
    ran_free(&ran);
}

static void
binary_output_is_shown_as_text(void **state)
{
    (void)state;
    need_way();
    const char *command =
        "timeout 30 $TCPLAB trace --way %s -o %s --as %s "
        "--server 'exec " PROGRAMS "serial_server $TCPLAB_PORT 0' "
        "--client 'head -c 20000 /dev/urandom; "
        "printf \"\\033[31m\\000\\377end\"'";
    static const char *const forms[] = { "json", "timeline" };
    for (int i = 0; i < 2; i++) {
        struct ran ran =
            run(command, way, scratch_path("run.pcapng"), forms[i]);
        assert_int_equal(ran.status, 0);
        for (const char *at = ran.out; *at; at++)
            if ((unsigned char)*at < ' ' && *at != '\n')
                fail_msg("%s: an octet %d", forms[i], *at);
        assert_non_null(strstr(ran.out, "xffend"));
        ran_free(&ran);
    }
}

/* All that was printed is there, though it is more than one entry takes. */
static void
all_that_is_printed_is_kept(void **state)
{
    (void)state;
    need_way();
    struct ran ran =
        trace("--server '" PROGRAMS "serial_server $TCPLAB_PORT 0' "
              "--client 'dd if=/dev/zero bs=50000 count=1 status=none | "
              "tr \"\\\\0\" x'");
    json_t *lines = json_lines(ran.out), *event;
    json_t *outputs = json_of_kind(lines, "output");
    size_t i, octets = 0;
    json_array_foreach(outputs, i, event) octets +=
        strlen(json_text(event, "data"));
    assert_int_equal(octets, 50000);
    json_decref(outputs);
    json_decref(lines);
    ran_free(&ran);
}

/* ---- Nothing is left ---------------------------------------------------- */

/* How many processes carry MARK=value: everything that tcplab started. */
static int
count_marked(const char *value)
{
    struct ran ran = run("unset MARK; grep -alz '^MARK=%s$' "
                         "/proc/[0-9]*/environ 2>/dev/null | wc -l",
                         value);
    int count = atoi(ran.out);
    ran_free(&ran);
    return count;
}

/* And how many the network namespace that the file names. */
static int
count_in_namespace(const char *file)
{
    struct ran ran = run("[ -s %s ] && ls -l /proc/[0-9]*/ns/net 2>/dev/null | "
                         "grep -cF \"$(cat %s)\"",
                         scratch_path(file), scratch_path(file));
    int count = atoi(ran.out);
    ran_free(&ran);
    return count;
}

/* The end of a namespace takes the kernel a moment. */
static void
assert_nothing_left(const char *mark, const char *file)
{
    int left = 0;
    for (int i = 0; i < 100; i++) {
        left = count_marked(mark) + (file ? count_in_namespace(file) : 0);
        if (left == 0)
            return;
        usleep(50000);
    }
    fail_msg("%d processes are left", left);
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

/* ---- The order of calls and segments ------------------------------------ */

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

static bool
has_flag(json_t *segment, const char *flag)
{
    json_t *flags = json_object_get(segment, "flags"), *name;
    size_t i;
    json_array_foreach(flags, i, name)
    {
        if (!strcmp(json_string_value(name), flag))
            return true;
    }
    return false;
}

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

/* The client's FIN and its server's are what bring these states about. */
static bool
needs_fin(const char *state, const struct happened *h)
{
    if (!strcmp(state, "FIN-WAIT-1") || !strcmp(state, "FIN-WAIT-2") ||
        !strcmp(state, "CLOSE-WAIT"))
        return !h->fin[0];
    if (!strcmp(state, "LAST-ACK") || !strcmp(state, "TIME-WAIT"))
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
        "--immediate-mode -B 16384 -i lo "
        "-w $FOLDER/second.pcap tcp 2>$FOLDER/said & "
        "dump=$!; until grep -q listening $FOLDER/said; do sleep .05; done; "
        "touch $FOLDER/go; wait $run; status=$?; "
        "sleep .5; kill $dump; wait $dump; exit $status",
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
    size_t bytes;
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
    size_t bytes, tried = 0;
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
        cmocka_unit_test(every_call_is_shown_as_it_was_made),
        cmocka_unit_test(every_call_of_a_static_program_is_shown),
        cmocka_unit_test(every_call_of_every_thread_is_shown),
        cmocka_unit_test(every_call_of_every_process_is_shown),
        cmocka_unit_test(every_call_of_a_python_program_is_shown),
        cmocka_unit_test(a_web_server_and_its_client_end_well),
        cmocka_unit_test(a_python_echo_server_and_nc_end_well),
        cmocka_unit_test(an_interrupted_accept_is_no_error),
        cmocka_unit_test(an_interrupted_poll_is_no_error),
        cmocka_unit_test(an_interrupted_recv_is_no_error),
        cmocka_unit_test(what_ends_with_eintr_is_not_said_to_begin_again),
        cmocka_unit_test(a_stopped_server_goes_on_in_the_same_call),
        cmocka_unit_test(a_thread_may_become_another_program),
        cmocka_unit_test(a_signal_that_ends_a_program_is_told),
        cmocka_unit_test(binary_output_is_shown_as_text),
        cmocka_unit_test(all_that_is_printed_is_kept),
        cmocka_unit_test(a_program_that_is_not_there_is_reported),
        cmocka_unit_test(a_program_that_never_ends_is_ended),
        cmocka_unit_test(a_server_that_ignores_sigterm_is_ended),
        cmocka_unit_test(what_is_told_to_end_and_does_not_is_named),
        cmocka_unit_test(a_program_that_forks_on_is_ended),
        cmocka_unit_test(a_shell_that_starts_itself_for_ever_is_ended),
        cmocka_unit_test(a_daemon_is_ended_with_the_run),
        cmocka_unit_test(nothing_is_left_when_tcplab_is_killed),
        cmocka_unit_test(causes_stand_before_effects_in_1000_connections),
        cmocka_unit_test(the_last_reference_is_what_sends_the_fin),
        cmocka_unit_test(a_state_stands_behind_what_brought_it_about),
        cmocka_unit_test(calls_and_states_name_their_connection_and_party),
        cmocka_unit_test(segments_are_those_of_a_second_capture),
        cmocka_unit_test(nothing_is_lost_when_nobody_looks),
        cmocka_unit_test(a_saved_run_is_shown_as_it_was_live),
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
