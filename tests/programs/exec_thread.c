/* A program that makes a socket, and whose second thread then becomes another
 * program.
 *
 *     exec_thread PROGRAM [ARGUMENT ...]
 */
#include "logged.h"

#include <pthread.h>

static void *
become(void *words)
{
    char **argv = words;
    execv(argv[1], argv + 1);
    _exit(127);
}

int
main(int argc, char **argv)
{
    pthread_t thread;
    if (argc < 2)
        return 2;
    log_open();
    said(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
         "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 0)");
    pthread_create(&thread, NULL, become, argv);
    pause();
    return 0;
}
