/* Clients of an echo server, one after the other or, with "threads", all at
 * once; every call is written down.
 *
 *     echo_clients PORT CLIENTS [threads|silent]
 */
#include "logged.h"

#include <pthread.h>

static int port, is_silent;

static void *
talk(void *number)
{
    char octets[256], words[32];
    int length = snprintf(words, sizeof words, "client %ld", (long)number);
    int fd = logged_connect(port);
    if (!is_silent) {
        logged_send(fd, words, (size_t)length, 0);
        said(shutdown(fd, SHUT_WR), "shutdown(%d, SHUT_WR)", fd);
        while (logged_recv(fd, octets, sizeof octets) > 0)
            ;
    }
    logged_close(fd);
    return NULL;
}

int
main(int argc, char **argv)
{
    pthread_t threads[64];
    if (argc < 3)
        return 2;
    port = atoi(argv[1]);
    long clients = atoi(argv[2]);
    int at_once = argc > 3 && !strcmp(argv[3], "threads") && clients <= 64;
    is_silent = argc > 3 && !strcmp(argv[3], "silent");
    log_open();
    for (long i = 0; i < clients; i++)
        if (at_once)
            pthread_create(&threads[i], NULL, talk, (void *)i);
        else
            talk((void *)i);
    for (long i = 0; at_once && i < clients; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
