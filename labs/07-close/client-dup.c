/*
 * Lab 07, client: close one of two descriptors of a socket, then the other.
 *
 *     ./client-dup ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, connect, send */
#include <unistd.h>     /* close, dup */

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

    int copy = check(dup(s), "dup");
    /* No FIN: the socket has a descriptor left. */
    check(close(s), "close");
    printf("client: closed descriptor %d, %d is left\n", s, copy);

    check(send(copy, "bye", 3, 0), "send");
    printf("client: sent through descriptor %d\n", copy);

    check(close(copy), "close");
    printf("client: closed descriptor %d, none is left\n", copy);
    return 0;
}
