/*
 * Lab 04, server: take one connection, send back what it says, and close when
 * the client has closed.
 *
 *     ./server ADDRESS PORT [WAIT_MS]
 *
 * WAIT_MS is the time between the client's end of file and our close().
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, bind, listen, accept, send, recv */
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
    int n;

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT [WAIT_MS]\n", argv[0]);
        return 2;
    }
    int wait_ms = argc > 3 ? atoi(argv[3]) : 500;
    struct sockaddr_in here = { .sin_family = AF_INET,
                                .sin_port = htons(atoi(argv[2])) };
    if (inet_pton(AF_INET, argv[1], &here.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", argv[1]);
        return 2;
    }

    int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(bind(listener, (struct sockaddr *)&here, sizeof here), "bind");
    check(listen(listener, 5), "listen");
    printf("server: listening on %s:%s\n", argv[1], argv[2]);
    fflush(stdout);

    struct pollfd ready = { .fd = listener, .events = POLLIN };
    check(poll(&ready, 1, -1), "poll");
    /* The handshake is over now: the kernel did it, before this accept(). */
    int connection = check(accept(listener, NULL, NULL), "accept");
    printf("server: accepted\n");

    while ((n = check(recv(connection, data, sizeof data, 0), "recv")) > 0)
        check(send(connection, data, n, 0), "send");

    printf("server: end of file, closing in %d ms\n", wait_ms);
    fflush(stdout);
    poll(NULL, 0, wait_ms);
    check(close(connection), "close");
    printf("server: closed\n");
    return 0;
}
