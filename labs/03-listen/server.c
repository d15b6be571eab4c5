/*
 * Lab 03, server: ask for connections too early, then listen, and take one.
 *
 *     ./server ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, bind, listen, accept, recv */
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
    char data[4096];

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT\n", argv[0]);
        return 2;
    }
    struct sockaddr_in here = { .sin_family = AF_INET,
                                .sin_port = htons(atoi(argv[2])) };
    if (inet_pton(AF_INET, argv[1], &here.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", argv[1]);
        return 2;
    }

    int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(bind(listener, (struct sockaddr *)&here, sizeof here), "bind");
    if (accept(listener, NULL, NULL) < 0)
        perror("server: accept before listen");

    /* From here on the kernel itself takes connections for this socket. */
    check(listen(listener, 5), "listen");
    printf("server: listening on %s:%s\n", argv[1], argv[2]);
    fflush(stdout);

    struct pollfd ready = { .fd = listener, .events = POLLIN };
    check(poll(&ready, 1, -1), "poll");
    printf("server: a connection is there, and nobody has accepted it\n");

    int connection = check(accept(listener, NULL, NULL), "accept");
    while (check(recv(connection, data, sizeof data, 0), "recv") > 0)
        ;
    check(close(connection), "close");
    check(close(listener), "close");
    printf("server: accepted it and closed it\n");
    return 0;
}
