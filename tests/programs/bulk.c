/* Many octets one way; every call is written down.
 *
 *     bulk PORT MEGABYTES      sends them
 *     bulk PORT                takes them
 */
#include "logged.h"

static char octets[1 << 16];

static void
give(int fd, long left)
{
    while (left > 0) {
        long n = logged_send(fd, octets, sizeof octets, 0);
        if (n < 0)
            _exit(1);
        left -= n;
    }
    logged_close(fd);
}

static void
take(int fd)
{
    while (logged_recv(fd, octets, sizeof octets) > 0)
        ;
    logged_close(fd);
}

int
main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    log_open();
    if (argc > 2) {
        give(logged_connect(atoi(argv[1])), atol(argv[2]) * 1000000);
    } else {
        int listener = logged_listen(atoi(argv[1]), 5);
        take(logged_accept(listener));
        logged_close(listener);
    }
    return 0;
}
