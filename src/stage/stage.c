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
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../capture/clock.h"
#include "../../capture/frame.h"
#include "../host/namespace.h"
#include "../host/pins.h"
#include "../host/privilege.h"
#include "../host/processor.h"
#include "../text/command.h"
#include "../text/text.h"
#include "director.h"

const char *const way_names[WAYS] = {
    [WAY_NAMESPACE] = "namespace", [WAY_ROOT] = "root",
    [WAY_LOOPBACK] = "loopback",   [WAY_CALLS] = "calls",
    [WAY_RECORDED] = "recorded",
};

const char *const way_sentences[WAYS] = {
    [WAY_NAMESPACE] = "a private network, made without privilege",
    [WAY_ROOT] = "a private network, made as root",
    [WAY_LOOPBACK] = "this machine's loopback interface, one port of it",
    [WAY_CALLS] = "calls and states only, no packets",
    [WAY_RECORDED] = "a recorded trace of the kit's own",
};

const char *const network_names[NETWORKS] = {
    [ON_LOOPBACK] = "loopback",
    [ON_WIRE] = "wire",
    [ON_NAT] = "nat",
    [ON_FORWARD] = "forward",
};

enum {
    RING_BYTES = 16 << 20,
    SNAPLEN = 262144,
    WIRE_HOLD_NS = 100000000, // the relay shares a processor with the programs
};

/* ---- Setting up --------------------------------------------------------- */

static bool
refuse(struct stage_refusal *refusal, int number, const char *step)
{
    refusal->number = number;
    snprintf(refusal->step, sizeof refusal->step, "%.500s", step);
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
open_capture(struct director *d, struct stage_refusal *refusal)
{
    char filter[64];
    struct source_error error;
    struct source_live live = { .interface = "lo",
                                .snaplen = SNAPLEN,
                                .ring_bytes = RING_BYTES };
    snprintf(filter, sizeof filter, "tcp port %u", d->plan->port);
    if (d->way == WAY_LOOPBACK)
        live.filter = filter;
    if (d->way == WAY_CALLS)
        return true;
    d->opening = source_begin_live(&live, &error);
    return d->opening ? true : refuse(refusal, 0, error.text);
}

static void
set_pins(struct director *d)
{
    d->result.unpinned = d->plan->unpinned
                             ? d->plan->pin_count
                             : pins_set(d->plan->pins, d->plan->pin_count,
                                        d->pins, sizeof d->pins);
}

static void
tell_congestion(struct director *d)
{
    size_t used = strlen(d->pins);
    if (d->plan->congestion)
        snprintf(d->pins + used, sizeof d->pins - used, "%sroute congctl=%s",
                 used ? ", " : "", d->plan->congestion);
}

static const enum topology_kind topologies[NETWORKS] = {
    [ON_WIRE] = TOPOLOGY_WIRE,
    [ON_NAT] = TOPOLOGY_NAT,
    [ON_FORWARD] = TOPOLOGY_FORWARD,
};

/* Two hosts, a router if there is one, and the stage between them. */
static bool
make_hosts(struct director *d, struct stage_refusal *refusal)
{
    static const enum topology_place places[] = { PLACE_CLIENT, PLACE_SERVER };
    struct topology_options options = { .kind = topologies[d->plan->on],
                                        .port = d->plan->port,
                                        .arp = d->plan->wire.arp,
                                        .congestion = d->plan->congestion,
                                        .more = d->plan->addresses,
                                        .more_count = d->plan->address_count };
    const char *refused = topology_make(&d->topology, &options);
    for (int i = 0; !refused && i < 2; i++) {
        if (topology_enter(&d->topology, places[i]) < 0)
            refused = "going to a host";
        set_pins(d);
    }
    tell_congestion(d);
    if (!refused && topology_enter(&d->topology, PLACE_MIDDLE) < 0)
        refused = "going between the hosts";
    return refused ? refuse(refusal, errno, refused) : true;
}

static bool
start_wire(struct director *d, struct wire_options *options,
           struct stage_refusal *refusal)
{
    char why[WIRE_WHY];
    struct source_error error;
    struct wire *wire = &d->wires[d->wire_count];
    if (wire_start(wire, options, why) < 0)
        return refuse(refusal, 0, why);
    d->wire_count++;
    d->sources[d->source_count] = source_open_fd(wire->stream_fd, NULL, &error);
    if (!d->sources[d->source_count])
        return refuse(refusal, 0, error.text);
    d->source_count++;
    return true;
}

/* One wire, or the two of a router; what is asked of the network happens on the
 * public one. */
static bool
start_wires(struct director *d, struct policy *const policies[2],
            struct stage_refusal *refusal)
{
    bool routed = d->plan->on != ON_WIRE;
    struct wire_options options = { .netns = d->topology.netns[PLACE_MIDDLE],
                                    .resent = d->plan->wire.resent,
                                    .count = routed ? 2 : 1 };
    d->public_wire = d->plan->on == ON_NAT;
    for (uint32_t i = 0; i < options.count; i++) {
        options.number = i;
        options.policy = policies[(int)i == d->public_wire];
        options.ends[FROM_CLIENT] = i == 0 ? topology_client_interface
                                           : topology_router_server_interface;
        options.ends[FROM_SERVER] = routed && i == 0
                                        ? topology_router_client_interface
                                        : topology_server_interface;
        if (!start_wire(d, &options, refusal))
            return false;
    }
    return true;
}

/* Wires run on the programs' processor; the stage itself need not. */
static bool
open_wires(struct director *d, struct stage_refusal *refusal)
{
    cpu_set_t before;
    struct policy *plain = policy_new(0);
    struct policy *asked = wire_plan_policy(&d->plan->wire);
    bool opened = plain && asked;
    if (!opened)
        refuse(refusal, errno, "making a policy for the wire");
    if (!d->plan->unpinned)
        processor_share(d->plan->lot, &before);
    opened =
        opened && start_wires(d, (struct policy *[]){ plain, asked }, refusal);
    if (!d->plan->unpinned)
        sched_setaffinity(0, sizeof before, &before);
    policy_free(plain);
    policy_free(asked);
    return opened;
}

/* Hosts without names are hosts all the same. */
static bool
name_hosts(struct director *d)
{
    const char *refused =
        names_make(&d->hosts_names, &d->topology, topologies[d->plan->on]);
    if (refused)
        snprintf(d->result.nameless, sizeof d->result.nameless, "%s: %s",
                 refused, strerror(errno));
    return true;
}

static bool
open_trace(struct director *d, int fd, struct stage_refusal *refusal)
{
    const char *const wired[TRACE_INTERFACES] = { topology_client_interface,
                                                  topology_server_interface };
    const char *const routed[TRACE_INTERFACES] = {
        topology_client_interface, topology_server_interface,
        topology_router_client_interface, topology_router_server_interface
    };
    struct trace_about about = {
        .application = "tcplab " TCPLAB_VERSION,
        .interfaces = { "lo" },
        .link_type = LINK_ETHERNET,
        .snaplen = SNAPLEN,
    };
    if (d->wire_count > 0) {
        memcpy(about.interfaces, d->plan->on == ON_WIRE ? wired : routed,
               sizeof about.interfaces);
        about.snaplen = WIRE_SNAPLEN;
    }
    d->recorder = recorder_new(fd, &about);
    if (d->recorder && d->wire_count > 0)
        recorder_hold(d->recorder, WIRE_HOLD_NS);
    return d->recorder ? true : refuse(refusal, errno, "writing a trace");
}

static int
open_children(void)
{
    sigset_t child, ticks;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigemptyset(&ticks);
    sigaddset(&ticks, SIGALRM);
    if (sigprocmask(SIG_BLOCK, &child, NULL) < 0 ||
        sigprocmask(SIG_BLOCK, &ticks, NULL) < 0)
        return -1;
    return signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* A netlink socket sees the network it was made in. */
static bool
open_host(struct director *d)
{
    struct sockstate *host = d->hosts[d->host_count++] = sockstate_open();
    if (host && d->plan->shows_cwnd)
        sockstate_ask_cwnd(host);
    return host;
}

static bool
open_hosts(struct director *d)
{
    if (d->plan->on == ON_LOOPBACK)
        return open_host(d);
    return topology_enter(&d->topology, PLACE_CLIENT) == 0 && open_host(d) &&
           topology_enter(&d->topology, PLACE_SERVER) == 0 && open_host(d) &&
           topology_enter(&d->topology, PLACE_MIDDLE) == 0;
}

static bool
open_watching(struct director *d, struct stage_refusal *refusal)
{
    if (!open_hosts(d))
        return refuse(refusal, errno, "asking the kernel for sockets");
    d->states = states_new(d->hosts, d->host_count, d->recorder, d->names);
    d->tracees = tracees_new();
    d->filter = filter_new(d->plan->level);
    d->descriptors = descriptors_new(d->plan->level == LEVEL_CALLS);
    d->children = open_children();
    if (d->states && d->tracees && d->filter && d->descriptors &&
        d->children >= 0)
        return true;
    return refuse(refusal, errno, "preparing to trace");
}

/* Whoever waits for what we might still say need not. */
static void
close_standard_streams(void)
{
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
}

/*
 * The processes on the stage have a namespace of their own, whose first process
 * this one's child becomes: when it ends, so does everything it started, however
 * it tried to get away (pid_namespaces(7)). Without the permission, killing
 * what is under trace must do.
 */
static void
own_processes(struct director *d, int trace_fd, int report_fd)
{
    int status;
    pid_t pid = namespace_enter_processes();
    if (pid <= 0)
        return;
    close(trace_fd);
    close(report_fd);
    close(d->control);
    close_standard_streams();
    waitpid(pid, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SYSTEM);
}

/* A program that makes one call of the table, which must stop it. */
static void
make_a_call(void *context)
{
    if (filter_install(context) == 0)
        bind(-1, NULL, 0);
    _exit(0);
}

/* Can programs be traced, and their calls be read? */
static bool
can_trace(struct director *d, struct stage_refusal *refusal)
{
    struct terminal terminal;
    struct stop stop;
    bool stopped = false;
    if (terminal_open(&terminal) < 0)
        return refuse(refusal, errno, "opening a pseudoterminal");
    terminal_close(&terminal);
    if (tracee_start(d->tracees, 0, make_a_call, d->filter) < 0)
        return refuse(refusal, errno, "tracing a program (ptrace)");
    while (tracees_next(d->tracees, &stop, true) && stop.kind != STOP_GONE) {
        stopped |= stop.kind == STOP_ENTRY;
        tracee_continue(d->tracees, stop.thread, stop.signal);
    }
    return stopped ? true
                   : refuse(refusal, 0,
                            "reading a program's calls (seccomp, "
                            "PTRACE_GET_SYSCALL_INFO)");
}

/* A kernel without IPv6 has none to add, as programs will find. */
static bool
add_addresses(const struct stage_plan *plan, struct stage_refusal *refusal)
{
    for (int i = 0; i < plan->address_count; i++)
        if (namespace_add_address(plan->addresses[i]) < 0 &&
            errno != EAFNOSUPPORT)
            return refuse(refusal, errno, "adding an address");
    return true;
}

static bool
set_up(struct director *d, int trace_fd, int report_fd,
       struct stage_refusal *refusal)
{
    if (!enter(d->way, refusal))
        return false;
    d->result.unpinned = d->plan->pin_count; // until they are set
    if (d->way == WAY_NAMESPACE || d->way == WAY_ROOT) {
        if (d->plan->on == ON_LOOPBACK) {
            set_pins(d);
            if (!add_addresses(d->plan, refusal))
                return false;
        }
        own_processes(d, trace_fd, report_fd);
    }
    bool has_network =
        d->plan->on != ON_LOOPBACK
            ? make_hosts(d, refusal) && open_wires(d, refusal) && name_hosts(d)
            : open_capture(d, refusal);
    return has_network && open_trace(d, trace_fd, refusal) &&
           open_watching(d, refusal) && can_trace(d, refusal);
}

/* ---- The process -------------------------------------------------------- */

/* The first entry: what was run, where and how. */
static void
stamp(const struct director *d)
{
    char words[512], wire[512] = "";
    struct utsname kernel;
    struct text t = text_over(words, sizeof words);
    const struct stage_plan *plan = d->plan;
    uname(&kernel);
    text_format(&t, plan->lab ? "lab %s" : "trace", plan->lab);
    if (plan->variant)
        text_format(&t, ", variant %s", plan->variant);
    text_format(&t, "; %s %s, way in: %s", kernel.sysname, kernel.release,
                way_names[d->way]);
    if (plan->on != ON_LOOPBACK) {
        wire_plan_text(&plan->wire, wire, sizeof wire);
        text_format(&t, "; on %s, %s",
                    plan->on == ON_WIRE ? "a wire" : network_names[plan->on],
                    wire);
    }
    struct entry entry = {
        .kind = ENTRY_RUN,
        .time_ns = clock_ns(CLOCK_REALTIME),
        .message = { words, (size_t)(t.next - words) },
        .version = span_of(TCPLAB_VERSION),
        .lab = span_of(plan->lab),
        .variant = span_of(plan->variant),
        .kernel = span_of(kernel.release),
        .way = span_of(way_names[d->way]),
        .pins = span_of(d->pins),
        .wire = span_of(wire),
        .network = span_of(network_names[plan->on]),
    };
    recorder_entry(d->recorder, &entry);
}

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
    static struct director d;
    d = (struct director){ .plan = plan, .way = way, .control = control };
    // The terminal is the caller's, who tells us of Ctrl-C. Programs are in our
    // session, so that the scheduler takes us for one (sched(7), autogroups).
    setsid();
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    prctl(PR_SET_DUMPABLE,
          1); // with a file capability it is not, and /proc shut
    bool ready = set_up(&d, trace_fd, report_fd, &refusal);
    report(report_fd, &refusal, sizeof refusal);
    if (!ready)
        _exit(EXIT_SYSTEM);
    export_place(plan);
    stamp(&d);
    director_run(&d);
    report(report_fd, &d.result, sizeof d.result);
    recorder_close(d.recorder);
    close_standard_streams();
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
stage_key(const struct stage *stage, const char *key)
{
    char line[256];
    int n = snprintf(line, sizeof line, "%.250s\n", key);
    if (write(stage->control_fd, line, (size_t)n) < 0)
        return; // it has ended already
}

void
stage_interrupt(const struct stage *stage)
{
    int saved = errno;
    if (write(stage->control_fd, "q\n", 2) < 0)
        errno = saved; // it has ended already
    errno = saved;
}

/* Is nothing left but the stage itself? */
static bool
ended_by_itself(const struct stage_result *result)
{
    return !result->interrupted && !result->timed_out && !result->left_behind;
}

/*
 * To take back a capture's ring the kernel waits until no processor can be using
 * it any more, twice, some 20 ms each time. That is the stage's own end, and
 * nobody's business, unless what it started ends with it.
 */
bool
stage_end(struct stage *stage, struct stage_result *result)
{
    bool whole = read_whole(stage->result_fd, result, sizeof *result);
    close(stage->result_fd);
    close(stage->control_fd);
    stage->control_fd = -1; // a signal may still come
    if (!whole || !ended_by_itself(result))
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

const char *
stage_take_from(struct stage_plan *plan, const char *value)
{
    const char *colon = strchr(value, ':');
    const char *name = colon ? colon + 1 : value;
    plan->steps = true;
    plan->from = value;
    if (call_is_name(name))
        return NULL;
    return "--from is [WHO:]CALL, and that is no call that is shown";
}
