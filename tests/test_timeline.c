/* The drawing in three columns: what stands where, and what is not said. */
#include "claim.h"

#include <stdlib.h>
#include <string.h>

#include "command_line.h"
#include "scratch.h"
#include "wire_trace.h"

enum {
    SYN = SEG_SYN,
    ACK = SEG_ACK,
    SYN_ACK = SEG_SYN | SEG_ACK,
    RST = SEG_RST | SEG_ACK,
};

static struct wire_trace wire;
static struct ran ran;

static int
setup(void **state)
{
    (void)state;
    wire_trace_begin(&wire, scratch_path("wire.pcapng"));
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    ran_free(&ran);
    return 0;
}

/* The drawing of the trace so far, which ends with it. */
static const char *
drawn(void)
{
    wire_trace_end(&wire);
    ran = run("$TCPLAB show --as timeline %s", scratch_path("wire.pcapng"));
    assert_int_equal(ran.status, 0);
    return ran.out;
}

/* The n-th row of `rows` in which `words` stand; to its end. */
static const char *
row(const char *rows, const char *words, int n)
{
    static char room[4][256];
    static int next;
    char *line = room[next++ % 4];
    while (n-- > 0 && (rows = strstr(rows, words)))
        rows += strlen(words);
    if (!rows)
        fail_msg("no \"%s\" in\n%s", words, ran.out);
    size_t bytes = strcspn(rows, "\n");
    snprintf(line, sizeof room[0], "%.*s", (int)bytes, rows);
    return line;
}

/* ---- A listener that got a SYN ------------------------------------------- */

static void
a_syn_is_drawn_as_received_when_its_answer_shows_it(void **state)
{
    (void)state;
    wire_trace_open(&wire);
    const char *rows = drawn();
    assert_non_null(strstr(row(rows, "---- SYN -", 1), "SYN-RECEIVED *"));
    assert_null(strstr(row(rows, "<--- SYN-ACK -", 1), "SYN-RECEIVED"));
}

static void
a_syn_that_nobody_answers_is_not_drawn_as_received(void **state)
{
    (void)state;
    passes(&wire, CLIENT, SYN, 1000, 0, "");
    wire_trace_wait(&wire, 1000);
    wire_trace_open(&wire);
    const char *rows = drawn();
    assert_null(strstr(row(rows, "---- SYN -", 1), "SYN-RECEIVED"));
    assert_non_null(strstr(row(rows, "---- SYN -", 2), "SYN-RECEIVED *"));
    assert_non_null(strstr(row(rows, "---- SYN -", 1), ">"));
}

static void
a_refused_syn_is_not_drawn_as_received(void **state)
{
    (void)state;
    passes(&wire, CLIENT, SYN, 1000, 0, "");
    passes(&wire, SERVER, RST, 0, 1001, "");
    const char *rows = drawn();
    assert_null(strstr(rows, "SYN-RECEIVED"));
    assert_non_null(strstr(row(rows, "<--- RST", 1), "CLOSED *"));
}

/* The capture is far from the server. */
static void
an_answer_that_comes_late_says_itself_what_its_sender_is_in(void **state)
{
    (void)state;
    passes(&wire, CLIENT, SYN, 1000, 0, "");
    wire_trace_wait(&wire, 200);
    passes(&wire, SERVER, SYN_ACK, 5000, 1001, "");
    const char *rows = drawn();
    assert_null(strstr(row(rows, "---- SYN -", 1), "SYN-RECEIVED"));
    assert_non_null(strstr(row(rows, "<--- SYN-ACK -", 1), "SYN-RECEIVED *"));
}

/* ---- The verdict --------------------------------------------------------- */

/* The words of the verdict, however they are broken into lines. */
static bool
verdict_says(const char *rows, const char *words)
{
    static char verdict[4096];
    size_t n = 0;
    for (const char *at = strstr(rows, "VERDICT"); at && *at; at++) {
        bool blank = *at == ' ' || *at == '\n';
        if (n < sizeof verdict - 1 && !(blank && n && verdict[n - 1] == ' '))
            verdict[n++] = blank ? ' ' : *at;
    }
    verdict[n] = '\0';
    return strstr(verdict, words);
}

static void
a_refusal_that_is_lost_is_known_to_its_sender_alone(void **state)
{
    (void)state;
    static const char not_heard[] =
        "The RST did not arrive: the client knows nothing of it.";
    passes(&wire, CLIENT, SYN, 1000, 0, "");
    is_lost(&wire, leaves(&wire, SERVER, RST, 0, 1001, ""), "rule 1: drop");
    assert_true(verdict_says(drawn(), "Refused: a RST answered"));
    assert_true(verdict_says(ran.out, not_heard));
}

static void
a_refusal_that_is_heard_needs_no_more_words(void **state)
{
    (void)state;
    passes(&wire, CLIENT, SYN, 1000, 0, "");
    passes(&wire, SERVER, RST, 0, 1001, "");
    assert_true(verdict_says(drawn(), "Refused: a RST answered"));
    assert_false(verdict_says(ran.out, "did not arrive"));
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(a_syn_is_drawn_as_received_when_its_answer_shows_it),
        CLAIM(a_syn_that_nobody_answers_is_not_drawn_as_received),
        CLAIM(a_refused_syn_is_not_drawn_as_received),
        CLAIM(an_answer_that_comes_late_says_itself_what_its_sender_is_in),
        CLAIM(a_refusal_that_is_lost_is_known_to_its_sender_alone),
        CLAIM(a_refusal_that_is_heard_needs_no_more_words),
    };
    return RUN(tests);
}
