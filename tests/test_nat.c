/* A router between two hosts that rewrites addresses: what a user is told. */
#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command_line.h"
#include "scratch.h"

#define SERVER "--server 'labs/21-nat/server $TCPLAB_SERVER $TCPLAB_PORT' "
#define CLIENT "--client 'labs/21-nat/client $TCPLAB_SERVER $TCPLAB_PORT' "

static char missing[512]; // why there is no router here; empty: there is

static int
find_way(void **state)
{
    (void)state;
    struct ran ran = run("$TCPLAB trace --on nat --server true --client true "
                         "--timeout 2 -o %s",
                         scratch_path("way.pcapng"));
    if (ran.status == 3)
        snprintf(missing, sizeof missing, "%s", ran.err);
    ran_free(&ran);
    return 0;
}

/* Run programs, and give what it tells. */
static json_t *
told(const char *options)
{
    if (missing[0]) {
        print_message("skipped: %s\n", missing);
        skip();
    }
    struct ran ran = run("$TCPLAB trace --as json %s -o %s", options,
                         scratch_path("nat.pcapng"));
    json_t *lines = json_lines(ran.out);
    ran_free(&ran);
    return lines;
}

static json_t *
only(json_t *lines, const char *kind)
{
    json_t *found = json_of_kind(lines, kind);
    assert_int_equal(json_array_size(found), 1);
    json_t *one = json_incref(json_array_get(found, 0));
    json_decref(found);
    return one;
}

static void
assert_endpoint(json_t *object, const char *key, const char *address)
{
    assert_string_equal(json_text(json_object_get(object, key), "address"),
                        address);
}

/* The name an end has for itself, and the one its peer knows. */
static void
assert_names(json_t *connection, const char *role, const char *own,
             const char *seen)
{
    json_t *end = json_object_get(connection, role);
    assert_endpoint(end, "own", own);
    assert_endpoint(end, "seen_as", seen);
}

static void
both_halves_are_one_connection(void **state)
{
    (void)state;
    json_t *lines = told("--on nat " SERVER CLIENT);
    json_t *connection = only(lines, "connection");
    assert_string_equal(json_text(connection, "opening"), "three-way");
    assert_endpoint(connection, "client", "192.168.1.2");
    assert_endpoint(connection, "server", "192.0.2.2");
    assert_names(connection, "client", "192.168.1.2", "192.0.2.1");
    assert_names(connection, "server", "192.0.2.2", "192.0.2.2");
    assert_string_equal(json_text(json_object_get(connection, "client"), "who"),
                        "client");
    assert_string_equal(json_text(json_object_get(connection, "server"), "who"),
                        "server");
    json_decref(connection);
    json_decref(lines);
}

static void
each_segment_crosses_once_and_is_sent_once(void **state)
{
    (void)state;
    json_t *lines = told("--on nat " SERVER CLIENT);
    json_t *segments = json_of_kind(lines, "segment");
    json_t *crossings = json_of_kind(lines, "crossing");
    json_t *connection = only(lines, "connection");
    assert_int_equal(json_array_size(segments), json_array_size(crossings));
    for (size_t i = 0; i < json_array_size(crossings); i++) {
        json_t *crossing = json_array_get(crossings, i);
        assert_false(json_is_true(json_object_get(crossing, "ends_there")));
        assert_int_equal(json_number(crossing, "connection"), 1);
    }
    json_t *client = json_object_get(connection, "client");
    json_t *server = json_object_get(connection, "server");
    assert_int_equal(json_number(client, "segments") +
                         json_number(server, "segments"),
                     json_array_size(segments));
    assert_int_equal(json_number(client, "retransmitted"), 0);
    json_decref(connection);
    json_decref(crossings);
    json_decref(segments);
    json_decref(lines);
}

static void
what_the_kernels_say_is_about_that_connection(void **state)
{
    (void)state;
    json_t *lines = told("--on nat " SERVER CLIENT);
    json_t *states = json_of_kind(lines, "state");
    int connected = 0;
    for (size_t i = 0; i < json_array_size(states); i++) {
        json_t *one = json_array_get(states, i);
        if (!strcmp(json_text(one, "state"), "LISTEN"))
            continue;
        assert_int_equal(json_number(one, "connection"), 1);
        connected += !strcmp(json_text(one, "who"), "server");
    }
    assert_true(connected > 0);
    json_decref(states);
    json_decref(lines);
}

static void
a_forwarded_port_leads_to_the_private_server(void **state)
{
    (void)state;
    json_t *lines = told("--on forward " SERVER CLIENT);
    json_t *connection = only(lines, "connection");
    assert_endpoint(connection, "server", "192.0.2.2");
    assert_names(connection, "client", "192.0.2.1", "192.0.2.1");
    assert_names(connection, "server", "192.168.1.2", "192.0.2.2");
    json_decref(connection);
    json_decref(lines);
}

static void
for_a_port_that_is_not_forwarded_the_router_is_the_end(void **state)
{
    (void)state;
    json_t *lines =
        told("--on forward "
             "--server 'labs/21-nat/server $TCPLAB_SERVER $TCPLAB_PORT 1 1000' "
             "--client 'labs/21-nat/client $TCPLAB_SERVER 7099'");
    json_t *connection = only(lines, "connection");
    json_t *crossing = only(lines, "crossing");
    assert_string_equal(json_text(connection, "opening"), "refused");
    assert_null(
        json_object_get(json_object_get(connection, "client"), "seen_as"));
    assert_true(json_is_true(json_object_get(crossing, "ends_there")));
    json_decref(crossing);
    json_decref(connection);
    json_decref(lines);
}

static void
what_is_lost_behind_the_router_its_sender_lost(void **state)
{
    (void)state;
    json_t *lines =
        told("--on nat --rule 'client > server SYN #1 drop' " SERVER CLIENT);
    json_t *connection = only(lines, "connection");
    json_t *client = json_object_get(connection, "client");
    assert_int_equal(json_number(client, "lost"), 1);
    assert_int_equal(json_number(client, "retransmitted"), 1);
    assert_string_equal(json_text(connection, "opening"), "three-way");
    json_decref(connection);
    json_decref(lines);
}

static void
a_delay_is_of_the_public_wire(void **state)
{
    (void)state;
    json_t *lines = told("--on nat --delay 40ms " SERVER CLIENT);
    json_t *segments = json_of_kind(lines, "segment");
    json_t *crossings = json_of_kind(lines, "crossing");
    long long ns[3] = {
        strtoll(json_text(json_array_get(segments, 0), "time_ns"), NULL, 10),
        strtoll(json_text(json_array_get(crossings, 0), "time_ns"), NULL, 10),
        strtoll(json_text(json_array_get(segments, 1), "time_ns"), NULL, 10),
    };
    assert_true(ns[1] - ns[0] < 40000000);
    assert_true(ns[2] - ns[1] >= 40000000);
    json_decref(crossings);
    json_decref(segments);
    json_decref(lines);
}

static void
hosts_that_ask_for_each_other_get_through(void **state)
{
    (void)state;
    json_t *lines = told("--on nat --arp --delay 20ms " SERVER CLIENT);
    json_t *connection = only(lines, "connection");
    assert_string_equal(json_text(connection, "opening"), "three-way");
    assert_int_equal(json_number(json_object_get(connection, "client"), "lost"),
                     0);
    json_decref(connection);
    json_decref(lines);
}

/* The file has four interfaces, and a frame for each wire. */
static void
the_saved_trace_tells_the_same(void **state)
{
    (void)state;
    json_t *lines = told("--on nat " SERVER CLIENT);
    struct ran ran =
        run("$TCPLAB show --as json %s", scratch_path("nat.pcapng"));
    json_t *again = json_lines(ran.out);
    static const char *const kinds[] = { "segment", "crossing", "fate",
                                         "connection", "state" };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        json_t *live = json_of_kind(lines, kinds[i]);
        json_t *saved = json_of_kind(again, kinds[i]);
        assert_int_equal(json_array_size(live), json_array_size(saved));
        json_decref(live);
        json_decref(saved);
    }
    json_decref(again);
    json_decref(lines);
    ran_free(&ran);
}

static void
the_timeline_shows_what_is_rewritten_once_each_way(void **state)
{
    (void)state;
    json_t *lines = told("--on nat " SERVER CLIENT);
    struct ran ran =
        run("$TCPLAB show --as timeline %s", scratch_path("nat.pcapng"));
    const char *there = strstr(ran.out, "router: source 192.168.1.2:");
    const char *back = strstr(ran.out, "router: destination 192.0.2.1:");
    assert_non_null(there);
    assert_non_null(back);
    assert_null(strstr(there + 1, "router: source"));
    assert_null(strstr(back + 1, "router: destination"));
    assert_non_null(strstr(ran.out, "  NAT: The client's 192.168.1.2:"));
    json_decref(lines);
    ran_free(&ran);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_halves_are_one_connection),
        cmocka_unit_test(each_segment_crosses_once_and_is_sent_once),
        cmocka_unit_test(what_the_kernels_say_is_about_that_connection),
        cmocka_unit_test(a_forwarded_port_leads_to_the_private_server),
        cmocka_unit_test(
            for_a_port_that_is_not_forwarded_the_router_is_the_end),
        cmocka_unit_test(what_is_lost_behind_the_router_its_sender_lost),
        cmocka_unit_test(a_delay_is_of_the_public_wire),
        cmocka_unit_test(hosts_that_ask_for_each_other_get_through),
        cmocka_unit_test(the_saved_trace_tells_the_same),
        cmocka_unit_test(the_timeline_shows_what_is_rewritten_once_each_way),
    };
    return cmocka_run_group_tests(tests, find_way, NULL);
}
