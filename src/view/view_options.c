/* view_options: words on the command line become settings of a view. */
#include "view_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../text/command.h"

const char view_options_help[] =
    "What to see:\n"
    "  --as timeline|text|json\n"
    "                    three columns (where there are calls), a line for\n"
    "                    each segment, or one JSON object a line\n"
    "  --summary         only a paragraph for each connection\n"
    "  --quiet           nothing: what is saved, and the exit status, tell\n"
    "  --connection N    only this connection\n"
    "  --time start|delta|absolute\n"
    "                    since the first packet, since the last line, or UTC\n"
    "  --relative        sequence numbers only relative to the ISN\n"
    "  --absolute        sequence numbers only as they are on the wire\n"
    "  --options         TCP options too\n"
    "  --header          the header of RFC 9293, filled in\n"
    "  --data            the data, escaped\n"
    "  --plain           short lines, for a screen reader\n"
    "  --limit N         keep at most N connections at once (1000000)\n";

int
tell_usage(const char *usage)
{
    printf("%s%s", usage, view_options_help);
    return flush_standard_output();
}

const char *
view_options_conflict(const struct view_options *options)
{
    bool shows = options->as != VIEW_FITTING || options->summary ||
                 options->connection || options->options || options->header ||
                 options->data;
    if (options->quiet && shows)
        return "--quiet shows nothing: leave out what is to be shown";
    if (options->plain && options->header)
        return "--plain has no drawing: leave out --header";
    return NULL;
}

const char *
option_problem(int option, char **argv)
{
    static char why[128];
    if (option != '?' && option != ':')
        return NULL;
    struct text t = text_over(why, sizeof why - 1);
    const char *given = argv[optind - 1];
    text_add(&t, option == ':' ? "a value is missing behind "
                               : "there is no option ");
    text_escaped(&t, (const uint8_t *)given, strlen(given));
    *t.next = '\0';
    return why;
}

bool
number_take(const char *value, uint32_t least, uint32_t most, uint32_t *number)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(value, &end, 10);
    if (errno || end == value || *end || *value == '-' || n < least || n > most)
        return false;
    *number = (uint32_t)n;
    return true;
}

static const char *
take_as(struct view_options *options, const char *value)
{
    if (!strcmp(value, "text"))
        options->as = VIEW_TEXT;
    else if (!strcmp(value, "timeline"))
        options->as = VIEW_TIMELINE;
    else if (!strcmp(value, "json"))
        options->as = VIEW_JSON;
    else
        return "--as is timeline, text or json";
    return NULL;
}

static const char *
take_time(struct view_options *options, const char *value)
{
    if (!strcmp(value, "start"))
        options->time = TIME_SINCE_START;
    else if (!strcmp(value, "delta"))
        options->time = TIME_DELTA;
    else if (!strcmp(value, "absolute"))
        options->time = TIME_ABSOLUTE;
    else
        return "--time is start, delta or absolute";
    return NULL;
}

static const char *
take_number(uint32_t *number, uint32_t most, const char *value,
            const char *wrong)
{
    return number_take(value, 1, most, number) ? NULL : wrong;
}

const char *
view_options_take(struct view_options *options, int option, const char *value)
{
    switch ((enum view_option)option) {
    case VIEW_OPTION_AS:
        return take_as(options, value);
    case VIEW_OPTION_TIME:
        return take_time(options, value);
    case VIEW_OPTION_RELATIVE:
        options->relative = true;
        return NULL;
    case VIEW_OPTION_ABSOLUTE:
        options->absolute = true;
        return NULL;
    case VIEW_OPTION_OPTIONS:
        options->options = true;
        return NULL;
    case VIEW_OPTION_HEADER:
        options->header = true;
        return NULL;
    case VIEW_OPTION_DATA:
        options->data = true;
        return NULL;
    case VIEW_OPTION_SUMMARY:
        options->summary = true;
        return NULL;
    case VIEW_OPTION_QUIET:
        options->quiet = true;
        return NULL;
    case VIEW_OPTION_PLAIN:
        options->plain = true;
        return NULL;
    case VIEW_OPTION_CONNECTION:
        return take_number(&options->connection, UINT32_MAX, value,
                           "--connection is a number from 1");
    case VIEW_OPTION_LIMIT:
        return take_number(&options->limit, TRACKER_CONNECTIONS_MAX, value,
                           "--limit is a number from 1 to 16000000");
    }
    return "unknown option; see --help";
}
