/* Programs meet at a call: on a stage, and as lab.ini says it. */
#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/lab/lab.h"
#include "command_line.h"
#include "scratch.h"
#include "traced.h"

/* When a program makes its call of a name. */
static long long
time_of_call(json_t *lines, const char *who, const char *name)
{
    size_t i;
    json_t *line;
    json_array_foreach(lines, i, line)
    {
        if (!strcmp(json_text(line, "kind"), "call") &&
            !strcmp(json_text(line, "who"), who) &&
            !strcmp(json_text(line, "name"), name))
            return atoll(json_text(line, "time_ns"));
    }
    fail_msg("no %s %s", who, name);
    return 0;
}

/* Lab 17's programs meet at connect, and then at close. */
static void
calls_that_meet_begin_together(void **state)
{
    (void)state;
    need_namespace();
    static const char *const calls[] = { "connect", "close" };
    struct ran ran =
        run("$TCPLAB run 17 --as json -o %s", scratch_path("met.pcapng"));
    json_t *lines = json_lines(ran.out);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        long long apart = time_of_call(lines, "client", calls[i]) -
                          time_of_call(lines, "server", calls[i]);
        assert_in_range(llabs(apart), 0, 1000000);
    }
    json_decref(lines);
    ran_free(&ran);
}

static void
whom_nobody_can_meet_any_more_goes_on(void **state)
{
    (void)state;
    need_namespace();
    struct ran ran = run("$TCPLAB run 17 --client true --timeout 10 -o %s",
                         scratch_path("alone.pcapng"));
    assert_null(strstr(ran.err, "ended after"));
    assert_non_null(strstr(ran.out, "connect: Connection refused"));
    ran_free(&ran);
}

static void
what_is_held_meets_when_it_is_let_go(void **state)
{
    (void)state;
    need_namespace();
    struct ran ran = run("yes '' | head -60 | $TCPLAB run 17 --step -o %s",
                         scratch_path("step.pcapng"));
    assert_int_equal(ran.status, 0);
    ran_free(&ran);
}

/* Prepare a lab that says so; returns what lab_prepare() does. */
static struct stage_plan plan;

static int
prepare(const char *words)
{
    char why[200];
    struct lab lab = { .number = 99, .name = "99-none" };
    struct lab_play play = { .folder = "" };
    plan = (struct stage_plan){
        .programs = { { .name = "server", .command = "true" } },
        .program_count = 1,
    };
    const char *path = scratch_path("lab.ini");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "[lab]\nstart = none\nmeet = %s\n", words);
    fclose(file);
    struct description *description = description_read(path, why, sizeof why);
    assert_non_null(description);
    int result = lab_prepare(&lab, description, NULL, &plan, &play);
    lab_play_clear(&play);
    description_free(description);
    return result;
}

static void
a_lab_says_where_its_programs_meet(void **state)
{
    (void)state;
    assert_int_equal(prepare("connect close"), 0);
    assert_int_equal(plan.meet_count, 2);
    assert_string_equal(plan.meet[0], "connect");
    assert_string_equal(plan.meet[1], "close");
}

static void
a_meeting_at_no_call_is_refused(void **state)
{
    (void)state;
    assert_int_equal(prepare("conect"), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_that_meet_begin_together),
        cmocka_unit_test(whom_nobody_can_meet_any_more_goes_on),
        cmocka_unit_test(what_is_held_meets_when_it_is_let_go),
        cmocka_unit_test(a_lab_says_where_its_programs_meet),
        cmocka_unit_test(a_meeting_at_no_call_is_refused),
    };
    return cmocka_run_group_tests(tests, find_way, NULL);
}
