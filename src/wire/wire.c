/* wire: the process and its loop. */
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../host/privilege.h"
#include "../host/topology.h"
#include "../text/command.h"
#include "relay.h"

enum {
    RING_BYTES = 16 << 20,
    COMMAND_ROOM = 256,
    PIPE_OCTETS = 1 << 20,
    LINK_OCTETS = 14, // of an Ethernet header
    VLAN_OCTETS = 4,
    ANSWER_S = 10, // an answer comes at once; somebody stopped the process
};

/* ---- Setting up ----------------------------------------------------------- */

/* What the child keeps of its parent's descriptors. */
static void
close_others(int one, int two, int three)
{
    unsigned kept[3] = { (unsigned)one, (unsigned)two, (unsigned)three };
    unsigned next = STDERR_FILENO + 1;
    for (int round = 0; round < 3; round++) {
        unsigned nearest = ~0u;
        for (int i = 0; i < 3; i++)
            if (kept[i] >= next && kept[i] < nearest)
                nearest = kept[i];
        if (nearest > next)
            close_range(next, nearest - 1, 0);
        next = nearest + 1;
    }
    close_range(next, ~0u, 0);
}

static const char *
end_of(const struct wire_options *options, enum direction from)
{
    if (options->ends[from])
        return options->ends[from];
    return from == FROM_CLIENT ? topology_client_interface
                               : topology_server_interface;
}

static bool
refuse_source(const struct source_error *error, char why[WIRE_WHY])
{
    snprintf(why, WIRE_WHY, "capturing in the middle: %s", error->text);
    return false;
}

static struct source_opening *
begin_source(const struct relay *r, const char *interface,
             struct source_error *error)
{
    struct source_live live = {
        .interface = interface,
        .snaplen = r->mtu + LINK_OCTETS + VLAN_OCTETS,
        .ring_bytes = RING_BYTES,
        .immediate = true,
        .incoming = true,
    };
    return source_begin_live(&live, error);
}

/* Both at once: a ring takes its time. */
static bool
open_sources(struct relay *r, const struct wire_options *options,
             char why[WIRE_WHY])
{
    struct source_error error;
    struct source_opening *openings[DIRECTIONS] = { NULL };
    bool opened = true;
    for (int from = 0; opened && from < DIRECTIONS; from++) {
        openings[from] = begin_source(r, end_of(options, from), &error);
        opened = openings[from];
    }
    for (int from = 0; from < DIRECTIONS; from++) {
        struct source_error refused;
        if (!openings[from])
            continue;
        r->sources[from] = source_opened(openings[from], &refused);
        if (opened && !r->sources[from]) {
            error = refused;
            opened = false;
        }
    }
    return opened ? true : refuse_source(&error, why);
}

static bool
refuse(char why[WIRE_WHY], const char *step)
{
    snprintf(why, WIRE_WHY, "%s: %s", step, strerror(errno));
    return false;
}

static bool
open_trace(struct relay *r, const struct wire_options *options, int fd,
           char why[WIRE_WHY])
{
    struct trace_about about = {
        .application = "tcplab " TCPLAB_VERSION,
        .interfaces = { end_of(options, FROM_CLIENT),
                        end_of(options, FROM_SERVER) },
        .link_type = LINK_ETHERNET,
        .snaplen = r->snaplen,
    };
    r->recorder = recorder_new(fd, &about);
    return r->recorder ? true : refuse(why, "writing a trace");
}

/*
 * Ctrl-C reaches the whole group; who started us tells us instead. Giving up
 * privileges comes before the last wish, which it might take back. Without them
 * it is a process like any other of its user, and a program on a host is one too:
 * so nobody may look into it (ptrace(2)), or take the sockets of the middle
 * out of it (pidfd_getfd(2)).
 */
static bool
settle(pid_t parent, char why[WIRE_WHY])
{
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGTSTP, SIG_IGN); // Ctrl-Z: the stage and its programs go on
    signal(SIGPIPE, SIG_IGN);
    if (privilege_drop() < 0)
        return refuse(why, "giving up privileges");
    prctl(PR_SET_TIMERSLACK, 1);
    if (prctl(PR_SET_DUMPABLE, 0) < 0)
        return refuse(why, "shutting the process of the wire");
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return refuse(why, "asking to die with the stage");
    if (getppid() != parent)
        _exit(EXIT_SYSTEM);
    return true;
}

static void
take_options(struct relay *r, const struct wire_options *options)
{
    r->policy = options->policy;
    r->snaplen = options->snaplen ? options->snaplen : WIRE_SNAPLEN;
    r->mtu = options->mtu ? options->mtu : TOPOLOGY_MTU;
    r->frame_most = r->mtu + LINK_OCTETS;
    r->resent = options->resent;
    r->id_step = options->count ? options->count : 1;
    r->id = options->number + 1 - r->id_step; // a step before the first
}

static bool
set_up(struct relay *r, const struct wire_options *options, int stream,
       pid_t parent, char why[WIRE_WHY])
{
    take_options(r, options);
    r->transit = transit_new(options->frames ? options->frames : WIRE_FRAMES,
                             options->octets ? options->octets : WIRE_OCTETS);
    if (!r->transit)
        return refuse(why, "making room for frames");
    return open_sources(r, options, why) &&
           open_trace(r, options, stream, why) && settle(parent, why);
}

/* ---- Commands ------------------------------------------------------------- */

/* One message, and its answer: "ok", or "no " and why. A caller that reads no
 * answers does not hold up the wire. */
static void
take_command(struct relay *r, int control)
{
    char command[COMMAND_ROOM], answer[COMMAND_ROOM * 2];
    ssize_t n = recv(control, command, sizeof command - 1, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        r->over = true; // nobody is there any more
        return;
    }
    while (n > 0 && command[n - 1] == '\n')
        n--;
    command[n] = '\0';
    bool done = relay_command(r, command, answer + 3, sizeof answer - 3);
    memcpy(answer, done ? "ok" : "no ", 3);
    if (done)
        answer[2] = '\0';
    send(control, answer, strlen(answer), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* ---- The loop ------------------------------------------------------------- */

static void
wait_for_something(struct relay *r, int control)
{
    struct timespec timeout;
    struct pollfd fds[4] = {
        { .fd = source_fd(r->sources[FROM_CLIENT]), .events = POLLIN },
        { .fd = source_fd(r->sources[FROM_SERVER]), .events = POLLIN },
        { .fd = control, .events = POLLIN },
    };
    fds[3].fd = recorder_fd(r->recorder, &fds[3].events);
    int64_t due_ns = relay_due_ns(r);
    timeout.tv_sec = due_ns / 1000000000;
    timeout.tv_nsec = due_ns % 1000000000;
    ppoll(fds, 4, due_ns < 0 ? NULL : &timeout, NULL);
    if (fds[2].revents)
        take_command(r, control);
    if (fds[3].revents & POLLERR)
        r->over = true; // the trace has no reader
}

static void
report(int fd, const void *what, size_t bytes)
{
    if (write(fd, what, bytes) != (ssize_t)bytes)
        _exit(EXIT_SYSTEM);
}

static void
run_wire(const struct wire_options *options, int stream, int control,
         int results, pid_t parent)
{
    static struct relay r;
    static struct wire_result result;
    char why[WIRE_WHY] = "";
    bool ready = setns(options->netns, CLONE_NEWNET) == 0
                     ? true
                     : refuse(why, "going to the middle");
    close_others(stream, control, results);
    ready = ready && set_up(&r, options, stream, parent, why);
    report(results, why, sizeof why);
    if (ready)
        recorder_release(r.recorder, INT64_MAX); // a reader waits for its start
    while (ready && !r.over) {
        wait_for_something(&r, control);
        relay_turn(&r);
    }
    if (!ready)
        _exit(EXIT_SYSTEM);
    close(control); // who tells it more shall not wait for an answer
    relay_finish(&r, &result);
    report(results, &result, sizeof result);
    recorder_close(r.recorder);
    _exit(EXIT_YES);
}

/* ---- From outside --------------------------------------------------------- */

static bool
read_whole(int fd, void *to, size_t bytes)
{
    ssize_t n;
    do
        n = read(fd, to, bytes);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)bytes;
}

static void
close_pair(int pair[2])
{
    close(pair[0]);
    close(pair[1]);
}

static int
open_pairs(int stream[2], int control[2], int results[2])
{
    if (pipe2(stream, O_CLOEXEC) < 0)
        return -1;
    if (pipe2(results, O_CLOEXEC) < 0) {
        close_pair(stream);
        return -1;
    }
    // As much as is allowed, so that a fast wire need not wait for its reader.
    fcntl(stream[1], F_SETPIPE_SZ, PIPE_OCTETS);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) == 0) {
        struct timeval most = { .tv_sec = ANSWER_S };
        setsockopt(control[0], SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
        return 0;
    }
    close_pair(stream);
    close_pair(results);
    return -1;
}

int
wire_start(struct wire *wire, const struct wire_options *options,
           char why[WIRE_WHY])
{
    int stream[2], control[2], results[2];
    pid_t parent = getpid();
    if (open_pairs(stream, control, results) < 0) {
        refuse(why, "making a pipe");
        return -1;
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        run_wire(options, stream[1], control[1], results[1], parent);
    close(stream[1]);
    close(control[1]);
    close(results[1]);
    *wire = (struct wire){ pid, stream[0], control[0], results[0] };
    if (pid < 0)
        refuse(why, "starting a process");
    else if (!read_whole(wire->result_fd, why, WIRE_WHY))
        snprintf(why, WIRE_WHY, "the process of the wire died at once");
    else if (!*why)
        return 0;
    close(wire->stream_fd);
    close(wire->control_fd);
    close(wire->result_fd);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return -1;
}

bool
wire_tell(const struct wire *wire, const char *command, char *answer,
          size_t size)
{
    char said[COMMAND_ROOM * 2];
    ssize_t n = -1;
    if (strlen(command) >= COMMAND_ROOM) {
        snprintf(answer, size, "The command is too long.");
        return false;
    }
    if (send(wire->control_fd, command, strlen(command), MSG_NOSIGNAL) >= 0)
        do
            n = recv(wire->control_fd, said, sizeof said - 1, 0);
        while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        kill(wire->pid, SIGKILL); // then all that waits for it goes on
    if (n <= 0) {
        snprintf(answer, size, "The wire has ended.");
        return false;
    }
    said[n] = '\0';
    bool done = strcmp(said, "ok") == 0;
    snprintf(answer, size, "%s", done ? "" : said + 3);
    return done;
}

bool
wire_end(struct wire *wire, struct wire_result *result)
{
    close(wire->control_fd);
    bool whole = read_whole(wire->result_fd, result, sizeof *result);
    close(wire->result_fd);
    waitpid(wire->pid, NULL, 0);
    return whole;
}
