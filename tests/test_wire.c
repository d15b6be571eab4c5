/* wire, relay, topology and link: two hosts, live, in a private network. */
#include "claim.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../capture/clock.h"
#include "hosts.h"
#include "netns.h"

static const char *refused;
static const int64_t millisecond = 1000000;

static int
enter(void **state)
{
    (void)state;
    refused = netns_enter();
    return 0;
}

/* A test that cannot run here skips with the reason. */
static struct hosts *
make(void)
{
    if (!refused)
        return hosts_make();
    print_message("skipped: no private network here: %s\n", refused);
    skip();
    return NULL;
}

/* A whole conversation: an answer to a question, and both close. */
static void
talk(const struct hosts *h, int family)
{
    int sockets[2];
    hosts_connection(h, family, sockets);
    hosts_say(sockets[0], "how are you?");
    hosts_hears(sockets[1], "how are you?");
    hosts_say(sockets[1], "well");
    hosts_hears(sockets[0], "well");
    close(sockets[0]);
    hosts_hears(sockets[1], "");
    close(sockets[1]);
}

/* ---- What passes ---------------------------------------------------------- */

static bool
both_fins_have_arrived(const struct hosts *h)
{
    int arrived = 0;
    for (int i = 0; i < h->frame_count; i++)
        arrived += h->frames[i].word == WORD_FIN &&
                   hosts_fates(h, h->frames[i].id, FATE_ARRIVED) > 0;
    return arrived >= 2;
}

static void
a_conversation_passes_with_right_checksums(void **state)
{
    (void)state;
    const int families[] = { AF_INET, AF_INET6 };
    for (int i = 0; i < 2; i++) {
        struct hosts *h = make();
        hosts_join(h, NULL);
        talk(h, families[i]);
        hosts_until(h, both_fins_have_arrived);
        hosts_part(h);
        assert_int_equal(hosts_frame(h, WORD_SYN, 1)->interface, FROM_CLIENT);
        assert_int_equal(hosts_frame(h, WORD_SYN_ACK, 1)->interface,
                         FROM_SERVER);
        for (int n = 0; n < h->frame_count; n++)
            assert_int_equal(h->frames[n].decoded.checksum, CHECKSUM_RIGHT);
        hosts_free(h);
    }
}

static void
each_frame_takes_the_time_asked_for(void **state)
{
    (void)state;
    struct expectation_error error;
    struct hosts *h = make();
    assert_true(policy_delay(h->policy, "40ms", &error));
    hosts_join(h, NULL);
    talk(h, AF_INET);
    hosts_until(h, both_fins_have_arrived);
    hosts_part(h);
    for (int i = 0; i < h->frame_count; i++) {
        uint64_t id = h->frames[i].id;
        if (hosts_fates(h, id, FATE_LOST))
            continue; // when the wire was taken away
        int64_t took_ns =
            hosts_fate(h, id, FATE_ARRIVED)->time_ns - h->frames[i].left_ns;
        assert_in_range(took_ns, 40 * millisecond, 60 * millisecond);
    }
    hosts_free(h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_conversation_passes_with_right_checksums),
        cmocka_unit_test(each_frame_takes_the_time_asked_for),
    };
    return cmocka_run_group_tests(tests, enter, NULL);
}
