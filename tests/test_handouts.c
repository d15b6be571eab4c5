/* Every command of the handouts runs, and what they quote is what it prints. */
#include "claim.h"

#include "command_line.h"

static void
every_command_prints_what_is_quoted(void **state)
{
    (void)state;
    struct ran ran = run("command -v python3");
    int missing = ran.status;
    ran_free(&ran);
    if (missing) {
        print_message("skipped: no python3 here\n");
        skip();
    }
    ran = run("tests/handouts");
    if (ran.status != 0)
        print_error("%s%s", ran.out, ran.err);
    assert_int_equal(ran.status, 0);
    ran_free(&ran);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_prints_what_is_quoted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
