/*
 * Lab 18, server: answer one message with the number of this process, then wait
 * for the end of the stream.
 *
 *     ./server ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, snprintf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <string.h>     /* strlen */
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
    char data[100];

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

    int connection = check(accept(listener, NULL, NULL), "accept");
    check(recv(connection, data, sizeof data, 0), "recv");
    snprintf(data, sizeof data, "%d", getpid());
    check(send(connection, data, strlen(data), 0), "send");
    /* Silence. The kernel answers probes; this program does not hear of them. */
    check(recv(connection, data, sizeof data, 0), "recv");
    printf("server: end of stream\n");
    check(close(connection), "close");
    return 0;
}
