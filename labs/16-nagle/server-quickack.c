/*
 * Lab 16, server: the same, and acknowledge at once.
 *
 *     ./server-quickack ADDRESS PORT
 */
#include <arpa/inet.h>   /* inet_pton */
#include <netinet/in.h>  /* sockaddr_in */
#include <netinet/tcp.h> /* TCP_QUICKACK */
#include <stdio.h>       /* printf, perror */
#include <stdlib.h>      /* atoi, exit */
#include <sys/socket.h>  /* socket, setsockopt, accept, recv, send */
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

int
main(int argc, char **argv)
{
    char data[4];
    int on = 1, got;

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
    printf("server: listening on %s:%s\n", argv[1], argv[2]);
    fflush(stdout);

    int connection = check(accept(listener, NULL, NULL), "accept");
    do {
        /* Linux forgets it soon, so it is set again before each recv. */
        check(setsockopt(connection, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on),
              "quickack");
        got = check(recv(connection, data, 4, 0), "recv");
        if (got > 0 && data[got - 1] == '\n')
            check(send(connection, "ok\n", 3, MSG_NOSIGNAL), "send");
    } while (got > 0);
    printf("server: end of stream\n");
    check(close(connection), "close");
    return 0;
}
