/*
 * Scripts of keys by chance, and what both kernels counted meanwhile: the
 * timeline agrees with them.
 *
 * WIRE_SEED=N in the environment repeats the scripts of a run that said N.
 */
#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "scratch.h"
#include "wire_run.h"

enum {
    SCRIPTS = 20,
    AT_ONCE = 10,
    KEYS = 10,
};

static const struct {
    const char *lab, *server, *client;
} exchanges[] = {
    { "4 --variant hello", "labs/04-connect/server", "labs/04-connect/client" },
    { "6", "labs/06-send-recv/server", "labs/06-send-recv/client" },
};

static const char *const rules[] = {
    "", "", "--rule \"client > server DATA #1 corrupt\"",
    "--rule \"client < server SYN-ACK #1 corrupt\"",
    "--rule \"FIN #1 duplicate\""
};

/* A few meet something; then others arrive, or a SYN's time between repetitions
 * would grow to half a minute. */
static void
write_keys(FILE *file)
{
    static const char *const keys[] = { "", "", "", "d", "2", "l" };
    for (int i = 0; i < KEYS; i++) {
        fprintf(file, "%s\n", keys[(size_t)rand() % 6]);
        fputs("\n\n", file);
    }
}

/* A script that runs the lab with keys, and has each program's host counted. */
static void
write_script(FILE *file, int number)
{
    size_t i = (size_t)number % 2, rule = (size_t)rand() % 5;
    const char *end = "$TCPLAB_SERVER $TCPLAB_PORT";
    fprintf(file,
            "cat <<'KEYS' | timeout -s KILL 120 $TCPLAB run %s "
            "--step=segment %s --timeout 100 --as json -o %s.%d.pcapng ",
            exchanges[i].lab, rules[rule], scratch_path("chance"), number);
    fprintf(file,
            "--server 'echo; %s %s; exec build/programs/counters' "
            "--client 'echo; %s %s %s; exec build/programs/counters' "
            ">%s.%d.json 2>%s.%d.err\n",
            exchanges[i].server, end, exchanges[i].client, end,
            i == 0 ? "hello" : "", scratch_path("chance"), number,
            scratch_path("chance"), number);
    write_keys(file);
    fputs("KEYS\n", file);
}

/* ---- What the timeline says ----------------------------------------------- */

struct counted {
    long long at_ns; // until then
    long long in, again, wrong;
};

static bool
was_corrupted(json_t *lines, json_t *fate)
{
    size_t i;
    json_t *line;
    json_array_foreach(lines, i, line)
    {
        if (!strcmp(json_text(line, "fate"), "corrupted") &&
            json_number(line, "of") == json_number(fate, "of"))
            return true;
    }
    return false;
}

/* Of `who`'s host, until `at_ns`. */
static struct counted
count(json_t *lines, const char *who, long long at_ns)
{
    struct counted c = { .at_ns = at_ns };
    size_t i;
    json_t *line;
    json_array_foreach(lines, i, line)
    {
        bool own = !strcmp(json_text(line, "from"), who);
        const char *kind = json_text(line, "kind");
        if (wire_time(line) > at_ns)
            continue;
        if (!strcmp(kind, "segment") && own) {
            c.again += wire_is(line, "retransmission");
        } else if (!strcmp(kind, "fate") && !own &&
                   !strcmp(json_text(line, "fate"), "arrived")) {
            c.in++;
            c.wrong += was_corrupted(lines, line);
        }
    }
    return c;
}

/* The line in which `who` prints what its kernel counted. */
static bool
find_counters(json_t *lines, const char *who, struct counted *c)
{
    size_t i;
    json_t *line;
    json_array_foreach(lines, i, line)
    {
        if (!strcmp(json_text(line, "kind"), "output") &&
            !strcmp(json_text(line, "who"), who) &&
            sscanf(json_text(line, "data"),
                   "counters at %lld InSegs %lld RetransSegs %lld InCsumErrors "
                   "%lld",
                   &c->at_ns, &c->in, &c->again, &c->wrong) == 4)
            return true;
    }
    return false;
}

static void
assert_counted(json_t *lines, const char *who)
{
    struct counted kernel, told;
    if (!find_counters(lines, who, &kernel))
        fail_msg("%s counted nothing", who);
    told = count(lines, who, kernel.at_ns);
    if (memcmp(&kernel, &told, sizeof told) != 0)
        fail_msg("%s: the kernel counted %lld in, %lld again, %lld wrong; the "
                 "timeline has %lld, %lld, %lld",
                 who, kernel.in, kernel.again, kernel.wrong, told.in,
                 told.again, told.wrong);
}

/* What `who`'s calls of this name returned, added up. */
static long long
octets(json_t *lines, const char *who, const char *name)
{
    long long sum = 0;
    size_t i;
    json_t *line;
    json_array_foreach(lines, i, line)
    {
        if (!strcmp(json_text(line, "kind"), "return") &&
            !strcmp(json_text(line, "who"), who) &&
            !strcmp(json_text(line, "name"), name))
            sum += json_number(line, "result");
    }
    return sum;
}

static void
assert_agrees(int number)
{
    char path[4200];
    snprintf(path, sizeof path, "%s.%d.json", scratch_path("chance"), number);
    char *text = scratch_read(path, NULL);
    json_t *lines = json_lines(text);
    print_message("script %d\n", number);
    assert_counted(lines, "client");
    assert_counted(lines, "server");
    assert_true(octets(lines, "client", "send") > 0);
    assert_int_equal(octets(lines, "server", "recv"),
                     octets(lines, "client", "send"));
    assert_int_equal(octets(lines, "client", "recv"),
                     octets(lines, "server", "send"));
    json_decref(lines);
    free(text);
}

static void
both_kernels_counted_what_the_timeline_says(void **state)
{
    (void)state;
    need_wire();
    const char *given = getenv("WIRE_SEED");
    unsigned seed = given ? (unsigned)atoi(given) : (unsigned)time(NULL);
    print_message("WIRE_SEED=%u\n", seed);
    srand(seed);
    for (int i = 0; i < SCRIPTS; i++) {
        char path[4200];
        snprintf(path, sizeof path, "%s.%d.sh", scratch_path("chance"), i);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        write_script(file, i);
        fclose(file);
    }
    struct ran ran =
        run("for i in $(seq 0 %d); do sh %s.$i.sh & "
            "[ $((i %% %d)) -eq %d ] && wait; done; wait",
            SCRIPTS - 1, scratch_path("chance"), AT_ONCE, AT_ONCE - 1);
    ran_free(&ran);
    for (int i = 0; i < SCRIPTS; i++)
        assert_agrees(i);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_kernels_counted_what_the_timeline_says),
    };
    return cmocka_run_group_tests(tests, find_wire, NULL);
}
