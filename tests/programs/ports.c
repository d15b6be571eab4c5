/* Threads that connect at once, again and again, and threads that accept; each
 * asks where it has got to.
 *
 *     ports PORT THREADS TIMES
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    THREADS_MAX = 64
};

static struct sockaddr_in place = { .sin_family = AF_INET };
static int listener, times;

static void *
connect_again(void *unused)
{
    (void)unused;
    for (int i = 0; i < times; i++) {
        struct sockaddr_in own;
        socklen_t size = sizeof own;
        char octet;
        int s = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(s, (struct sockaddr *)&place, sizeof place) < 0 ||
            getsockname(s, (struct sockaddr *)&own, &size) < 0)
            exit(1);
        while (read(s, &octet, 1) > 0)
            ;
        close(s);
    }
    return NULL;
}

static void *
accept_again(void *unused)
{
    (void)unused;
    for (int i = 0; i < times; i++) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        int s = accept(listener, (struct sockaddr *)&peer, &size);
        if (s < 0)
            exit(1);
        close(s);
    }
    return NULL;
}

static int
run_all(void *(*work)(void *), int count)
{
    pthread_t threads[THREADS_MAX];
    for (int i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, work, NULL) != 0)
            return 1;
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

int
main(int argc, char **argv)
{
    int count = argc > 3 ? atoi(argv[2]) : 0, status;
    if (count < 1 || count > THREADS_MAX)
        return 2;
    times = atoi(argv[3]);
    place.sin_port = htons((uint16_t)atoi(argv[1]));
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&place, sizeof place) < 0 ||
        listen(listener, 128) < 0)
        return 1;
    if (fork() == 0)
        return run_all(accept_again, count);
    int failed = run_all(connect_again, count);
    wait(&status);
    return failed || status;
}
