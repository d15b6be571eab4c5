/*
 * view_json_segment: the JSON of segments and their fates, and the values that
 * every line is made of.
 */
#ifndef TCPLAB_VIEW_JSON_SEGMENT_H
#define TCPLAB_VIEW_JSON_SEGMENT_H

#include <jansson.h>

#include "view.h"

/* Add to `line` what a segment is, or what became of a frame. */
void segment_json(const struct view *view, const struct event *event,
                  json_t *line);
void fate_json(const struct event *event, json_t *line);

/* New values: a number as a string of digits, an address, an address and a
 * port, and a number or null. */
json_t *decimal_json(int64_t number);
json_t *address_json(const struct address *address);
json_t *endpoint_json(const struct endpoint *endpoint);
json_t *null_or(bool present, json_int_t value);

#endif
