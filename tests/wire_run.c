/* wire_run: the program, a pipe of keys, and lines of JSON. */
#include "wire_run.h"

#include "claim.h"

#include <stdlib.h>
#include <string.h>

#include "scratch.h"

static char has_no_wire;

int
find_wire(void **state)
{
    (void)state;
    struct ran ran = run("timeout 20 $TCPLAB trace --on wire -o %s --server "
                         "true --client true",
                         scratch_path("first.pcapng"));
    has_no_wire = strstr(ran.err, "not possible here") != NULL;
    ran_free(&ran);
    return 0;
}

void
need_wire(void)
{
    if (!has_no_wire)
        return;
    print_message("skipped: no wire can be laid here: no private network\n");
    skip();
}

struct wire_run
wire_run(const char *keys, const char *options)
{
    need_wire();
    struct wire_run r = {
        .ran = run("%s | timeout -s KILL 100 $TCPLAB run %s --on wire --as "
                   "json -o %s",
                   keys, options, scratch_path("wire.pcapng"))
    };
    r.lines = json_lines(r.ran.out);
    return r;
}

void
wire_run_free(struct wire_run *r)
{
    json_decref(r->lines);
    ran_free(&r->ran);
}

bool
wire_is(json_t *line, const char *word)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(line, "is"), i, one)
    {
        if (!strcmp(json_string_value(one), word))
            return true;
    }
    return false;
}

/* The n-th one, or how many there are. */
static json_t *
find_segment(const struct wire_run *r, const char *from, const char *word,
             int n, int *count)
{
    size_t i;
    json_t *line;
    *count = 0;
    json_array_foreach(r->lines, i, line)
    {
        if (strcmp(json_text(line, "kind"), "segment") != 0 ||
            strcmp(json_text(line, "from"), from) != 0 || !wire_is(line, word))
            continue;
        if (++*count == n)
            return line;
    }
    return NULL;
}

json_t *
wire_segment(const struct wire_run *r, const char *from, const char *word,
             int n)
{
    int count;
    json_t *line = find_segment(r, from, word, n, &count);
    if (!line)
        fail_msg("there are %d segments of %s that are %s\n%s", count, from,
                 word, r->ran.err);
    return line;
}

int
wire_segments(const struct wire_run *r, const char *from, const char *word)
{
    int count;
    find_segment(r, from, word, -1, &count);
    return count;
}

static json_t *
find_fate(const struct wire_run *r, json_t *segment, const char *fate, int n,
          int *count)
{
    size_t i;
    json_t *line;
    long long event = json_number(segment, "event");
    *count = 0;
    json_array_foreach(r->lines, i, line)
    {
        if (strcmp(json_text(line, "kind"), "fate") != 0 ||
            strcmp(json_text(line, "fate"), fate) != 0 ||
            json_integer_value(json_object_get(line, "of")) != event)
            continue;
        if (++*count == n)
            return line;
    }
    return NULL;
}

int
wire_fates(const struct wire_run *r, json_t *segment, const char *fate)
{
    int count;
    find_fate(r, segment, fate, -1, &count);
    return count;
}

json_t *
wire_fate(const struct wire_run *r, json_t *segment, const char *fate, int n)
{
    int count;
    json_t *line = find_fate(r, segment, fate, n, &count);
    if (!line)
        fail_msg("event %lld: %s %d times", json_number(segment, "event"), fate,
                 count);
    return line;
}

void
assert_fate(const struct wire_run *r, json_t *segment, const char *fate,
            const char *why)
{
    assert_int_equal(wire_fates(r, segment, fate), 1);
    assert_string_equal(json_text(wire_fate(r, segment, fate, 1), "why"),
                        why ? why : "null");
}

json_t *
assert_ended_well(const struct wire_run *r)
{
    json_t *connections = json_of_kind(r->lines, "connection");
    assert_int_equal(json_array_size(connections), 1);
    json_t *one = json_array_get(connections, 0);
    json_decref(connections); // the lines still have it
    assert_string_equal(json_text(one, "opening"), "three-way");
    assert_string_not_equal(json_text(one, "closing"), "reset");
    assert_string_not_equal(json_text(one, "closing"), "unfinished");
    assert_string_not_equal(json_text(one, "closing"), "none");
    return one;
}

long long
wire_time(json_t *line)
{
    return atoll(json_text(line, "time_ns"));
}
