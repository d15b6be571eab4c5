/* cmd_watch: a live interface, until Ctrl-C. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "follow.h"
#include "host/privilege.h"
#include "save.h"
#include "text/command.h"
#include "view/view_options.h"

static const char usage[] =
    "usage: tcplab watch -i INTERFACE [OPTION ...] [FILTER]\n"
    "\n"
    "Show what passes a network interface, until Ctrl-C; then the verdicts, "
    "and\n"
    "how many packets were received and dropped.\n"
    "FILTER is a capture filter: tcplab watch -i eth0 tcp port 80\n"
    "\n"
    "  -i INTERFACE      lo, eth0 ..., or any\n"
    "  -w FILE           save what is seen, for tcplab show or Wireshark\n"
    "  -s N              keep N octets of each packet (65535)\n"
    "  -B MIB            room for packets not read yet, in MiB (64)\n"
    "  -p                see all packets, not only this machine's "
    "(promiscuous)\n"
    "\n";

struct watch {
    struct view_options view;
    struct source_live live;
    const char *save; // path; NULL: not saved
    char *filter;     // owned; NULL: none
};

enum {
    SNAPLEN_DEFAULT = 65535,
    RING_MIB_DEFAULT = 64
};

static struct source *watched; // for the signal handler

static void
stop(int signal)
{
    (void)signal;
    source_stop(watched);
}

/* ---- The command line --------------------------------------------------- */

static const char *
take_option(struct watch *watch, int option, const char *value)
{
    uint32_t mib;
    switch (option) {
    case 'i':
        watch->live.interface = value;
        return NULL;
    case 'w':
        watch->save = value;
        return NULL;
    case 'p':
        watch->live.promiscuous = true;
        return NULL;
    case 's':
        return number_take(value, 1, 262144, &watch->live.snaplen)
                   ? NULL
                   : "-s is a number from 1 to 262144";
    case 'B':
        if (!number_take(value, 1, 1024, &mib))
            return "-B is a number of MiB from 1 to 1024";
        watch->live.ring_bytes = mib << 20;
        return NULL;
    default:
        return view_options_take(&watch->view, option, value);
    }
}

static int
parse(struct watch *watch, int argc, char **argv)
{
    static const struct option options[] = {
        VIEW_LONG_OPTIONS,
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "+:hi:w:s:B:p", options, NULL)) !=
           -1) {
        if (option == 'h')
            return tell_usage(usage);
        const char *why = option_problem(option, argv);
        if (!why)
            why = take_option(watch, option, optarg);
        if (why)
            return wrong_usage("watch", why);
    }
    const char *conflict = view_options_conflict(&watch->view);
    if (conflict)
        return wrong_usage("watch", conflict);
    if (watch->view.quiet && !watch->save)
        return wrong_usage("watch", "--quiet shows nothing: -w FILE saves it");
    if (!watch->live.interface)
        return wrong_usage("watch", "which interface? -i lo, for example");
    if (optind < argc)
        watch->filter = words_join(argv + optind, argc - optind);
    watch->live.filter = watch->filter;
    return -1;
}

/* ---- Opening ------------------------------------------------------------ */

/* Without permission: the one command that helps. */
static int
not_opened(const struct source_error *error)
{
    fprintf(stderr, "tcplab watch: %s\n", error->text);
    if (error->failure == SOURCE_FILTER)
        return EXIT_USAGE;
    if (error->number == EPERM)
        fprintf(stderr,
                "tcplab watch: capturing takes a permission: run it as "
                "'sudo %s watch ...'\n",
                program_invocation_name);
    return EXIT_SYSTEM;
}

static void
stop_on_signals(struct source *source)
{
    struct sigaction action = { .sa_handler = stop };
    watched = source;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

/* ---- Ending ------------------------------------------------------------- */

static void
tell_counts(const struct follow *follow, struct source *source)
{
    bool quiet = follow->view.options.quiet;
    struct source_counts counts = source_counts(source);
    struct tracker_counts tracked = events_counts(follow->events);
    fprintf(stderr,
            "%llu packets %s, %llu received by the kernel, %llu dropped by it",
            (unsigned long long)follow->packets, quiet ? "saved" : "shown",
            (unsigned long long)counts.received,
            (unsigned long long)counts.dropped);
    if (!quiet)
        fprintf(stderr, ", %llu connections",
                (unsigned long long)tracked.connections);
    fputc('\n', stderr);
    if (counts.dropped)
        fprintf(stderr,
                "dropped: there was no room; a larger -B or a FILTER helps\n");
    if (tracked.evicted)
        fprintf(stderr,
                "%llu connections were let go early, to keep to --limit\n",
                (unsigned long long)tracked.evicted);
}

static int
watch_source(struct watch *watch, struct follow *follow, struct source *source)
{
    // The file is opened while it can be.
    struct save_interfaces interfaces = { { watch->live.interface },
                                          source_link_type(source) };
    if (watch->save && save_begin(follow, watch->save, &interfaces) < 0)
        return system_refused(watch->save);
    if (privilege_become_caller() < 0 || privilege_drop() < 0)
        return system_refused("giving up privileges");
    fprintf(stderr, "watching %s; Ctrl-C ends it\n", watch->live.interface);
    enum source_result result = follow_source(follow, source);
    int status = follow_status(follow, EXIT_YES);
    if (result != SOURCE_END) {
        fprintf(stderr, "tcplab watch: %s: %s\n", watch->live.interface,
                source_why(source));
        status = EXIT_SYSTEM;
    }
    tell_counts(follow, source);
    return save_end(follow, status);
}

int
cmd_watch(int argc, char **argv)
{
    struct watch watch = { .view.limit = TRACKER_CONNECTIONS_DEFAULT,
                           .live = { .snaplen = SNAPLEN_DEFAULT,
                                     .ring_bytes = RING_MIB_DEFAULT << 20 } };
    struct follow follow;
    struct source_error error;
    int status = parse(&watch, argc, argv);
    if (status >= 0)
        goto out;
    struct source *source = source_open_live(&watch.live, &error);
    if (!source) {
        status = not_opened(&error);
        goto out;
    }
    stop_on_signals(source);
    if (follow_open(&follow, &watch.view) < 0) {
        status = system_refused("tcplab");
    } else {
        status = watch_source(&watch, &follow, source);
        follow_close(&follow);
    }
    source_close(source);
out:
    free(watch.filter);
    return status;
}
