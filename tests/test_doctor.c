/* doctor: what it says of two hosts, and whether that is so. */
#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "wire_run.h"

static const char yes_wire[] = "\nyes  wire ";
static const char yes_router[] = "\nyes  router ";
static const char no_router[] = "\nno   router ";

/* Programs that do nothing, on a network; the server never listens. */
static bool
can_run(const char *place, const char *on)
{
    struct ran ran = run("timeout -s KILL 60 %s $TCPLAB trace --on %s --server "
                         "true --client true -o %s",
                         place, on, scratch_path("on.pcapng"));
    bool can = strstr(ran.err, "was not started: listen()") != NULL;
    ran_free(&ran);
    return can;
}

static void
what_doctor_says_of_two_hosts_is_what_runs(void **state)
{
    (void)state;
    static const char *const places[] = { "", "build/programs/without_nftables",
                                          "build/programs/without_unshare" };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct ran says = run("%s $TCPLAB doctor", places[i]);
        assert_int_equal(strstr(says.out, yes_wire) != NULL,
                         can_run(places[i], "wire"));
        assert_int_equal(strstr(says.out, yes_router) != NULL,
                         can_run(places[i], "nat"));
        assert_int_equal(strstr(says.out, no_router) != NULL,
                         !strstr(says.out, yes_router));
        ran_free(&says);
    }
}

static void
without_nftables_the_router_is_missing_and_all_else_is_well(void **state)
{
    (void)state;
    need_wire();
    struct ran ran = run("build/programs/without_nftables $TCPLAB doctor");
    assert_int_equal(ran.status, 0);
    assert_non_null(strstr(ran.out, "takes this way: "));
    assert_non_null(strstr(ran.out, yes_wire));
    assert_non_null(strstr(ran.out, no_router));
    // Which of the two depends on how the kit was built.
    assert_true(strstr(ran.out, "\n  sudo modprobe -a nf_tables ") ||
                strstr(ran.out, "\n  sudo apt install libnftables-dev "));
    ran_free(&ran);
}

static void
without_nftables_a_run_tells_why_and_shows_the_recorded_trace(void **state)
{
    (void)state;
    need_wire();
    struct ran ran = run("timeout -s KILL 60 build/programs/without_nftables "
                         "$TCPLAB run 21");
    assert_true(strstr(ran.err, "asking this kernel for nftables: Protocol "
                                "not supported") ||
                strstr(ran.err, "built without libnftables"));
    assert_non_null(strstr(ran.err, "a recorded trace of the kit's own"));
    ran_free(&ran);
}

static void
without_a_private_network_there_is_neither(void **state)
{
    (void)state;
    struct ran ran = run("build/programs/without_unshare $TCPLAB doctor");
    assert_non_null(strstr(ran.out, "no   wire "));
    assert_non_null(strstr(ran.out, no_router));
    assert_non_null(strstr(ran.out, "it needs a private network"));
    assert_null(strstr(ran.out, "modprobe"));
    ran_free(&ran);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_doctor_says_of_two_hosts_is_what_runs),
        cmocka_unit_test(
            without_nftables_the_router_is_missing_and_all_else_is_well),
        cmocka_unit_test(
            without_nftables_a_run_tells_why_and_shows_the_recorded_trace),
        cmocka_unit_test(without_a_private_network_there_is_neither),
    };
    return cmocka_run_group_tests(tests, find_wire, NULL);
}
