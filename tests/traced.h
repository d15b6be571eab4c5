/* traced: programs, traced by tcplab in the best way this machine has. */
#ifndef TCPLAB_TESTS_TRACED_H
#define TCPLAB_TESTS_TRACED_H

#include <jansson.h>
#include <stdbool.h>

#include "command_line.h"

/* Where the programs of the tests are. */
#define PROGRAMS "build/programs/"

/* The best way of this machine; NULL: not even calls can be seen. */
extern const char *way;

/* Find it, as the setup of a group of tests. */
int find_way(void **state);

/* Skip the test where there is no way at all. */
void need_way(void);

/* Skip what is about segments, or about a namespace of the run's own. */
void need_namespace(void);

/* Skip the test where this shell command fails. */
void need_command(const char *command);

/* A new log for programs, in the environment. */
void new_log(void);

/* Trace a server and clients, given as --server and --client options, as JSON;
 * the trace is kept as scratch_path("run.pcapng"). */
struct ran trace(const char *programs);

/* Has a segment, as JSON, this flag? */
bool has_flag(json_t *segment, const char *flag);

#endif
