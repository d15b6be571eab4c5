/* entry: fields to octets and back, and octets that lie. */
#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../capture/entry.h"
#include "guard.h"

enum {
    ROOM = 4096
};

static struct span
octets(const char *at, size_t bytes)
{
    return (struct span){ at, bytes };
}

/* Every field has a value of its own. */
static struct entry
full_entry(void)
{
    struct entry e = {
        .kind = ENTRY_RETURN,
        .time_ns = 1700000000123456789,
        .message = span_of("connect(3, 127.0.0.1:7004) = 0"),
        .who = span_of("client2"),
        .pid = 4711,
        .tid = UINT32_MAX,
        .call = 1234567890123,
        .name = span_of("connect"),
        .arguments = { span_of("3"), span_of("127.0.0.1:7004"), span_of("a=b"),
                       octets("two\nlines", 9), span_of(""),
                       octets("\0=\n\0", 4) },
        .argument_count = ENTRY_ARGUMENTS,
        .file = span_of("client.c"),
        .line = 23,
        .has_result = true,
        .result = -1,
        .error = span_of("ECONNREFUSED"),
        .interrupted = true,
        .inode = INT64_MAX,
        .has_local = true,
        .has_remote = true,
        .has_state = true,
        .state = STATE_FIN_WAIT_2,
        .receive_queue = 5,
        .send_queue = 65536,
        .cwnd = 14,
        .ssthresh = 7,
        .timer = span_of("TIME-WAIT"),
        .timer_ms = 59999,
        .at_rest = true,
        .data = octets("GET\0\r\n\xff", 7),
        .child = 4712,
        .is_thread = true,
        .is_first = true,
        .number = 17,
        .status = 0x8b,
        .has_fate = true,
        .fate = FATE_DOUBLED,
        .frame_id = 4294967297,
        .why = span_of("rule 1: duplicate"),
        .version = span_of("0.1"),
        .lab = span_of("04-connect"),
        .variant = span_of("hello"),
        .kernel = span_of("6.1.0"),
        .way = span_of("namespace"),
        .pins = span_of("net.ipv4.tcp_sack=0, net.ipv4.tcp_wmem=1 2 3"),
    };
    endpoint_from_text("127.0.0.1:40000", &e.local);
    endpoint_from_text("[2001:db8::1]:80", &e.remote);
    return e;
}

static void
assert_span(struct span a, struct span b)
{
    assert_int_equal(a.bytes, b.bytes);
    if (a.bytes > 0)
        assert_memory_equal(a.at, b.at, a.bytes);
}

static void
assert_same_spans(const struct entry *a, const struct entry *b)
{
    assert_span(a->message, b->message);
    assert_span(a->who, b->who);
    assert_span(a->name, b->name);
    assert_int_equal(a->argument_count, b->argument_count);
    for (uint32_t i = 0; i < a->argument_count; i++)
        assert_span(a->arguments[i], b->arguments[i]);
    assert_span(a->file, b->file);
    assert_span(a->error, b->error);
    assert_span(a->timer, b->timer);
    assert_span(a->data, b->data);
    assert_span(a->version, b->version);
    assert_span(a->lab, b->lab);
    assert_span(a->variant, b->variant);
    assert_span(a->kernel, b->kernel);
    assert_span(a->way, b->way);
    assert_span(a->pins, b->pins);
}

static void
assert_same_socket(const struct entry *a, const struct entry *b)
{
    assert_int_equal(a->inode, b->inode);
    assert_int_equal(a->has_local, b->has_local);
    assert_int_equal(a->has_remote, b->has_remote);
    assert_true(!a->has_local || endpoint_equal(&a->local, &b->local));
    assert_true(!a->has_remote || endpoint_equal(&a->remote, &b->remote));
    assert_int_equal(a->has_state, b->has_state);
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->receive_queue, b->receive_queue);
    assert_int_equal(a->send_queue, b->send_queue);
    assert_int_equal(a->cwnd, b->cwnd);
    assert_int_equal(a->ssthresh, b->ssthresh);
    assert_int_equal(a->timer_ms, b->timer_ms);
    assert_int_equal(a->at_rest, b->at_rest);
}

static void
assert_same(const struct entry *a, const struct entry *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->time_ns, b->time_ns);
    assert_int_equal(a->pid, b->pid);
    assert_int_equal(a->tid, b->tid);
    assert_int_equal(a->call, b->call);
    assert_int_equal(a->line, b->line);
    assert_int_equal(a->has_result, b->has_result);
    assert_int_equal(a->result, b->result);
    assert_int_equal(a->interrupted, b->interrupted);
    assert_int_equal(a->child, b->child);
    assert_int_equal(a->is_thread, b->is_thread);
    assert_int_equal(a->is_first, b->is_first);
    assert_int_equal(a->number, b->number);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->has_fate, b->has_fate);
    assert_int_equal(a->fate, b->fate);
    assert_int_equal(a->frame_id, b->frame_id);
    assert_span(a->why, b->why);
    assert_same_spans(a, b);
    assert_same_socket(a, b);
}

static void
assert_comes_back(const struct entry *entry)
{
    char room[ROOM];
    struct entry back;
    size_t bytes = entry_write(entry, room, sizeof room);
    assert_in_range(bytes, 1, sizeof room);
    assert_true(entry_read((const uint8_t *)room, bytes, &back));
    assert_same(entry, &back);
}

/* ---- There and back ----------------------------------------------------- */

static void
every_field_comes_back(void **state)
{
    (void)state;
    struct entry entry = full_entry();
    assert_comes_back(&entry);
}

static void
every_kind_and_every_state_comes_back(void **state)
{
    (void)state;
    struct entry entry = full_entry();
    for (int kind = 0; kind < ENTRY_KINDS; kind++) {
        entry.kind = (enum entry_kind)kind;
        assert_comes_back(&entry);
    }
    for (int tcp = 0; tcp < STATES; tcp++) {
        entry.state = (enum tcp_state)tcp;
        assert_comes_back(&entry);
    }
}

static void
what_says_nothing_takes_no_room(void **state)
{
    (void)state;
    char room[ROOM];
    struct entry entry = { .kind = ENTRY_SIGNAL };
    size_t bytes = entry_write(&entry, room, sizeof room);
    assert_memory_equal(room, "TCPLAB_KIND=signal\n", bytes);
    assert_comes_back(&entry);
}

static void
a_result_of_zero_is_not_none(void **state)
{
    (void)state;
    static const int64_t results[] = { 0, 1, -1, INT64_MAX, -INT64_MAX };
    struct entry entry = { .kind = ENTRY_RETURN, .has_result = true };
    for (int i = 0; i < 5; i++) {
        entry.result = results[i];
        assert_comes_back(&entry);
    }
    entry.has_result = false;
    entry.result = 0;
    assert_comes_back(&entry);
}

/* Where a value has a line break, its length says where it ends. */
static void
data_of_any_octets_comes_back(void **state)
{
    (void)state;
    char data[256];
    struct entry entry = { .kind = ENTRY_OUTPUT };
    for (int i = 0; i < 256; i++)
        data[i] = (char)i;
    for (size_t bytes = 0; bytes <= sizeof data; bytes++) {
        entry.data = octets(data, bytes);
        assert_comes_back(&entry);
    }
    entry.data = span_of("\nTCPLAB_KIND=exit\nTCPLAB_NUMBER=9\n");
    assert_comes_back(&entry);
}

static void
the_room_needed_is_told_and_none_beyond_it_written(void **state)
{
    (void)state;
    char whole[ROOM], room[ROOM];
    struct entry entry = full_entry();
    size_t bytes = entry_write(&entry, whole, sizeof whole);
    for (size_t size = 0; size <= bytes; size++) {
        memset(room, '?', sizeof room);
        assert_int_equal(entry_write(&entry, room, size), bytes);
        assert_int_equal(room[size], '?');
    }
    assert_memory_equal(room, whole, bytes);
}

/* ---- Cut short, and lies ------------------------------------------------ */

/* What is whole in it is read, and nothing behind it. */
static void
every_prefix_of_an_entry_is_read_as_far_as_it_goes(void **state)
{
    (void)state;
    char room[ROOM];
    struct entry entry = full_entry(), part;
    size_t bytes = entry_write(&entry, room, sizeof room);
    const char *kind = strstr(room, "TCPLAB_KIND=return\n");
    size_t has_kind = (size_t)(kind - room) + strlen("TCPLAB_KIND=return\n");
    struct guard guard = guard_new(sizeof room);
    for (size_t cut = 0; cut <= bytes; cut++) {
        const uint8_t *at = guard_copy(&guard, (const uint8_t *)room, cut);
        assert_int_equal(entry_read(at, cut, &part), cut >= has_kind);
        assert_true(part.message.bytes == 0 ||
                    part.message.bytes == entry.message.bytes);
        assert_true(part.data.bytes == 0 || part.data.bytes == 7);
        assert_in_range(part.argument_count, 0, entry.argument_count);
        for (uint32_t i = 0; i < part.argument_count; i++)
            assert_span(part.arguments[i], entry.arguments[i]);
    }
    guard_free(&guard);
}

/* Read "TCPLAB_KIND=return" and `lie` behind it; what the entry borrows lasts
 * until the next call. */
static struct entry
read_lie(const char *lie, size_t bytes)
{
    static const char kind[] = "TCPLAB_KIND=return\n";
    char room[ROOM];
    struct entry entry;
    static struct guard guard;
    if (guard.mapped == 0)
        guard = guard_new(sizeof room);
    memcpy(room, kind, strlen(kind));
    memcpy(room + strlen(kind), lie, bytes);
    size_t all = strlen(kind) + bytes;
    const uint8_t *at = guard_copy(&guard, (const uint8_t *)room, all);
    assert_true(entry_read(at, all, &entry));
    return entry;
}

static void
a_length_that_is_too_long_ends_the_entry(void **state)
{
    (void)state;
    static const char *const lengths[] = {
        "\xff\xff\xff\xff\xff\xff\xff\xff",
        "\xfe\xff\xff\xff\xff\xff\xff\xff",
        "\0\0\0\0\0\0\0\x80",
        "\0\0\0\0\1\0\0\0",
        "\4\0\0\0\0\0\0\0",
    };
    for (int i = 0; i < 5; i++) {
        char lie[64] = "MESSAGE\n";
        memcpy(lie + 8, lengths[i], 8);
        memcpy(lie + 16, "abc\n", 4);
        assert_int_equal(read_lie(lie, 20).message.bytes, 0);
    }
    char truth[] = "MESSAGE\n\3\0\0\0\0\0\0\0abc\n";
    assert_int_equal(read_lie(truth, 20).message.bytes, 3);
}

static void
a_number_that_is_none_counts_as_absent(void **state)
{
    (void)state;
    static const char *const numbers[] = {
        "",   "-",    "x",     "1x", " 1",         "+1",
        "--", "0x10", "1 000", "é",  "4294967296", "99999999999999999999999",
    };
    for (int i = 0; i < 12; i++) {
        char lie[256];
        const char *n = numbers[i];
        int bytes =
            snprintf(lie, sizeof lie,
                     "_PID=%s\nCODE_LINE=%s\nTCPLAB_TIMER_MS=%s\n", n, n, n);
        struct entry entry = read_lie(lie, (size_t)bytes);
        assert_int_equal(entry.pid, 0);
        assert_int_equal(entry.line, 0);
        assert_int_equal(entry.timer_ms, 0);
    }
}

/* A result of 0 is a success: it may not come of what is no number. */
static void
a_result_that_is_no_number_counts_as_absent(void **state)
{
    (void)state;
    static const char *const lies[] = {
        "TCPLAB_RESULT=\n",
        "TCPLAB_RESULT=x\n",
        "TCPLAB_RESULT=-\n",
        "TCPLAB_RESULT=12 \n",
        "TCPLAB_RESULT=99999999999999999999\n",
    };
    for (int i = 0; i < 5; i++)
        assert_false(read_lie(lies[i], strlen(lies[i])).has_result);
}

static void
what_is_wrong_counts_as_absent(void **state)
{
    (void)state;
    static const char lie[] = "TCPLAB_LOCAL=127.0.0.1\n"
                              "TCPLAB_REMOTE=[::1:80\n"
                              "TCPLAB_STATE=ASLEEP\n"
                              "TCPLAB_AT_REST=maybe\n"
                              "TCPLAB_TIME_NS=-5\n"
                              "no equals sign\n"
                              "\n";
    struct entry entry = read_lie(lie, strlen(lie));
    assert_false(entry.has_local);
    assert_false(entry.has_remote);
    assert_false(entry.has_state);
    assert_false(entry.at_rest);
    assert_int_equal(entry.time_ns, 0);
}

static void
an_endpoint_that_is_too_long_counts_as_absent(void **state)
{
    (void)state;
    char lie[600] = "TCPLAB_LOCAL=";
    for (size_t length = 1; length < 500; length++) {
        memset(lie + 13, '1', length);
        lie[13 + length] = '\n';
        assert_false(read_lie(lie, 14 + length).has_local);
    }
}

static void
more_arguments_than_a_call_has_are_passed_over(void **state)
{
    (void)state;
    char lie[1024] = "";
    for (int i = 0; i < 40; i++)
        strcat(lie, "TCPLAB_ARGUMENT=1\n");
    assert_int_equal(read_lie(lie, strlen(lie)).argument_count,
                     ENTRY_ARGUMENTS);
}

static void
an_entry_of_another_journal_is_none_of_ours(void **state)
{
    (void)state;
    static const char *const others[] = {
        "",
        "\n",
        "MESSAGE=hello\n_PID=1\n",
        "TCPLAB_KIND=unheard-of\n",
        "TCPLAB_KIND=\n",
        "TCPLAB_KIND=call",
        "tcplab_kind=call\n",
        "TCPLAB_KINDS=call\n",
    };
    struct entry entry;
    for (int i = 0; i < 8; i++)
        assert_false(
            entry_read((const uint8_t *)others[i], strlen(others[i]), &entry));
}

static void
unknown_fields_are_passed_over(void **state)
{
    (void)state;
    static const char lie[] = "TCPLAB_LATER=1\n_UID=0\n"
                              "OTHER\n\4\0\0\0\0\0\0\0\n\n\n\n\n"
                              "TCPLAB_NAME=bind\n";
    struct entry entry = read_lie(lie, sizeof lie - 1);
    assert_true(span_is(entry.name, "bind"));
}

/* Nothing outside the octets is looked at, whatever they are. */
static void
damage_stays_inside(void **state)
{
    (void)state;
    char room[ROOM];
    struct entry entry = full_entry(), read;
    size_t bytes = entry_write(&entry, room, sizeof room);
    struct guard guard = guard_new(sizeof room);
    srandom(1);
    for (int i = 0; i < 50000; i++) {
        char damaged[ROOM];
        memcpy(damaged, room, bytes);
        for (long n = random() % 8; n >= 0; n--)
            damaged[(size_t)random() % bytes] =
                random() % 2 ? '\n' : (char)random();
        size_t cut = (size_t)random() % (bytes + 1);
        const uint8_t *at = guard_copy(&guard, (const uint8_t *)damaged, cut);
        if (entry_read(at, cut, &read) && read.data.bytes > 0) {
            const uint8_t *data = (const uint8_t *)read.data.at;
            assert_true(data >= at && data + read.data.bytes <= at + cut);
        }
    }
    guard_free(&guard);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(every_kind_and_every_state_comes_back),
        cmocka_unit_test(what_says_nothing_takes_no_room),
        cmocka_unit_test(a_result_of_zero_is_not_none),
        cmocka_unit_test(data_of_any_octets_comes_back),
        cmocka_unit_test(the_room_needed_is_told_and_none_beyond_it_written),
        cmocka_unit_test(every_prefix_of_an_entry_is_read_as_far_as_it_goes),
        cmocka_unit_test(a_length_that_is_too_long_ends_the_entry),
        cmocka_unit_test(a_number_that_is_none_counts_as_absent),
        cmocka_unit_test(a_result_that_is_no_number_counts_as_absent),
        cmocka_unit_test(what_is_wrong_counts_as_absent),
        cmocka_unit_test(an_endpoint_that_is_too_long_counts_as_absent),
        cmocka_unit_test(more_arguments_than_a_call_has_are_passed_over),
        cmocka_unit_test(an_entry_of_another_journal_is_none_of_ours),
        cmocka_unit_test(unknown_fields_are_passed_over),
        cmocka_unit_test(damage_stays_inside),
    };
    return RUN(tests);
}
