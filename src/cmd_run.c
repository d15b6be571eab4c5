/* cmd_run: a lab's two programs on a stage, and what passes between them. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../capture/frame.h"
#include "command.h"
#include "follow.h"
#include "lab.h"
#include "save.h"
#include "stage.h"
#include "view_options.h"

static const char usage[] =
    "usage: tcplab run LAB [OPTION ...]\n"
    "\n"
    "Run a lab: its server, and its client as soon as the server listens, in "
    "a\n"
    "network of their own. Every segment between them is shown, then a "
    "verdict.\n"
    "LAB is a number or a name: tcplab run 4, tcplab run connect\n"
    "What the programs print goes to standard error.\n"
    "\n"
    "  --server CMD      this program in place of the lab's server\n"
    "  --client CMD      this program in place of the lab's client\n"
    "                    (both find TCPLAB_SERVER and TCPLAB_PORT set)\n"
    "  --port N          the server's port (7000 + the lab's number)\n"
    "  --timeout S       end everything after S seconds (60)\n"
    "  --way namespace|root|loopback|recorded\n"
    "                    only this way to capture; otherwise each is tried\n"
    "  --recorded        show the lab's recorded trace\n"
    "  -o FILE           save the trace, for tcplab show or Wireshark\n"
    "\n";

enum {
    OPTION_SERVER = 1,
    OPTION_CLIENT,
    OPTION_PORT,
    OPTION_TIMEOUT,
    OPTION_WAY,
    OPTION_RECORDED,
};

struct run {
    struct view_options view;
    struct lab lab;
    struct stage_plan plan;
    const char *save;      // path; NULL: not saved
    int way;               // enum way; -1: each in its order
    char *server, *client; // the lab's own commands; owned
    struct follow follow;
};

static struct stage running; // for the signal handler

static void
interrupt(int signal)
{
    (void)signal;
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

/* ---- The command line --------------------------------------------------- */

static const char *
take_way(struct run *run, const char *value)
{
    for (int way = 0; way < WAYS; way++) {
        if (strcmp(value, way_names[way]) != 0)
            continue;
        run->way = way;
        return NULL;
    }
    return "--way is namespace, root, loopback or recorded";
}

static const char *
take_port(struct run *run, const char *value)
{
    uint32_t port;
    if (!number_take(value, 1, 65535, &port))
        return "--port is a number from 1 to 65535";
    run->plan.port = (uint16_t)port;
    return NULL;
}

static const char *
take_option(struct run *run, int option, const char *value)
{
    switch (option) {
    case OPTION_SERVER:
        run->plan.server = value;
        return NULL;
    case OPTION_CLIENT:
        run->plan.client = value;
        return NULL;
    case OPTION_PORT:
        return take_port(run, value);
    case OPTION_TIMEOUT:
        return number_take(value, 1, 86400, &run->plan.timeout_s)
                   ? NULL
                   : "--timeout is a number of seconds from 1 to 86400";
    case OPTION_WAY:
        return take_way(run, value);
    case OPTION_RECORDED:
        run->way = WAY_RECORDED;
        return NULL;
    case 'o':
        run->save = value;
        return NULL;
    default:
        return view_options_take(&run->view, option, value);
    }
}

static int
take_lab(struct run *run, int argc, char **argv)
{
    if (optind + 1 != argc)
        return wrong_usage("run", "which lab? give one number or name");
    if (lab_find(argv[optind], &run->lab))
        return -1;
    fprintf(stderr, "tcplab run: %s: no such lab\n", argv[optind]);
    return EXIT_USAGE;
}

static int
parse(struct run *run, int argc, char **argv)
{
    static const struct option options[] = {
        VIEW_LONG_OPTIONS,
        { "server", required_argument, NULL, OPTION_SERVER },
        { "client", required_argument, NULL, OPTION_CLIENT },
        { "port", required_argument, NULL, OPTION_PORT },
        { "timeout", required_argument, NULL, OPTION_TIMEOUT },
        { "way", required_argument, NULL, OPTION_WAY },
        { "recorded", no_argument, NULL, OPTION_RECORDED },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":ho:", options, NULL)) != -1) {
        if (option == 'h')
            return tell_usage(usage);
        const char *why = option_problem(option, argv);
        if (!why)
            why = take_option(run, option, optarg);
        if (why)
            return wrong_usage("run", why);
    }
    const char *conflict = view_options_conflict(&run->view);
    if (conflict)
        return wrong_usage("run", conflict);
    return take_lab(run, argc, argv);
}

/* ---- The plan ----------------------------------------------------------- */

/* "'/path/server' 127.0.0.1 7004" */
static char *
own_command(const struct run *run, const char *program)
{
    char word[4 * PATH_MAX + 512], *command;
    if (!lab_shell_word(&run->lab, program, word, sizeof word) ||
        asprintf(&command, "exec %s %s %u", word, run->plan.address,
                 run->plan.port) < 0)
        return NULL;
    return command;
}

/* In a network of our own any port is free; on this machine's a free one is
 * asked for. */
static bool
complete_plan(struct run *run, enum way way)
{
    struct stage_plan *plan = &run->plan;
    bool own_server = run->server || !plan->server;
    bool own_client = run->client || !plan->client;
    if (plan->port == 0)
        plan->port = way == WAY_LOOPBACK ? stage_free_port()
                                         : (uint16_t)(7000 + run->lab.number);
    if (own_server &&
        !(plan->server = run->server = own_command(run, "server")))
        return false;
    if (own_client &&
        !(plan->client = run->client = own_command(run, "client")))
        return false;
    return true;
}

static void
forget_plan(struct run *run, uint16_t port)
{
    free(run->server);
    free(run->client);
    if (run->server)
        run->plan.server = NULL;
    if (run->client)
        run->plan.client = NULL;
    run->server = run->client = NULL;
    run->plan.port = port;
}

/* ---- Showing ------------------------------------------------------------ */

static int
show_source(struct run *run, struct source *source)
{
    enum source_result result = follow_source(&run->follow, source);
    int status = follow_status(&run->follow, EXIT_YES);
    if (result != SOURCE_END) {
        fprintf(stderr, "tcplab: the trace: %s\n", source_why(source));
        status = EXIT_NO;
    }
    return save_end(&run->follow, status);
}

/* How a program ended, in a sentence, when it did not end well. */
static bool
ended_well(const char *name, int status)
{
    if (status == NOT_STARTED)
        fprintf(stderr, "tcplab: the %s was not started\n", name);
    else if (WIFSIGNALED(status))
        fprintf(stderr, "tcplab: the %s was ended by signal %d (%s)\n", name,
                WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        fprintf(stderr, "tcplab: the %s ended with exit status %d\n", name,
                WEXITSTATUS(status));
    return status == 0;
}

static int
tell_result(const struct run *run, const struct stage_result *result)
{
    if (result->timed_out)
        fprintf(stderr, "tcplab: ended after %u seconds (--timeout)\n",
                run->plan.timeout_s);
    if (!result->listened)
        fprintf(stderr, "tcplab: the server never listened on port %u\n",
                run->plan.port);
    if (result->dropped)
        fprintf(stderr, "tcplab: %llu packets are missing: no room for them\n",
                (unsigned long long)result->dropped);
    bool server = ended_well("server", result->server);
    bool client = ended_well("client", result->client);
    bool well = server && client && result->listened && !result->timed_out;
    return well && !result->interrupted ? EXIT_YES : EXIT_NO;
}

/* ---- The ways in -------------------------------------------------------- */

static void
tell_way(const struct run *run, enum way way)
{
    fprintf(stderr, "lab %s; way in: %s\n", run->lab.name, way_sentences[way]);
}

static int
run_recorded(struct run *run)
{
    char path[PATH_MAX + 32];
    struct source_error error;
    snprintf(path, sizeof path, "%s/recorded.pcapng", run->lab.path);
    struct source *source = source_open_file(path, NULL, &error);
    if (!source)
        return opening_failed(path, &error);
    tell_way(run, WAY_RECORDED);
    int status = show_source(run, source);
    source_close(source);
    return status;
}

static int
run_live(struct run *run)
{
    struct source_error error;
    struct stage_result result;
    struct source *source = source_open_fd(running.trace_fd, NULL, &error);
    int status =
        source ? show_source(run, source) : opening_failed("the trace", &error);
    source_close(source);
    if (!stage_end(&running, &result)) {
        fprintf(stderr, "tcplab: the stage died\n");
        return EXIT_SYSTEM;
    }
    if (run->follow.output.closed)
        return status; // the programs were ended for want of a reader
    int told = tell_result(run, &result);
    return status != EXIT_YES ? status : told;
}

static void
tell_refusal(enum way way, const struct stage_refusal *refusal)
{
    fprintf(stderr, "tcplab: not possible here: %s (%s%s%s)\n",
            way_sentences[way], refusal->step, refusal->number ? ": " : "",
            refusal->number ? strerror(refusal->number) : "");
}

/* Try one way. True: it was open, and *status says how the run ended. */
static bool
try_way(struct run *run, enum way way, int *status)
{
    struct stage_refusal refusal;
    uint16_t port = run->plan.port;
    if (!complete_plan(run, way)) {
        *status = system_refused("tcplab");
        return true;
    }
    if (stage_begin(&running, way, &run->plan, &refusal) == 0) {
        interrupt_on_signals();
        tell_way(run, way);
        *status = run_live(run);
        return true;
    }
    tell_refusal(way, &refusal);
    forget_plan(run, port);
    return false;
}

static int
run_by_ways(struct run *run)
{
    int status;
    for (enum way way = 0; way < WAY_RECORDED; way++) {
        bool asked = run->way < 0 || run->way == (int)way;
        bool pointless = run->way < 0 && way == WAY_ROOT && geteuid() != 0;
        if (asked && !pointless && try_way(run, way, &status))
            return status;
    }
    if (run->way == WAY_RECORDED)
        return run_recorded(run);
    if (run->way < 0 && (status = run_recorded(run)) != EXIT_YES)
        return status;
    return EXIT_NOT_CHECKED; // the programs were not run
}

int
cmd_run(int argc, char **argv)
{
    struct run run = { .view.limit = TRACKER_CONNECTIONS_DEFAULT,
                       .plan = { .address = "127.0.0.1", .timeout_s = 60 },
                       .way = -1 };
    int status = parse(&run, argc, argv);
    if (status >= 0)
        return status;
    if (run.way != WAY_RECORDED &&
        lab_build(&run.lab, !run.plan.server, !run.plan.client) < 0)
        return EXIT_NO;
    if (follow_open(&run.follow, &run.view) < 0)
        return system_refused("tcplab");
    if (run.save && save_begin(&run.follow, run.save, "lo", LINK_ETHERNET) < 0)
        status = system_refused(run.save);
    else
        status = run_by_ways(&run);
    follow_close(&run.follow);
    free(run.server);
    free(run.client);
    return status;
}
