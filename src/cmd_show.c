/* cmd_show: capture files, one after the other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "follow.h"
#include "view_options.h"

static const char usage[] =
    "usage: tcplab show [OPTION ...] FILE ... [-- FILTER]\n"
    "\n"
    "Show what is in capture files: pcap or pcapng, plain or gzip. '-' is\n"
    "standard input. Each file is shown by itself, in the given order.\n"
    "FILTER is a capture filter: tcplab show a.pcap -- tcp port 80\n"
    "\n";

struct show {
    struct view_options view;
    char **files;
    int file_count;
    char *filter; // owned; NULL: none
};

/* Cut "-- FILTER" off the arguments; returns how many are left. */
static int
take_filter(struct show *show, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") != 0)
            continue;
        if (i + 1 < argc)
            show->filter = words_join(argv + i + 1, argc - i - 1);
        return i;
    }
    return argc;
}

static int
parse(struct show *show, int argc, char **argv)
{
    static const struct option options[] = {
        VIEW_LONG_OPTIONS,
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option;
    opterr = 0;
    argc = take_filter(show, argc, argv);
    while ((option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        if (option == 'h')
            return tell_usage(usage);
        const char *why = option_problem(option, argv);
        if (!why)
            why = view_options_take(&show->view, option, optarg);
        if (why)
            return wrong_usage("show", why);
    }
    const char *conflict = view_options_conflict(&show->view);
    if (conflict)
        return wrong_usage("show", conflict);
    show->files = argv + optind;
    show->file_count = argc - optind;
    return show->file_count > 0 ? -1 : wrong_usage("show", "which file?");
}

static void
announce(struct follow *follow, const char *file)
{
    follow->view.options.file = file;
    if (follow->view.options.as == VIEW_JSON)
        return;
    struct text line = output_line(&follow->output);
    text_add(&line, "FILE ");
    text_escaped(&line, (const uint8_t *)file, strlen(file));
    text_char(&line, '\n');
    output_commit(&follow->output, &line);
}

static int
show_file(struct follow *follow, const char *file, const char *filter)
{
    struct source_error error;
    struct source *source = source_open_file(file, filter, &error);
    if (!source)
        return opening_failed(file, &error);
    enum source_result result = follow_source(follow, source);
    if (result != SOURCE_END)
        fprintf(stderr, "tcplab: %s: after packet %llu: %s\n", file,
                (unsigned long long)follow->packets, source_why(source));
    source_close(source);
    return result == SOURCE_END ? EXIT_YES : EXIT_NO;
}

/* The worst of two: what the system refused outweighs a damaged file. */
static int
worse(int a, int b)
{
    return a > b ? a : b;
}

static int
show_files(struct follow *follow, const struct show *show)
{
    int status = EXIT_YES;
    for (int i = 0; i < show->file_count; i++) {
        if (show->file_count > 1)
            announce(follow, show->files[i]);
        status = worse(status, show_file(follow, show->files[i], show->filter));
    }
    if (show->view.connection && follow->view.shown == 0 &&
        status == EXIT_YES) {
        fprintf(stderr, "tcplab: there is no connection %u\n",
                show->view.connection);
        status = EXIT_NO;
    }
    return follow_status(follow, status);
}

int
cmd_show(int argc, char **argv)
{
    struct show show = { .view.limit = TRACKER_CONNECTIONS_DEFAULT };
    struct follow follow;
    int status = parse(&show, argc, argv);
    if (status < 0 && follow_open(&follow, &show.view) < 0)
        status = system_refused("tcplab");
    if (status < 0) {
        status = show_files(&follow, &show);
        follow_close(&follow);
    }
    free(show.filter);
    return status;
}
