/*
 * Lab 15, client: send more than the server, and our own kernel, have room for.
 *
 *     ./client-full ADDRESS PORT [BYTES]
 *
 * 60000 bytes by default.
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <string.h>     /* memset */
#include <sys/socket.h> /* socket, setsockopt, connect, send, recv */
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
    static char data[1000000];
    int room = 8000;
    int bytes = argc > 3 ? atoi(argv[3]) : 60000;

    if (argc < 3 || bytes < 1 || bytes > (int)sizeof data) {
        fprintf(stderr, "usage: %s ADDRESS PORT [BYTES]\n", argv[0]);
        return 2;
    }
    struct sockaddr_in server = { .sin_family = AF_INET,
                                  .sin_port = htons(atoi(argv[2])) };
    if (inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", argv[1]);
        return 2;
    }

    memset(data, 'x', sizeof data);
    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    /* What is sent and not acknowledged stays in this buffer. */
    check(setsockopt(s, SOL_SOCKET, SO_SNDBUF, &room, sizeof room), "sndbuf");
    check(connect(s, (struct sockaddr *)&server, sizeof server), "connect");
    printf("client: connected\n");

    printf("client: send took %d bytes\n",
           check(send(s, data, bytes, 0), "send"));

    if (check(recv(s, data, sizeof data, 0), "recv") > 0)
        printf("client: the server's program has all\n");
    check(close(s), "close");
    printf("client: closed\n");
    return 0;
}
