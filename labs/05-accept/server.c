/*
 * Lab 05, server: accept clients, then tell each of them who it is.
 *
 *     ./server ADDRESS PORT [CLIENTS]
 *
 * CLIENTS, 2 by default and at most 8, are accepted before one is told.
 */
#include <arpa/inet.h>  /* inet_pton, inet_ntoa */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, snprintf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, accept, getsockname, getpeername, send */
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
    char text[64];
    int connections[8], clients = argc > 3 ? atoi(argv[3]) : 2;
    struct sockaddr_in here = { .sin_family = AF_INET }, own, peer;
    socklen_t length = sizeof here;

    if (argc < 3 || inet_pton(AF_INET, argv[1], &here.sin_addr) != 1 ||
        clients < 1 || clients > 8) {
        fprintf(stderr, "usage: %s ADDRESS PORT [CLIENTS]\n", argv[0]);
        return 2;
    }
    here.sin_port = htons(atoi(argv[2]));
    int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(bind(listener, (struct sockaddr *)&here, sizeof here), "bind");
    check(listen(listener, 5), "listen");
    printf("server: socket %d listens on port %s\n", listener, argv[2]);

    for (int i = 0; i < clients; i++) {
        struct pollfd ready = { .fd = listener, .events = POLLIN };
        check(poll(&ready, 1, -1), "poll");
        /* A new socket for this client alone, and no new port. */
        int s = connections[i] = check(accept(listener, NULL, NULL), "accept");
        check(getsockname(s, (struct sockaddr *)&own, &length), "getsockname");
        printf("server: socket %d has port %d\n", s, ntohs(own.sin_port));
    }
    for (int i = 0; i < clients; i++) {
        int s = connections[i];
        check(getpeername(s, (struct sockaddr *)&peer, &length), "getpeername");
        int n = snprintf(text, sizeof text, "you are %s:%d",
                         inet_ntoa(peer.sin_addr), ntohs(peer.sin_port));
        check(send(s, text, n, 0), "send");
    }
    for (int i = 0; i < clients; i++) {
        while (check(recv(connections[i], text, sizeof text, 0), "recv") > 0)
            ;
        check(close(connections[i]), "close");
    }
    return 0;
}
