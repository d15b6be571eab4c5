/*
 * counters: print what this host's TCP has counted, when it is quiet: no
 * connection moves any more, and two readings show the same.
 *
 *     counters at 1795280882123456789 InSegs 12 RetransSegs 1 InCsumErrors 0
 *
 * The time, since 1970 in ns, is when the first of the two readings was made. A
 * frame that the kernel has been given and not counted, because its softirq has
 * not run, is counted in the second: so what came until then is what is counted.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    COUNTERS = 3,
    QUIET_MS = 300,
    ROOM = 4096
};

static const char *const names[] = { "InSegs", "RetransSegs", "InCsumErrors" };

/* The n-th word of a line, from 0. */
static const char *
word(const char *line, int n)
{
    while (n-- > 0 && (line = strchr(line, ' ')))
        line++;
    return line ? line : "";
}

/* "Tcp: NAME NAME ..." and, below it, "Tcp: 1 2 ..." */
static long
counter(const char *head, const char *values, const char *name)
{
    size_t length = strlen(name);
    for (int n = 1; *word(head, n); n++) {
        const char *at = word(head, n);
        if (!strncmp(at, name, length) && strchr(" \n", at[length]))
            return atol(word(values, n));
    }
    return -1;
}

static void
read_counters(long counters[COUNTERS])
{
    char head[ROOM], values[ROOM];
    FILE *file = fopen("/proc/self/net/snmp", "r");
    if (!file) {
        perror("/proc/self/net/snmp");
        exit(1);
    }
    while (fgets(head, sizeof head, file) && strncmp(head, "Tcp:", 4) != 0)
        ;
    if (!fgets(values, sizeof values, file))
        exit(1);
    fclose(file);
    for (int i = 0; i < COUNTERS; i++)
        counters[i] = counter(head, values, names[i]);
}

/* Is a connection there that will still send or wait for something? Of its
 * states, 6 is TIME-WAIT and 0A LISTEN. */
static int
is_moving(void)
{
    char line[ROOM];
    int moving = 0;
    FILE *file = fopen("/proc/self/net/tcp", "r");
    if (!file || !fgets(line, sizeof line, file))
        exit(1);
    while (fgets(line, sizeof line, file)) {
        int state = -1;
        sscanf(line, " %*d: %*s %*s %x", &state);
        moving |= state != 6 && state != 10;
    }
    fclose(file);
    return moving;
}

int
main(void)
{
    long before[COUNTERS], now[COUNTERS];
    struct timespec at;
    do {
        read_counters(before);
        clock_gettime(CLOCK_REALTIME, &at);
        poll(NULL, 0, QUIET_MS);
        read_counters(now);
    } while (is_moving() || memcmp(before, now, sizeof now) != 0);
    printf("counters at %lld%09ld", (long long)at.tv_sec, at.tv_nsec);
    for (int i = 0; i < COUNTERS; i++)
        printf(" %s %ld", names[i], now[i]);
    printf("\n");
    return 0;
}
