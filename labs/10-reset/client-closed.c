/*
 * Lab 10, client: write, and write again, to a peer that has closed.
 *
 *     ./client-closed ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, connect, send, recv */
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
    char data[100];

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT\n", argv[0]);
        return 2;
    }
    struct sockaddr_in server = { .sin_family = AF_INET,
                                  .sin_port = htons(atoi(argv[2])) };
    if (inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", argv[1]);
        return 2;
    }

    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(connect(s, (struct sockaddr *)&server, sizeof server), "connect");
    printf("client: connected\n");

    if (check(recv(s, data, sizeof data, 0), "recv") == 0)
        printf("client: end of stream\n");

    /* It succeeds: a FIN does not say whether the peer still reads. */
    check(send(s, "1", 1, 0), "send");
    struct pollfd reset = { .fd = s, .events = 0 }; /* errors alone */
    check(poll(&reset, 1, -1), "poll");
    printf("client: the first send worked, and then came a reset\n");

    /* Without MSG_NOSIGNAL the signal SIGPIPE would end us here. */
    if (send(s, "2", 1, MSG_NOSIGNAL) < 0)
        perror("client: second send");
    printf("client: then recv gives %d\n", (int)recv(s, data, sizeof data, 0));
    check(close(s), "close");
    return 0;
}
