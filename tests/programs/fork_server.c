/* A server with a process for each client; every call is written down. With
 * "exit" a child leaves it to its end to close the connection.
 *
 *     fork_server PORT CLIENTS [exit]
 */
#include "logged.h"

#include <sys/wait.h>

static void
serve(int listener, int connection, int by_exit)
{
    char octets[256];
    logged_close(listener);
    if (!by_exit)
        logged_echo(connection);
    while (by_exit && logged_recv(connection, octets, sizeof octets) > 0)
        ;
    _exit(0);
}

int
main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    int clients = atoi(argv[2]);
    log_open();
    int listener = logged_listen(atoi(argv[1]), 64);
    for (int i = 0; i < clients; i++) {
        int connection = logged_accept(listener);
        if (fork() == 0)
            serve(listener, connection, argc > 3);
        logged_close(connection);
    }
    while (wait(NULL) > 0)
        ;
    logged_close(listener);
    return 0;
}
