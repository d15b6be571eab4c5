/* exceptions: exceptions.tsv, and whether it is still true. */
#include "exceptions.h"

#include <err.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The row of a line, which it borrows from. False: it is empty. */
static bool
read_row(char *line, struct exception *row)
{
    if (*line == '#' || *line == '\0')
        return false;
    *row = (struct exception){ .name = strsep(&line, "\t"),
                               .line = strsep(&line, "\t"),
                               .how = strsep(&line, "\t"),
                               .reason = line };
    if (!row->line || !row->how || !row->reason || !*row->reason)
        errx(3, "exceptions: %s: four columns between tabs, please", row->name);
    return true;
}

struct exceptions
exceptions_load(const char *path)
{
    struct exceptions exceptions = { 0 };
    size_t size = 0, room = 0;
    FILE *file = fopen(path, "r");
    if (!file)
        err(3, "%s", path);
    if (getdelim(&exceptions.text, &size, '\0', file) < 0)
        *(exceptions.text = realloc(exceptions.text, 1)) = '\0';
    fclose(file);
    for (char *rest = exceptions.text, *line; (line = strsep(&rest, "\n"));) {
        struct exception row;
        if (!read_row(line, &row))
            continue;
        if (exceptions.count == room) {
            room = room ? 2 * room : 16;
            exceptions.rows =
                realloc(exceptions.rows, room * sizeof *exceptions.rows);
            if (!exceptions.rows)
                err(3, "exceptions");
        }
        exceptions.rows[exceptions.count++] = row;
    }
    return exceptions;
}

void
exceptions_clear(struct exceptions *exceptions)
{
    free(exceptions->rows);
    free(exceptions->text);
}

bool
exceptions_has(const struct exceptions *exceptions, const char *name,
               const char *line, const char *how, bool bites)
{
    for (size_t i = 0; i < exceptions->count; i++) {
        struct exception *row = &exceptions->rows[i];
        if (fnmatch(row->name, name, 0))
            continue;
        row->is_met = true;
        if (fnmatch(row->line, line, 0) || strcmp(row->how, how))
            continue;
        row->is_used |= !bites;
        return true;
    }
    return false;
}

bool
exceptions_tell_stale(const struct exceptions *exceptions)
{
    bool stale = false;
    for (size_t i = 0; i < exceptions->count; i++) {
        const struct exception *row = &exceptions->rows[i];
        if (row->is_used || !row->is_met)
            continue;
        printf("exceptions: no longer true: %s\t%s\t%s\n", row->name, row->line,
               row->how);
        stale = true;
    }
    return stale;
}
