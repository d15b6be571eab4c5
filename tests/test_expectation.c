/* expectation: the notation, what it compares, and that it bites. */
#include "claim.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/expect/expectation.h"

/* ---- Stories ------------------------------------------------------------ */

/*
 * A trace in words, an event a line:
 *
 *     client call connect(3, 127.0.0.1:7004)
 *     client return connect = -1 ECONNREFUSED
 *     client > server SYN 1000 0 [data octets] [@2]
 *     client state ESTABLISHED
 *     client prints hello
 *     client exits 0
 *
 * A segment's numbers are seq and ack; @2 is its connection, when it is not the
 * program's first. An event comes 1 ms after the other; "wait 500" is 500 ms.
 */
enum {
    STORY = 64
};

struct story {
    const char *events[STORY]; // NULL: it was taken out
    int count;
};

struct teller {
    struct expectation *expectation;
    struct tracker *tracker;
    uint64_t number;
    int64_t now_ns;
    uint64_t calls[16]; // a program each: the number of the open call
};

static void
let_go(void *context, const struct connection *connection, enum let_go why)
{
    (void)context;
    (void)connection;
    (void)why;
}

/* 0 for "client", 2 for "client2", 8 for "server". */
static int
program(const char *who)
{
    int number = isdigit((unsigned char)who[strlen(who) - 1])
                     ? who[strlen(who) - 1] - '0'
                     : 0;
    return number + (strncmp(who, "server", 6) ? 0 : 8);
}

static uint8_t server_host = 1; // 127.0.0.1

static struct endpoint
endpoint_of(const char *who, int connection)
{
    bool is_server = program(who) >= 8;
    uint8_t home[4] = { 127, 0, 0, is_server ? server_host : 1 };
    int port = is_server ? 7004 : 40000 + 10 * program(who) + connection;
    return (struct endpoint){ address_ipv4(home), (uint16_t)port };
}

static void
give(struct teller *teller, struct event *event)
{
    event->number = ++teller->number;
    event->time_ns = teller->now_ns += 1000000;
    expectation_event(teller->expectation, event);
}

static uint16_t
flags_of(const char *word)
{
    static const struct {
        const char *word;
        uint16_t flags;
    } words[] = {
        { "SYN", SEG_SYN },           { "SYN-ACK", SEG_SYN | SEG_ACK },
        { "ACK", SEG_ACK },           { "FIN", SEG_FIN | SEG_ACK },
        { "RST", SEG_RST | SEG_ACK }, { "DATA", SEG_PSH | SEG_ACK },
        { "BARE-RST", SEG_RST },
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (!strcmp(words[i].word, word))
            return words[i].flags;
    fail_msg("no segment is called %s", word);
    return 0;
}

static const char *
known(const char *who)
{
    static char names[4][16];
    static int next;
    return strcpy(names[next++ % 4], who);
}

/* Two octets of MSS option, 1460, as every SYN carries. */
static const uint8_t mss[] = { 2, 4, 5, 180 };

static void
tell_segment(struct teller *teller, const char *from, const char *to,
             const char *rest)
{
    char word[16];
    unsigned seq, ack, data = 0;
    const char *at = strchr(rest, '@');
    int connection = at ? atoi(at + 1) : 1;
    assert_true(sscanf(rest, "%15s %u %u %u", word, &seq, &ack, &data) >= 3);
    struct decoded decoded = { .kind = DECODED_SEGMENT };
    struct segment *s = &decoded.segment;
    s->src = endpoint_of(from, connection);
    s->dst = endpoint_of(to, connection);
    if (program(from) >= 8)
        s->dst = endpoint_of(to, connection);
    s->flags = flags_of(word);
    s->seq = seq;
    s->ack = ack;
    s->wnd = 1000;
    s->data_length = data;
    s->len = data + !!(s->flags & SEG_SYN) + !!(s->flags & SEG_FIN);
    s->options = s->data = mss;
    s->options_bytes = s->flags & SEG_SYN ? sizeof mss : 0;
    s->pair_hash = endpoint_pair_hash(&s->src, &s->dst);
    struct event event = { .kind = EVENT_SEGMENT, .decoded = &decoded };
    uint32_t late = 0;
    event.connection =
        tracker_segment(teller->tracker, teller->now_ns, s, &event.seen, &late);
    event.connection_number =
        event.connection ? event.connection->number : late;
    event.who[event.seen.from] = known(from);
    event.who[role_other(event.seen.from)] = known(to);
    give(teller, &event);
}

/* Arguments between the brackets, cut at ", ". */
static void
tell_arguments(struct entry *entry, char *words)
{
    char *end = strrchr(words, ')');
    if (end)
        *end = '\0';
    while (words && *words) {
        char *next = *words == '{' ? NULL : strstr(words, ", ");
        if (next)
            *next = '\0';
        entry->arguments[entry->argument_count++] = span_of(words);
        words = next ? next + 2 : NULL;
    }
}

static void
tell_call(struct teller *teller, const char *who, char *words)
{
    char *open = strchr(words, '(');
    struct entry entry = { .who = span_of(who), .pid = 7, .tid = 7 };
    struct event event = { .kind = EVENT_CALL, .entry = &entry };
    if (open)
        *open = '\0';
    entry.name = span_of(words);
    if (open)
        tell_arguments(&entry, open + 1);
    teller->calls[program(who)] = teller->number + 1;
    give(teller, &event);
}

static void
tell_return(struct teller *teller, const char *who, char *words)
{
    char name[32], error[32] = "";
    long result = 0;
    bool came = sscanf(words, "%31s = %ld %31s", name, &result, error) >= 2;
    struct entry entry = { .who = span_of(who),
                           .pid = 7,
                           .tid = 7,
                           .name = span_of(name),
                           .has_result = came,
                           .result = result,
                           .interrupted = !came,
                           .error = span_of(error) };
    struct event event = { .kind = EVENT_RETURN,
                           .entry = &entry,
                           .call = teller->calls[program(who)] };
    give(teller, &event);
}

static void
tell_state(struct teller *teller, const char *who, const char *name)
{
    struct entry entry = { .who = span_of(who), .has_state = true };
    struct event event = { .kind = EVENT_STATE, .entry = &entry };
    int state = 0;
    while (state < STATES && strcmp(state_name((enum tcp_state)state), name))
        state++;
    entry.state = (enum tcp_state)state;
    give(teller, &event);
}

static void
tell(struct teller *teller, const char *line)
{
    char copy[128], *save, *who, *what;
    snprintf(copy, sizeof copy, "%s", line);
    who = strtok_r(copy, " ", &save);
    what = strtok_r(NULL, " ", &save);
    if (!strcmp(who, "wait")) {
        teller->now_ns += 1000000 * (int64_t)atoi(what);
    } else if (!strcmp(what, ">")) {
        const char *to = strtok_r(NULL, " ", &save);
        tell_segment(teller, who, to, save);
    } else if (!strcmp(what, "call")) {
        tell_call(teller, who, save);
    } else if (!strcmp(what, "return")) {
        tell_return(teller, who, save);
    } else if (!strcmp(what, "state")) {
        tell_state(teller, who, save);
    } else {
        bool exits = !strcmp(what, "exits");
        struct entry entry = { .who = span_of(who), .pid = 7, .tid = 7 };
        struct event event = { .kind = exits ? EVENT_EXIT : EVENT_OUTPUT,
                               .entry = &entry };
        entry.data = span_of(save);
        entry.status = exits ? (uint32_t)atoi(save) << 8 : 0;
        entry.is_first = exits;
        give(teller, &event);
    }
}

/* ---- Judging ------------------------------------------------------------ */

static struct expectation *
expect(const char *text)
{
    struct expectation_error error;
    struct expectation *e = expectation_new(text, strlen(text), &error);
    if (!e)
        fail_msg("line %u: %s %s", error.line, error.reason, error.right);
    return e;
}

static struct expectation *
judge(const char *text, const struct story *story)
{
    struct teller teller = { .expectation = expect(text) };
    teller.tracker = tracker_new(100, let_go, NULL);
    for (int i = 0; i < story->count; i++)
        if (story->events[i])
            tell(&teller, story->events[i]);
    assert_true(expectation_judge(teller.expectation));
    tracker_free(teller.tracker);
    return teller.expectation;
}

/* A story of these events. */
#define STORY_OF(...)                                                          \
    (struct story)                                                             \
    {                                                                          \
        .events = { __VA_ARGS__ },                                             \
        .count = sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *)      \
    }

static void
print_lines(const struct expectation *e)
{
    const struct expectation_line *line;
    for (size_t i = 0; (line = expectation_line(e, i)); i++)
        if (line->held != HELD_YES)
            print_message("%u %s: %d %s\n", line->number, line->text,
                          line->held, line->why);
}

static void
assert_holds(const char *text, struct story story)
{
    struct expectation *e = judge(text, &story);
    if (expectation_held(e) != HELD_YES)
        print_lines(e);
    assert_int_equal(expectation_held(e), HELD_YES);
    expectation_free(e);
}

/* Exactly the line that begins with `line` fails, and says `why`. */
static void
assert_fails(const char *text, struct story story, const char *line,
             const char *why)
{
    struct expectation *e = judge(text, &story);
    const struct expectation_line *failed = expectation_failure(e), *other;
    if (!failed)
        fail_msg("every line holds, though %s", line);
    if (strncmp(failed->text, line, strlen(line)) || !strstr(failed->why, why))
        fail_msg("it is %s: %s", failed->text, failed->why);
    for (size_t i = 0; (other = expectation_line(e, i)); i++)
        if (other != failed && other->held == HELD_NO)
            fail_msg("this fails too: %s: %s", other->text, other->why);
    expectation_free(e);
}

static enum held
held_by(const char *text, struct story story)
{
    struct expectation *e = judge(text, &story);
    enum held held = expectation_held(e);
    expectation_free(e);
    return held;
}

/* ---- Lab 04 ------------------------------------------------------------- */

static const char lab_04[] =
    "# lab 04, loopback\n"
    "client  connect(server:port)\n"
    "        client > server   SYN       seq A\n"
    "        client < server   SYN-ACK   seq B    ack A+1\n"
    "        client > server   ACK       seq A+1  ack B+1\n"
    "client  connect = 0\n"
    "        before server accept\n"
    "server  accept = *   from client\n"
    "client  close(*) = 0\n"
    "        client > server   FIN   seq A+1  ack B+1\n"
    "        server > client   ACK   ack A+2\n"
    "server  close(*) = 0\n"
    "        server > client   FIN   seq B+1  ack A+2\n"
    "        client > server   ACK   ack B+2\n";

/* Which line of lab_04 each event shows, from its top; 0: none. */
static const struct {
    const char *event;
    uint32_t line;
} lab_04_events[] = {
    { "server call poll([{fd=3}], 1, -1)", 0 },
    { "client call socket(AF_INET, SOCK_STREAM, 0)", 0 },
    { "client return socket = 3", 0 },
    { "client call connect(3, 127.0.0.1:7004)", 2 },
    { "client > server SYN 1000 0", 3 },
    { "server > client SYN-ACK 5000 1001", 4 },
    { "client > server ACK 1001 5001", 5 },
    { "client return connect = 0", 6 },
    { "server return poll = 1", 0 },
    { "server call accept(3, NULL, NULL)", 6 },
    { "server return accept = 4", 8 },
    { "client call close(3)", 9 },
    { "client > server FIN 1001 5001", 10 },
    { "client return close = 0", 9 },
    { "server > client ACK 5001 1002", 11 },
    { "server call close(4)", 12 },
    { "server > client FIN 5001 1002", 13 },
    { "client > server ACK 1002 5002", 14 },
    { "server return close = 0", 12 },
};

enum {
    LAB_04 = sizeof lab_04_events / sizeof lab_04_events[0]
};

static struct story
lab_04_story(void)
{
    struct story story = { .count = LAB_04 };
    for (int i = 0; i < LAB_04; i++)
        story.events[i] = lab_04_events[i].event;
    return story;
}

static void
the_handshake_of_lab_04_holds(void **state)
{
    (void)state;
    assert_holds(lab_04, lab_04_story());
}

static void
a_line_names_the_events_that_show_it(void **state)
{
    (void)state;
    struct story story = lab_04_story();
    struct expectation *e = judge(lab_04, &story);
    const struct expectation_line *line = expectation_line(e, 6);
    assert_string_equal(line->text, "client close(*) = 0");
    assert_int_equal(line->number, 9);
    assert_int_equal(line->event_count, 2);
    assert_int_equal(line->events[0], 12);
    assert_int_equal(line->events[1], 14);
    expectation_free(e);
}

/* The one line that fails, by its number; 0: none, or several. */
static uint32_t
only_failure(const char *text, const struct story *story)
{
    struct expectation *e = judge(text, story);
    const struct expectation_line *line;
    uint32_t number = 0, failures = 0;
    for (size_t i = 0; (line = expectation_line(e, i)); i++)
        if (line->held == HELD_NO) {
            number = line->number;
            failures++;
        }
    if (failures > 1)
        print_lines(e);
    expectation_free(e);
    return failures == 1 ? number : 0;
}

static void
an_event_taken_out_fails_its_line_only(void **state)
{
    (void)state;
    for (int i = 0; i < LAB_04; i++) {
        struct story story = lab_04_story();
        story.events[i] = NULL;
        if (only_failure(lab_04, &story) != lab_04_events[i].line)
            fail_msg("without %s: line %u", lab_04_events[i].event,
                     only_failure(lab_04, &story));
    }
}

static void
a_call_twice_fails_its_line_only(void **state)
{
    (void)state;
    for (int i = 0; i < LAB_04; i++) {
        struct story story = lab_04_story();
        memmove(story.events + i + 1, story.events + i,
                (size_t)(LAB_04 - i) * sizeof *story.events);
        story.count++;
        // A segment twice is a retransmission, a return no call of its own.
        // Line 6 names accept's entry, but line 8 counts it.
        if (strstr(story.events[i], ">") || strstr(story.events[i], "return") ||
            lab_04_events[i].line == 6)
            continue;
        if (only_failure(lab_04, &story) != lab_04_events[i].line)
            fail_msg("twice %s: line %u", lab_04_events[i].event,
                     only_failure(lab_04, &story));
    }
}

static void
an_altered_number_fails_its_line_only(void **state)
{
    (void)state;

    static const struct {
        int event;
        const char *altered;
    } changes[] = {
        { 3, "client call connect(3, 127.0.0.1:7005)" },
        { 4, "client > server SYN 2000 0" },
        { 5, "server > client SYN-ACK 5000 1002" },
        { 5, "server > client SYN-ACK 6000 1001" },
        { 6, "client > server ACK 1002 5001" },
        { 6, "client > server ACK 1001 5002" },
        { 7, "client return connect = -1 ECONNREFUSED" },
        { 12, "client > server FIN 1001 5002" },
        { 12, "client > server RST 1001 5001" },
        { 13, "client return close = -1 EBADF" },
        { 14, "server > client ACK 5001 1001" },
        { 16, "server > client FIN 5002 1002" },
    };

    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct story story = lab_04_story();
        story.events[changes[i].event] = changes[i].altered;
        uint32_t line = lab_04_events[changes[i].event].line;
        if (only_failure(lab_04, &story) != line)
            fail_msg("%s: line %u", changes[i].altered,
                     only_failure(lab_04, &story));
    }
}

static void
swapped_events_fail_one_of_their_lines(void **state)
{
    (void)state;
    static const int pairs[][2] = {
        { 3, 4 },   { 4, 5 },   { 5, 6 }, { 11, 12 }, { 12, 14 },
        { 15, 16 }, { 16, 17 }, { 5, 7 }, { 6, 10 },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct story story = lab_04_story();
        int a = pairs[i][0], b = pairs[i][1];
        story.events[a] = lab_04_events[b].event;
        story.events[b] = lab_04_events[a].event;
        uint32_t line = only_failure(lab_04, &story);
        if (line != lab_04_events[a].line && line != lab_04_events[b].line)
            fail_msg("%s <-> %s: line %u", story.events[a], story.events[b],
                     line);
    }
}

/* ---- Both open at once --------------------------------------------------- */

static const char both_open[] = "client connect(server:port)\n"
                                "server connect(client)\n"
                                "client > server SYN seq A\n"
                                "client < server SYN seq B\n"
                                "client > server SYN-ACK seq A ack B+1\n"
                                "client < server SYN-ACK seq B ack A+1\n";

static void
assert_both_open(struct story story)
{
    struct teller teller = { .expectation = expect(both_open) };
    struct endpoint server = endpoint_of("server", 1);
    expectation_server(teller.expectation, &server);
    teller.tracker = tracker_new(100, let_go, NULL);
    for (int i = 0; i < story.count; i++)
        tell(&teller, story.events[i]);
    assert_true(expectation_judge(teller.expectation));
    print_lines(teller.expectation);
    assert_int_equal(expectation_held(teller.expectation), HELD_YES);
    tracker_free(teller.tracker);
    expectation_free(teller.expectation);
}

static void
of_two_that_open_at_once_either_may_be_first(void **state)
{
    (void)state;
    server_host = 2;
    assert_both_open(STORY_OF(
        "client call connect(3, 127.0.0.2:7004)", "client > server SYN 1000 0",
        "server call connect(3, 127.0.0.1:40001)", "server > client SYN 5000 0",
        "client > server SYN-ACK 1000 5001",
        "server > client SYN-ACK 5000 1001"));
    assert_both_open(STORY_OF(
        "server call connect(3, 127.0.0.1:40001)", "server > client SYN 5000 0",
        "client call connect(3, 127.0.0.2:7004)", "client > server SYN 1000 0",
        "server > client SYN-ACK 5000 1001",
        "client > server SYN-ACK 1000 5001"));
    server_host = 1;
}

/* ---- What differs, in sentences ----------------------------------------- */

static void
a_failure_says_what_differs(void **state)
{
    (void)state;
    struct story story = lab_04_story();
    story.events[5] = "server > client SYN-ACK 5000 1002";
    assert_fails(lab_04, story, "client < server SYN-ACK",
                 "The nearest is event 6, server > client SYN-ACK seq B ack "
                 "A+2. Its ack is A+2, not A+1.");
    story = lab_04_story();
    story.events[7] = "client return connect = -1 ETIMEDOUT";
    assert_fails(lab_04, story, "client connect = 0",
                 "It returned -1 ETIMEDOUT, not 0.");
    story = lab_04_story();
    story.events[3] = "client call connect(3, 127.0.0.1:7005)";
    assert_fails(lab_04, story, "client connect(server:port)",
                 "It is connect(3, 127.0.0.1:7005), and the line asks for "
                 "server:port.");
}

static void
an_extra_segment_fails_the_line_before_it(void **state)
{
    (void)state;
    static const char text[] = "client > server SYN seq A\n"
                               "server > client SYN-ACK ack A+1\n"
                               "client > server FIN\n";
    assert_fails(text,
                 STORY_OF("client > server SYN 1000 0",
                          "server > client SYN-ACK 5000 1001",
                          "client > server DATA 1001 5001 5",
                          "client > server FIN 1006 5001"),
                 "client > server SYN seq A",
                 "An extra event stands behind this line: event 3, client > "
                 "server DATA");
}

static void
dots_let_anything_stand(void **state)
{
    (void)state;
    static const char text[] = "client > server SYN seq A\n"
                               "...\n"
                               "client > server FIN seq A+6\n";
    assert_holds(text, STORY_OF("client > server SYN 1000 0",
                                "server > client SYN-ACK 5000 1001",
                                "client > server DATA 1001 5001 5",
                                "client > server FIN 1006 5001"));
}

static void
a_call_that_is_named_is_counted(void **state)
{
    (void)state;
    static const char text[] = "client send(\"a\") = 1\n"
                               "client close(*)\n";
    assert_holds(text,
                 STORY_OF("client call socket()", "client return socket = 3",
                          "client call send(3, \"a\", 1, 0)",
                          "client return send = 1", "client call close(3)"));
    assert_fails(text,
                 STORY_OF("client call send(3, \"a\", 1, 0)",
                          "client return send = 1",
                          "client call send(3, \"a\", 1, 0)",
                          "client return send = 1", "client call close(3)"),
                 "client send", "An extra event stands behind");
}

static void
an_interrupted_call_is_one_call(void **state)
{
    (void)state;
    assert_holds("server accept(*) = 4\n",
                 STORY_OF("server call accept(3)", "server return accept",
                          "server call accept(3)", "server return accept = 4"));
}

static void
descriptors_are_free_and_may_be_left_out(void **state)
{
    (void)state;
    struct story story = STORY_OF(
        "client call setsockopt(4, SOL_SOCKET, SO_REUSEADDR, [1], 4)",
        "client call send(4, \"hello\", 5, 0)", "client call listen(4, 5)",
        "client call accept(4, NULL, NULL)");
    assert_holds("client setsockopt(SO_REUSEADDR)\n"
                 "client send(3, \"hello\")\n"
                 "client listen(5)\n"
                 "client accept(3)\n",
                 story);
    assert_holds("client setsockopt(3, SOL_SOCKET, SO_REUSEADDR, *, 4)\n"
                 "client send(\"hello\", 5)\n"
                 "client listen(3, 5)\n",
                 story);
    assert_fails("client listen(4)\n", story, "client listen",
                 "It is listen(4, 5), and the line asks for 4.");
    assert_fails("client send(\"hell\")\n", story, "client send",
                 "and the line asks for \"hell\".");
}

static void
server_and_port_are_names(void **state)
{
    (void)state;
    struct story story = STORY_OF("client call bind(3, 127.0.0.1:7009)",
                                  "client call connect(3, 127.0.0.1:7004)");
    struct endpoint server = endpoint_of("server", 1);
    struct teller teller = {
        .expectation = expect("client bind(server:*)\n"
                              "client connect(server:port)\n"
                              "client bind(*:port) = 0\n"),
    };
    expectation_server(teller.expectation, &server);
    for (int i = 0; i < story.count; i++)
        tell(&teller, story.events[i]);
    assert_true(expectation_judge(teller.expectation));
    assert_int_equal(expectation_line(teller.expectation, 0)->held, HELD_YES);
    assert_int_equal(expectation_line(teller.expectation, 1)->held, HELD_YES);
    assert_int_equal(expectation_line(teller.expectation, 2)->held, HELD_NO);
    expectation_free(teller.expectation);
}

/* Names are meant, so the mapped form is the server's as well; what is written
 * out is meant as it is written. */
static void
a_mapped_address_is_named_as_its_ipv4_address_is(void **state)
{
    (void)state;
    struct story story =
        STORY_OF("client > server SYN 1000 0",
                 "client call connect(3, [::ffff:127.0.0.1]:7004)");
    assert_holds("client > server SYN\nclient connect(server:port)\n", story);
    assert_holds("client connect([::ffff:127.0.0.1]:port)\n...\n", story);
    assert_fails("client connect(127.0.0.1:port)\n...\n", story,
                 "client connect", "and the line asks for 127.0.0.1:port.");
}

/* ---- Choices and repetitions -------------------------------------------- */

static const char three_or_four[] = "client > server SYN seq A\n"
                                    "server > client SYN-ACK seq B ack A+1\n"
                                    "client > server FIN seq A+1\n"
                                    "either\n"
                                    "  server > client ACK ack A+2\n"
                                    "  server > client FIN seq B+1\n"
                                    "or\n"
                                    "  server > client FIN ack A+2\n"
                                    "end\n"
                                    "client > server ACK ack B+2\n";

static void
either_way_holds(void **state)
{
    (void)state;
    assert_holds(three_or_four, STORY_OF("client > server SYN 1000 0",
                                         "server > client SYN-ACK 5000 1001",
                                         "client > server ACK 1001 5001",
                                         "client > server FIN 1001 5001",
                                         "server > client ACK 5001 1002",
                                         "server > client FIN 5001 1002",
                                         "client > server ACK 1002 5002"));
    struct story three = STORY_OF(
        "client > server SYN 1000 0", "server > client SYN-ACK 5000 1001",
        "client > server ACK 1001 5001", "client > server FIN 1001 5001",
        "server > client FIN 5001 1002", "client > server ACK 1002 5002");
    assert_holds(three_or_four, three);
    struct expectation *e = judge(three_or_four, &three);
    assert_int_equal(expectation_line(e, 3)->held, HELD_NOT_ASKED);
    assert_int_equal(expectation_line(e, 5)->held, HELD_YES);
    expectation_free(e);
}

static void
neither_way_fails_in_one_line(void **state)
{
    (void)state;
    assert_fails(three_or_four,
                 STORY_OF("client > server SYN 1000 0",
                          "server > client SYN-ACK 5000 1001",
                          "client > server FIN 1001 5001",
                          "client > server ACK 1002 5002"),
                 "server > client FIN ack A+2", "No event shows this line.");
}

static void
a_repeated_line_takes_as_many_as_it_says(void **state)
{
    (void)state;
    static const char text[] = "client > server SYN x2..3\n";
    struct story story =
        STORY_OF("client > server SYN 1000 0", "client > server SYN 1000 0",
                 "client > server SYN 1000 0");
    assert_holds(text, story);
    assert_holds("client > server SYN x2..\n", story);
    assert_holds("client send = 1 x3\n",
                 STORY_OF("client call send(3)", "client return send = 1",
                          "client call send(3)", "client return send = 1",
                          "client call send(3)", "client return send = 1"));
    story.events[1] = story.events[2] = NULL;
    assert_int_equal(held_by(text, story), HELD_NO);
}

static void
too_many_choices_are_given_up(void **state)
{
    (void)state;
    char text[4096] = "";
    for (int i = 0; i < 12; i++)
        strcat(text, "either\nclient > server SYN\nor\n"
                     "client > server RST\nend\n");
    struct story story = STORY_OF("client > server FIN 1000 0");
    struct expectation *e = judge(text, &story);
    assert_int_equal(expectation_held(e), HELD_NO);
    assert_true(expectation_gave_up(e));
    expectation_free(e);
}

/* `count` data segments of one octet, each sent by a call. */
static struct expectation *
judge_many(const char *text, int count)
{
    struct teller teller = { .expectation = expect(text) };
    teller.tracker = tracker_new(100, let_go, NULL);
    tell(&teller, "client > server SYN 1000 0");
    for (int i = 0; i < count; i++) {
        char line[64];
        tell(&teller, "client call send(3, *, 1, 0)");
        snprintf(line, sizeof line, "client > server DATA %d 5001 1", 1001 + i);
        tell(&teller, line);
        tell(&teller, "client return send = 1");
        snprintf(line, sizeof line, "server > client ACK 5001 %d", 1002 + i);
        tell(&teller, line);
    }
    tracker_free(teller.tracker);
    assert_true(expectation_judge(teller.expectation));
    return teller.expectation;
}

static void
ten_thousand_events_are_compared(void **state)
{
    (void)state;
    struct expectation *e = judge_many("client > server SYN seq A\n"
                                       "client send = 1 x1..\n"
                                       "client > server DATA seq A+1\n"
                                       "client > server DATA x1..\n"
                                       "server > client ACK ack A+2501\n",
                                       2500);
    print_lines(e);
    assert_int_equal(expectation_held(e), HELD_YES);
    assert_false(expectation_gave_up(e));
    assert_int_equal(expectation_line(e, 3)->event_count, 2499);
    expectation_free(e);
}

static void
what_is_too_much_to_compare_is_not_judged(void **state)
{
    (void)state;
    struct expectation *e = judge_many("client > server DATA len 1 x1000\n"
                                       "client > server DATA len 1 x1000\n"
                                       "client > server DATA len 1 x1000\n"
                                       "client > server DATA len 1 x1000\n"
                                       "client > server DATA len 1 x1000\n"
                                       "client > server DATA len 1 x1000\n"
                                       "...\n",
                                       9000);
    assert_int_equal(expectation_held(e), HELD_UNKNOWN);
    assert_true(expectation_gave_up(e));
    expectation_free(e);
}

/* ---- Numbers and names -------------------------------------------------- */

static void
a_seq_sets_a_name(void **state)
{
    (void)state;
    static const char text[] = "client > server DATA seq A+1 len 5\n"
                               "client > server DATA seq C len 5\n"
                               "server > client ACK ack C+5\n";
    assert_holds(text, STORY_OF("client > server DATA 1001 5001 5",
                                "client > server DATA 1006 5001 5",
                                "server > client ACK 5001 1006",
                                "server > client ACK 5001 1011"));
}

static void
numbers_go_round(void **state)
{
    (void)state;
    static const char text[] = "client > server SYN seq A\n"
                               "server > client SYN-ACK seq B ack A+1\n"
                               "client > server DATA seq A+1 len 10\n"
                               "server > client ACK ack A+11\n";
    assert_holds(text, STORY_OF("client > server SYN 4294967290 0",
                                "server > client SYN-ACK 5000 4294967291",
                                "client > server DATA 4294967291 5001 10",
                                "server > client ACK 5001 5"));
}

static void
an_option_is_asked_for(void **state)
{
    (void)state;
    struct story story = STORY_OF("client > server SYN 1000 0");
    assert_holds("client > server SYN opt mss\n", story);
    assert_holds("client > server SYN opt mss 1460\n", story);
    assert_fails("client > server SYN opt mss 1400\n", story, "client",
                 "Its MSS is 1460, not 1400.");
    assert_fails("client > server SYN opt sack-permitted\n", story, "client",
                 "It has no option SACK permitted.");
}

static void
a_window_is_asked_for(void **state)
{
    (void)state;
    struct story story =
        STORY_OF("client > server SYN 1000 0", "server > client RST 0 1001");
    assert_holds("client > server SYN win 1000\n"
                 "server > client RST win >999\n",
                 story);
    assert_fails("client > server SYN win 0\n"
                 "server > client RST\n",
                 story, "client > server SYN", "Its win is 1000, not 0.");
    assert_fails("client > server SYN\n"
                 "server > client RST win >1000\n",
                 story, "server > client RST",
                 "Its win is 1000, not more than 1000.");
}

static void
a_retransmission_is_free_unless_named(void **state)
{
    (void)state;
    struct story story = STORY_OF("client > server SYN 1000 0", "wait 1000",
                                  "client > server SYN 1000 0",
                                  "server > client SYN-ACK 5000 1001");
    assert_holds("client > server SYN\n"
                 "server > client SYN-ACK\n",
                 story);
    assert_holds("client > server SYN\n"
                 "client > server SYN is retransmission about 1s\n"
                 "server > client SYN-ACK\n",
                 story);
    assert_fails("client > server SYN\n"
                 "client > server SYN is retransmission about 3s\n"
                 "server > client SYN-ACK\n",
                 story, "client > server SYN is", "It came too early");
    story.events[2] = NULL;
    assert_fails("client > server SYN\n"
                 "client > server SYN is retransmission about 1s\n"
                 "server > client SYN-ACK\n",
                 story, "client > server SYN is", "No event shows this line.");
}

/* ---- Connections and programs ------------------------------------------- */

static void
dots_in_braces_leave_other_fields_free(void **state)
{
    (void)state;
    struct story asked =
        STORY_OF("client call getsockopt(3, {state X, cwnd 10, rtt 2 ms, ...})",
                 "client return getsockopt = 0");
    assert_holds("client getsockopt(3, {state X, ...}) = 0\n", asked);
    assert_holds("client getsockopt(3, {cwnd 10, rtt 2 ms, ...}) = 0\n", asked);
    assert_fails("client getsockopt(3, {cwnd 1, ...}) = 0\n", asked,
                 "client getsockopt", "");
    assert_fails("client getsockopt(3, {state X, cwnd 10}) = 0\n", asked,
                 "client getsockopt", "");
}

static const struct story two_clients = STORY_OF(
    "client2 > server SYN 9000 0", "client > server SYN 1000 0",
    "server > client2 SYN-ACK 7000 9001", "server > client SYN-ACK 5000 1001",
    "client > server ACK 1001 5001", "client2 > server ACK 9001 7001");

static void
programs_tell_connections_apart(void **state)
{
    (void)state;
    assert_holds("client > server SYN seq A\n"
                 "server > client SYN-ACK seq B ack A+1\n"
                 "client2 > server SYN seq A2\n"
                 "server > client2 SYN-ACK seq B2 ack A2+1\n",
                 two_clients);
    assert_fails("client > server SYN seq A\n"
                 "server > client SYN-ACK seq B ack A+1\n",
                 STORY_OF("client > server SYN 1000 0",
                          "server > client SYN-ACK 5000 1001",
                          "client2 > server SYN 9000 0"),
                 "server > client SYN-ACK", "An extra event");
}

static void
blocks_tell_connections_of_one_program_apart(void **state)
{
    (void)state;
    static const char text[] = "connection 1:\n"
                               "client > server SYN seq A\n"
                               "server > client RST ack A+1\n"
                               "connection 2:\n"
                               "client > server SYN seq A\n"
                               "server > client SYN-ACK ack A+1\n";
    struct story story =
        STORY_OF("client > server SYN 1000 0", "server > client RST 0 1001",
                 "client > server SYN 3000 0 @2",
                 "server > client SYN-ACK 5000 3001 @2");
    assert_holds(text, story);
    story.events[3] = "server > client SYN-ACK 5000 1001 @2";
    assert_int_equal(only_failure(text, &story), 6);
}

/* ---- Order -------------------------------------------------------------- */

static void
unrelated_lines_have_no_order(void **state)
{
    (void)state;
    static const char text[] = "client connect = 0\n"
                               "server accept = 4\n";
    assert_holds(text,
                 STORY_OF("client call connect(3)", "server call accept(3)",
                          "server return accept = 4",
                          "client return connect = 0"));
}

static void
before_and_after_ask_for_one(void **state)
{
    (void)state;
    struct story story =
        STORY_OF("client call connect(3)", "server call accept(3)",
                 "server return accept = 4", "client return connect = 0");
    assert_fails("client connect = 0\n"
                 "  before server accept = 4\n"
                 "server accept = 4\n",
                 story, "client connect = 0 before server accept = 4",
                 "does not come before event 3, server accept = 4.");
    assert_holds("client connect = 0 after server accept\n"
                 "server accept = 4\n",
                 story);
    assert_fails("client connect = 0\n"
                 "server accept = 4 after client connect = 0\n",
                 story, "server accept", "does not come after event 4");
}

static void
nothing_means_no_segment(void **state)
{
    (void)state;
    static const char text[] = "client > server SYN\n"
                               "nothing until client connect\n"
                               "client connect = -1 EINTR\n";
    struct story story =
        STORY_OF("client > server SYN 1000 0", "client call connect(3)",
                 "client return connect = -1 EINTR");
    assert_holds(text, story);
    story =
        STORY_OF("client > server SYN 1000 0", "server > client RST 0 1001",
                 "client call connect(3)", "client return connect = -1 EINTR");
    assert_fails("client > server SYN\n"
                 "nothing until client connect\n"
                 "client connect = -1 EINTR\n"
                 "server > client RST\n",
                 story, "nothing", "Here stands event 2, server > client RST");
}

/* Then nobody knows until when there should be nothing. */
static void
nothing_is_not_judged_when_its_end_fails(void **state)
{
    (void)state;
    static const char text[] = "client > server SYN\n"
                               "nothing until server recv\n"
                               "server recv(4, 5) x2\n"
                               "client > server DATA\n";
    struct story story =
        STORY_OF("client > server SYN 1000 0", "server call recv(4, 5)",
                 "client > server DATA 1001 1 5", "server call recv(4, 5)");
    assert_holds(text, story);
    story.events[1] = NULL;
    assert_fails(text, story, "server recv", "");
}

/* ---- States, exits, output ---------------------------------------------- */

static void
a_state_is_derived_or_the_kernel_s(void **state)
{
    (void)state;
    struct story story = STORY_OF(
        "client call connect(3)", "client > server SYN 1000 0",
        "server > client SYN-ACK 5000 1001", "client > server ACK 1001 5001",
        "client return connect = 0", "client state ESTABLISHED");
    assert_holds("client > server SYN\n"
                 "client state SYN-SENT\n"
                 "server > client SYN-ACK\n"
                 "client state ESTABLISHED\n"
                 "client state ESTABLISHED by kernel\n"
                 "server state ESTABLISHED\n",
                 story);
    assert_fails("client > server SYN\n"
                 "server > client SYN-ACK\n"
                 "client state CLOSE-WAIT\n",
                 story, "client state", "No event shows this line.");
    assert_int_equal(held_by("client > server SYN\n"
                             "server > client SYN-ACK\n"
                             "client state SYN-SENT by kernel\n",
                             story),
                     HELD_UNKNOWN);
    story.events[5] = NULL;
    assert_int_equal(held_by("client > server SYN\n"
                             "server > client SYN-ACK\n"
                             "client state ESTABLISHED by kernel\n",
                             story),
                     HELD_UNKNOWN);
}

static void
exits_and_output_are_compared(void **state)
{
    (void)state;
    struct story story =
        STORY_OF("client prints client: conn", "client prints ected",
                 "client exits 0", "server exits 1");
    assert_holds("client prints \"client: connected\"\n"
                 "client exits 0\n",
                 story);
    assert_fails("client prints \"closed\"\n", story, "client prints",
                 "client prints \"ected\"");
    assert_fails("server exits 0\n", story, "server exits", "server exits 1");
}

/* ---- Not observable ----------------------------------------------------- */

static void
what_cannot_be_seen_does_not_fail(void **state)
{
    (void)state;
    struct story only_segments =
        STORY_OF("client > server SYN 1000 0", "server > client RST 0 1001");
    static const char text[] = "client connect(server:port)\n"
                               "client > server SYN\n"
                               "server > client RST\n";
    struct expectation *e = judge(text, &only_segments);
    assert_int_equal(expectation_line(e, 0)->held, HELD_UNKNOWN);
    assert_string_equal(expectation_line(e, 0)->why,
                        "Not observable here: the trace has no calls.");
    assert_int_equal(expectation_line(e, 1)->held, HELD_YES);
    assert_null(expectation_failure(e));
    expectation_free(e);
    assert_int_equal(held_by(text, STORY_OF("client call connect(3, "
                                            "127.0.0.1:7004)",
                                            "client return connect = 0")),
                     HELD_UNKNOWN);
}

static void
fates_and_questions_are_open(void **state)
{
    (void)state;
    struct story story = STORY_OF("client > server SYN 1000 0");
    assert_int_equal(held_by("client > server SYN lost\n", story),
                     HELD_UNKNOWN);
    assert_int_equal(
        held_by("client > server SYN arrives 0.25s later\n", story),
        HELD_UNKNOWN);
    assert_int_equal(held_by("client > server SYN seq ?\n", story),
                     HELD_UNKNOWN);
    assert_int_equal(held_by("client > server ?\n", story), HELD_UNKNOWN);
    assert_int_equal(held_by("?\n", story), HELD_UNKNOWN);
    assert_int_equal(held_by("client > server RST seq ?\n", story), HELD_NO);
}

/* ---- Bad notation ------------------------------------------------------- */

static void
a_mistake_is_named_with_what_would_be_right(void **state)
{
    (void)state;

    static const struct {
        const char *text;
        uint32_t line;
        const char *reason;
    } mistakes[] = {
        { "client > server FIN-ACK\n", 1,
          "\"FIN-ACK\" is not the name of a segment." },
        { "\n\nclient > server SYN sq A\n", 3, "\"sq\" cannot stand here." },
        { "client state SYN_SENT\n", 1, "\"SYN_SENT\" is not a state." },
        { "either\nclient > server SYN\n", 1, "The either has no end." },
        { "or\n", 1, "\"or\" stands without an either above." },
        { "client prints \"hello\n", 1, "The text in quotes does not end." },
        { "before server accept\n", 1,
          "There is no line above to which \"before\" belongs." },
        { "server > client ACK ack C+1\n", 1,
          "No segment of this connection says seq C." },
        { "client > server SYN x5..2\n", 1, "\"x5\" does not say how often." },
        { "client exits\n", 1, "\"\" is not a number." },
        { "connection two:\n", 1,
          "\"two\" is not the number of a connection." },
        { "client > server ACK win >-1\n", 1, "\"-\" is not a number." },
        { "client connect = >-1\n", 1, "\"-\" is not a number." },
        { "client connect(3\n", 1, "The line ends too early." },
    };

    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct expectation_error error;
        const char *text = mistakes[i].text;
        assert_null(expectation_new(text, strlen(text), &error));
        assert_string_equal(error.reason, mistakes[i].reason);
        assert_int_equal(error.line, mistakes[i].line);
        assert_true(*error.right);
    }
}

static const char all_of_it[] =
    "client connect(server:port, *) = -1 ECONNREFUSED within 3s # why\n"
    "client > server SYN seq A win 5 opt mss 1460 is syn x2..5 lost\n"
    "  before server accept = >0\n"
    "connection 2:\n"
    "either\nserver exits by SIGKILL\nor\nserver prints \"a\\\"#b\"\nend\n"
    "nothing until client > server FIN seq A+1\n"
    "...\n?\nclient state FIN-WAIT-1 by kernel about 1.5s\n";

static void
every_prefix_of_a_text_is_read_or_refused(void **state)
{
    (void)state;
    for (size_t bytes = 0; bytes < sizeof all_of_it; bytes++) {
        struct expectation_error error;
        char *copy = malloc(bytes + 1);
        memcpy(copy, all_of_it, bytes);
        struct expectation *e = expectation_new(copy, bytes, &error);
        free(copy);
        if (e)
            assert_true(expectation_judge(e));
        else
            assert_true(error.line > 0);
        expectation_free(e);
    }
}

static void
every_octet_may_lie(void **state)
{
    (void)state;
    char copy[sizeof all_of_it];
    for (size_t i = 0; i < sizeof all_of_it - 1; i++)
        for (int octet = 0; octet < 256; octet += 3) {
            struct expectation_error error;
            memcpy(copy, all_of_it, sizeof copy);
            copy[i] = (char)octet;
            struct expectation *e =
                expectation_new(copy, sizeof copy - 1, &error);
            if (e)
                assert_true(expectation_judge(e));
            expectation_free(e);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_handshake_of_lab_04_holds),
        cmocka_unit_test(a_line_names_the_events_that_show_it),
        cmocka_unit_test(an_event_taken_out_fails_its_line_only),
        cmocka_unit_test(a_call_twice_fails_its_line_only),
        cmocka_unit_test(an_altered_number_fails_its_line_only),
        cmocka_unit_test(swapped_events_fail_one_of_their_lines),
        cmocka_unit_test(of_two_that_open_at_once_either_may_be_first),
        cmocka_unit_test(a_failure_says_what_differs),
        cmocka_unit_test(an_extra_segment_fails_the_line_before_it),
        cmocka_unit_test(dots_let_anything_stand),
        cmocka_unit_test(a_call_that_is_named_is_counted),
        cmocka_unit_test(an_interrupted_call_is_one_call),
        cmocka_unit_test(descriptors_are_free_and_may_be_left_out),
        cmocka_unit_test(server_and_port_are_names),
        cmocka_unit_test(a_mapped_address_is_named_as_its_ipv4_address_is),
        cmocka_unit_test(either_way_holds),
        cmocka_unit_test(neither_way_fails_in_one_line),
        cmocka_unit_test(a_repeated_line_takes_as_many_as_it_says),
        cmocka_unit_test(too_many_choices_are_given_up),
        cmocka_unit_test(ten_thousand_events_are_compared),
        cmocka_unit_test(what_is_too_much_to_compare_is_not_judged),
        cmocka_unit_test(a_seq_sets_a_name),
        cmocka_unit_test(numbers_go_round),
        cmocka_unit_test(an_option_is_asked_for),
        cmocka_unit_test(a_window_is_asked_for),
        cmocka_unit_test(a_retransmission_is_free_unless_named),
        cmocka_unit_test(dots_in_braces_leave_other_fields_free),
        cmocka_unit_test(programs_tell_connections_apart),
        cmocka_unit_test(blocks_tell_connections_of_one_program_apart),
        cmocka_unit_test(unrelated_lines_have_no_order),
        cmocka_unit_test(before_and_after_ask_for_one),
        cmocka_unit_test(nothing_means_no_segment),
        cmocka_unit_test(nothing_is_not_judged_when_its_end_fails),
        cmocka_unit_test(a_state_is_derived_or_the_kernel_s),
        cmocka_unit_test(exits_and_output_are_compared),
        cmocka_unit_test(what_cannot_be_seen_does_not_fail),
        cmocka_unit_test(fates_and_questions_are_open),
        cmocka_unit_test(a_mistake_is_named_with_what_would_be_right),
        cmocka_unit_test(every_prefix_of_a_text_is_read_or_refused),
        cmocka_unit_test(every_octet_may_lie),
    };
    return RUN(tests);
}
