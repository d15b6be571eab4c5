/* description: inih's lines, kept in their order. */
#include "description.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line {
    char *section, *key, *value;
};

struct description {
    struct line *lines;
    size_t count, size;
};

/* A value that goes on in the next line comes as the same key again. */
static bool
goes_on(const struct description *d, const char *section, const char *key)
{
    const struct line *last = d->count ? &d->lines[d->count - 1] : NULL;
    return last && !strcmp(last->section, section) && !strcmp(last->key, key);
}

static bool
append(struct line *line, const char *value)
{
    char *longer;
    if (asprintf(&longer, "%s\n%s", line->value, value) < 0)
        return false;
    free(line->value);
    line->value = longer;
    return true;
}

static bool
has_room(struct description *d)
{
    if (d->count < d->size)
        return true;
    size_t size = d->size ? 2 * d->size : 64;
    struct line *larger = realloc(d->lines, size * sizeof *larger);
    if (!larger)
        return false;
    d->lines = larger;
    d->size = size;
    return true;
}

static int
take_line(void *context, const char *section, const char *key,
          const char *value)
{
    struct description *d = context;
    // `holds` may stand several times, each time with something new.
    if (goes_on(d, section, key))
        return append(&d->lines[d->count - 1], value);
    if (!has_room(d))
        return 0;
    struct line line = { strdup(section), strdup(key), strdup(value) };
    d->lines[d->count++] = line;
    return line.section && line.key && line.value;
}

struct description *
description_read(const char *path, char *why, size_t size)
{
    struct description *d = calloc(1, sizeof *d);
    int wrong = d ? ini_parse(path, take_line, d) : -2;
    if (wrong == 0)
        return d;
    if (wrong > 0)
        snprintf(why, size, "%s: line %d is neither [section] nor key = value",
                 path, wrong);
    else
        snprintf(why, size, "%s: %s", path, strerror(errno));
    description_free(d);
    return NULL;
}

void
description_free(struct description *d)
{
    for (size_t i = 0; d && i < d->count; i++) {
        free(d->lines[i].section);
        free(d->lines[i].key);
        free(d->lines[i].value);
    }
    if (d)
        free(d->lines);
    free(d);
}

const char *
description_value(const struct description *d, const char *section,
                  const char *key)
{
    for (size_t i = 0; i < d->count; i++)
        if (!strcmp(d->lines[i].section, section) &&
            !strcmp(d->lines[i].key, key))
            return d->lines[i].value;
    return NULL;
}

const char *
description_for(const struct description *d, const char *variant,
                const char *key)
{
    char section[128];
    snprintf(section, sizeof section, "variant %s", variant ? variant : "");
    const char *value = variant ? description_value(d, section, key) : NULL;
    return value ? value : description_value(d, "lab", key);
}

/* "no-listen" of "variant no-listen"; NULL when it is of another kind. */
static const char *
name_of(const char *section, const char *kind)
{
    size_t length = strlen(kind);
    return !strncmp(section, kind, length) && section[length] == ' '
               ? section + length + 1
               : NULL;
}

const char *
description_section(const struct description *d, const char *kind, size_t index)
{
    const char *last = "";
    for (size_t i = 0; i < d->count; i++) {
        const char *name = name_of(d->lines[i].section, kind);
        if (!name || !strcmp(name, last))
            continue;
        if (index-- == 0)
            return name;
        last = name;
    }
    return NULL;
}

bool
description_has_variant(const struct description *d, const char *variant)
{
    const char *name;
    for (size_t i = 0; variant; i++) {
        name = description_section(d, "variant", i);
        if (!name || !strcmp(name, variant))
            return name;
    }
    return true;
}
