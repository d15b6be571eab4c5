/* description: a lab's lab.ini: title, programs, variants, questions. */
#ifndef TCPLAB_DESCRIPTION_H
#define TCPLAB_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>

struct description;

/* Read the file `path`. NULL, with `why` (of `size`) filled in. */
struct description *description_read(const char *path, char *why, size_t size);
void description_free(struct description *description);

/* The value of `key` in `section`; a value of several lines has a newline
 * between them. NULL: there is none. Lent by `description`. */
const char *description_value(const struct description *description,
                              const char *section, const char *key);

/* The same of the lab's variant, or else of the lab; `variant` may be NULL. */
const char *description_for(const struct description *description,
                            const char *variant, const char *key);

/* The name of the `index`th section of a kind: "variant", "question". NULL:
 * there are not so many. */
const char *description_section(const struct description *description,
                                const char *kind, size_t index);

/* Has the lab this variant? NULL is the lab itself. */
bool description_has_variant(const struct description *description,
                             const char *variant);

#endif
