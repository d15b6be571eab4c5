/*
 * Lab 17, client: connect, say "hello", print what comes back, and close.
 *
 *     ./client ADDRESS PORT [bind]
 *
 * With "bind", our own name is ADDRESS and PORT too.
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, bind, connect, send, recv */
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

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT [bind]\n", argv[0]);
        return 2;
    }
    struct sockaddr_in server = { .sin_family = AF_INET,
                                  .sin_port = htons(atoi(argv[2])) };
    if (inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", argv[1]);
        return 2;
    }
    struct sockaddr *name = (struct sockaddr *)&server;

    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    if (argc > 3)
        check(bind(s, name, sizeof server), "bind");
    /* Nobody listens. Which port does the kernel choose for this end? */
    check(connect(s, name, sizeof server), "connect");
    printf("client: connected\n");
    check(send(s, "hello", 5, 0), "send");
    int n = check(recv(s, data, sizeof data, 0), "recv");
    printf("client: %d bytes came: %.*s\n", n, n, data);
    check(close(s), "close");
    return 0;
}
