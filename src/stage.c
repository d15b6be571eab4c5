/*
 * stage: set up, start, watch, tell.
 *
 * The parent keeps the reading end of two pipes: the trace, and reports. The
 * first report says whether the way in was refused, the last how it all ended.
 * It writes to a third, control, to end the run; its own end does the same.
 */
#include "stage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../capture/clock.h"
#include "../capture/source.h"
#include "command.h"
#include "namespace.h"
#include "privilege.h"
#include "sockstate.h"

const char *const way_names[WAYS] = {
    [WAY_NAMESPACE] = "namespace",
    [WAY_ROOT] = "root",
    [WAY_LOOPBACK] = "loopback",
    [WAY_RECORDED] = "recorded",
};

const char *const way_sentences[WAYS] = {
    [WAY_NAMESPACE] = "a private network, made without privilege",
    [WAY_ROOT] = "a private network, made as root",
    [WAY_LOOPBACK] = "this machine's loopback interface, one port of it",
    [WAY_RECORDED] = "a recorded trace of the kit's own",
};

enum {
    LISTEN_POLL_MS = 1,
    SETTLE_POLL_MS = 5,
    SETTLE_MS = 2000, // for the last segments, after both programs ended
    RING_BYTES = 16 << 20,
    SNAPLEN = 262144,
};

/* The stage's own view of itself. */
struct director {
    const struct stage_plan *plan;
    struct source *source;
    struct trace_writer *trace;
    int trace_fd; // the trace's own, to hear that its reader has gone
    struct sockstate *sockets;
    int control;                  // readable, or hung up: end it all
    int server_fd, client_fd;     // pidfds; -1 when not running
    pid_t server_pid, client_pid; // 0 before they start
    int64_t deadline_ns;
    struct stage_result result;
};

/* ---- Setting up --------------------------------------------------------- */

static bool
refuse(struct stage_refusal *refusal, int number, const char *step)
{
    refusal->number = number;
    snprintf(refusal->step, sizeof refusal->step, "%s", step);
    return false;
}

static bool
enter(enum way way, struct stage_refusal *refusal)
{
    const char *refused = NULL;
    if (way == WAY_NAMESPACE) {
        if (privilege_become_caller() < 0)
            refused = "becoming the user who called sudo";
        else
            refused = namespace_enter_user();
    } else if (way == WAY_ROOT) {
        refused = namespace_enter_root();
    }
    return refused ? refuse(refusal, errno, refused) : true;
}

static bool
open_capture(struct director *d, enum way way, struct stage_refusal *refusal)
{
    char filter[64];
    struct source_error error;
    struct source_live live = { .interface = "lo",
                                .snaplen = SNAPLEN,
                                .ring_bytes = RING_BYTES };
    snprintf(filter, sizeof filter, "tcp port %u", d->plan->port);
    if (way == WAY_LOOPBACK)
        live.filter = filter;
    d->source = source_open_live(&live, &error);
    if (!d->source)
        return refuse(refusal, 0, error.text);
    d->sockets = sockstate_open();
    return d->sockets ? true
                      : refuse(refusal, errno, "asking the kernel for sockets");
}

static bool
open_trace(struct director *d, int fd, struct stage_refusal *refusal)
{
    struct trace_about about = { .application = "tcplab " TCPLAB_VERSION,
                                 .interface = "lo",
                                 .link_type = source_link_type(d->source),
                                 .snaplen = SNAPLEN };
    d->trace_fd = fd;
    d->trace = trace_writer_new(fd, &about);
    return d->trace ? true : refuse(refusal, errno, "writing a trace");
}

/*
 * The processes on the stage have a namespace of their own, whose first process
 * this one's child becomes: when it ends, so does everything it started, however
 * it tried to get away (pid_namespaces(7)). Without the permission, process
 * groups must do.
 */
static void
own_processes(struct director *d, int trace_fd, int report_fd)
{
    if (unshare(CLONE_NEWPID) < 0)
        return;
    pid_t pid = fork();
    if (pid == 0)
        return;
    close(trace_fd);
    close(report_fd);
    close(d->control);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    _exit(pid > 0 ? EXIT_YES : EXIT_SYSTEM);
}

static bool
set_up(struct director *d, enum way way, int trace_fd, int report_fd,
       struct stage_refusal *refusal)
{
    if (!enter(way, refusal))
        return false;
    if (way != WAY_LOOPBACK)
        own_processes(d, trace_fd, report_fd);
    return open_capture(d, way, refusal) && open_trace(d, trace_fd, refusal);
}

/* ---- The programs ------------------------------------------------------- */

/* In the new process: give up everything, then become the program. What it
 * prints goes to standard error; standard output is the view's. */
static void
become_program(const char *command)
{
    int null = open("/dev/null", O_RDONLY);
    setpgid(0, 0); // so that what it starts can be ended with it
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
        dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ||
        privilege_become_caller() < 0 || privilege_drop() < 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) {
        perror("tcplab: starting a program");
        _exit(126);
    }
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    perror("tcplab: /bin/sh");
    _exit(127);
}

/* Start a program; its pidfd, or -1 with errno. */
static int
start_program(const char *command, pid_t *pid)
{
    *pid = fork();
    if (*pid < 0)
        return -1;
    if (*pid == 0)
        become_program(command);
    setpgid(*pid, *pid); // here too: whoever comes first
    return (int)syscall(SYS_pidfd_open, *pid, 0);
}

/* A program's pidfd is readable: it has ended. */
static void
take_ending(int *fd, pid_t pid, int *status)
{
    struct pollfd ended = { .fd = *fd, .events = POLLIN };
    if (*fd < 0 || poll(&ended, 1, 0) <= 0)
        return;
    waitpid(pid, status, 0);
    close(*fd);
    *fd = -1;
}

static void
take_endings(struct director *d)
{
    take_ending(&d->server_fd, d->server_pid, &d->result.server);
    take_ending(&d->client_fd, d->client_pid, &d->result.client);
}

static void
end_programs(struct director *d)
{
    // Whole groups: a program may have left children behind.
    if (d->server_pid > 0)
        kill(-d->server_pid, SIGKILL);
    if (d->client_pid > 0)
        kill(-d->client_pid, SIGKILL);
    if (d->server_fd >= 0)
        waitpid(d->server_pid, &d->result.server, 0);
    if (d->client_fd >= 0)
        waitpid(d->client_pid, &d->result.client, 0);
    d->server_fd = d->client_fd = -1;
}

/* ---- Watching ----------------------------------------------------------- */

/* Write down every packet that is there. False: the capture is at its end, or
 * nobody reads the trace any more. */
static bool
take_packets(struct director *d)
{
    struct packet packet;
    enum source_result result;
    while ((result = source_next(d->source, &packet)) == SOURCE_PACKET)
        if (trace_write(d->trace, &packet) < 0)
            return false;
    return trace_flush(d->trace) == 0 && result == SOURCE_WAIT;
}

/* Wait for a packet, a program's end, a word of control, or the reader's
 * leaving. False: it is time to stop. */
static bool
watch(struct director *d, int timeout_ms)
{
    struct pollfd fds[] = { { source_fd(d->source), POLLIN, 0 },
                            { d->control, POLLIN, 0 },
                            { d->server_fd, POLLIN, 0 },
                            { d->client_fd, POLLIN, 0 },
                            { d->trace_fd, 0, 0 } };
    poll(fds, sizeof fds / sizeof fds[0], timeout_ms);
    if (fds[1].revents)
        d->result.interrupted = true;
    else if (clock_ns(CLOCK_MONOTONIC) > d->deadline_ns)
        d->result.timed_out = true;
    take_endings(d);
    if (fds[4].revents & POLLERR)
        return false; // nobody reads any more
    return take_packets(d) && !d->result.interrupted && !d->result.timed_out;
}

/* The client begins when the server listens; a server that ends before never
 * will. */
static bool
wait_until_listening(struct director *d)
{
    while (d->server_fd >= 0) {
        d->result.listened = sockstate_listens(d->sockets, d->plan->port);
        if (d->result.listened)
            return true;
        if (!watch(d, LISTEN_POLL_MS))
            return false;
    }
    return false;
}

static bool
wait_until_ended(struct director *d)
{
    while (d->server_fd >= 0 || d->client_fd >= 0)
        if (!watch(d, 100))
            return false;
    return true;
}

/* Programs end before their connections do. */
static void
wait_until_settled(struct director *d)
{
    int64_t until_ns = clock_ns(CLOCK_MONOTONIC) + SETTLE_MS * (int64_t)1000000;
    while (sockstate_busy(d->sockets, d->plan->port) > 0 &&
           clock_ns(CLOCK_MONOTONIC) < until_ns && watch(d, SETTLE_POLL_MS))
        ;
}

static void
play(struct director *d)
{
    d->server_fd = start_program(d->plan->server, &d->server_pid);
    if (!wait_until_listening(d))
        return;
    d->client_fd = start_program(d->plan->client, &d->client_pid);
    if (wait_until_ended(d))
        wait_until_settled(d);
}

static void
drain(struct director *d)
{
    source_stop(d->source);
    while (take_packets(d))
        source_wait(d->source, SETTLE_POLL_MS);
    d->result.dropped = source_counts(d->source).dropped;
}

/* ---- The process -------------------------------------------------------- */

static void
export_place(const struct stage_plan *plan)
{
    char port[8];
    snprintf(port, sizeof port, "%u", plan->port);
    setenv("TCPLAB_SERVER", plan->address, 1);
    setenv("TCPLAB_PORT", port, 1);
}

static void
report(int fd, const void *what, size_t bytes)
{
    if (write(fd, what, bytes) != (ssize_t)bytes)
        _exit(EXIT_SYSTEM); // nobody listens any more
}

static void
run_stage(enum way way, const struct stage_plan *plan, int trace_fd,
          int report_fd, int control)
{
    struct stage_refusal refusal = { 0 };
    struct director d = { .plan = plan,
                          .control = control,
                          .server_fd = -1,
                          .client_fd = -1,
                          .result = { .server = NOT_STARTED,
                                      .client = NOT_STARTED } };
    // Ctrl-C reaches the whole group: the caller hears it and tells us.
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    bool ready = set_up(&d, way, trace_fd, report_fd, &refusal);
    report(report_fd, &refusal, sizeof refusal);
    if (!ready)
        _exit(EXIT_SYSTEM);
    export_place(plan);
    d.deadline_ns =
        clock_ns(CLOCK_MONOTONIC) + plan->timeout_s * (int64_t)1000000000;
    play(&d);
    end_programs(&d);
    drain(&d);
    report(report_fd, &d.result, sizeof d.result);
    trace_writer_close(d.trace);
    sockstate_close(d.sockets);
    source_close(d.source);
    _exit(EXIT_YES);
}

static bool
read_whole(int fd, void *to, size_t bytes)
{
    ssize_t n;
    do
        n = read(fd, to, bytes);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)bytes;
}

int
stage_begin(struct stage *stage, enum way way, const struct stage_plan *plan,
            struct stage_refusal *refusal)
{
    int trace[2], reports[2], control[2];
    if (pipe2(trace, O_CLOEXEC) < 0 || pipe2(reports, O_CLOEXEC) < 0 ||
        pipe2(control, O_CLOEXEC) < 0) {
        refuse(refusal, errno, "making a pipe");
        return -1;
    }
    fflush(NULL);
    stage->pid = fork();
    if (stage->pid == 0) {
        close(trace[0]);
        close(reports[0]);
        close(control[1]);
        run_stage(way, plan, trace[1], reports[1], control[0]);
    }
    close(trace[1]);
    close(reports[1]);
    close(control[0]);
    stage->trace_fd = trace[0];
    stage->result_fd = reports[0];
    stage->control_fd = control[1];
    if (stage->pid > 0 &&
        read_whole(stage->result_fd, refusal, sizeof *refusal) &&
        refusal->step[0] == '\0')
        return 0;
    if (stage->pid < 0 || refusal->step[0] == '\0')
        refuse(refusal, errno, "starting a process");
    close(stage->trace_fd);
    close(stage->result_fd);
    close(stage->control_fd);
    waitpid(stage->pid, NULL, 0);
    return -1;
}

void
stage_interrupt(const struct stage *stage)
{
    int saved = errno;
    if (write(stage->control_fd, "q", 1) < 0)
        errno = saved; // it has ended already
    errno = saved;
}

bool
stage_end(struct stage *stage, struct stage_result *result)
{
    bool whole = read_whole(stage->result_fd, result, sizeof *result);
    close(stage->result_fd);
    close(stage->control_fd);
    stage->control_fd = -1; // a signal may still come
    waitpid(stage->pid, NULL, 0);
    return whole;
}

uint16_t
stage_free_port(void)
{
    struct sockaddr_in any = { .sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof any;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&any, size) == 0 &&
                 getsockname(fd, (struct sockaddr *)&any, &size) == 0;
    if (fd >= 0)
        close(fd);
    return bound ? ntohs(any.sin_port) : 0;
}
