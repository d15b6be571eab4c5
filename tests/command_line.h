/* command_line: running the program as a user does. */
#ifndef TCPLAB_TESTS_COMMAND_LINE_H
#define TCPLAB_TESTS_COMMAND_LINE_H

#include <jansson.h>
#include <stddef.h>

struct ran {
    int status; // exit status; 128 + signal
    char *out, *err;
};

/*
 * Run a shell command, in which $TCPLAB is the program, made as printf does.
 * Free the result with ran_free().
 */
struct ran run(const char *format, ...) __attribute__((format(printf, 1, 2)));
void ran_free(struct ran *ran);

/* The JSON lines of `out`, as an array, to be freed with json_decref(); ends
 * the test when one is no JSON. */
json_t *json_lines(const char *out);

/* The lines of one kind. */
json_t *json_of_kind(json_t *lines, const char *kind);

const char *json_text(json_t *object, const char *key);
long long json_number(json_t *object, const char *key);

#endif
