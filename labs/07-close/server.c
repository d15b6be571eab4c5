/*
 * Lab 07, server: receive a message, and close, before or after the client.
 *
 *     ./server ADDRESS PORT [first | WAIT_MS]
 *
 * "first": close before the client. WAIT_MS, 500 by default: close after it, so
 * long after the end of its stream.
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <string.h>     /* strcmp */
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
    char data[100];
    const char *when = argc > 3 ? argv[3] : "500";

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT [first | WAIT_MS]\n", argv[0]);
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
    printf("server: received %d bytes\n",
           check(recv(connection, data, sizeof data, 0), "recv"));

    if (strcmp(when, "first") != 0) {
        check(recv(connection, data, sizeof data, 0), "recv");
        printf("server: end of stream, closing in %s ms\n", when);
        fflush(stdout);
        poll(NULL, 0, atoi(when));
    }
    /* Our FIN leaves now. Is it the first of the two? */
    check(close(connection), "close");
    printf("server: closed\n");
    return 0;
}
