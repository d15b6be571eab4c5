/*
 * Lab 09, client: connect, and close, before or after the server.
 *
 *     ./client ADDRESS PORT [CLOSER]
 *
 * CLOSER is who closes first, "server" or "client".
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <string.h>     /* strcmp */
#include <sys/socket.h> /* socket, connect, recv */
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
    char data[100], *closer = argc > 3 ? argv[3] : "server";

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT [CLOSER]\n", argv[0]);
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

    /* Whoever closes first keeps the connection for a minute, in TIME-WAIT. */
    if (strcmp(closer, "server") == 0)
        check(recv(s, data, sizeof data, 0), "recv");
    check(close(s), "close");
    printf("client: closed, and the %s closed first\n", closer);
    return 0;
}
