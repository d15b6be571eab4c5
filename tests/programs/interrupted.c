/* A server that SIGALRM interrupts in accept, recv or poll, after which the
 * kernel begins the call again (SA_RESTART) or gives EINTR; every call is
 * written down.
 *
 *     interrupted PORT restart|eintr accept|recv|poll
 */
#include "logged.h"

#include <poll.h>
#include <signal.h>
#include <sys/time.h>

static void
hear(int number)
{
    (void)number;
}

static void
alarm_soon(int restart)
{
    struct sigaction action = { .sa_handler = hear,
                                .sa_flags = restart ? SA_RESTART : 0 };
    struct itimerval once = { { 0, 0 }, { 0, 100000 } };
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &once, NULL);
}

static void
poll_in_vain(int listener)
{
    struct pollfd set = { listener, POLLIN, 0 };
    long count;
    do {
        count = poll(&set, 1, 3000);
        said(count, "poll([%d: POLLIN%s], 1, 3000)", listener,
             count > 0 ? " ready POLLIN" : "");
    } while (count < 0);
}

int
main(int argc, char **argv)
{
    char octets[64];
    if (argc < 4)
        return 2;
    int restart = !strcmp(argv[2], "restart"), connection;
    log_open();
    int listener = logged_listen(atoi(argv[1]), 5);
    if (strcmp(argv[3], "recv") != 0)
        alarm_soon(restart);
    if (!strcmp(argv[3], "poll"))
        poll_in_vain(listener);
    while ((connection = logged_accept(listener)) < 0)
        ;
    if (!strcmp(argv[3], "recv"))
        alarm_soon(restart);
    while (logged_recv(connection, octets, sizeof octets) < 0)
        ;
    logged_close(connection);
    logged_close(listener);
    return 0;
}
