/*
 * Lab 06, server: wait until the client has closed, and only then receive.
 *
 *     ./server ADDRESS PORT [SIZE]
 *
 * SIZE is the most that one recv() asks for.
 */
#define _GNU_SOURCE 1   /* POLLRDHUP */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, malloc, exit */
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
    int n, size = argc > 3 ? atoi(argv[3]) : 100;
    char *data = malloc(size);

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT [SIZE]\n", argv[0]);
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
    struct pollfd ended = { .fd = connection, .events = POLLRDHUP };
    check(poll(&ended, 1, -1), "poll");
    printf("server: the client has closed, and nothing is received yet\n");

    do {
        /* It gives what is there, up to size: where a send() ended is lost. */
        n = check(recv(connection, data, size, 0), "recv");
        printf("server: recv gave %d bytes: \"%.*s\"\n", n, n < 40 ? n : 40,
               data);
    } while (n > 0);

    check(close(connection), "close");
    printf("server: 0 is the end of the stream; closed\n");
    return 0;
}
