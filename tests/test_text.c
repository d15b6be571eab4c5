/* text and output: numbers, times, escapes, wrapping. */
#include "claim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../src/text/output.h"
#include "scratch.h"

static char room[256];

static struct text
fresh(void)
{
    return text_over(room, sizeof room - 1);
}

static void
assert_text(struct text *text, const char *expected)
{
    *text->next = '\0';
    assert_string_equal(room, expected);
}

static void
numbers_are_printed_as_printf_does(void **state)
{
    (void)state;
    uint64_t number = 0;
    for (int i = 0; i < 200; i++) {
        char expected[32];
        struct text text = fresh();
        snprintf(expected, sizeof expected, "%llu", (unsigned long long)number);
        text_number(&text, number);
        assert_text(&text, expected);
        number = i % 2 ? number * 10 / 3 + 9 : number + (number == 9);
        if (i % 50 == 49)
            number = UINT64_MAX >> (i % 64);
    }
    struct text text = fresh();
    text_number(&text, UINT64_MAX);
    assert_text(&text, "18446744073709551615");
    text = fresh();
    text_number(&text, 100000000);
    assert_text(&text, "100000000");
}

static void
every_power_of_ten_and_its_neighbours_are_right(void **state)
{
    (void)state;
    for (uint64_t power = 1; power < 10000000000000000000u; power *= 10)
        for (uint64_t number = power - 1; number <= power + 1; number++) {
            char expected[32];
            struct text text = fresh();
            snprintf(expected, sizeof expected, "%llu",
                     (unsigned long long)number);
            text_number(&text, number);
            assert_text(&text, expected);
        }
}

static void
times_have_their_sign_and_decimals(void **state)
{
    (void)state;
    struct text text = fresh();
    text_seconds(&text, 1000002999);
    text_char(&text, ' ');
    text_seconds(&text, -8245000);
    text_char(&text, ' ');
    text_milliseconds(&text, 17999);
    text_char(&text, ' ');
    text_utc(&text, 1700000000123456789);
    assert_text(&text, "1.000002 -0.008245 0.017 2023-11-14T22:13:20.123456Z");
}

static void
nothing_that_moves_a_terminal_passes(void **state)
{
    (void)state;
    for (int octet = 0; octet < 256; octet++) {
        uint8_t octets[1] = { (uint8_t)octet };
        struct text text = fresh();
        text_escaped(&text, octets, 1);
        for (char *c = room; c < text.next; c++)
            assert_true(*c >= 0x20 && *c < 0x7f);
    }
    struct text text = fresh();
    text_escaped(&text, (const uint8_t *)"a\r\n\t\\\"\033[2J\x9b", 11);
    assert_text(&text, "a\\r\\n\\t\\\\\\\"\\x1b[2J\\x9b");
}

static void
what_does_not_fit_is_cut_and_never_written(void **state)
{
    (void)state;
    char small[9] = "........";
    struct text text = text_over(small, 4);
    text_add(&text, "ab");
    text_number(&text, 123456789);
    text_add(&text, "more");
    text_char(&text, 'x');
    assert_string_equal(small, "ab12....");
}

static void
formats_take_strings_numbers_and_times(void **state)
{
    (void)state;
    struct text text = fresh();
    text_format(&text, "%s %n%c %m ms 100%%", "port", (uint64_t)80, '.',
                (int64_t)1500000);
    assert_text(&text, "port 80. 1.500 ms 100%");
}

/* ---- Output ------------------------------------------------------------- */

static void
running_text_breaks_between_words(void **state)
{
    (void)state;
    struct output output;
    const char *path = scratch_path("wrapped");
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(output_init(&output, fd), 0);
    output.columns = 30;
    output_wrapped(&output, "say: ", "one two three four five six seven");
    output_flush(&output);
    char *written = scratch_read(path, NULL);
    assert_string_equal(written, "say: one two three four five\n"
                                 "     six seven\n");
    free(written);
    output_clear(&output);
    close(fd);
}

static void
a_long_line_goes_on_indented_and_colours_take_no_room(void **state)
{
    (void)state;
    struct output output;
    const char *path = scratch_path("line");
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(output_init(&output, fd), 0);
    output.columns = 20;
    output.wraps = true;
    struct text line = output_line(&output);
    text_add(&line, "one \033[32mtwo\033[0m three four five");
    output_commit_line(&output, &line, 4);
    output_flush(&output);
    char *written = scratch_read(path, NULL);
    assert_string_equal(written,
                        "one \033[32mtwo\033[0m three four\n    five\n");
    free(written);
    output_clear(&output);
    close(fd);
}

static void
a_reader_that_has_gone_is_no_error(void **state)
{
    (void)state;
    int ends[2];
    struct output output;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    assert_int_equal(output_init(&output, ends[1]), 0);
    output_bytes(&output, "words", 5);
    output_flush(&output);
    assert_true(output.closed);
    assert_int_equal(output.error, 0);
    assert_true(output_is_over(&output));
    output_clear(&output);
    close(ends[1]);
}

static void
a_full_disk_is_one(void **state)
{
    (void)state;
    struct output output;
    int fd = open("/dev/full", O_WRONLY);
    if (fd < 0)
        skip();
    assert_int_equal(output_init(&output, fd), 0);
    output_bytes(&output, "words", 5);
    output_flush(&output);
    assert_int_equal(output.error, ENOSPC);
    output_clear(&output);
    close(fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_printed_as_printf_does),
        cmocka_unit_test(every_power_of_ten_and_its_neighbours_are_right),
        cmocka_unit_test(times_have_their_sign_and_decimals),
        cmocka_unit_test(nothing_that_moves_a_terminal_passes),
        cmocka_unit_test(what_does_not_fit_is_cut_and_never_written),
        cmocka_unit_test(formats_take_strings_numbers_and_times),
        cmocka_unit_test(running_text_breaks_between_words),
        cmocka_unit_test(a_long_line_goes_on_indented_and_colours_take_no_room),
        cmocka_unit_test(a_reader_that_has_gone_is_no_error),
        cmocka_unit_test(a_full_disk_is_one),
    };
    return RUN(tests);
}
