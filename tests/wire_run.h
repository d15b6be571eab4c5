/* wire_run: a lab, run on a wire by the command line, and what its JSON tells. */
#ifndef TCPLAB_TESTS_WIRE_RUN_H
#define TCPLAB_TESTS_WIRE_RUN_H

#include <jansson.h>
#include <stdbool.h>

#include "command_line.h"

/* Skip the test where no wire can be laid, as the setup found out. */
int find_wire(void **state);
void need_wire(void);

struct wire_run {
    struct ran ran;
    json_t *lines; // its JSON
};

/*
 * Run `tcplab run OPTIONS --as json` on a wire. `keys` is the shell command that
 * gives the keys, with no quotes around it: "printf '\\nd\\n'", or NO_KEYS.
 * The trace is kept as scratch_path("wire.pcapng"). Free the result with
 * wire_run_free().
 */
#define NO_KEYS ":"
struct wire_run wire_run(const char *keys, const char *options);
void wire_run_free(struct wire_run *run);

/* Is `word` among what a segment or a fate is? */
bool wire_is(json_t *line, const char *word);

/* The n-th segment, from 1, that `from` sends and that is `word`; ends the test
 * when there is none. wire_segments() counts them. */
json_t *wire_segment(const struct wire_run *run, const char *from,
                     const char *word, int n);
int wire_segments(const struct wire_run *run, const char *from,
                  const char *word);

/* How often `fate` befell a segment. */
int wire_fates(const struct wire_run *run, json_t *segment, const char *fate);

/* The n-th such fate of it, from 1; ends the test when there is none. */
json_t *wire_fate(const struct wire_run *run, json_t *segment, const char *fate,
                  int n);

/* This fate befell it, once, for this reason; NULL: for none. */
void assert_fate(const struct wire_run *run, json_t *segment, const char *fate,
                 const char *why);

/* The line of its only connection, which both sides closed, after a handshake. */
json_t *assert_ended_well(const struct wire_run *run);

long long wire_time(json_t *line);

#endif
