/* Names: what hosts are called, and whom they know. */
#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command_line.h"
#include "scratch.h"
#include "wire_run.h"

/* Run two shell commands on two hosts, the client's when the server listens,
 * which serves one client of lab 19. What both wrote to stdout is in files. */
static struct ran
on_hosts(const char *options, const char *server, const char *client)
{
    need_wire();
    struct ran ran =
        run("timeout -s KILL 60 $TCPLAB trace %s --as json -o %s "
            "--server '{ %s; } >%s; labs/19-ipv6/server :: $TCPLAB_PORT 1' "
            "--client '{ %s; } >%s; labs/19-ipv6/client $TCPLAB_SERVER "
            "$TCPLAB_PORT'",
            options, scratch_path("names.pcapng"), server,
            scratch_path("server"), client, scratch_path("client"));
    if (ran.status == 3 && strstr(options, "nat")) {
        print_message("skipped: %s\n", ran.err);
        skip();
    }
    assert_int_equal(ran.status, 0);
    return ran;
}

static void
assert_wrote(const char *who, const char *words)
{
    char *wrote = scratch_read(scratch_path(who), NULL);
    assert_string_equal(wrote, words);
    free(wrote);
}

static void
a_host_is_called_what_it_is(void **state)
{
    (void)state;
    struct ran ran = on_hosts("--on wire", "uname -n", "uname -n");
    assert_wrote("server", "server\n");
    assert_wrote("client", "client\n");
    ran_free(&ran);
}

static void
a_name_stands_for_both_addresses_of_a_host(void **state)
{
    (void)state;
    const char *both = "getent ahosts server | grep STREAM | cut -d\" \" -f1; "
                       "getent hosts 192.0.2.1 2001:db8::1 | tr -s \" \"";
    const char *known = "2001:db8::2\n192.0.2.2\n"
                        "192.0.2.1 client\n2001:db8::1 client\n";
    struct ran ran = on_hosts("--on wire", both, both);
    assert_wrote("server", known);
    assert_wrote("client", known);
    ran_free(&ran);
}

static void
a_program_connects_to_a_name(void **state)
{
    (void)state;
    need_wire();
    struct ran ran = run("timeout -s KILL 60 $TCPLAB run 19 --variant names "
                         "--as json -o %s",
                         scratch_path("names.pcapng"));
    assert_int_equal(ran.status, 0);
    assert_non_null(strstr(ran.out, "client: connected to 2001:db8::2"));
    ran_free(&ran);
}

static void
behind_a_router_a_name_is_an_address_that_can_be_reached(void **state)
{
    (void)state;
    const char *all = "for name in client router server; do getent ahostsv4 "
                      "$name | grep STREAM | cut -d\" \" -f1; done";
    struct ran ran = on_hosts("--on nat", all, all);
    assert_wrote("client", "192.168.1.2\n192.168.1.1\n192.0.2.2\n");
    assert_wrote("server", "192.0.2.1\n192.0.2.1\n192.0.2.2\n");
    ran_free(&ran);
    ran = on_hosts("--on forward", all, all);
    assert_wrote("client", "192.0.2.1\n192.0.2.2\n192.0.2.2\n");
    assert_wrote("server", "192.0.2.1\n192.168.1.1\n192.168.1.2\n");
    ran_free(&ran);
}

static void
nobody_is_asked_for_a_name(void **state)
{
    (void)state;
    struct ran ran = on_hosts("--on nat", "getent hosts nowhere.example",
                              "getent hosts nowhere.example");
    json_t *lines = json_lines(ran.out);
    json_t *datagrams = json_of_kind(lines, "datagram");
    assert_int_equal(json_array_size(datagrams), 0);
    assert_non_null(strstr(ran.out, "\"kind\":\"segment\""));
    json_decref(datagrams);
    json_decref(lines);
    ran_free(&ran);
}

static void
root_s_hosts_have_names_too(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("skipped: not root\n");
        skip();
    }
    struct ran ran = on_hosts("--on wire --way root", "uname -n",
                              "getent hosts 192.0.2.2 | tr -s \" \"");
    assert_wrote("server", "server\n");
    assert_wrote("client", "192.0.2.2 server\n");
    ran_free(&ran);
}

static void
the_machine_keeps_its_own_name_and_files(void **state)
{
    (void)state;
    const char *own = "uname -n; cat /etc/hosts /etc/nsswitch.conf "
                      "/proc/self/mounts; ls /tmp/tcplab 2>&1";
    struct ran before = run("%s", own);
    struct ran ran = on_hosts("--on wire", "cat /etc/hosts", "pwd");
    struct ran after = run("%s", own);
    assert_string_equal(before.out, after.out);
    char *wrote = scratch_read(scratch_path("server"), NULL);
    assert_null(strstr(before.out, "2001:db8::2"));
    assert_non_null(strstr(wrote, "2001:db8::2\tserver\n"));
    free(wrote);
    ran_free(&before);
    ran_free(&ran);
    ran_free(&after);
}

static void
a_program_stays_in_its_directory(void **state)
{
    (void)state;
    struct ran here = run("pwd");
    struct ran ran = on_hosts("--on wire", "/bin/pwd -P", "pwd");
    assert_wrote("server", here.out);
    assert_wrote("client", here.out);
    ran_free(&ran);
    ran_free(&here);
}

static void
where_no_file_can_be_covered_that_is_told_and_the_run_goes_on(void **state)
{
    (void)state;
    need_wire();
    struct ran ran = run(
        "unshare -rm sh -c 'mount -t tmpfs none /etc && exec timeout -s KILL "
        "60 $TCPLAB trace --on wire -o %s --server \"labs/19-ipv6/server :: "
        "7019 1\" --client \"labs/19-ipv6/client 192.0.2.2 7019\"'",
        scratch_path("nameless.pcapng"));
    if (strstr(ran.err, "unshare") || strstr(ran.err, "mount:")) {
        print_message("skipped: %s\n", ran.err);
        skip();
    }
    assert_int_equal(ran.status, 0);
    assert_non_null(strstr(ran.err, "mounting a file over /etc/hosts: No such "
                                    "file or directory"));
    assert_non_null(strstr(ran.out, "client: connected to 192.0.2.2"));
    ran_free(&ran);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_is_called_what_it_is),
        cmocka_unit_test(a_name_stands_for_both_addresses_of_a_host),
        cmocka_unit_test(a_program_connects_to_a_name),
        cmocka_unit_test(
            behind_a_router_a_name_is_an_address_that_can_be_reached),
        cmocka_unit_test(nobody_is_asked_for_a_name),
        cmocka_unit_test(root_s_hosts_have_names_too),
        cmocka_unit_test(the_machine_keeps_its_own_name_and_files),
        cmocka_unit_test(a_program_stays_in_its_directory),
        cmocka_unit_test(
            where_no_file_can_be_covered_that_is_told_and_the_run_goes_on),
    };
    return cmocka_run_group_tests(tests, find_wire, NULL);
}
