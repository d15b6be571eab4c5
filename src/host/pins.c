/* pins: files below /proc/sys. */
#include "pins.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const own[] = {
    // Every run alike.
    "net.ipv4.tcp_congestion_control=reno",
    "net.ipv4.tcp_early_retrans=0",
    "net.ipv4.tcp_syn_linear_timeouts=0",
    "net.ipv4.tcp_no_metrics_save=1",
    "net.ipv4.tcp_rmem=4096 131072 6291456",
    "net.ipv4.tcp_wmem=4096 16384 4194304",
    "net.ipv4.icmp_ratelimit=0",
    // Somebody talks while a call is held.
    "net.ipv4.tcp_fin_timeout=3600",
    "net.ipv4.tcp_synack_retries=255",
    "net.ipv4.tcp_syn_retries=127",
    "net.ipv4.tcp_orphan_retries=100",
    "net.ipv4.tcp_retries2=100",
};

/* "net.ipv4.tcp_sack=0" to /proc/sys/net/ipv4/tcp_sack. */
bool
pin_set(const char *pin)
{
    char path[256];
    const char *equals = strchr(pin, '=');
    if (!equals || snprintf(path, sizeof path, "/proc/sys/%.*s",
                            (int)(equals - pin), pin) >= (int)sizeof path)
        return false;
    for (char *c = path + strlen("/proc/sys/"); *c; c++)
        *c = *c == '.' ? '/' : *c;
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size_t length = strlen(equals + 1);
    bool done = write(fd, equals + 1, length) == (ssize_t)length;
    close(fd);
    return done;
}

static bool
set_and_tell(const char *pin, char *told, size_t size)
{
    size_t used = strlen(told);
    if (!pin_set(pin))
        return false;
    snprintf(told + used, size - used, "%s%s", used ? ", " : "", pin);
    return true;
}

int
pins_set(const char *const more[], int count, char *told, size_t size)
{
    told[0] = '\0';
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        set_and_tell(own[i], told, size);
    int missing = 0;
    for (int i = 0; i < count; i++)
        missing += !set_and_tell(more[i], told, size);
    return missing;
}
