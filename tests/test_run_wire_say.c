/* What an instructor says at questions, and the lessons. */
#include "claim.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "wire_run.h"

/* A file of these lines. */
static const char *
script(const char *lines)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s", scratch_path("lesson.txt"));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(lines, file);
    fclose(file);
    return path;
}

/* Lab 04 hello, segment by segment, with these lines said. */
static struct wire_run
say(const char *lines)
{
    char options[4200];
    snprintf(options, sizeof options,
             "4 --variant hello --step=segment --say %s", script(lines));
    return wire_run("yes ''", options);
}

static void
sentences_stand_above_their_questions_in_order(void **state)
{
    (void)state;
    struct wire_run r = say("#1: one\n"
                            "client > server SYN: two\n"
                            "# a comment: nothing\n"
                            "\n"
                            "server > client SYN-ACK: three\n"
                            "DATA: four\n"
                            "client < server DATA: five\n");
    static const char *const order[] = { "SAY  one\nSAY  two\nSYN of CLIENT",
                                         "SAY  three\nSYN-ACK of SERVER",
                                         "SAY  four\nDATA of CLIENT",
                                         "SAY  five\nDATA of SERVER" };
    const char *at = r.ran.err;
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        at = strstr(at, order[i]);
        if (!at)
            fail_msg("not there: %s\n%s", order[i], r.ran.err);
    }
    assert_int_equal(r.ran.status, 0);
    assert_null(strstr(r.ran.err, "nothing"));
    wire_run_free(&r);
}

static void
claims_about_one_segment_are_each_held_against_it(void **state)
{
    (void)state;
    struct wire_run r =
        say("SYN: a | client > server SYN seq A\n"
            "SYN: b | client > server SYN len 0\n"
            "SYN-ACK: c | client < server SYN-ACK ack A+1\n"
            "SYN-ACK: d | client < server SYN-ACK seq B\n"
            "client > server DATA: e | client > server DATA seq A+1 len 5\n"
            "client > server DATA: f | client > server DATA len 5\n"
            "client > server FIN: g | client > server FIN seq A+6\n");
    assert_int_equal(r.ran.status, 0);
    wire_run_free(&r);
}

static void
a_claim_that_is_not_so_ends_with_1_and_names_its_line(void **state)
{
    (void)state;
    struct wire_run r =
        say("# the second claim is wrong\n"
            "SYN: a | client > server SYN seq A\n"
            "client > server DATA: b | client > server DATA len 5\n"
            "client > server DATA: c | client > server DATA len 6\n"
            "client > server FIN: d | client > server FIN seq A+6\n");
    assert_int_equal(r.ran.status, 1);
    assert_non_null(strstr(r.ran.err, "line 4 is not so: client > server DATA "
                                      "len 6"));
    assert_null(strstr(r.ran.err, "line 2 is"));
    assert_null(strstr(r.ran.err, "line 3 is"));
    assert_null(strstr(r.ran.err, "line 5 is"));
    assert_non_null(strstr(r.ran.err, "expected timeline hold"));
    wire_run_free(&r);
}

static void
a_sentence_whose_moment_never_comes_is_told(void **state)
{
    (void)state;
    struct wire_run r = say("SYN: a\nRST: never\nFIN: not reached\n");
    assert_int_equal(r.ran.status, 1);
    assert_non_null(strstr(r.ran.err, "line 2 was not said"));
    assert_non_null(strstr(r.ran.err, "SAY  a\n"));
    assert_null(strstr(r.ran.err, "SAY  never"));
    assert_null(strstr(r.ran.err, "SAY  not reached"));
    wire_run_free(&r);
}

static void
a_bad_file_is_told_before_anything_runs(void **state)
{
    (void)state;
    static char longest[3000];
    memset(longest, 'x', sizeof longest - 1);
    memcpy(longest, "SYN: ", 5);

    const struct {
        const char *lines, *told;
    } bad[] = {
        { "SYN: fine\nno colon\n", "line 2: a line is WHEN: SENTENCE" },
        { "\nSYN: fine | client > server SYNN\n", "line 2: " },
        { "SYN: fine | client >\n", "line 1: " },
        { longest, "line 1: the line is too long" },
        { "S: 1 | ...\nS: 2 | ...\nS: 3 | ...\nS: 4 | ...\nS: 5 | ...\n"
          "S: 6 | ...\nS: 7 | ...\nS: 8 | ...\nS: 9 | ...\n",
          "line 9: more than 8 claims" },
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ran ran = run("$TCPLAB run 4 --step --say %s -o %s",
                             script(bad[i].lines), scratch_path("bad.pcapng"));
        assert_int_equal(ran.status, 2);
        if (!strstr(ran.err, bad[i].told))
            fail_msg("not told: %s\n%s", bad[i].told, ran.err);
        assert_string_equal(ran.out, "");
        ran_free(&ran);
    }
    struct ran ran =
        run("$TCPLAB run 4 --step --say %s/none", scratch_folder());
    assert_int_equal(ran.status, 3);
    ran_free(&ran);
    ran = run("$TCPLAB run 4 --step --say %s", scratch_folder());
    assert_int_equal(ran.status, 3);
    ran_free(&ran);
    ran = run("$TCPLAB run 4 --say %s", script("SYN: fine\n"));
    assert_int_equal(ran.status, 2);
    ran_free(&ran);
}

static void
an_escape_sequence_in_a_sentence_stays_words(void **state)
{
    (void)state;
    struct wire_run r = say("SYN: \033[2J \n");
    assert_null(strchr(r.ran.err, '\033'));
    assert_non_null(strstr(r.ran.err, "SAY  "));
    wire_run_free(&r);
}

/* ---- The lessons --------------------------------------------------------- */

static int
words_of(const char *from, const char *to)
{
    int words = 0;
    for (const char *at = from; at < to; at++)
        words += *at != ' ' && (at == from || at[-1] == ' ');
    return words;
}

/* Sentences of 18 words, and a claim for each that is about a segment. */
static void
assert_readable(const char *path, char *line)
{
    char *words = strstr(line, ": "), *bar = strstr(line, " | ");
    if (!words || (line[0] == '#' && line[1] == ' '))
        return;
    *words = '\0';
    words += 2;
    if (strpbrk(line, "<>") && !bar)
        fail_msg("%s: no claim: %s", path, words);
    if (bar)
        *bar = '\0';
    for (char *end; *words; words = end) {
        end = words + strcspn(words, ".?");
        if (words_of(words, end) > 18)
            fail_msg("%s: too long: %s", path, words);
        end += strspn(end, ".? ");
    }
}

static void
lessons_have_short_sentences_and_claims(void **state)
{
    (void)state;
    glob_t found;
    assert_int_equal(glob("lessons/*.txt", 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, 4);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *text = scratch_read(found.gl_pathv[i], NULL);
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
            assert_readable(found.gl_pathv[i], line);
        free(text);
    }
    globfree(&found);
}

/* As they are taught, but at once; the command stands in each. */
static void
each_lesson_can_be_played_to_its_end(void **state)
{
    (void)state;
    need_wire();
    struct ran ran = run(
        "for lesson in lessons/*.txt; do command=$(sed -n "
        "'s/^# *.\\/tcplab //p' $lesson); [ \"$command\" ] || exit 9; "
        "{ yes '' | timeout -s KILL 100 $TCPLAB $command -o %s.${lesson##*/} "
        ">/dev/null 2>%s.${lesson##*/} && echo well || "
        "cat %s.${lesson##*/} >&2; } & done; wait",
        scratch_path("played"), scratch_path("told"), scratch_path("told"));
    assert_string_equal(ran.err, "");
    assert_string_equal(ran.out, "well\nwell\nwell\nwell\n");
    ran_free(&ran);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences_stand_above_their_questions_in_order),
        cmocka_unit_test(claims_about_one_segment_are_each_held_against_it),
        cmocka_unit_test(a_claim_that_is_not_so_ends_with_1_and_names_its_line),
        cmocka_unit_test(a_sentence_whose_moment_never_comes_is_told),
        cmocka_unit_test(a_bad_file_is_told_before_anything_runs),
        cmocka_unit_test(an_escape_sequence_in_a_sentence_stays_words),
        cmocka_unit_test(lessons_have_short_sentences_and_claims),
        cmocka_unit_test(each_lesson_can_be_played_to_its_end),
    };
    return cmocka_run_group_tests(tests, find_wire, NULL);
}
