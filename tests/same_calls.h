/*
 * same_calls: the calls that traced programs wrote down themselves are those
 * that the trace shows, thread by thread.
 */
#ifndef TCPLAB_TESTS_SAME_CALLS_H
#define TCPLAB_TESTS_SAME_CALLS_H

#include <jansson.h>
#include <stddef.h>

/* None is missing in the trace's lines, and none too much. Returns how many
 * calls there were. */
size_t assert_same_calls(json_t *lines);

/* Trace the programs and compare; at least `least` calls were made. */
void assert_complete(const char *programs, size_t least);

#endif
