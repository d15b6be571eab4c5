/* cmd_show: capture files, one after the other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "follow.h"
#include "show_pair.h"
#include "text/command.h"
#include "view/view_options.h"

static const char usage[] =
    "usage: tcplab show [OPTION ...] FILE ... [-- FILTER]\n"
    "       tcplab show --pair [OPTION ...] CLIENT SERVER [-- FILTER]\n"
    "\n"
    "Show what is in capture files: pcap or pcapng, plain or gzip. '-' is\n"
    "standard input. Each file is shown by itself, in the given order.\n"
    "FILTER is a capture filter: tcplab show a.pcap -- tcp port 80\n"
    "\n"
    "  --pair         two captures of the same conversations, made at the\n"
    "                 client and at the server, as one: what was lost on the\n"
    "                 way, doubled, overtaken, delayed, rewritten by NAT\n"
    "  -o FILE        with --pair: save that as one pcapng file\n";

struct show {
    struct view_options view;
    char **files;
    int file_count;
    char *filter; // owned; NULL: none
    bool pair;    // two files, as one
    const char *save;
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

static struct show_pair
pair_of(const struct show *show)
{
    return (struct show_pair){ .files = show->files,
                               .filter = show->filter,
                               .save = show->save,
                               .connections = show->view.limit };
}

/* NULL, or what does not fit together. */
static const char *
conflict(const struct show *show)
{
    const char *why = view_options_conflict(&show->view);
    if (why)
        return why;
    if (show->file_count == 0)
        return "which file?";
    if (!show->pair)
        return show->save ? "-o goes with --pair" : NULL;
    if (show->file_count != 2)
        return "--pair takes two files: the client's capture, then the "
               "server's";
    struct show_pair pair = pair_of(show);
    return show_pair_conflict(&pair);
}

static int
parse(struct show *show, int argc, char **argv)
{
    static const struct option options[] = {
        VIEW_LONG_OPTIONS,
        { "pair", no_argument, NULL, 'p' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option;
    opterr = 0;
    argc = take_filter(show, argc, argv);
    while ((option = getopt_long(argc, argv, ":ho:", options, NULL)) != -1) {
        if (option == 'h')
            return tell_usage(usage);
        const char *why = option_problem(option, argv);
        if (option == 'p')
            show->pair = true;
        else if (option == 'o')
            show->save = optarg;
        else if (!why)
            why = view_options_take(&show->view, option, optarg);
        if (why)
            return wrong_usage("show", why);
    }
    show->files = argv + optind;
    show->file_count = argc - optind;
    const char *why = conflict(show);
    return why ? wrong_usage("show", why) : -1;
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
show_each(struct follow *follow, const struct show *show)
{
    int status = EXIT_YES;
    for (int i = 0; i < show->file_count; i++) {
        if (show->file_count > 1)
            announce(follow, show->files[i]);
        status = worse(status, show_file(follow, show->files[i], show->filter));
    }
    return status;
}

static int
show_files(struct follow *follow, const struct show *show)
{
    struct show_pair pair = pair_of(show);
    int status =
        show->pair ? show_pair(follow, &pair) : show_each(follow, show);
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
