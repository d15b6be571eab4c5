/*
 * Lab 07, client: send a message, and close, before or after the server.
 *
 *     ./client ADDRESS PORT [first | WAIT_MS]
 *
 * "first", the default: close before the server. WAIT_MS: close after it, so
 * long after the end of its stream.
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <string.h>     /* strcmp */
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
    const char *when = argc > 3 ? argv[3] : "first";

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT [first | WAIT_MS]\n", argv[0]);
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

    check(send(s, "bye", 3, 0), "send");
    if (strcmp(when, "first") != 0) {
        check(recv(s, data, sizeof data, 0), "recv");
        printf("client: end of stream, closing in %s ms\n", when);
        fflush(stdout);
        poll(NULL, 0, atoi(when));
    }
    /* Our FIN leaves now. Is it the first of the two? */
    check(close(s), "close");
    printf("client: closed\n");
    return 0;
}
