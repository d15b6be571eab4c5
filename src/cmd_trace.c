/* cmd_trace: any programs on a stage, and what they and TCP do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "play_options.h"
#include "text/command.h"

static const char usage[] =
    "usage: tcplab trace --server CMD --client CMD [--client CMD ...] [OPTION "
    "...]\n"
    "\n"
    "Run any programs in a network of their own, and show on one timeline "
    "what\n"
    "they call, what TCP sends and which states the kernel is in. The clients\n"
    "start when the server listens.\n"
    "\n"
    "  --server CMD      the server, for the shell\n"
    "  --client CMD      a client; again for client2, client3 ...\n"
    "  --level calls|connections\n"
    "                    every call about a socket, or only those that open "
    "and\n"
    "                    close connections\n"
    "  --input WHO=FILE  standard input of a program; - is tcplab's own\n"
    "  --step            stop before each call, and ask\n"
    "  --from [WHO:]CALL begin to stop at the first CALL; with WHO, stop that "
    "program\n"
    "                    only: client:connect\n"
    "  --say FILE        say an instructor's sentences at the questions\n"
    "  --cwnd            show the kernel's congestion windows as they change\n"
    "  --port N          what TCPLAB_PORT says to them (7000)\n"
    "  --timeout S       end everything after S seconds (30)\n"
    "  --way namespace|root|loopback|calls\n"
    "                    only this way to capture; otherwise each is tried\n"
    "  -o FILE           save the trace, for tcplab show or Wireshark\n"
    "\n" PLAY_WIRE_USAGE "\n";

enum {
    OPTION_SERVER = 1,
    OPTION_CLIENT,
    OPTION_LEVEL,
};

struct trace {
    struct view_options view;
    struct play play;
    char names[PROGRAMS_MAX][16];
};

/* "client", "client2", "client3" */
static const char *
add_client(struct trace *trace, const char *command)
{
    struct stage_plan *plan = &trace->play.plan;
    int number = plan->program_count;
    if (number == PROGRAMS_MAX)
        return "that is more clients than one run takes (15)";
    char *name = trace->names[number];
    snprintf(name, sizeof trace->names[0], number == 1 ? "client" : "client%d",
             number);
    plan->programs[plan->program_count++] =
        (struct stage_program){ .name = name,
                                .command = command,
                                .input = -1,
                                .after = SERVER,
                                .after_call = "listen" };
    return NULL;
}

static const char *
take_level(struct trace *trace, const char *value)
{
    bool connections = !strcmp(value, "connections");
    if (!connections && strcmp(value, "calls") != 0)
        return "--level is calls or connections";
    trace->play.plan.level = connections ? LEVEL_CONNECTIONS : LEVEL_CALLS;
    return NULL;
}

static const char *
take_option(struct trace *trace, int option, const char *value)
{
    switch (option) {
    case OPTION_SERVER:
        trace->play.plan.programs[SERVER].command = value;
        return NULL;
    case OPTION_CLIENT:
        return add_client(trace, value);
    case OPTION_LEVEL:
        return take_level(trace, value);
    default:
        return play_options_take(&trace->play, &trace->view, option, value);
    }
}

static int
parse(struct trace *trace, int argc, char **argv)
{
    static const struct option options[] = {
        VIEW_LONG_OPTIONS,
        PLAY_LONG_OPTIONS,
        { "server", required_argument, NULL, OPTION_SERVER },
        { "client", required_argument, NULL, OPTION_CLIENT },
        { "level", required_argument, NULL, OPTION_LEVEL },
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
            why = take_option(trace, option, optarg);
        if (why)
            return wrong_usage("trace", why);
    }
    const char *conflict = view_options_conflict(&trace->view);
    if (!conflict && optind != argc)
        conflict = "give programs with --server and --client";
    if (!conflict && !trace->play.plan.programs[SERVER].command)
        conflict = "which server? give --server CMD";
    if (!conflict && trace->play.plan.program_count == 1)
        conflict = "which client? give --client CMD";
    if (!conflict && trace->play.way == WAY_RECORDED)
        conflict = "--way recorded is for run: trace has no recorded one";
    if (!conflict)
        conflict = play_options_conflict(&trace->play);
    return conflict ? wrong_usage("trace", conflict) : -1;
}

int
cmd_trace(int argc, char **argv)
{
    static struct trace trace = {
        .view.limit = TRACKER_CONNECTIONS_DEFAULT,
        .play = { .title = "trace",
                  .plan = { .address = "127.0.0.1",
                            .port = 7000,
                            .timeout_s = 30,
                            .ends_server = true,
                            .program_count = 1,
                            .programs = { { .name = "server",
                                            .input = -1,
                                            .after = START_AT_ONCE } } },
                  .way = -1 },
    };
    int status = parse(&trace, argc, argv);
    if (status >= 0)
        return status;
    struct play *play = &trace.play;
    play_options_settle(play);
    if (follow_open(&play->follow, &trace.view) < 0)
        return system_refused("tcplab");
    if (play_save(play, "trace") < 0)
        status = system_refused(play->save);
    else
        status = play_live(play);
    follow_close(&play->follow);
    return status < 0 ? EXIT_SYSTEM : status;
}
