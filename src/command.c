/* command: what all commands say in the same way. */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../capture/source.h"

int
wrong_usage(const char *command, const char *why)
{
    fprintf(stderr, "tcplab %s: %s\n'tcplab %s --help' tells how.\n", command,
            why, command);
    return EXIT_USAGE;
}

int
system_refused(const char *thing)
{
    fprintf(stderr, "tcplab: %s: %s\n", thing, strerror(errno));
    return EXIT_SYSTEM;
}

int
opening_failed(const char *name, const struct source_error *error)
{
    fprintf(stderr, "tcplab: %s: %s\n", name, error->text);
    switch (error->failure) {
    case SOURCE_REFUSED:
        return EXIT_SYSTEM;
    case SOURCE_NOT_ONE:
        return EXIT_NO;
    case SOURCE_FILTER:
        return EXIT_USAGE;
    }
    return EXIT_SYSTEM;
}

char *
words_join(char **words, int count)
{
    size_t size = 1;
    for (int i = 0; i < count; i++)
        size += strlen(words[i]) + 1;
    char *joined = calloc(1, size);
    for (int i = 0; joined && i < count; i++) {
        strcat(joined, words[i]);
        if (i < count - 1)
            strcat(joined, " ");
    }
    return joined;
}
