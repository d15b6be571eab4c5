/* Golden traces: what is shown of them does not change unseen. */
#include "claim.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command_line.h"
#include "scratch.h"

static const char folder[] = "tests/golden";

static int
is_trace(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot && !strcmp(dot, ".pcapng");
}

/* Every trace, shown with `options`, gives the file of its name and `ending`.
 */
static void
assert_shown(const char *options, const char *ending)
{
    struct dirent **traces;
    int count = scandir(folder, &traces, is_trace, alphasort);
    assert_true(count >= 7);
    for (int i = 0; i < count; i++) {
        char path[512];
        char *name = traces[i]->d_name;
        struct ran ran = run("$TCPLAB show %s %s/%s", options, folder, name);
        *strrchr(name, '.') = '\0';
        snprintf(path, sizeof path, "%s/%s.%s", folder, name, ending);
        char *expected = scratch_read(path, NULL);
        if (!expected)
            fail_msg("%s: missing; run make golden", path);
        if (strcmp(ran.out, expected) != 0)
            fail_msg("%s differs from what is shown now; see make golden",
                     path);
        assert_int_equal(ran.status, 0);
        free(expected);
        ran_free(&ran);
        free(traces[i]);
    }
    free(traces);
}

static void
text_is_as_agreed(void **state)
{
    (void)state;
    assert_shown("", "text");
    assert_shown("--header --options --data", "full");
}

static void
plain_text_is_as_agreed(void **state)
{
    (void)state;
    assert_shown("--plain", "plain");
}

static void
json_is_as_agreed(void **state)
{
    (void)state;
    assert_shown("--as json --data", "json");
}

static const struct {
    const char *trace, *opening, *closing, *first_fin, *reset_by;
} courses[] = {
    { "handshake-and-close", "three-way", "four-segment", "client", "null" },
    { "half-close", "three-way", "half-close", "client", "null" },
    { "refused", "refused", "none", "null", "server" },
    { "reset", "three-way", "reset", "null", "client" },
    { "three-segments-ipv6", "three-way", "three-segment", "client", "null" },
    { "self-connect", "simultaneous", "simultaneous", "client", "null" },
    { "zero-window", "three-way", "three-segment", "client", "null" },
    { "port-reused", "three-way", "three-segment", "server", "null" },
    { "wire-loss", "three-way", "three-segment", "client", "null" },
    { "wire-crossing", "simultaneous", "simultaneous", "server", "null" },
    { "wire-delay", "three-way", "three-segment", "client", "null" },
};

/* By hand, from the packets: what each trace was made to show. */
static void
each_course_has_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof courses / sizeof courses[0]; i++) {
        struct ran ran = run("$TCPLAB show --summary --as json %s/%s.pcapng",
                             folder, courses[i].trace);
        json_t *lines = json_lines(ran.out);
        json_t *c = json_array_get(lines, 0);
        assert_string_equal(json_text(c, "opening"), courses[i].opening);
        assert_string_equal(json_text(c, "closing"), courses[i].closing);
        assert_string_equal(json_text(c, "first_fin"), courses[i].first_fin);
        assert_string_equal(json_text(c, "reset_by"), courses[i].reset_by);
        json_decref(lines);
        ran_free(&ran);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_as_agreed),
        cmocka_unit_test(plain_text_is_as_agreed),
        cmocka_unit_test(json_is_as_agreed),
        cmocka_unit_test(each_course_has_its_name),
    };
    return RUN(tests);
}
