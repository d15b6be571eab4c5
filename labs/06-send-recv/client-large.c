/*
 * Lab 06, client: send much by one send(), and close.
 *
 *     ./client-large ADDRESS PORT [LENGTH]
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, malloc, exit */
#include <string.h>     /* memset */
#include <sys/socket.h> /* socket, connect, send */
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
    int length = argc > 3 ? atoi(argv[3]) : 60000;
    char *data = malloc(length);

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT [LENGTH]\n", argv[0]);
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

    memset(data, 'x', length);
    /* One call, and as many segments as TCP likes. */
    int n = check(send(s, data, length, 0), "send");
    printf("client: send took %d bytes\n", n);

    check(close(s), "close");
    printf("client: closed\n");
    return 0;
}
