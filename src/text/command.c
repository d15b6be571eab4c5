/* command: what all commands say in the same way. */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../capture/source.h"
#include "text.h"

int
worse_status(int one, int two)
{
    static const int weight[] = { [EXIT_YES] = 0,
                                  [EXIT_NOT_CHECKED] = 1,
                                  [EXIT_NO] = 2,
                                  [EXIT_SYSTEM] = 3,
                                  [EXIT_USAGE] = 4 };
    return weight[two] > weight[one] ? two : one;
}

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
flush_standard_output(void)
{
    if (fflush(stdout) == 0 || errno == EPIPE)
        return EXIT_YES;
    return system_refused("standard output");
}

int
opening_failed(const char *name, const struct source_error *error)
{
    char escaped[512];
    struct text t = text_over(escaped, sizeof escaped - 1);
    text_escaped(&t, (const uint8_t *)name, strlen(name));
    *t.next = '\0';
    fprintf(stderr, "tcplab: %s: %s\n", escaped, error->text);
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
