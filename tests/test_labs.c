/* Every lab, every variant: what is expected holds; and a wrong program fails at
 * the line it gets wrong. */
#include "claim.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command_line.h"
#include "scratch.h"
#include "traced.h"

enum {
    LABS_MAX = 200
};

/* A lab, or a variant of it. */
struct lab {
    char name[64], variant[64], title[160];
};

static struct lab known[LABS_MAX];
static struct CMUnitTest tests[3 * LABS_MAX];
static size_t count;

static struct ran
run_lab(const struct lab *lab, const char *more)
{
    return run("$TCPLAB run %s %s%s %s -o %s", lab->name,
               lab->variant[0] ? "--variant " : "", lab->variant, more,
               scratch_path("lab.pcapng"));
}

/* What was said when it should have been silent is worth reading; the reason comes
 * first, for only the beginning of what is printed is kept. */
static void
assert_status(const struct ran *ran, int status)
{
    if (ran->status != status)
        print_error("%s%s", ran->err, ran->out);
    assert_int_equal(ran->status, status);
}

static void
the_expected_timeline_holds(void **state)
{
    need_namespace();
    struct ran ran = run_lab(*state, "--as json");
    assert_status(&ran, 0);
    json_t *lines = json_lines(ran.out);
    json_t *checks = json_of_kind(lines, "check");
    assert_true(json_array_size(checks) > 0);
    json_decref(checks);
    json_decref(lines);
    ran_free(&ran);
}

static void
the_recorded_trace_holds_too(void **state)
{
    struct ran ran = run_lab(*state, "--recorded --as json");
    assert_status(&ran, 0);
    ran_free(&ran);
}

/* Words with one blank between them. */
static void
squeeze(char *words)
{
    char *to = words;
    for (char *from = words; *from; from++)
        if (*from != '\n' && !(*from == ' ' && (to == words || to[-1] == ' ')))
            *to++ = *from;
    *to = '\0';
}

/* The first line that does not hold, as `run` tells it. */
static void
assert_first_failure(const struct ran *ran, const char *expected)
{
    const char *said = strstr(ran->err, "does not hold, from line ");
    assert_non_null(said);
    char *line = strdup(strchr(said, ':') + 2);
    line[strcspn(line, "\n")] = '\0';
    squeeze(line);
    assert_string_equal(line, expected);
    free(line);
}

static void
a_wrong_program_fails_at_its_line(void **state)
{
    const struct lab *lab = *state;
    char path[512], *fails;
    need_namespace();
    snprintf(path, sizeof path, "tests/wrong/%s/fails", lab->name);
    fails = scratch_read(path, NULL);
    assert_non_null(fails);
    squeeze(fails);
    snprintf(path, sizeof path, "build/wrong/%s/server", lab->name);
    FILE *server = fopen(path, "r");
    struct ran ran =
        run("$TCPLAB run %s --%s 'exec build/wrong/%s/%s $TCPLAB_SERVER "
            "$TCPLAB_PORT' --timeout 10 -o %s",
            lab->name, server ? "server" : "client", lab->name,
            server ? "server" : "client", scratch_path("wrong.pcapng"));
    if (server)
        fclose(server);
    assert_status(&ran, 1);
    assert_first_failure(&ran, fails);
    ran_free(&ran);
    free(fails);
}

/* Whoever takes the program elsewhere meets this too. */
static void
the_flood_goes_to_the_labs_own_addresses_only(void **state)
{
    static const char *const others[] = { "198.51.100.1", "203.0.113.9",
                                          "192.0.1.255",  "192.0.3.0",
                                          "10.0.0.1",     "126.255.255.255",
                                          "128.0.0.1",    "0.0.0.0" };
    (void)state;
    need_namespace();
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct ran ran =
            run("$TCPLAB trace --as json -o %s --client true "
                "--server 'exec labs/22-syn-flood/flood %s 80 127.0.0.1'",
                scratch_path("flood.pcapng"), others[i]);
        json_t *lines = json_lines(ran.out);
        json_t *calls = json_of_kind(lines, "call");
        assert_non_null(strstr(ran.out, "not an address of the lab"));
        assert_int_equal(json_array_size(calls), 0);
        json_decref(calls);
        json_decref(lines);
        ran_free(&ran);
    }
}

static void
add(const char *claim, void (*test)(void **state), struct lab *lab)
{
    char title[160];
    snprintf(title, sizeof title, "lab %s%s%s: %s", lab->name,
             lab->variant[0] ? " " : "", lab->variant, claim);
    tests[count++] = (struct CMUnitTest){ .name = strdup(title),
                                          .test_func = test,
                                          .initial_state = lab };
}

/* "labs/04-connect/expected.no-listen" */
static void
take_expected(const char *path, struct lab *lab)
{
    sscanf(path, "labs/%63[^/]/expected.%63s", lab->name, lab->variant);
    add("the expected timeline holds", the_expected_timeline_holds, lab);
    if (lab->variant[0])
        return;
    add("the recorded trace holds too", the_recorded_trace_holds_too, lab);
    if (!getenv("TCPLAB_SOAK"))
        add("a wrong program fails at its line",
            a_wrong_program_fails_at_its_line, lab);
}

int
main(void)
{
    glob_t found;
    if (glob("labs/*/expected*", 0, NULL, &found) != 0)
        return 1;
    for (size_t i = 0; i < found.gl_pathc && i < LABS_MAX; i++)
        take_expected(found.gl_pathv[i], &known[i]);
    globfree(&found);
    tests[count++] = (struct CMUnitTest){
        .name = strdup("the flood goes to the lab's own addresses only"),
        .test_func = the_flood_goes_to_the_labs_own_addresses_only
    };
    int failed = _cmocka_run_group_tests("labs", tests, count, find_way, NULL);
    for (size_t i = 0; i < count; i++)
        free((void *)(uintptr_t)tests[i].name);
    return failed;
}
