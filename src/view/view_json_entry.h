/* view_json_entry: the JSON lines of what a stage told of a run. */
#ifndef TCPLAB_VIEW_JSON_ENTRY_H
#define TCPLAB_VIEW_JSON_ENTRY_H

#include <jansson.h>

#include "../event/event.h"
#include "../expect/expectation.h"

/* Add to `line` what `event`, which has an entry, tells. */
void entry_json(const struct event *event, json_t *line);

/* What a stage told, as a string; what is not UTF-8 is escaped. */
json_t *span_json(struct span span);

/* Add what an expected line came to. */
void check_json(const struct expectation_line *check, json_t *line);

#endif
