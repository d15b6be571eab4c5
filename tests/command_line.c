/* command_line: a shell, and what it printed. */
#include "command_line.h"

#include "claim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "scratch.h"

struct ran
run(const char *format, ...)
{
    char command[4096], whole[8192];
    const char *out = scratch_path("stdout"), *err = scratch_path("stderr");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    snprintf(whole, sizeof whole, "{ %s\n} >%s 2>%s </dev/null", command, out,
             err);
    int status = system(whole);
    return (struct ran){ .status = WIFEXITED(status) ? WEXITSTATUS(status)
                                                     : 128 + WTERMSIG(status),
                         .out = scratch_read(out, NULL),
                         .err = scratch_read(err, NULL) };
}

void
ran_free(struct ran *ran)
{
    free(ran->out);
    free(ran->err);
}

json_t *
json_lines(const char *out)
{
    json_t *array = json_array();
    while (*out) {
        json_error_t error;
        size_t length = strcspn(out, "\n");
        json_t *line = json_loadb(out, length, 0, &error);
        if (!line)
            fail_msg("no JSON: %.*s: %s", (int)length, out, error.text);
        json_array_append_new(array, line);
        out += length + (out[length] == '\n');
    }
    return array;
}

json_t *
json_of_kind(json_t *lines, const char *kind)
{
    json_t *some = json_array(), *line;
    size_t i;
    json_array_foreach(lines, i, line)
    {
        if (!strcmp(json_text(line, "kind"), kind))
            json_array_append(some, line);
    }
    return some;
}

const char *
json_text(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "null";
}

long long
json_number(json_t *object, const char *key)
{
    json_t *number = json_object_get(object, key);
    if (!json_is_integer(number))
        fail_msg("%s is no number", key);
    return json_integer_value(number);
}
