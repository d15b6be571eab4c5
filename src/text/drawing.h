/* drawing: the header of RFC 9293, 3.1, filled with a segment's values. */
#ifndef TCPLAB_DRAWING_H
#define TCPLAB_DRAWING_H

#include "../../capture/connection.h"
#include "../../capture/decode.h"
#include "output.h"

/* Write the drawing of a decoded segment's header, then the options, each on a
 * line. `connection` (NULL: not known) gives sequence numbers their letters;
 * `from` sent the segment. */
void draw_header(struct output *output, const struct decoded *decoded,
                 const struct connection *connection, enum role from);

/* One option with its content: "window scale 10 (x 1024)". */
struct option;
void text_option(struct text *text, const struct option *option);

/* All options of a segment, each with ", " in front, and what is wrong with
 * them. */
void text_options(struct text *text, const struct segment *segment);

#endif
