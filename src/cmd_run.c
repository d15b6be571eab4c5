/* cmd_run: a lab's two programs on a stage, and what passes between them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/topology.h"
#include "lab/lab.h"
#include "play_options.h"
#include "text/command.h"

static const char usage[] =
    "usage: tcplab run LAB [OPTION ...]\n"
    "\n"
    "Run a lab in a network of its own: its programs, started as the lab "
    "says.\n"
    "What they call, what TCP sends and which states the kernel is in stand "
    "on\n"
    "one timeline; then a verdict, and whether what the lab expects held.\n"
    "LAB is a number or a name: tcplab run 4, tcplab run connect\n"
    "Every run is saved in the folder runs/; 'tcplab show FILE' shows it "
    "again.\n"
    "\n"
    "  --variant V       the lab with one thing changed; 'tcplab labs' lists "
    "them\n"
    "  --unpinned        leave the network as the kernel makes it\n"
    "  --server CMD      this program in place of the lab's server\n"
    "  --client CMD      this program in place of the lab's client\n"
    "                    (both find TCPLAB_SERVER and TCPLAB_PORT set)\n"
    "  --input WHO=FILE  standard input of a program; - is tcplab's own\n"
    "  --step            stop before each call, and ask\n"
    "  --from [WHO:]CALL begin to stop at the first CALL; with WHO, stop that "
    "program\n"
    "                    only: client:connect\n"
    "  --say FILE        say an instructor's sentences at the questions\n"
    "  --cwnd            show the kernel's congestion windows as they change\n"
    "  --port N          the server's port (7000 + the lab's number)\n"
    "  --timeout S       end everything after S seconds (30)\n"
    "  --way namespace|root|loopback|calls|recorded\n"
    "                    only this way to capture; otherwise each is tried\n"
    "  --recorded        show the lab's recorded trace\n"
    "  -o FILE           save the trace, for tcplab show or Wireshark\n"
    "\n" PLAY_WIRE_USAGE "\n";

enum {
    OPTION_SERVER = 1,
    OPTION_CLIENT,
    OPTION_RECORDED,
    OPTION_VARIANT,
    OPTION_UNPINNED,
};

struct run {
    struct view_options view;
    struct lab lab;
    struct play play;
    struct description *description; // owned
    struct lab_play lab_play;
    struct check check;
};

/* ---- The command line --------------------------------------------------- */

static const char *
take_option(struct run *run, int option, const char *value)
{
    switch (option) {
    case OPTION_SERVER:
        run->play.plan.programs[0].command = value;
        return NULL;
    case OPTION_CLIENT:
        run->play.plan.programs[1].command = value;
        return NULL;
    case OPTION_RECORDED:
        run->play.way = WAY_RECORDED;
        return NULL;
    case OPTION_VARIANT:
        run->play.plan.variant = value;
        return NULL;
    case OPTION_UNPINNED:
        run->play.plan.unpinned = true;
        return NULL;
    default:
        return play_options_take(&run->play, &run->view, option, value);
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
        PLAY_LONG_OPTIONS,
        { "server", required_argument, NULL, OPTION_SERVER },
        { "client", required_argument, NULL, OPTION_CLIENT },
        { "variant", required_argument, NULL, OPTION_VARIANT },
        { "unpinned", no_argument, NULL, OPTION_UNPINNED },
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
    if (!conflict)
        conflict = play_options_conflict(&run->play);
    if (conflict)
        return wrong_usage("run", conflict);
    return take_lab(run, argc, argv);
}

/* ---- Running ------------------------------------------------------------ */

static int
show_recorded(struct run *run)
{
    char path[PATH_MAX + 32];
    struct stage_plan *plan = &run->play.plan;
    snprintf(path, sizeof path, "%s/recorded.pcapng", run->lab.path);
    // It was recorded on the lab's own network, whatever was asked for.
    run->play.elsewhere = false;
    bool on_wire =
        lab_own_network(run->description, plan->variant) != ON_LOOPBACK;
    plan->address = on_wire ? topology_server_ipv4 : "127.0.0.1";
    return play_recorded(&run->play, path);
}

static int
play_lab(struct run *run)
{
    char title[128];
    snprintf(title, sizeof title, "lab %s", run->lab.name);
    run->play.title = title;
    if (run->play.way == WAY_RECORDED)
        return show_recorded(run);
    int status = play_live(&run->play);
    if (status >= 0)
        return status;
    if (run->play.way < 0 && (status = show_recorded(run)) != EXIT_YES)
        return status;
    return EXIT_NOT_CHECKED; // the programs were not run
}

/* A lab's timeline is about its own network. */
static void
note_network(struct run *run)
{
    const struct stage_plan *plan = &run->play.plan;
    enum network own = lab_own_network(run->description, plan->variant);
    if (own == plan->on || own == NETWORKS)
        return;
    run->play.elsewhere = true;
    run->play.home = own;
    run->play.difference =
        description_for(run->description, plan->variant, "elsewhere");
}

static int
prepare(struct run *run)
{
    char why[512];
    struct stage_plan *plan = &run->play.plan;
    run->description = lab_describe(&run->lab, why, sizeof why);
    if (!run->description) {
        fprintf(stderr, "tcplab: %s\n", why);
        return EXIT_SYSTEM;
    }
    if (!description_has_variant(run->description, plan->variant)) {
        fprintf(stderr, "tcplab run: %s: lab %s has no such variant\n",
                plan->variant, run->lab.name);
        return EXIT_USAGE;
    }
    plan->lab = run->lab.name;
    if (!plan->port)
        plan->port = (uint16_t)(7000 + run->lab.number);
    if (!run->play.has_network &&
        lab_network(&run->lab, run->description, plan->variant, plan) < 0)
        return EXIT_NO;
    play_options_settle(&run->play);
    if (run->play.way == WAY_RECORDED)
        return EXIT_YES;
    note_network(run);
    return lab_prepare(&run->lab, run->description, plan->variant, plan,
                       &run->lab_play) == 0
               ? EXIT_YES
               : EXIT_NO;
}

/* The lab's expected timeline, or its variant's, if it has one. */
static int
expect(struct run *run)
{
    size_t bytes;
    const struct stage_plan *plan = &run->play.plan;
    char *text = lab_expected(&run->lab, plan->variant, &bytes);
    char name[PATH_MAX + 128];
    if (!text)
        return 0;
    snprintf(name, sizeof name, "%s/expected%s%s", run->lab.path,
             plan->variant ? "." : "", plan->variant ? plan->variant : "");
    int result = check_begin(&run->check, text, bytes, name, &run->play.follow);
    check_server(&run->check, plan->address, plan->port);
    run->play.check = &run->check;
    free(text);
    return result;
}

static int
run_lab(struct run *run)
{
    struct play *play = &run->play;
    char name[256];
    int status = prepare(run);
    if (status != EXIT_YES)
        return status;
    if (follow_open(&play->follow, &run->view) < 0)
        return system_refused("tcplab");
    snprintf(name, sizeof name, "%s%s%s", run->lab.name,
             play->plan.variant ? "." : "",
             play->plan.variant ? play->plan.variant : "");
    if (play_save(play, name) < 0)
        status = system_refused(play->save);
    else if (expect(run) < 0)
        status = EXIT_SYSTEM;
    else
        status = play_lab(run);
    check_end(&run->check);
    follow_close(&play->follow);
    return status;
}

int
cmd_run(int argc, char **argv)
{
    static struct run run = {
        .view.limit = TRACKER_CONNECTIONS_DEFAULT,
        .play = { .plan = { .address = "127.0.0.1",
                            .timeout_s = 30,
                            .program_count = 2,
                            .programs = { { .name = "server",
                                            .input = -1,
                                            .after = START_AT_ONCE },
                                          { .name = "client",
                                            .input = -1,
                                            .after = START_AT_ONCE } } },
                  .way = -1 },
    };
    int status = parse(&run, argc, argv);
    if (status < 0)
        status = run_lab(&run);
    lab_play_clear(&run.lab_play);
    description_free(run.description);
    return status;
}
