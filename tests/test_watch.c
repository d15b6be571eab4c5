/* tcplab watch, live, in a private network. */
#include "claim.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../capture/clock.h"
#include "../capture/source.h"
#include "command_line.h"
#include "netns.h"
#include "scratch.h"

/* ---- Connections to be watched ------------------------------------------ */

static int
listener_on(struct sockaddr_in *here)
{
    socklen_t size = sizeof *here;
    *here = (struct sockaddr_in){ .sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)here, size), 0);
    assert_int_equal(listen(fd, 16), 0);
    getsockname(fd, (struct sockaddr *)here, &size);
    return fd;
}

/* Open, say something, close from both sides. */
static void
make_connection(int listener, const struct sockaddr_in *server)
{
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(
        connect(client, (const struct sockaddr *)server, sizeof *server), 0);
    int accepted = accept(listener, NULL, NULL);
    assert_int_equal(write(client, "hello", 5), 5);
    close(client);
    char data[16];
    while (read(accepted, data, sizeof data) > 0)
        ;
    close(accepted);
}

/* ---- The watcher -------------------------------------------------------- */

struct watcher {
    pid_t pid;
    int out, err;
};

/* Start it; it is ready when it says so. */
static struct watcher
watcher_start(const char *options)
{
    int out[2], err[2];
    char command[512], said[256];
    struct watcher w;
    snprintf(command, sizeof command, "exec $TCPLAB watch -i lo %s", options);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_int_equal(pipe2(err, O_CLOEXEC), 0);
    w.pid = fork();
    if (w.pid == 0) {
        dup2(out[1], STDOUT_FILENO);
        dup2(err[1], STDERR_FILENO);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    close(err[1]);
    w.out = out[0];
    w.err = err[0];
    ssize_t n = read(w.err, said, sizeof said - 1);
    said[n > 0 ? n : 0] = '\0';
    if (!strstr(said, "Ctrl-C"))
        fail_msg("watch: %s", said);
    return w;
}

static char *
read_all(int fd)
{
    size_t size = 1 << 16, n = 0;
    char *text = malloc(size);
    ssize_t got;
    while ((got = read(fd, text + n, size - n - 1)) > 0) {
        n += (size_t)got;
        if (size - n < 4096)
            text = realloc(text, size *= 2);
    }
    text[n] = '\0';
    close(fd);
    return text;
}

/* Ctrl-C; what it wrote from then on. */
static struct ran
watcher_stop(struct watcher *w)
{
    struct ran ran;
    int status;
    kill(w->pid, SIGINT);
    ran.out = read_all(w->out);
    ran.err = read_all(w->err);
    waitpid(w->pid, &status, 0);
    ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    return ran;
}

/* ---- Claims ------------------------------------------------------------- */

static void
a_stop_soon_after_the_last_packet_loses_none(void **state)
{
    (void)state;
    need_network();
    const char *soak = getenv("TCPLAB_SOAK");
    int rounds = soak ? atoi(soak) : 5;
    struct sockaddr_in here;
    int listener = listener_on(&here);
    for (int round = 0; round < rounds; round++) {
        enum {
            CONNECTIONS = 50
        };
        struct watcher w = watcher_start("--as json");
        for (int i = 0; i < CONNECTIONS; i++)
            make_connection(listener, &here);
        poll(NULL, 0, round % 2 ? 100 : 0); // after 0.1 s, and at once
        struct ran ran = watcher_stop(&w);
        assert_int_equal(ran.status, 0);
        json_t *lines = json_lines(ran.out);
        json_t *connections = json_of_kind(lines, "connection"), *c;
        size_t i;
        assert_int_equal(json_array_size(connections), CONNECTIONS);
        json_array_foreach(connections, i, c)
        {
            json_t *client = json_object_get(c, "client");
            json_t *server = json_object_get(c, "server");
            assert_string_equal(json_text(c, "opening"), "three-way");
            assert_int_equal(json_number(client, "bytes"), 5);
            assert_string_equal(json_text(client, "state"), "TIME-WAIT");
            assert_string_equal(json_text(server, "state"), "CLOSED");
        }
        json_decref(connections);
        json_decref(lines);
        ran_free(&ran);
    }
    close(listener);
}

static void
each_packet_is_counted_once(void **state)
{
    (void)state;
    need_network();
    struct sockaddr_in here;
    int listener = listener_on(&here);
    unsigned long long shown, received, dropped;
    struct watcher w = watcher_start("");
    make_connection(listener, &here);
    struct ran ran = watcher_stop(&w);
    assert_int_equal(sscanf(ran.err,
                            "%llu packets shown, %llu received by the kernel, "
                            "%llu dropped",
                            &shown, &received, &dropped),
                     3);
    assert_int_equal(shown, received);
    assert_int_equal(dropped, 0);
    int lines = 0;
    for (char *at = ran.out; (at = strstr(at, "client ")); at++)
        lines += !strncmp(at, "client > server", 15) ||
                 !strncmp(at, "client < server", 15);
    assert_int_equal(lines, shown);
    ran_free(&ran);
    close(listener);
}

static void
a_segment_is_shown_while_it_is_news(void **state)
{
    (void)state;
    need_network();
    struct sockaddr_in here;
    int listener = listener_on(&here);
    struct watcher w = watcher_start("--as json");
    char line[4096];
    size_t n = 0;
    int64_t begin = clock_ns(CLOCK_REALTIME);
    make_connection(listener, &here);
    // The first line comes without a stop and without another packet.
    while (n == 0 || line[n - 1] != '\n')
        if (read(w.out, line + n, 1) == 1)
            n++;
    int64_t end = clock_ns(CLOCK_REALTIME);
    line[n] = '\0';
    json_error_t error;
    json_t *first = json_loads(line, 0, &error);
    int64_t stamp = atoll(json_text(first, "time_ns"));
    assert_true(begin <= stamp && stamp <= end);
    assert_string_equal(json_text(first, "kind"), "segment");
    json_decref(first);
    struct ran ran = watcher_stop(&w);
    ran_free(&ran);
    close(listener);
}

static void
what_is_saved_is_what_was_seen(void **state)
{
    (void)state;
    need_network();
    struct sockaddr_in here;
    char options[256];
    const char *path = scratch_path("watched.pcapng");
    int listener = listener_on(&here);
    snprintf(options, sizeof options, "-w %s", path);
    struct watcher w = watcher_start(options);
    make_connection(listener, &here);
    struct ran live = watcher_stop(&w);
    struct ran saved = run("$TCPLAB show %s", path);
    assert_string_equal(live.out, saved.out);
    ran_free(&live);
    ran_free(&saved);
    close(listener);
}

static void
a_quiet_watcher_saves_and_shows_nothing(void **state)
{
    (void)state;
    need_network();
    struct sockaddr_in here;
    char options[256];
    unsigned long long saved, received;
    const char *path = scratch_path("quiet.pcapng");
    int listener = listener_on(&here);
    snprintf(options, sizeof options, "--quiet -w %s", path);
    struct watcher w = watcher_start(options);
    make_connection(listener, &here);
    struct ran live = watcher_stop(&w);
    assert_string_equal(live.out, "");
    assert_int_equal(sscanf(live.err,
                            "%llu packets saved, %llu received by the kernel, ",
                            &saved, &received),
                     2);
    assert_int_equal(saved, received);
    struct ran again = run("$TCPLAB show --as json --summary %s", path);
    json_t *lines = json_lines(again.out);
    assert_int_equal(json_array_size(lines), 1);
    assert_string_equal(json_text(json_array_get(lines, 0), "opening"),
                        "three-way");
    json_decref(lines);
    ran_free(&live);
    ran_free(&again);
    close(listener);
}

/* ---- Opening in two steps ------------------------------------------------ */

static void
what_is_opened_meanwhile_captures(void **state)
{
    (void)state;
    need_network();
    struct sockaddr_in here;
    struct source_error error;
    char filter[64];
    struct packet packet;
    int listener = listener_on(&here);
    snprintf(filter, sizeof filter, "tcp port %u", ntohs(here.sin_port));
    struct source_live live = { .interface = "lo",
                                .filter = filter,
                                .snaplen = 65535,
                                .ring_bytes = 1 << 20 };
    struct source_opening *opening = source_begin_live(&live, &error);
    assert_non_null(opening);
    memset(filter, 0, sizeof filter); // it was the caller's
    struct source *source = source_opened(opening, &error);
    if (!source)
        fail_msg("%s", error.text);
    make_connection(listener, &here);
    enum source_result result;
    while ((result = source_next(source, &packet)) == SOURCE_WAIT)
        source_wait(source, 1000);
    assert_int_equal(result, SOURCE_PACKET);
    assert_int_equal(source_counts(source).dropped, 0);
    source_close(source);
    close(listener);
}

static void
what_cannot_be_opened_is_refused_by_the_second_step(void **state)
{
    (void)state;
    need_network();
    struct source_error error = { 0 };
    struct source_live missing = { .interface = "missing0", .snaplen = 100 };
    struct source_live wrong = { .interface = "lo",
                                 .filter = "no filter",
                                 .snaplen = 100 };
    struct source_opening *opening = source_begin_live(&missing, &error);
    assert_non_null(opening);
    assert_null(source_opened(opening, &error));
    assert_int_equal(error.failure, SOURCE_REFUSED);
    assert_non_null(strstr(error.text, "missing0"));
    opening = source_begin_live(&wrong, &error);
    assert_non_null(opening);
    assert_null(source_opened(opening, &error));
    assert_int_equal(error.failure, SOURCE_FILTER);
}

static void
a_filter_is_obeyed(void **state)
{
    (void)state;
    need_network();
    struct sockaddr_in one, two;
    char filter[64];
    int first = listener_on(&one), second = listener_on(&two);
    snprintf(filter, sizeof filter, "--as json --summary tcp port %u",
             ntohs(two.sin_port));
    struct watcher w = watcher_start(filter);
    make_connection(first, &one);
    make_connection(second, &two);
    struct ran ran = watcher_stop(&w);
    json_t *lines = json_lines(ran.out);
    assert_int_equal(json_array_size(lines), 1);
    json_t *server = json_object_get(json_array_get(lines, 0), "server");
    assert_int_equal(json_number(server, "port"), ntohs(two.sin_port));
    json_decref(lines);
    ran_free(&ran);
    close(first);
    close(second);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_soon_after_the_last_packet_loses_none),
        cmocka_unit_test(each_packet_is_counted_once),
        cmocka_unit_test(a_segment_is_shown_while_it_is_news),
        cmocka_unit_test(what_is_saved_is_what_was_seen),
        cmocka_unit_test(a_quiet_watcher_saves_and_shows_nothing),
        cmocka_unit_test(what_is_opened_meanwhile_captures),
        cmocka_unit_test(what_cannot_be_opened_is_refused_by_the_second_step),
        cmocka_unit_test(a_filter_is_obeyed),
    };
    return cmocka_run_group_tests(tests, netns_enter, NULL);
}
