/*
 * Lab 05, server: tell each client the number of this process, to be stopped.
 *
 *     ./server-stop ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, snprintf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, bind, listen, accept, send, recv */
#include <unistd.h>     /* getpid, close */

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
    char text[64];
    int connections[2];

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
    check(listen(listener, 5), "listen");
    printf("server: process %d listens\n", getpid());

    for (int i = 0; i < 2; i++) {
        struct pollfd ready = { .fd = listener, .events = POLLIN };
        /* Stopped here, this program cannot accept anybody. */
        check(poll(&ready, 1, -1), "poll");
        connections[i] = check(accept(listener, NULL, NULL), "accept");
        printf("server: accepted connection %d\n", i + 1);
        int n = snprintf(text, sizeof text, "%d", getpid());
        check(send(connections[i], text, n, 0), "send");
    }
    for (int i = 0; i < 2; i++) {
        while (check(recv(connections[i], text, sizeof text, 0), "recv") > 0)
            ;
        check(close(connections[i]), "close");
    }
    return 0;
}
