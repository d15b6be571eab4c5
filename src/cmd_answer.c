/* cmd_answer: what a lab's handout asks, answered from a trace. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "answer/question.h"
#include "answer/sitting.h"
#include "text/command.h"
#include "view/view_options.h"

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
};

struct ask {
    struct lab lab;
    struct description *description; // owned
    const char *variant;             // NULL: all
    const char *file;                // NULL: the newest runs
    bool key, json;
    struct sittings sittings;
    struct output output;
    int status;
};

static void
worsen(struct ask *ask, int status)
{
    ask->status = worse_status(ask->status, status);
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

/* "run it: tcplab run 4 --variant hello" */
static void
say_run(const struct ask *ask, const char *variant, char *words, size_t size)
{
    snprintf(words, size, "%s: tcplab run %d%s%s",
             ask->key ? "no recorded trace of it" : "run it", ask->lab.number,
             variant ? " --variant " : "", variant ? variant : "");
}

static void
tell(struct ask *ask, const struct question *question,
     const struct answer *answer, const struct sitting *sitting)
{
    char instead[256];
    struct reply reply = { .question = question,
                           .answer = answer,
                           .trace = sitting ? sitting->path : NULL,
                           .instead = instead,
                           .with_key = ask->key };
    say_run(ask, question->variant, instead, sizeof instead);
    if (!ask->json)
        reply_text(&ask->output, &reply);
    else if (!reply_json(&ask->output, &reply))
        worsen(ask, EXIT_SYSTEM);
}

static void
answer_question(struct ask *ask, const struct question *question)
{
    struct expectation_error error;
    struct answer answer;
    const struct sitting *sitting =
        sittings_find(&ask->sittings, question->variant);
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

static void
tell_traces(struct ask *ask)
{
    const char *title = description_value(ask->description, "lab", "title");
    struct text line = output_line(&ask->output);
    text_format(&line, "lab %s%s%s\n", ask->lab.name, title ? ": " : "",
                title ? title : "");
    for (size_t i = 0; i < ask->sittings.count; i++) {
        const struct sitting *sitting = &ask->sittings.items[i];
        if (!sitting->is_there)
            continue;
        text_add(&line, "from ");
        text_safe(&line, sitting->path, strlen(sitting->path));
        text_char(&line, '\n');
    }
    output_commit(&ask->output, &line);
}

static bool
is_asked(const struct ask *ask, const struct question *question)
{
    return !ask->variant ||
           (question->variant && !strcmp(ask->variant, question->variant));
}

static void
answer_all(struct ask *ask)
{
    struct question question;
    if (!ask->json)
        tell_traces(ask);
    for (size_t i = 0; question_find(ask->description, i, &question); i++)
        if (is_asked(ask, &question))
            answer_question(ask, &question);
    output_flush(&ask->output);
}

static bool
take_traces(struct ask *ask)
{
    struct sittings *sittings = &ask->sittings;
    sittings->lab = &ask->lab;
    sittings->description = ask->description;
    sittings->variant = ask->variant;
    sittings->recorded = ask->key;
    bool taken = ask->file ? sittings_take_file(sittings, ask->file)
                           : sittings_take_runs(sittings);
    worsen(ask, sittings->status);
    return taken;
}

static int
answer(struct ask *ask)
{
    int status = describe(ask);
    if (status != EXIT_YES)
        return status;
    if (output_init(&ask->output, 1) < 0)
        return system_refused("tcplab");
    if (take_traces(ask))
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
    sittings_clear(&ask.sittings);
    description_free(ask.description);
    return status;
}
