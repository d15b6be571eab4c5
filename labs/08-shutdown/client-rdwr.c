/*
 * Lab 08, client: end both directions, though the server has more to say.
 *
 *     ./client-rdwr ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, connect, send, shutdown */
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

    check(send(s, "half", 4, 0), "send");
    /* Both directions end now, for both descriptors. close() would wait. */
    check(shutdown(s, SHUT_RDWR), "shutdown");
    printf("client: both directions have ended\n");

    check(close(s), "close");
    check(close(copy), "close");
    printf("client: closed descriptors %d and %d\n", s, copy);
    return 0;
}
