/* lab_network: what a lab.ini says of a wire, and what is wrong with it. */
#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../src/lab/lab.h"
#include "scratch.h"

static struct stage_plan plan;
static struct description *description;
static char *said; // on standard error

/* Read a lab.ini that lays a wire, with `lines` in it; returns what lab_network()
 * does. The plan borrows from the description until forget(). */
static int
network(const char *lines)
{
    char why[200] = "";
    struct lab lab = { .number = 99, .path = "labs/99-none" };
    const char *path = scratch_path("lab.ini");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "[lab]\non = wire\n%s", lines);
    fclose(file);
    description = description_read(path, why, sizeof why);
    if (!description)
        fail_msg("%s", why);
    plan = (struct stage_plan){ .wire.seed = 0 };

    const char *err = scratch_path("stderr");
    int before = dup(STDERR_FILENO);
    assert_non_null(freopen(err, "w", stderr));
    int result = lab_network(&lab, description, NULL, &plan);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    said = scratch_read(err, NULL);
    assert_non_null(said);
    return result;
}

static void
forget(void)
{
    description_free(description);
    free(said);
}

/* So many rules of 119 characters each, the longest a rule may be. */
static char *
long_rules(int count)
{
    char *lines = calloc((size_t)count + 1, POLICY_TEXT + 16);
    assert_non_null(lines);
    strcpy(lines, "rules = ");
    for (int i = 0; i < count; i++)
        sprintf(lines + strlen(lines), "%s%-*sdrop\n", i ? "  " : "",
                POLICY_TEXT - 5, "any");
    return lines;
}

static void
a_lab_says_what_its_wire_does(void **state)
{
    (void)state;
    assert_int_equal(network("delay = 20ms\nseed = 4294967295\n"
                             "rules = SYN #1 drop\n        UDP drop\n"),
                     0);
    assert_string_equal(said, "");
    assert_string_equal(plan.wire.delay, "20ms");
    assert_true(plan.wire.seed == 4294967295);
    assert_int_equal(plan.wire.rule_count, 2);
    assert_string_equal(plan.wire.rules[1], "UDP drop");
    forget();
}

static void
as_many_rules_are_read_as_a_wire_takes(void **state)
{
    (void)state;
    char *lines = long_rules(POLICY_RULES);
    assert_int_equal(network(lines), 0);
    assert_string_equal(said, "");
    assert_int_equal(plan.wire.rule_count, POLICY_RULES);
    for (int i = 0; i < POLICY_RULES; i++)
        assert_int_equal(strlen(plan.wire.rules[i]), POLICY_TEXT - 1);
    forget();
    free(lines);
}

static void
rules_that_are_too_long_are_told_and_not_cut(void **state)
{
    (void)state;
    char *lines = long_rules(POLICY_RULES + 1);
    assert_int_equal(network(lines), -1);
    assert_int_equal(plan.wire.rule_count, 0);
    assert_non_null(
        strstr(said, "tcplab: labs/99-none/lab.ini: rules: longer than"));
    forget();
    free(lines);
}

static void
a_seed_that_is_no_number_is_told(void **state)
{
    static const char *const wrong[] = {
        "x", "12x", "-1", "4294967296", "1 2", "99999999999999999999999", ""
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char line[64];
        snprintf(line, sizeof line, "seed = %s\n", wrong[i]);
        assert_int_equal(network(line), -1);
        assert_string_equal(said, "tcplab: labs/99-none/lab.ini: seed: not a "
                                  "number from 0 to 4294967295\n");
        forget();
    }
}

static void
a_wrong_rule_is_told_with_its_file(void **state)
{
    (void)state;
    assert_int_equal(network("rules = SYN drop\n        UDP dropp\n"), -1);
    assert_non_null(strstr(said, "labs/99-none/lab.ini: --rule UDP dropp: "
                                 "column 5: "));
    forget();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lab_says_what_its_wire_does),
        cmocka_unit_test(as_many_rules_are_read_as_a_wire_takes),
        cmocka_unit_test(rules_that_are_too_long_are_told_and_not_cut),
        cmocka_unit_test(a_seed_that_is_no_number_is_told),
        cmocka_unit_test(a_wrong_rule_is_told_with_its_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
