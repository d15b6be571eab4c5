/* director: start, watch, tell, end. */
#include "director.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <unistd.h>

#include "../../capture/clock.h"
#include "../host/privilege.h"
#include "../host/processor.h"
#include "../text/text.h"
#include "holding.h"

static const int64_t millisecond = 1000000;

enum {
    REST_MS = 30,        // nothing moved for so long: a resting point
    PROMPT_MS = 80,      // the same, before the next question
    SETTLE_MS = 2000,    // for the last segments, after all programs ended
    LEFT_MS = 1000,      // for processes that programs left behind
    ENDS_MS = 1000,      // for a server whose clients have ended
    WAITS_MS = 5000,     // the same in a lab, where it should end by itself
    TERMINATE_MS = 1000, // between asking it to end and ending it
    POLL_MS = 100,
    TICK_MS = 4,
    CLOSE_NS = 50000,     // stops nearer than this follow each other closely
    LOOK_NS = 1000000,    // between two looks for packets while they do
    PRINTED_SHOWN = 1000, // octets of output in a message
    CONTROL_ROOM = 1024,  // for keys
};

static int64_t
monotonic(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

void
director_moved(struct director *d)
{
    d->moved_ns = monotonic();
    d->has_rested = false;
}

static int64_t
quiet_ms(const struct director *d)
{
    return (monotonic() - d->moved_ns) / millisecond;
}

/* ---- The programs -------------------------------------------------------- */

struct becoming {
    const struct director *director;
    const struct actor *actor;
};

static void
default_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * Of two programs on two processors, what one sends can overtake itself: the
 * kernel reorders segments, and a lab goes otherwise once in some hundred runs.
 * A lab's programs share a processor, and with them who relays their frames;
 * different runs choose different ones.
 */
static void
share_processor(const struct stage_plan *plan)
{
    if ((plan->lab || plan->on != ON_LOOPBACK) && !plan->unpinned)
        processor_share(plan->lot, NULL);
}

/* The host it runs on; the only one, on loopback. */
static int
enter_host(const struct becoming *b)
{
    const struct director *d = b->director;
    if (d->plan->on == ON_LOOPBACK)
        return 0;
    enum topology_place place =
        b->actor == &d->actors[SERVER] ? PLACE_SERVER : PLACE_CLIENT;
    return topology_enter(&d->topology, place) < 0
               ? -1
               : names_enter(&d->hosts_names, place);
}

/* Behind a router that forwards its port, the server's own address is not the
 * one that clients know. */
static void
export_own_address(const struct becoming *b)
{
    if (b->director->plan->on == ON_FORWARD &&
        b->actor == &b->director->actors[SERVER])
        setenv("TCPLAB_SERVER", topology_private_ipv4, 1);
}

static int
enter_input(int input)
{
    return input >= 0 ? dup2(input, STDIN_FILENO)
                      : dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
}

/* In the new process: give up everything, then become the program. Another thread
 * may have been copied at work: on loopback nothing here takes memory. */
static void
become_program(void *context)
{
    const struct becoming *b = context;
    const struct stage_program *program = b->actor->program;
    setpgid(0, 0); // so that what it starts can be ended with it
    default_signals();
    share_processor(b->director->plan);
    if (enter_host(b) < 0 || enter_input(program->input) < 0 ||
        terminal_enter(&b->actor->terminal) < 0 ||
        filter_install(b->director->filter) < 0 ||
        privilege_become_caller() < 0 || privilege_drop() < 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) {
        perror("tcplab: starting a program");
        _exit(126);
    }
    close_range(STDERR_FILENO + 1, ~0u, 0); // descriptors are part of a lesson
    export_own_address(b);
    execl("/bin/sh", "sh", "-c", program->command, (char *)NULL);
    perror("tcplab: /bin/sh");
    _exit(127);
}

static void
start_program(struct director *d, int number)
{
    struct actor *actor = &d->actors[number];
    struct becoming becoming = { d, actor };
    actor->pid = tracee_start(d->tracees, number, become_program, &becoming);
    actor->is_over = actor->pid < 0;
    if (actor->is_over)
        d->result.start_error[number] = errno;
    director_moved(d);
}

/* Who waits for something that can no more happen never starts. */
static bool
waits_in_vain(const struct director *d, const struct stage_program *program)
{
    return program->after != START_AT_ONCE &&
           d->actors[program->after].is_over &&
           tracees_count(d->tracees, program->after) == 0;
}

static void
start_programs(struct director *d)
{
    for (int i = 0; i < d->plan->program_count; i++) {
        struct actor *actor = &d->actors[i];
        if (actor->pid > 0 || actor->is_over)
            continue;
        if (actor->may_start)
            start_program(d, i);
        else
            actor->is_over = waits_in_vain(d, actor->program);
    }
}

void
director_happened(struct director *d, int program, const char *name)
{
    if (!strcmp(name, "accept4"))
        name = "accept";
    for (int i = 0; i < d->plan->program_count; i++) {
        const struct stage_program *waiting = d->actors[i].program;
        if (waiting->after == program && !strcmp(waiting->after_call, name))
            d->actors[i].may_start = true;
    }
}

static void
kill_thread(void *context, struct thread *thread)
{
    (void)context;
    kill(thread->pid, SIGKILL);
}

static void
take_stop(struct director *d, const struct stop *stop)
{
    d->now_ns = clock_ns(CLOCK_REALTIME);
    if (director_stop(d, stop))
        director_moved(d);
}

static void
tick(int signal)
{
    (void)signal; // it only ends a waiting
}

static void
set_tick(struct director *d, int ms)
{
    struct itimerval every = { .it_interval.tv_usec = ms * 1000,
                               .it_value.tv_usec = ms * 1000 };
    if (d->tick_ms != ms)
        setitimer(ITIMER_REAL, &every, NULL);
    d->tick_ms = ms;
}

/* A little of what has to be done anyway: one packet, or one record. */
static void
keep_books(struct director *d)
{
    if (monotonic() > d->looked_ns + LOOK_NS) {
        if (director_take_packet(d))
            return;
        d->looked_ns = monotonic();
    }
    recorder_release_one(d->recorder, clock_ns(CLOCK_REALTIME));
}

/* The next stop is mostly nearer than going to sleep and being woken, and what is
 * done meanwhile takes no time of anybody's. */
static bool
next_close_stop(struct director *d, struct stop *stop)
{
    int64_t until_ns = monotonic() + CLOSE_NS;
    do {
        if (tracees_next(d->tracees, stop, false))
            return true;
        keep_books(d);
    } while (monotonic() < until_ns);
    return tracees_next(d->tracees, stop, true);
}

/* Where stops follow each other closely, waiting for the next one alone is what
 * costs least; all else is looked at every tick. Nothing else sleeps meanwhile,
 * so a tick interrupts only the waiting. */
static bool
take_close_stops(struct director *d)
{
    struct stop stop;
    sigset_t ticks;
    bool any = false;
    int64_t until_ns = monotonic() + TICK_MS * millisecond;
    sigemptyset(&ticks);
    sigaddset(&ticks, SIGALRM);
    set_tick(d, TICK_MS);
    sigprocmask(SIG_UNBLOCK, &ticks, NULL);
    while (monotonic() < until_ns && next_close_stop(d, &stop)) {
        take_stop(d, &stop);
        any = true;
    }
    sigprocmask(SIG_BLOCK, &ticks, NULL);
    return any;
}

static void
take_stops(struct director *d)
{
    struct stop stop;
    struct signalfd_siginfo seen;
    bool any = false;
    while (read(d->children, &seen, sizeof seen) > 0)
        ;
    int64_t until_ns = monotonic() + TICK_MS * millisecond;
    while (monotonic() < until_ns && tracees_next(d->tracees, &stop, false)) {
        take_stop(d, &stop);
        any = true;
    }
    if (!any || d->held_count > 0 || !take_close_stops(d))
        set_tick(d, 0);
}

/* Whole processes, until none is left. */
static void
end_programs(struct director *d)
{
    struct pollfd stopped = { d->children, POLLIN, 0 };
    int64_t until_ns = monotonic() + SETTLE_MS * millisecond;
    while (tracees_count(d->tracees, -1) > 0 && monotonic() < until_ns) {
        tracees_each(d->tracees, kill_thread, NULL);
        poll(&stopped, 1, POLL_MS);
        take_stops(d);
    }
}

/* ---- Watching ------------------------------------------------------------ */

void
director_output(struct director *d, int program, uint32_t pid, const char *data,
                size_t bytes)
{
    char words[4 * PRINTED_SHOWN + 16];
    struct text t = text_over(words, sizeof words);
    text_add(&t, "prints \"");
    text_escaped(&t, (const uint8_t *)data,
                 bytes < PRINTED_SHOWN ? bytes : PRINTED_SHOWN);
    text_add(&t, bytes <= PRINTED_SHOWN ? "\"" : "\"...");
    struct entry entry = { .kind = ENTRY_OUTPUT,
                           .time_ns = d->now_ns,
                           .message = { words, (size_t)(t.next - words) },
                           .who = span_of(d->names[program]),
                           .pid = pid,
                           .data = { data, bytes } };
    recorder_entry(d->recorder, &entry);
}

/* What is printed by calls that stop is told at their stops. */
static void
take_output(struct director *d)
{
    char room[4096];
    size_t n;
    int64_t until_ns = monotonic() + TICK_MS * millisecond;
    for (int i = 0; i < d->plan->program_count; i++)
        while (monotonic() < until_ns &&
               (n = terminal_read(&d->actors[i].terminal, room, sizeof room))) {
            d->now_ns = clock_ns(CLOCK_REALTIME);
            if (d->plan->level != LEVEL_CALLS)
                director_output(d, i, (uint32_t)d->actors[i].pid, room, n);
        }
}

/* The time-out stands still while anything is held. */
static void
stop_clock(struct director *d)
{
    if (d->held_count > 0 && !d->held_since_ns)
        d->held_since_ns = monotonic();
    if (d->held_count > 0 || !d->held_since_ns)
        return;
    d->deadline_ns += monotonic() - d->held_since_ns;
    d->held_since_ns = 0;
}

/* Keys, a line each. */
static void
take_control(struct director *d)
{
    char keys[CONTROL_ROOM], *rest;
    ssize_t n = read(d->control, keys, sizeof keys - 1);
    if (n <= 0)
        d->result.interrupted = true; // our caller is gone
    keys[n > 0 ? n : 0] = '\0';
    director_moved(d);
    for (char *key = strtok_r(keys, "\n", &rest); key;
         key = strtok_r(NULL, "\n", &rest))
        holding_key(d, key);
}

/* A question, when something is held and what came before it has settled. */
static void
ask(struct director *d)
{
    if (d->held_count > 0 && !d->is_asking && quiet_ms(d) >= PROMPT_MS)
        holding_ask(d);
}

static void
rest(struct director *d)
{
    if (d->has_rested || quiet_ms(d) < REST_MS)
        return;
    states_rest(d->states);
    d->has_rested = true;
}

static int
sooner(int a, int b)
{
    return a < 0 ? b : b < 0 || a < b ? a : b;
}

static int
next_due_ms(const struct director *d)
{
    int due = recorder_due_ms(d->recorder, clock_ns(CLOCK_REALTIME));
    int64_t since = quiet_ms(d);
    if (!d->has_rested)
        due = sooner(due, since < REST_MS ? (int)(REST_MS - since) : 0);
    if (d->held_count && !d->is_asking)
        due = sooner(due, since < PROMPT_MS ? (int)(PROMPT_MS - since) : 0);
    return sooner(due, POLL_MS);
}

/* Has something ended the run before its programs did? */
static bool
is_cut_short(const struct director *d)
{
    return d->result.interrupted || d->result.timed_out ||
           d->result.uncaptured[0] || recorder_is_over(d->recorder) ||
           director_wire_is_over(d);
}

/* Wait for anything, and take it. False: it is time to stop. */
static bool
watch(struct director *d, int most_ms)
{
    enum {
        KEYS,
        STOPS,
        TRACE,
        SOURCES,
        PROGRAMS = SOURCES + WIRES_MAX
    };
    struct pollfd fds[PROGRAMS + PROGRAMS_MAX] = {
        [KEYS] = { d->control, POLLIN, 0 },
        [STOPS] = { d->children, POLLIN, 0 },
    };
    fds[TRACE].fd = recorder_fd(d->recorder, &fds[TRACE].events);
    for (int i = 0; i < WIRES_MAX; i++) {
        bool is_open = i < d->source_count && !d->source_is_over[i];
        fds[SOURCES + i] =
            (struct pollfd){ is_open ? source_fd(d->sources[i]) : -1, POLLIN,
                             0 };
    }
    for (int i = 0; i < d->plan->program_count; i++)
        fds[PROGRAMS + i] =
            (struct pollfd){ d->actors[i].terminal.fd, POLLIN, 0 };
    poll(fds, PROGRAMS + (nfds_t)d->plan->program_count,
         sooner(most_ms, next_due_ms(d)));
    if (fds[KEYS].revents)
        take_control(d);
    if (fds[TRACE].revents & (POLLERR | POLLHUP))
        return false; // nobody reads any more
    int64_t now_ns = clock_ns(CLOCK_REALTIME);
    take_stops(d);
    take_output(d);
    director_take_packets(d);
    recorder_release(d->recorder, now_ns);
    rest(d);
    ask(d);
    stop_clock(d);
    if (!d->held_since_ns && monotonic() > d->deadline_ns)
        d->result.timed_out = true;
    return !is_cut_short(d) && !recorder_counts(d->recorder).error;
}

/* ---- The end ------------------------------------------------------------- */

static bool
clients_are_over(const struct director *d)
{
    for (int i = 1; i < d->plan->program_count; i++)
        if (!d->actors[i].is_over || tracees_count(d->tracees, i) > 0)
            return false;
    return d->plan->program_count > 1;
}

/* A server that would serve for ever is told to end, as a terminal would. */
static void
end_server(struct director *d)
{
    struct actor *server = &d->actors[SERVER];
    if (server->is_over || server->pid <= 0 || d->held_count > 0 ||
        !clients_are_over(d))
        return;
    if (!d->is_ending &&
        quiet_ms(d) >= (d->plan->ends_server ? ENDS_MS : WAITS_MS)) {
        d->is_ending = d->result.ended_server = true;
        d->ending_ns = monotonic();
        kill(-server->pid, SIGTERM);
    } else if (d->is_ending &&
               monotonic() > d->ending_ns + TERMINATE_MS * millisecond) {
        kill(-server->pid, SIGKILL);
    }
}

/* Processes that programs left behind have a while to end. What is held is asked
 * about to the last. */
static bool
programs_are_over(struct director *d)
{
    for (int i = 0; i < d->plan->program_count; i++)
        if (!d->actors[i].is_over || d->held_count > 0)
            return false;
    if (tracees_count(d->tracees, -1) == 0)
        return true;
    d->result.left_behind = d->held_count == 0 && quiet_ms(d) >= LEFT_MS;
    return d->result.left_behind;
}

static void
perform(struct director *d)
{
    for (;;) {
        start_programs(d);
        end_server(d);
        if (programs_are_over(d))
            return;
        if (!watch(d, -1))
            return;
    }
}

/* Is something held, or still to arrive? What rests on the wire until another
 * frame has overtaken it may rest for ever: nobody waits for that. */
static bool
is_under_way(struct director *d)
{
    bool coming = director_tell_wires(d, "coming");
    director_take_packets(d); // what they told before they answered
    return coming || d->held_count > 0;
}

/* Programs end before their connections do, and before what is under way on a
 * wire arrives. */
static void
settle(struct director *d)
{
    int64_t until_ns = monotonic() + SETTLE_MS * millisecond;
    for (;;) {
        states_rest(d->states);
        bool under_way = is_under_way(d);
        if (!under_way && !states_busy(d->states))
            return;
        if (under_way)
            until_ns = monotonic() + SETTLE_MS * millisecond;
        if (!watch(d, DIRECTOR_DRAIN_MS) || monotonic() >= until_ns)
            return;
    }
}

static void
open_actors(struct director *d)
{
    for (int i = 0; i < d->plan->program_count; i++) {
        struct actor *actor = &d->actors[i];
        actor->program = &d->plan->programs[i];
        actor->may_start = actor->program->after == START_AT_ONCE;
        d->names[i] = actor->program->name;
        d->result.status[i] = NOT_STARTED;
        if (terminal_open(&actor->terminal) < 0)
            actor->terminal.path[0] = '\0';
    }
}

void
director_run(struct director *d)
{
    struct sigaction ticks = { .sa_handler = tick }; // without SA_RESTART
    sigaction(SIGALRM, &ticks, NULL);
    open_actors(d);
    d->deadline_ns = monotonic() + d->plan->timeout_s * 1000 * millisecond;
    holding_begin(d);
    director_moved(d);
    perform(d);
    bool is_whole = !is_cut_short(d);
    end_programs(d);
    if (is_whole)
        settle(d);
    d->result.wire_died = director_wire_is_over(d);
    director_drain(d);
    take_output(d);
    recorder_release(d->recorder, INT64_MAX);
    free(d->held);
    d->result.late = recorder_counts(d->recorder).late;
    d->result.error = recorder_counts(d->recorder).error;
    if (!d->result.error)
        d->result.error = d->result.wire.trace_error;
}
