/*
 * Lab 02, server: give a socket its port, and see who else may have it.
 *
 *     ./server ADDRESS PORT [WAIT_MS]
 *
 * WAIT_MS is the time for which the port is kept at the end, 0 by default.
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, bind */
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

int
main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT [WAIT_MS]\n", argv[0]);
        return 2;
    }
    int wait_ms = argc > 3 ? atoi(argv[3]) : 0;
    struct sockaddr_in here = { .sin_family = AF_INET,
                                .sin_port = htons(atoi(argv[2])) };
    if (inet_pton(AF_INET, argv[1], &here.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", argv[1]);
        return 2;
    }

    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    /* From here on this address and port are taken. Nothing is sent. */
    check(bind(s, (struct sockaddr *)&here, sizeof here), "bind");
    printf("server: bound to %s:%s\n", argv[1], argv[2]);

    struct sockaddr_in any = { .sin_family = AF_INET };
    if (bind(s, (struct sockaddr *)&any, sizeof any) < 0)
        perror("server: a second name for the same socket");
    else
        printf("server: this kernel gave the socket a second name\n");

    int other = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    if (bind(other, (struct sockaddr *)&here, sizeof here) < 0)
        perror("server: the same name for a second socket");
    else
        printf("server: this kernel gave the name twice\n");
    fflush(stdout);

    poll(NULL, 0, wait_ms);
    check(close(other), "close");
    check(close(s), "close");
    printf("server: the port is free again\n");
    return 0;
}
