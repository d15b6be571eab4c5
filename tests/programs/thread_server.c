/* A server with a thread for each client; every call is written down.
 *
 *     thread_server PORT CLIENTS
 */
#include "logged.h"

#include <pthread.h>

enum {
    CLIENTS_MAX = 64
};

static void *
serve(void *connection)
{
    logged_echo((int)(long)connection);
    return NULL;
}

int
main(int argc, char **argv)
{
    pthread_t threads[CLIENTS_MAX];
    if (argc < 3)
        return 2;
    int clients = atoi(argv[2]);
    log_open();
    int listener = logged_listen(atoi(argv[1]), CLIENTS_MAX);
    for (long i = 0; i < clients && i < CLIENTS_MAX; i++) {
        long connection = logged_accept(listener);
        pthread_create(&threads[i], NULL, serve, (void *)connection);
    }
    for (int i = 0; i < clients && i < CLIENTS_MAX; i++)
        pthread_join(threads[i], NULL);
    logged_close(listener);
    return 0;
}
