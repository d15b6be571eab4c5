/*
 * Lab 11, client: ask for a connection, and say why and when it failed.
 *
 *     ./client ADDRESS PORT [LIMIT_MS]
 *
 * LIMIT_MS: how long TCP may wait for an answer; without it, the system's own
 * limit counts.
 */
#include <arpa/inet.h>   /* inet_pton */
#include <netinet/in.h>  /* sockaddr_in */
#include <netinet/tcp.h> /* TCP_USER_TIMEOUT */
#include <stdio.h>       /* printf, perror */
#include <stdlib.h>      /* atoi, exit */
#include <sys/socket.h>  /* socket, setsockopt, connect */
#include <time.h>        /* clock_gettime */
#include <unistd.h>      /* close */

static int
check(int result, const char *call)
{
    if (result < 0) {
        perror(call);
        exit(1);
    }
    return result;
}

static double
seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
    unsigned limit_ms = argc > 3 ? atoi(argv[3]) : 0;
    struct sockaddr_in server = { .sin_family = AF_INET };

    if (argc < 3 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
        fprintf(stderr, "usage: %s ADDRESS PORT [LIMIT_MS]\n", argv[0]);
        return 2;
    }
    server.sin_port = htons(atoi(argv[2]));

    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    if (limit_ms)
        check(setsockopt(s, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit_ms,
                         sizeof limit_ms),
              "setsockopt");
    double began = seconds();
    /* The error tells who answered: a host, a router, or nobody. */
    if (connect(s, (struct sockaddr *)&server, sizeof server) < 0)
        perror("client: connect");
    else
        printf("client: connected\n");
    printf("client: after %.1f s\n", seconds() - began);
    check(close(s), "close");
    return 0;
}
