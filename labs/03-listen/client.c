/*
 * Lab 03, client: connect, say whether somebody listens, and close.
 *
 *     ./client ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton */
#include <errno.h>      /* errno */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, connect */
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
    int result = connect(s, (struct sockaddr *)&server, sizeof server);
    /* An answer came in both cases: from the other kernel, at once. */
    if (result < 0 && errno != ECONNREFUSED)
        check(result, "connect");
    if (result < 0)
        printf("client: refused, nobody listens at %s:%s\n", argv[1], argv[2]);
    else
        printf("client: connected to %s:%s\n", argv[1], argv[2]);

    check(close(s), "close");
    printf("client: closed\n");
    return 0;
}
