/*
 * Lab 04, client: connect, say something if asked to, and close.
 *
 *     ./client ADDRESS PORT [MESSAGE]
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <string.h>     /* strlen */
#include <sys/socket.h> /* socket, connect, getsockname, send, recv */
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
    char data[4096];
    struct sockaddr_in own;
    socklen_t own_length = sizeof own;

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT [MESSAGE]\n", argv[0]);
        return 2;
    }
    struct sockaddr_in server = { .sin_family = AF_INET,
                                  .sin_port = htons(atoi(argv[2])) };
    if (inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", argv[1]);
        return 2;
    }

    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(getsockname(s, (struct sockaddr *)&own, &own_length), "getsockname");
    printf("client: its port before connect: %d\n", ntohs(own.sin_port));

    /* Three segments are exchanged before this call returns. */
    check(connect(s, (struct sockaddr *)&server, sizeof server), "connect");
    check(getsockname(s, (struct sockaddr *)&own, &own_length), "getsockname");
    printf("client: connected; its port: %d\n", ntohs(own.sin_port));

    if (argc > 3) {
        int length = strlen(argv[3]), got = 0, n;
        check(send(s, argv[3], length, 0), "send");
        while (got < length &&
               (n = check(recv(s, data, sizeof data, 0), "recv")) > 0)
            got += n;
        printf("client: %d bytes sent, %d came back\n", length, got);
    }

    poll(NULL, 0, 500); /* time to look at an open connection */
    check(close(s), "close");
    printf("client: closed\n");
    return 0;
}
