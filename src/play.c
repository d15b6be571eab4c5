/* play: the ways in, in their order. */
#include "play.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../capture/frame.h"
#include "host/topology.h"
#include "save.h"
#include "step.h"
#include "text/command.h"

static struct stage running; // for the signal handler

/* Once: all is ended and saved. Again: it does not end, and is killed. */
static void
interrupt(int signal)
{
    static volatile sig_atomic_t again;
    (void)signal;
    if (again++ && running.pid > 0)
        kill(running.pid, SIGKILL);
    stage_interrupt(&running);
}

/* The stage ends the programs, and then the trace, which is shown to its end. */
static void
interrupt_on_signals(void)
{
    struct sigaction action = { .sa_handler = interrupt,
                                .sa_flags = SA_RESTART };
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

/* ---- Showing ------------------------------------------------------------ */

static int
show_source(struct play *play, struct source *source)
{
    enum source_result result = follow_source(&play->follow, source);
    int status = follow_status(&play->follow, EXIT_YES);
    if (result != SOURCE_END) {
        fprintf(stderr, "tcplab: the trace: %s\n", source_why(source));
        status = EXIT_NO;
    }
    return save_end(&play->follow, status);
}

static void
tell_not_started(const struct stage_plan *plan,
                 const struct stage_program *program)
{
    if (program->after == START_AT_ONCE)
        fprintf(stderr, "tcplab: %s was not started\n", program->name);
    else
        fprintf(stderr,
                "tcplab: %s was not started: %s() of %s never "
                "succeeded\n",
                program->name, program->after_call,
                plan->programs[program->after].name);
}

/* How a program ended, in a sentence, when it did not end well. */
static bool
ended_well(const struct play *play, int number)
{
    const struct stage_program *program = &play->plan.programs[number];
    const char *name = program->name;
    int status = play->result.status[number];
    int refused = play->result.start_error[number];
    if (refused)
        fprintf(stderr, "tcplab: %s could not be started: %s\n", name,
                strerror(refused));
    else if (status == NOT_STARTED)
        tell_not_started(&play->plan, program);
    else if (WIFSIGNALED(status))
        fprintf(stderr, "tcplab: %s was ended by signal %d (%s)\n", name,
                WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        fprintf(stderr, "tcplab: %s ended with exit status %d\n", name,
                WEXITSTATUS(status));
    return status == 0;
}

/* A rule that no frame fitted may be a mistake. */
static void
tell_rules(const struct wire_plan *plan, const struct wire_result *wire)
{
    for (int i = 0; i < plan->rule_count; i++)
        if (wire->acted[i] == 0)
            fprintf(stderr,
                    "tcplab: rule %d never did anything: %s (%llu frames "
                    "looked like it)\n",
                    i + 1, plan->rules[i],
                    (unsigned long long)wire->matched[i]);
}

/* Without a wire there is no run: whatever came of it is nobody's fault. */
static int
tell_wire_died(const struct stage_result *result)
{
    const char *why = result->has_wire ? result->wire.failure : "";
    fprintf(stderr,
            "tcplab: the process of the wire died%s%s: the programs were "
            "ended. Run it again\n",
            *why ? ": " : "", why);
    return EXIT_SYSTEM;
}

/* Nor without packets, where they were to be had. */
static int
tell_uncaptured(const struct stage_result *result)
{
    fprintf(stderr,
            "tcplab: capturing: %s: the programs did not begin. --way calls "
            "runs them without packets\n",
            result->uncaptured);
    return EXIT_SYSTEM;
}

/* What the stage could not do. */
static void
tell_missing(const struct stage_result *result)
{
    if (result->nameless[0])
        fprintf(stderr,
                "tcplab: the hosts have no names here, but this machine's "
                "(%s): give addresses instead of names\n",
                result->nameless);
    if (result->dropped)
        fprintf(stderr, "tcplab: %llu packets are missing: no room for them\n",
                (unsigned long long)result->dropped);
    if (result->late)
        fprintf(stderr, "tcplab: %llu packets came too late for their place\n",
                (unsigned long long)result->late);
    if (result->error)
        fprintf(stderr, "tcplab: not all was recorded: %s\n",
                strerror(result->error));
    if (result->has_foreign)
        fputs(
            "tcplab: a program made calls of another architecture (32 bits?): "
            "they are not shown\n",
            stderr);
    if (result->has_io_uring)
        fputs("tcplab: a program uses io_uring: what it does by that is not "
              "shown\n",
              stderr);
}

/* What does not hold may be for want of a setting: nobody's fault. */
static int
tell_unpinned(const struct play *play)
{
    fprintf(stderr,
            "tcplab: this lab needs settings of its network that were not made "
            "here (%s%s), so it is not judged\n",
            play->plan.pins[0], play->plan.pin_count > 1 ? " ..." : "");
    return EXIT_NOT_CHECKED;
}

/* Nor has who asked for another network done anything wrong. */
static void
tell_elsewhere(const struct play *play)
{
    static const char *const networks[NETWORKS] = {
        [ON_LOOPBACK] = "loopback",
        [ON_WIRE] = "a wire",
        [ON_NAT] = "a router (nat)",
        [ON_FORWARD] = "a router (forward)",
    };
    if (!play->elsewhere)
        return;
    fprintf(stderr,
            "tcplab: that timeline is about %s, and this run was on %s.%s%s\n",
            networks[play->home], networks[play->plan.on],
            play->difference ? " " : "",
            play->difference ? play->difference : "");
}

/* Did what was expected hold? */
static int
tell_check(const struct play *play)
{
    const struct expectation *expected = play->check->expectation;
    size_t lines = 0;
    while (expectation_line(expected, lines))
        lines++;
    switch (expectation_held(expected)) {
    case HELD_YES:
        fprintf(stderr, "tcplab: all %zu lines of the expected timeline hold\n",
                lines);
        return EXIT_YES;
    case HELD_NO:
        fprintf(stderr,
                "tcplab: the expected timeline does not hold, from line %u: "
                "%s\n        %s\n",
                expectation_failure(expected)->number,
                expectation_failure(expected)->text,
                expectation_failure(expected)->why);
        tell_elsewhere(play);
        return play->result.unpinned ? tell_unpinned(play) : EXIT_NO;
    case HELD_UNKNOWN:
    case HELD_NOT_ASKED:
        break;
    }
    fputs("tcplab: some lines of the expected timeline cannot be seen here\n",
          stderr);
    return EXIT_NOT_CHECKED;
}

/* How each program ended, when it did not end well. */
static bool
tell_endings(const struct play *play)
{
    const struct stage_result *result = &play->result;
    bool well = true;
    for (int i = 0; i < play->plan.program_count; i++) {
        const struct stage_program *program = &play->plan.programs[i];
        if (i == SERVER && result->ended_server) {
            bool obeyed = result->status[i] != SIGKILL;
            fprintf(stderr,
                    "tcplab: %s went on when its clients had ended, and was "
                    "told to end%s\n",
                    program->name,
                    obeyed ? "" : "; it did not, and signal 9 ended it");
            well &= play->plan.ends_server;
        } else
            well &= ended_well(play, i);
    }
    return well;
}

/* What is expected says how programs end; without it they are to end well. */
static int
tell_result(const struct play *play)
{
    const struct stage_result *result = &play->result;
    bool whole = !result->timed_out && !result->interrupted;
    bool judges = play->check && whole;
    tell_missing(result);
    if (result->uncaptured[0])
        return tell_uncaptured(result);
    if (result->wire_died)
        return tell_wire_died(result);
    if (result->error) // the programs were ended for that: no fault of theirs
        return EXIT_SYSTEM;
    if (result->has_wire)
        tell_rules(&play->plan.wire, &result->wire);
    if (result->left_behind)
        fputs("tcplab: processes were left behind when their programs had "
              "ended, and were ended\n",
              stderr);
    if (result->timed_out)
        fprintf(stderr, "tcplab: ended after %u s (--timeout)\n",
                play->plan.timeout_s);
    bool held =
        judges && expectation_held(play->check->expectation) == HELD_YES;
    bool well = held || tell_endings(play);
    if (judges)
        return tell_check(play);
    return well && whole ? EXIT_YES : EXIT_NO;
}

/* ---- Saving -------------------------------------------------------------- */

int
play_save(struct play *play, const char *name)
{
    struct save_interfaces interfaces = { { "lo" }, LINK_ETHERNET };
    if (play->plan.on != ON_LOOPBACK) {
        interfaces.names[0] = topology_client_interface;
        interfaces.names[1] = topology_server_interface;
    }
    if (play->plan.on == ON_NAT || play->plan.on == ON_FORWARD) {
        interfaces.names[2] = topology_router_client_interface;
        interfaces.names[3] = topology_router_server_interface;
    }
    if (play->save)
        return save_begin(&play->follow, play->save, &interfaces);
    if (play->way != WAY_RECORDED)
        save_begin_run(&play->follow, name, &interfaces);
    return 0;
}

/* ---- Standard input ------------------------------------------------------ */

const char *
play_take_input(struct play *play, const char *value)
{
    if (!strchr(value, '='))
        return "--input is WHO=FILE: client=words.txt";
    if (play->input_count == PROGRAMS_MAX)
        return "--input: more than there are programs";
    play->inputs[play->input_count++] = value;
    return NULL;
}

static struct stage_program *
program_called(struct stage_plan *plan, const char *name, size_t length)
{
    for (int i = 0; i < plan->program_count; i++)
        if (strlen(plan->programs[i].name) == length &&
            !memcmp(plan->programs[i].name, name, length))
            return &plan->programs[i];
    return NULL;
}

/* Give the programs their standard input. *keys: where step mode's keys come
 * from, which is never a program's. Returns 0, or -1 when it was told why. */
static int
open_inputs(struct play *play, struct stage_plan *plan, int *keys)
{
    *keys = STDIN_FILENO;
    for (int i = 0; i < play->input_count; i++) {
        const char *name = play->inputs[i], *file = strchr(name, '=') + 1;
        struct stage_program *program =
            program_called(plan, name, (size_t)(file - name) - 1);
        bool is_ours = !strcmp(file, "-");
        if (!program) {
            fprintf(stderr, "tcplab: --input %s: there is no such program\n",
                    name);
            return -1;
        }
        program->input =
            is_ours ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
        if (program->input < 0)
            return system_refused(file), -1;
        if (!is_ours)
            continue;
        bool asks = plan->steps || plan->steps_segments;
        *keys = asks ? open("/dev/tty", O_RDONLY | O_CLOEXEC) : -1;
        fprintf(stderr, "tcplab: standard input is %s's\n", program->name);
        if (asks && *keys < 0)
            return system_refused("/dev/tty, for the keys of --step"), -1;
    }
    return 0;
}

/* ---- The ways in -------------------------------------------------------- */

static void
tell_way(const struct play *play, enum way way)
{
    fprintf(stderr, "%s; way in: %s\n", play->title, way_sentences[way]);
}

int
play_recorded(struct play *play, const char *path)
{
    struct source_error error;
    struct source *source = source_open_file(path, NULL, &error);
    if (!source)
        return opening_failed(path, &error);
    tell_way(play, WAY_RECORDED);
    save_forget_run(&play->follow);
    if (play->check)
        check_server(play->check, play->plan.address, play->plan.port);
    int status = show_source(play, source);
    source_close(source);
    if (status == EXIT_YES && play->check)
        status = tell_check(play);
    return status;
}

static int
show_live(struct play *play)
{
    struct source_error error;
    struct source *source = source_open_fd(running.trace_fd, NULL, &error);
    int status = source ? show_source(play, source)
                        : opening_failed("the trace", &error);
    source_close(source);
    bool whole = stage_end(&running, &play->result);
    running.pid = 0;
    if (!whole) {
        fprintf(stderr, "tcplab: the stage died\n");
        return EXIT_SYSTEM;
    }
    if (play->follow.save_path && !play->follow.save_error)
        fprintf(stderr, "tcplab: saved: %s\n", play->follow.save_path);
    if (play->follow.output.closed)
        return status; // the programs were ended for want of a reader
    int told = tell_result(play);
    if (play->saying && !saying_held(play->saying) && told == EXIT_YES)
        told = EXIT_NO;
    return status != EXIT_YES ? status : told;
}

static void
tell_refusal(enum way way, const struct stage_refusal *refusal)
{
    fprintf(stderr, "tcplab: not possible here: %s (%s%s%s)\n",
            way_sentences[way], refusal->step, refusal->number ? ": " : "",
            refusal->number ? strerror(refusal->number) : "");
}

/* Try one way. True: it was open, and *status says how it ended. */
static bool
try_way(struct play *play, enum way way, int *status)
{
    struct stage_refusal refusal = { 0 };
    struct stage_plan plan = play->plan;
    struct step step = { 0 };
    plan.lot = (size_t)getpid();
    bool is_shared = way == WAY_LOOPBACK || way == WAY_CALLS;
    if (plan.port == 0 || (is_shared && !play->has_port))
        plan.port = stage_free_port();
    if (play->check) {
        check_server(play->check, plan.address, plan.port);
        expectation_blind(play->check->expectation,
                          way == WAY_CALLS ? BLIND_SEGMENTS : 0);
    }
    if (play->saying)
        saying_server(play->saying, plan.address, plan.port);
    if (stage_begin(&running, way, &plan, &refusal) < 0) {
        tell_refusal(way, &refusal);
        return false;
    }
    interrupt_on_signals();
    bool on_wire = plan.on != ON_LOOPBACK;
    if (plan.steps || on_wire) // a rule of the wire may hold segments too
        step_begin(&step, &running, on_wire, play->keys, &play->follow);
    step.saying = play->saying;
    tell_way(play, way);
    *status = show_live(play);
    return true;
}

static void
tell_no_hosts(enum way way)
{
    fprintf(stderr,
            "tcplab: two hosts and a wire need a private network: not --way "
            "%s, but namespace or root\n",
            way_names[way]);
}

static int
play_ways(struct play *play)
{
    int status;
    for (enum way way = 0; way < WAY_RECORDED; way++) {
        bool asked = play->way < 0 || play->way == (int)way;
        bool pointless = play->way < 0 && way == WAY_ROOT && geteuid() != 0;
        bool has_hosts = way == WAY_NAMESPACE || way == WAY_ROOT;
        if (play->plan.on != ON_LOOPBACK && !has_hosts) {
            if (play->way == (int)way)
                tell_no_hosts(way);
            continue;
        }
        if (asked && !pointless && try_way(play, way, &status))
            return status;
    }
    return -1;
}

int
play_live(struct play *play)
{
    if (open_inputs(play, &play->plan, &play->keys) < 0)
        return EXIT_SYSTEM;
    int status;
    if (play->say && !(play->saying = saying_read(play->say, &status)))
        return status;
    if (play->saying && !saying_listen(play->saying, &play->follow))
        return EXIT_USAGE;
    status = play_ways(play);
    saying_free(play->saying);
    play->saying = NULL;
    return status;
}
