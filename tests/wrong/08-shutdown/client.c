/*
 * Lab 08, a wrong client: it ends both directions, and asks for the answer.
 *
 *     ./client ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton */
#include <errno.h>      /* errno */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <string.h>     /* strerror */
#include <sys/socket.h> /* socket, connect, send, shutdown, recv */
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
    char data[1000];
    int n;

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

    check(send(s, "half", 4, 0), "send");
    check(shutdown(s, SHUT_RDWR), "shutdown");
    printf("client: our direction has ended\n");

    /* MSG_NOSIGNAL: an error, please, and no SIGPIPE. */
    if (send(s, "more", 4, MSG_NOSIGNAL) < 0)
        printf("client: send: %s\n", strerror(errno));

    while ((n = check(recv(s, data, sizeof data, 0), "recv")) > 0)
        printf("client: received \"%.*s\"\n", n, data);
    check(close(s), "close");
    printf("client: end of stream, closed\n");
    return 0;
}
