/* same_calls: two lists of calls, the programs' own and that of the trace. */
#include "same_calls.h"

#include "claim.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "traced.h"

/* "4711": the texts of one thread, in an object of such arrays. */
static json_t *
texts_of(json_t *threads, const char *tid)
{
    json_t *texts = json_object_get(threads, tid);
    if (!texts) {
        json_object_set_new(threads, tid, json_array());
        texts = json_object_get(threads, tid);
    }
    return texts;
}

/* What the programs wrote down. */
static json_t *
their_calls(void)
{
    json_t *threads = json_object();
    char *log = scratch_read(scratch_path("calls"), NULL);
    for (char *line = log ? strtok(log, "\n") : NULL; line;
         line = strtok(NULL, "\n")) {
        char *text = strchr(line, ' ');
        if (!text)
            fail_msg("a line of the log: %s", line);
        *text = '\0';
        json_array_append_new(texts_of(threads, line), json_string(text + 1));
    }
    free(log);
    return threads;
}

/* Nobody comes back from it to write it down. */
static bool
is_exec(json_t *event)
{
    return !strncmp(json_text(event, "name"), "exec", 4) &&
           strcmp(json_text(event, "errno"), "ENOENT") != 0;
}

/* "connect(3, 127.0.0.1:7004)" from name and args. */
static bool
text_is_of(const char *text, json_t *event)
{
    json_t *arguments = json_object_get(event, "args"), *argument;
    const char *separator = "(", *name = json_text(event, "name");
    size_t i;
    if (strncmp(text, name, strlen(name)) != 0)
        return false;
    text += strlen(name);
    json_array_foreach(arguments, i, argument)
    {
        const char *word = json_string_value(argument);
        if (strncmp(text, separator, strlen(separator)) != 0 ||
            strncmp(text + strlen(separator), word, strlen(word)) != 0)
            return false;
        text += strlen(separator) + strlen(word);
        separator = ", ";
    }
    return *text == ')';
}

/* Result and errno say what the text says. */
static void
assert_result(json_t *event)
{
    char result[64];
    const char *text = json_text(event, "text");
    if (json_is_true(json_object_get(event, "interrupted"))) {
        assert_true(json_is_null(json_object_get(event, "result")));
        assert_true(json_is_null(json_object_get(event, "errno")));
        return;
    }
    if (json_is_null(json_object_get(event, "errno")))
        snprintf(result, sizeof result, ") = %lld",
                 json_number(event, "result"));
    else
        snprintf(result, sizeof result, ") = -1 %s (",
                 json_text(event, "errno"));
    if (!strstr(text, result))
        fail_msg("%s: not %s", text, result);
}

/* A return belongs to a call of the same thread. */
static void
assert_belongs(json_t *lines, json_t *event)
{
    json_t *call =
        json_array_get(lines, (size_t)json_number(event, "call") - 1);
    assert_string_equal(json_text(call, "kind"), "call");
    assert_string_equal(json_text(call, "name"), json_text(event, "name"));
    if (!is_exec(event)) // which may be made by another than the first thread
        assert_int_equal(json_number(call, "tid"), json_number(event, "tid"));
    if (!text_is_of(json_text(call, "text"), call) ||
        !text_is_of(json_text(event, "text"), event))
        fail_msg("not name and arguments: %s", json_text(event, "text"));
}

/* What the kit saw. An interrupted call is kept as "..." and a space. */
static json_t *
our_calls(json_t *lines)
{
    json_t *threads = json_object(), *event;
    size_t i;
    json_array_foreach(lines, i, event)
    {
        char tid[24];
        if (strcmp(json_text(event, "kind"), "return") != 0)
            continue;
        assert_belongs(lines, event);
        assert_result(event);
        if (is_exec(event))
            continue;
        snprintf(tid, sizeof tid, "%lld", json_number(event, "tid"));
        bool interrupted = json_is_true(json_object_get(event, "interrupted"));
        json_array_append_new(texts_of(threads, tid),
                              json_sprintf("%s%s", interrupted ? "... " : "",
                                           json_text(event, "text")));
    }
    return threads;
}

/* "... recv(4, ..., 64, 0) = interrupted" stands for this line, if EINTR was
 * the end of it. */
static bool
is_interruption(const char *ours, const char *theirs)
{
    const char *result = strstr(ours, " = interrupted");
    size_t length = result ? (size_t)(result - ours) - 4 : 0;
    return theirs && result && !strncmp(ours + 4, theirs, length) &&
           !strncmp(theirs + length, " = -1 EINTR ", 12);
}

static void
assert_thread(const char *tid, json_t *theirs, json_t *ours)
{
    json_t *text;
    size_t i, next = 0;
    json_array_foreach(ours, i, text)
    {
        const char *our = json_string_value(text);
        const char *their = json_string_value(json_array_get(theirs, next));
        if (!strncmp(our, "... ", 4))
            next += is_interruption(our, their); // else it began again
        else if (!their || strcmp(our, their) != 0)
            fail_msg("thread %s: it made \"%s\", shown is \"%s\"", tid,
                     their ? their : "(nothing)", our);
        else
            next++;
    }
    if (next < json_array_size(theirs))
        fail_msg("thread %s: missing is \"%s\"", tid,
                 json_string_value(json_array_get(theirs, next)));
}

size_t
assert_same_calls(json_t *lines)
{
    json_t *theirs = their_calls(), *ours = our_calls(lines), *texts;
    const char *tid;
    size_t count = 0;
    json_object_foreach(ours, tid, texts)
        assert_thread(tid, json_object_get(theirs, tid), texts);
    json_object_foreach(theirs, tid, texts)
    {
        if (!json_object_get(ours, tid))
            fail_msg("thread %s is not shown", tid);
        count += json_array_size(texts);
    }
    json_decref(theirs);
    json_decref(ours);
    return count;
}

void
assert_complete(const char *programs, size_t least)
{
    struct ran ran = trace(programs);
    if (ran.status != 0)
        fail_msg("exit status %d: %s", ran.status, ran.err);
    json_t *lines = json_lines(ran.out);
    assert_true(assert_same_calls(lines) >= least);
    json_decref(lines);
    ran_free(&ran);
}
