/* The sockets of a run: found by what is known of them; and a share of time. */
#include "claim.h"

#include <sys/socket.h>

#include "../capture/clock.h"
#include "../src/stage/credit.h"
#include "../src/stage/socktable.h"

static struct socktable table;

static struct endpoint
at(uint16_t port)
{
    const uint8_t loopback[4] = { 127, 0, 0, 1 };
    return (struct endpoint){ .address = address_ipv4(loopback), .port = port };
}

static struct sockstate_socket
socket_of(uint64_t inode, uint16_t local, uint16_t remote)
{
    return (struct sockstate_socket){ .inode = inode,
                                      .local = at(local),
                                      .remote = at(remote),
                                      .state = STATE_ESTABLISHED };
}

static struct told *
add(uint64_t inode, uint16_t local, uint16_t remote)
{
    struct sockstate_socket socket = socket_of(inode, local, remote);
    return socktable_add(&table, &socket, local != 0, 0);
}

static struct told *
find(uint16_t local, uint16_t remote)
{
    struct endpoint l = at(local), r = at(remote);
    return socktable_pair(&table, &l, &r);
}

static void
move(struct told *told, uint16_t local, uint16_t remote)
{
    struct endpoint l = at(local), r = at(remote);
    socktable_move(&table, told, &l, &r);
}

static void
a_socket_is_found_by_inode_and_by_endpoints(void **state)
{
    (void)state;
    struct told *both = add(7, 1000, 80), *nameless = add(8, 0, 0);
    struct told *orphan = add(0, 80, 1000);
    assert_ptr_equal(socktable_inode(&table, 7), both);
    assert_ptr_equal(socktable_inode(&table, 8), nameless);
    assert_null(socktable_inode(&table, 0));
    assert_null(socktable_inode(&table, 7 + SOCKTABLE_BUCKETS));
    assert_ptr_equal(find(1000, 80), both);
    assert_ptr_equal(find(80, 1000), orphan);
    assert_null(find(1000, 81));
    socktable_clear(&table);
    assert_null(socktable_inode(&table, 7));
    assert_null(find(80, 1000));
}

static void
endpoints_go_to_who_has_them_now(void **state)
{
    (void)state;
    struct told *former = add(7, 1000, 80), *next = add(8, 0, 0);
    move(next, 1000, 80);
    assert_ptr_equal(find(1000, 80), next);
    assert_ptr_equal(socktable_inode(&table, 7), former);
    assert_false(former->has_endpoints);
    move(next, 1002, 80);
    assert_null(find(1000, 80));
    assert_ptr_equal(find(1002, 80), next);
    move(next, 1002, 80);
    assert_ptr_equal(find(1002, 80), next);
    socktable_clear(&table);
}

/* Before accept() a connection has no inode, and what was told of it stays so. */
static void
an_accepted_connection_is_the_one_that_waited(void **state)
{
    (void)state;
    struct told *waiting = add(0, 80, 1000), *accepted = add(8, 0, 0);
    waiting->was_told = true;
    waiting->socket.state = STATE_CLOSE_WAIT;
    move(accepted, 80, 1000);
    assert_ptr_equal(find(80, 1000), accepted);
    assert_true(accepted->was_told);
    assert_int_equal(accepted->socket.state, STATE_CLOSE_WAIT);
    socktable_clear(&table);
}

static void
the_newest_listener_has_the_port(void **state)
{
    (void)state;
    struct told *former = add(7, 80, 0), *next = add(8, 80, 1);
    former->socket.state = next->socket.state = STATE_LISTEN;
    former->round = 1;
    next->round = 2;
    socktable_listen(&table, former);
    assert_ptr_equal(socktable_listener(&table, 80, 0), former);
    socktable_listen(&table, next);
    socktable_listen(&table, former);
    assert_ptr_equal(socktable_listener(&table, 80, 0), next);
    assert_ptr_equal(socktable_listener(&table, 80, 2), next);
    assert_null(socktable_listener(&table, 80, 3));
    assert_null(socktable_listener(&table, 81, 0));
    next->socket.state = STATE_CLOSED;
    assert_ptr_equal(socktable_listener(&table, 80, 1), former);
    socktable_clear(&table);
}

static void
behind_a_router_ports_find_a_connection(void **state)
{
    (void)state;
    struct told *told = add(7, 80, 1000);
    assert_null(socktable_ports(&table, 80, 1000));
    told->was_told = true;
    assert_ptr_equal(socktable_ports(&table, 80, 1000), told);
    assert_null(socktable_ports(&table, 1000, 80));
    socktable_clear(&table);
}

/* ---- Credit -------------------------------------------------------------- */

static void
spend(int64_t ns)
{
    int64_t until = clock_ns(CLOCK_THREAD_CPUTIME_ID) + ns;
    while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < until)
        ;
}

static void
what_is_spent_is_earned_by_waiting(void **state)
{
    (void)state;

    enum {
        MOST_NS = 1000000,
        SHARE = 1000000 // a second earns a microsecond
    };
    struct credit slow = credit_of(0, MOST_NS, SHARE),
                  quick = credit_of(0, 1, 1);
    assert_true(credit_begin(&slow));
    spend(2 * MOST_NS);
    credit_end(&slow);
    assert_false(credit_begin(&slow));
    assert_true(credit_begin(&quick));
    credit_end(&quick);
    spend(MOST_NS); // longer than that took
    assert_true(credit_begin(&quick));
}

static void
what_is_free_is_not_spent(void **state)
{
    (void)state;
    struct credit credit = credit_of(2, 0, 1000000);
    for (int i = 0; i < 2; i++) {
        assert_true(credit_begin(&credit));
        spend(1000);
        credit_end(&credit);
    }
    assert_int_equal(credit.left_ns, 0);
    assert_false(credit_begin(&credit));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_socket_is_found_by_inode_and_by_endpoints),
        cmocka_unit_test(endpoints_go_to_who_has_them_now),
        cmocka_unit_test(an_accepted_connection_is_the_one_that_waited),
        cmocka_unit_test(the_newest_listener_has_the_port),
        cmocka_unit_test(behind_a_router_ports_find_a_connection),
        cmocka_unit_test(what_is_spent_is_earned_by_waiting),
        cmocka_unit_test(what_is_free_is_not_spent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
