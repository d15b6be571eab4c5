/* notation_line: one line of the notation. */
#ifndef TCPLAB_NOTATION_LINE_H
#define TCPLAB_NOTATION_LINE_H

#include "notation_word.h"

/*
 * Read what happens from `words`: a call, a segment, a state ... The words that
 * qualify it are left. `line` is in place and zero; a mistake is in `words`.
 */
void line_read(struct line *line, struct words *words);

/* Read the words that qualify `line`, up to the end. */
void line_qualify(struct line *line, struct words *words);

/* Is the next word one that qualifies a line? */
bool line_is_qualified(struct words *words);

void line_clear(struct line *line);

/* The kind of an option by its name, "mss"; 0: none of them. */
uint8_t line_option_kind(struct span word);

#endif
