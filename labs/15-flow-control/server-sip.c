/*
 * Lab 15, server: a small receive buffer; a sip first, and the rest later.
 *
 *     ./server-sip ADDRESS PORT [WAIT_MS [TOTAL]]
 *
 * It reads 1000 bytes after WAIT_MS, 400 by default, and the rest after twice as
 * long. After TOTAL bytes, 20000 by default, it answers.
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, setsockopt, bind, listen, accept, recv */
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
    static char data[30000];
    int wait_ms = argc > 3 ? atoi(argv[3]) : 400;
    int total = argc > 4 ? atoi(argv[4]) : 20000;
    int room = 8000, got, all = 0;
    socklen_t size = sizeof room;

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT [WAIT_MS [TOTAL]]\n", argv[0]);
        return 2;
    }
    struct sockaddr_in here = { .sin_family = AF_INET,
                                .sin_port = htons(atoi(argv[2])) };
    if (inet_pton(AF_INET, argv[1], &here.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", argv[1]);
        return 2;
    }

    int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    /* The window never offers more than there is room for here. */
    check(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &room, size), "rcvbuf");
    check(bind(listener, (struct sockaddr *)&here, sizeof here), "bind");
    check(listen(listener, 5), "listen");
    printf("server: listening on %s:%s\n", argv[1], argv[2]);
    fflush(stdout);

    int connection = check(accept(listener, NULL, NULL), "accept");
    printf("server: working for %d ms\n", wait_ms);
    fflush(stdout);
    poll(NULL, 0, wait_ms);

    /* Room for 1000 bytes is free again. TCP does not tell of so little. */
    all = check(recv(connection, data, 1000, 0), "recv");
    printf("server: took a sip of %d bytes\n", all);
    fflush(stdout);
    poll(NULL, 0, 2 * wait_ms);
    printf("server: reading\n");
    fflush(stdout);
    while ((got = check(recv(connection, data, 30000, 0), "recv")) > 0) {
        all += got;
        if (all == total)
            check(send(connection, "all", 3, MSG_NOSIGNAL), "send");
    }
    printf("server: end of stream after %d bytes\n", all);
    check(close(connection), "close");
    return 0;
}
