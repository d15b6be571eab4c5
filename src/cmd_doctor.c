/* cmd_doctor: which way in this machine gives, and which networks between hosts;
 * why, and what would improve it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "advice.h"
#include "stage/stage.h"
#include "text/command.h"

static const char usage[] =
    "usage: tcplab doctor\n"
    "\n"
    "Try every way to run a lab here, as 'tcplab run' would, and say which "
    "one\n"
    "it takes, why not a better one, and the one command that changes that.\n"
    "Then the same of what may lie between two hosts: a wire (--on wire), and "
    "a\n"
    "router (--on nat, --on forward, lab 21), which needs nftables.\n"
    "\n"
    "Exit status: 0 the best way is open, 1 a lesser one is, 4 none is: "
    "recorded\n"
    "traces only.\n";

/* Set the stage, run a program that does nothing, and look how it ended. */
static bool
try_stage(enum way way, enum network on, struct stage_refusal *refusal)
{
    struct stage stage;
    struct stage_result result = { 0 };
    char rest[4096];
    const struct stage_plan plan = {
        .programs = { { .name = "server",
                        .command = "exit 0",
                        .input = -1,
                        .after = START_AT_ONCE } },
        .program_count = 1,
        .address = "127.0.0.1",
        .port = stage_free_port(),
        .on = on,
        .timeout_s = 10,
    };
    if (stage_begin(&stage, way, &plan, refusal) < 0)
        return false;
    while (read(stage.trace_fd, rest, sizeof rest) > 0)
        ;
    close(stage.trace_fd);
    if (stage_end(&stage, &result) && result.status[0] == 0)
        return true;
    *refusal =
        (struct stage_refusal){ .step = "running a program under trace" };
    return false;
}

static void
tell_refusal(const char *name, const char *sentence,
             const struct stage_refusal *refusal)
{
    printf("no   %-10s %s: %s%s%s\n", name, sentence, refusal->step,
           refusal->number ? ": " : "",
           refusal->number ? strerror(refusal->number) : "");
}

/* The first way that is open; the refusals before it are told and kept. */
static enum way
find_way(struct stage_refusal refusals[WAYS])
{
    for (enum way way = 0; way < WAY_RECORDED; way++) {
        if (way == WAY_ROOT && geteuid() != 0)
            continue;
        if (try_stage(way, ON_LOOPBACK, &refusals[way]))
            return way;
        tell_refusal(way_names[way], way_sentences[way], &refusals[way]);
    }
    return WAY_RECORDED;
}

/* What may lie between two hosts. Labs have a recorded trace for where it may
 * not, so it does not count for the exit status. */
static void
tell_networks(enum way way)
{
    static const struct {
        enum network on;
        const char *name, *sentence;
    } rows[] = {
        { ON_WIRE, "wire", "two hosts, for --on wire" },
        { ON_NAT, "router",
          "it rewrites addresses, for --on nat and --on forward" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char advice[512];
        struct stage_refusal refusal = { .step = "it needs a private network" };
        if (way <= WAY_ROOT && try_stage(way, rows[i].on, &refusal)) {
            printf("yes  %-10s %s\n", rows[i].name, rows[i].sentence);
            continue;
        }
        tell_refusal(rows[i].name, rows[i].sentence, &refusal);
        if (way > WAY_ROOT)
            continue;
        advice_network(rows[i].on, advice, sizeof advice);
        printf("%s\n", advice);
    }
}

int
cmd_doctor(int argc, char **argv)
{
    struct stage_refusal refusals[WAYS] = { 0 };
    char advice[512];
    if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
        fputs(usage, stdout);
        return flush_standard_output();
    }
    if (argc > 1)
        return wrong_usage("doctor", "it takes no arguments");
    enum way way = find_way(refusals);
    printf("yes  %-10s %s\n", way_names[way], way_sentences[way]);
    printf("'tcplab run' takes this way: %s.\n", way_names[way]);
    if (way > WAY_ROOT &&
        advice_find(&refusals[WAY_NAMESPACE], way, advice, sizeof advice))
        printf("%s\n", advice);
    tell_networks(way);
    int written = flush_standard_output();
    if (written != EXIT_YES)
        return written;
    return way == WAY_RECORDED ? EXIT_NOT_CHECKED
           : way > WAY_ROOT    ? EXIT_NO
                               : EXIT_YES;
}
