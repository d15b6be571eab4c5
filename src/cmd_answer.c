/* cmd_answer: what a lab's handout asks, answered from a trace. */
#include <getopt.h>
#include <glob.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "expression.h"
#include "lab.h"
#include "output.h"
#include "recording.h"
#include "view_options.h"

static const char usage[] =
    "usage: tcplab answer LAB [OPTION ...] [FILE]\n"
    "\n"
    "Answer the questions of a lab's handout from your own run: for each one "
    "its\n"
    "number, what it asks, the answer, and the events that show it.\n"
    "\n"
    "  tcplab run 4                run the lab; the trace is saved in runs/\n"
    "  tcplab answer 4             what your newest runs of it answer\n"
    "  tcplab answer 4 mine.pcapng what this trace answers\n"
    "\n"
    "Numbers differ from run to run, so every answer is computed from the "
    "trace.\n"
    "Some questions ask about a variant: they want a run of that variant.\n"
    "Events are numbered as 'tcplab show --as json FILE' numbers them.\n"
    "\n"
    "  --variant V       only what is asked about this variant\n"
    "  --key             for staff: from the lab's recorded trace, with the "
    "keys\n"
    "  --as text|json    json: an object a line\n"
    "\n"
    "Exit status: 0 all is answered that the traces are asked, 1 a trace is "
    "cut or\n"
    "of another lab, 2 wrong usage, 3 a file is missing, 4 a trace does not "
    "show\n"
    "what is asked.\n";

enum {
    OPTION_VARIANT = 1,
    OPTION_KEY,
    OPTION_AS,
    SITTINGS_MAX = 32,
};

/* A trace of the lab, or of one of its variants. */
struct sitting {
    const char *variant; // NULL: the lab itself
    bool is_there;       // and read into:
    struct recording recording;
    char path[PATH_MAX];
};

struct ask {
    struct lab lab;
    struct description *description; // owned
    const char *variant;             // NULL: all
    const char *file;                // NULL: the newest runs
    bool key, json;
    struct sitting sittings[SITTINGS_MAX];
    size_t sitting_count;
    struct output output;
    int status;
};

/* A question, as the lab's description has it. */
struct question {
    const char *name;    // "O2"
    const char *asks;    // a sentence
    const char *key;     // its expression
    const char *variant; // NULL: the lab itself
    char run[256];       // "run it: tcplab run 4 --variant hello"
};

static bool
is_same(const char *a, const char *b)
{
    return !strcmp(a ? a : "", b ? b : "");
}

/* What outweighs stays: a missing file, then a damaged one, then what is not
 * observable. */
static void
worsen(struct ask *ask, int status)
{
    static const int weight[] = { [EXIT_YES] = 0,
                                  [EXIT_NOT_CHECKED] = 1,
                                  [EXIT_NO] = 2,
                                  [EXIT_SYSTEM] = 3,
                                  [EXIT_USAGE] = 4 };
    if (weight[status] > weight[ask->status])
        ask->status = status;
}

/* ---- The command line --------------------------------------------------- */

static const char *
take_as(struct ask *ask, const char *value)
{
    ask->json = !strcmp(value, "json");
    return ask->json || !strcmp(value, "text") ? NULL : "--as is text or json";
}

static const char *
take_option(struct ask *ask, int option, const char *value)
{
    if (option == OPTION_VARIANT)
        ask->variant = value;
    else if (option == OPTION_KEY)
        ask->key = true;
    else
        return take_as(ask, value);
    return NULL;
}

static int
take_arguments(struct ask *ask, int argc, char **argv)
{
    if (optind >= argc || argc - optind > 2)
        return wrong_usage("answer", "which lab? give one number or name, and "
                                     "one file at most");
    ask->file = argv[optind + 1]; // NULL behind the last
    if (ask->key && ask->file)
        return wrong_usage("answer", "--key takes the recorded trace, no file");
    if (lab_find(argv[optind], &ask->lab))
        return -1;
    fprintf(stderr, "tcplab answer: %s: no such lab\n", argv[optind]);
    return EXIT_USAGE;
}

static int
parse(struct ask *ask, int argc, char **argv)
{
    static const struct option options[] = {
        { "variant", required_argument, NULL, OPTION_VARIANT },
        { "key", no_argument, NULL, OPTION_KEY },
        { "as", required_argument, NULL, OPTION_AS },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return flush_standard_output();
        }
        const char *why = option_problem(option, argv);
        if (!why)
            why = take_option(ask, option, optarg);
        if (why)
            return wrong_usage("answer", why);
    }
    return take_arguments(ask, argc, argv);
}

static int
describe(struct ask *ask)
{
    char why[512];
    ask->description = lab_describe(&ask->lab, why, sizeof why);
    if (!ask->description) {
        fprintf(stderr, "tcplab: %s\n", why);
        return EXIT_SYSTEM;
    }
    if (description_has_variant(ask->description, ask->variant))
        return EXIT_YES;
    fprintf(stderr,
            "tcplab answer: %s: lab %s has no such variant; 'tcplab labs' "
            "lists them\n",
            ask->variant, ask->lab.name);
    return EXIT_USAGE;
}

/* ---- Traces ------------------------------------------------------------- */

/* Later, or at the same time with the later name. */
static bool
is_newer(const struct stat *one, const struct stat *two)
{
    if (one->st_mtim.tv_sec != two->st_mtim.tv_sec)
        return one->st_mtim.tv_sec > two->st_mtim.tv_sec;
    return one->st_mtim.tv_nsec >= two->st_mtim.tv_nsec;
}

/* runs/04-connect.hello-20261121-124214.pcapng. False: there is none. */
static bool
newest_run(const struct ask *ask, struct sitting *sitting)
{
    char pattern[256];
    struct stat newest = { 0 }, found;
    glob_t paths;
    snprintf(pattern, sizeof pattern, "runs/%s%s%s-[0-9]*.pcapng",
             ask->lab.name, sitting->variant ? "." : "",
             sitting->variant ? sitting->variant : "");
    sitting->path[0] = '\0';
    if (glob(pattern, 0, NULL, &paths) != 0)
        return false;
    for (size_t i = 0; i < paths.gl_pathc; i++) {
        if (stat(paths.gl_pathv[i], &found) < 0 || !is_newer(&found, &newest))
            continue;
        newest = found;
        snprintf(sitting->path, sizeof sitting->path, "%s", paths.gl_pathv[i]);
    }
    globfree(&paths);
    return sitting->path[0] != '\0';
}

static bool
recorded_run(const struct ask *ask, struct sitting *sitting)
{
    int n =
        snprintf(sitting->path, sizeof sitting->path, "%s/recorded%s%s.pcapng",
                 ask->lab.path, sitting->variant ? "." : "",
                 sitting->variant ? sitting->variant : "");
    struct stat found;
    return n < (int)sizeof sitting->path && stat(sitting->path, &found) == 0;
}

/* Is it a trace of this lab? One that does not say so is taken for one. */
static bool
is_of_lab(struct ask *ask, const struct sitting *sitting)
{
    const struct recording *recording = &sitting->recording;
    if (!recording->lab[0]) {
        fprintf(stderr,
                "tcplab: %s does not say of which lab it is: taken for lab "
                "%s\n",
                sitting->path, ask->lab.name);
        return true;
    }
    if (is_same(recording->lab, ask->lab.name))
        return true;
    fprintf(stderr, "tcplab: %s is a trace of lab %s, not of lab %s\n",
            sitting->path, recording->lab, ask->lab.name);
    worsen(ask, EXIT_NO);
    return false;
}

static bool
read_sitting(struct ask *ask, struct sitting *sitting)
{
    struct source_error error;
    if (!recording_read(&sitting->recording, sitting->path, &error)) {
        worsen(ask, opening_failed(sitting->path, &error));
        return false;
    }
    sitting->is_there = true;
    if (!sitting->recording.is_whole) {
        fprintf(stderr, "tcplab: %s: %s; what is whole is taken\n",
                sitting->path, sitting->recording.why);
        worsen(ask, EXIT_NO);
    }
    return is_of_lab(ask, sitting);
}

/* The file that was named, which says itself of which variant it is. */
static bool
take_file(struct ask *ask)
{
    struct sitting *sitting = &ask->sittings[ask->sitting_count++];
    snprintf(sitting->path, sizeof sitting->path, "%s", ask->file);
    if (!read_sitting(ask, sitting))
        return false;
    const char *variant = sitting->recording.variant;
    sitting->variant = sitting->recording.lab[0] && variant[0] ? variant : NULL;
    if (!sitting->recording.lab[0])
        sitting->variant = ask->variant;
    if (!ask->variant || is_same(ask->variant, sitting->variant))
        return true;
    fprintf(stderr, "tcplab: %s is a run of %s%s, not of --variant %s\n",
            ask->file, sitting->variant ? "--variant " : "the lab itself",
            sitting->variant ? sitting->variant : "", ask->variant);
    worsen(ask, EXIT_NO);
    return false;
}

static void
take_run(struct ask *ask, const char *variant)
{
    if (ask->sitting_count == SITTINGS_MAX ||
        (ask->variant && !is_same(ask->variant, variant)))
        return;
    struct sitting *sitting = &ask->sittings[ask->sitting_count++];
    sitting->variant = variant;
    if (!(ask->key ? recorded_run(ask, sitting) : newest_run(ask, sitting)) ||
        (read_sitting(ask, sitting) &&
         is_same(sitting->recording.variant, variant)))
        return;
    if (sitting->is_there)
        recording_clear(&sitting->recording);
    sitting->is_there = false;
}

/* The newest run of the lab and of each variant. False: there is none. */
static bool
take_runs(struct ask *ask)
{
    const char *variant;
    take_run(ask, NULL);
    for (size_t i = 0;
         (variant = description_section(ask->description, "variant", i)); i++)
        take_run(ask, variant);
    for (size_t i = 0; i < ask->sitting_count; i++)
        if (ask->sittings[i].is_there)
            return true;
    if (ask->status != EXIT_YES)
        return false;
    if (ask->key)
        fprintf(stderr, "tcplab: lab %s has no recorded trace\n",
                ask->lab.name);
    else
        fprintf(stderr,
                "tcplab: runs/ holds no run of lab %s yet: first "
                "'tcplab run %d%s%s'\n",
                ask->lab.name, ask->lab.number,
                ask->variant ? " --variant " : "",
                ask->variant ? ask->variant : "");
    worsen(ask, EXIT_SYSTEM);
    return false;
}

static const struct sitting *
sitting_of(const struct ask *ask, const char *variant)
{
    for (size_t i = 0; i < ask->sitting_count; i++)
        if (ask->sittings[i].is_there &&
            is_same(ask->sittings[i].variant, variant))
            return &ask->sittings[i];
    return NULL;
}

/* ---- Text --------------------------------------------------------------- */

enum {
    EVENTS_SHOWN = 12
};

static void
write_values(struct text *text, const struct answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        text_add(text, i ? ", " : "");
        value_write(text, &answer->values[i]);
    }
}

static void
write_events(struct text *text, const struct answer *answer)
{
    size_t count = answer->event_count;
    if (!count)
        return;
    text_add(text, count > 1 ? "   (events " : "   (event ");
    for (size_t i = 0; i < count && i < EVENTS_SHOWN; i++) {
        text_add(text, i ? ", " : "");
        text_number(text, answer->events[i]);
    }
    if (count > EVENTS_SHOWN)
        text_format(text, " and %n more", (uint64_t)(count - EVENTS_SHOWN));
    text_char(text, ')');
}

/* The key, which may stand on several lines, on one. */
static void
tell_key(struct ask *ask, const char *key)
{
    char room[OUTPUT_LINE];
    snprintf(room, sizeof room, "%s", key);
    for (char *at = room; (at = strchr(at, '\n'));)
        *at = ' ';
    output_wrapped(&ask->output, "     key: ", room);
}

static void
tell_text(struct ask *ask, const struct question *question,
          const struct answer *answer)
{
    char room[OUTPUT_LINE];
    struct text text = text_over(room, sizeof room - 1);
    snprintf(room, sizeof room, "%-4s ", question->name);
    output_wrapped(&ask->output, room, question->asks);
    if (answer) {
        write_values(&text, answer);
        write_events(&text, answer);
        *text.next = '\0';
    }
    output_wrapped(&ask->output, "     ", answer ? room : question->run);
    if (ask->key)
        tell_key(ask, question->key);
}

/* ---- JSON --------------------------------------------------------------- */

static json_t *
value_json(const struct value *value)
{
    char room[512];
    struct text text = text_over(room, sizeof room);
    switch (value->kind) {
    case VALUE_NUMBER:
    case VALUE_SEQUENCE:
    case VALUE_TIME:
        return json_integer(value->number);
    case VALUE_TRUTH:
        return json_boolean(value->number);
    case VALUE_NONE:
        return json_null();
    case VALUE_FLAGS:
    case VALUE_WORDS:
    case VALUE_ENDPOINT:
        break;
    }
    value_write(&text, value);
    return json_stringn(room, (size_t)(text.next - room));
}

/* Several values are an array. */
static json_t *
values_json(const struct answer *answer)
{
    if (!answer)
        return json_null();
    if (answer->count == 1)
        return value_json(&answer->values[0]);
    json_t *all = json_array();
    for (size_t i = 0; i < answer->count; i++)
        json_array_append_new(all, value_json(&answer->values[i]));
    return all;
}

/* Why there is no value: the first reason. */
static json_t *
why_json(const struct question *question, const struct answer *answer)
{
    if (!answer)
        return json_string(question->run);
    for (size_t i = 0; i < answer->count; i++)
        if (answer->values[i].kind == VALUE_NONE)
            return json_string(answer->values[i].why);
    return json_null();
}

static json_t *
events_json(const struct answer *answer)
{
    json_t *events = json_array();
    for (size_t i = 0; answer && i < answer->event_count; i++)
        json_array_append_new(events,
                              json_integer((json_int_t)answer->events[i]));
    return events;
}

static void
tell_json(struct ask *ask, const struct question *question,
          const struct answer *answer, const struct sitting *sitting)
{
    json_t *line = json_pack(
        "{s:s, s:s, s:s, s:s?, s:s?, s:o, s:o, s:o}", "kind", "answer",
        "question", question->name, "asks", question->asks, "variant",
        question->variant, "trace", sitting ? sitting->path : NULL, "value",
        values_json(answer), "why", why_json(question, answer), "events",
        events_json(answer));
    if (line && ask->key)
        json_object_set_new(line, "key", json_string(question->key));
    char *words = line ? json_dumps(line, JSON_COMPACT) : NULL;
    if (words) {
        output_bytes(&ask->output, words, strlen(words));
        output_bytes(&ask->output, "\n", 1);
    } else {
        worsen(ask, EXIT_SYSTEM);
    }
    free(words);
    json_decref(line);
}

/* ---- Questions ---------------------------------------------------------- */

static void
wrong_key(struct ask *ask, const struct question *question,
          const struct expectation_error *error)
{
    fprintf(stderr, "tcplab: %s/lab.ini: question %s: key: %s\n  %s\n%s%s",
            ask->lab.path, question->name, error->reason, error->text,
            error->right, *error->right ? "\n" : "");
    worsen(ask, EXIT_SYSTEM);
}

static void
tell(struct ask *ask, const struct question *question,
     const struct answer *answer, const struct sitting *sitting)
{
    if (ask->json)
        tell_json(ask, question, answer, sitting);
    else
        tell_text(ask, question, answer);
}

static void
answer_question(struct ask *ask, const struct question *question)
{
    struct expectation_error error;
    struct answer answer;
    const struct sitting *sitting = sitting_of(ask, question->variant);
    struct expression *key =
        expression_new(question->key, strlen(question->key), &error);
    if (!key) {
        wrong_key(ask, question, &error);
    } else if (!sitting) {
        tell(ask, question, NULL, NULL);
    } else if (!expression_evaluate(key, &sitting->recording.facts, &answer)) {
        worsen(ask, EXIT_SYSTEM);
        answer_clear(&answer);
    } else {
        tell(ask, question, &answer, sitting);
        worsen(ask, answer_is_known(&answer) ? EXIT_YES : EXIT_NOT_CHECKED);
        answer_clear(&answer);
    }
    expression_free(key);
}

/* False: there are no more. */
static bool
find_question(const struct ask *ask, size_t index, struct question *question)
{
    const struct description *d = ask->description;
    char section[128];
    question->name = description_section(d, "question", index);
    if (!question->name)
        return false;
    snprintf(section, sizeof section, "question %s", question->name);
    question->asks = description_value(d, section, "asks");
    question->key = description_value(d, section, "key");
    question->variant = description_value(d, section, "variant");
    snprintf(question->run, sizeof question->run,
             ask->key ? "no recorded trace of it: tcplab run %d%s%s"
                      : "run it: tcplab run %d%s%s",
             ask->lab.number, question->variant ? " --variant " : "",
             question->variant ? question->variant : "");
    if (!question->asks)
        question->asks = "";
    if (!question->key)
        question->key = "";
    return true;
}

static void
tell_traces(struct ask *ask)
{
    const char *title = description_value(ask->description, "lab", "title");
    struct text line = output_line(&ask->output);
    text_format(&line, "lab %s%s%s\n", ask->lab.name, title ? ": " : "",
                title ? title : "");
    for (size_t i = 0; i < ask->sitting_count; i++) {
        const struct sitting *sitting = &ask->sittings[i];
        if (!sitting->is_there)
            continue;
        text_add(&line, "from ");
        text_safe(&line, sitting->path, strlen(sitting->path));
        text_char(&line, '\n');
    }
    output_commit(&ask->output, &line);
}

static void
answer_all(struct ask *ask)
{
    struct question question;
    if (!ask->json)
        tell_traces(ask);
    for (size_t i = 0; find_question(ask, i, &question); i++)
        if (!ask->variant || is_same(ask->variant, question.variant))
            answer_question(ask, &question);
    output_flush(&ask->output);
}

static int
answer(struct ask *ask)
{
    int status = describe(ask);
    if (status != EXIT_YES)
        return status;
    if (output_init(&ask->output, 1) < 0)
        return system_refused("tcplab");
    if (ask->file ? take_file(ask) : take_runs(ask))
        answer_all(ask);
    if (ask->output.error) {
        fprintf(stderr, "tcplab: standard output: %s\n",
                strerror(ask->output.error));
        worsen(ask, EXIT_SYSTEM);
    }
    output_clear(&ask->output);
    return ask->status;
}

int
cmd_answer(int argc, char **argv)
{
    static struct ask ask;
    int status = parse(&ask, argc, argv);
    if (status < 0)
        status = answer(&ask);
    for (size_t i = 0; i < ask.sitting_count; i++)
        if (ask.sittings[i].is_there)
            recording_clear(&ask.sittings[i].recording);
    description_free(ask.description);
    return status;
}
