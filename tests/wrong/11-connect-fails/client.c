/*
 * Lab 11, a wrong client: it limits the call, and not TCP's patience. The call
 * comes back too early, and says that the connection is "in progress".
 *
 *     ./client ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, setsockopt, connect */
#include <sys/time.h>   /* timeval */
#include <time.h>       /* clock_gettime */
#include <unistd.h>     /* close */

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
    struct timeval limit = { .tv_sec = 5 };
    struct sockaddr_in server = { .sin_family = AF_INET };

    if (argc < 3 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
        fprintf(stderr, "usage: %s ADDRESS PORT\n", argv[0]);
        return 2;
    }
    server.sin_port = htons(atoi(argv[2]));

    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit),
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
