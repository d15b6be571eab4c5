/*
 * Lab 22, the visitor: connect as every client does, and read the greeting.
 *
 *     ./visitor ADDRESS PORT
 *
 * It gives up after 1.5 s.
 */
#include <arpa/inet.h>   /* inet_pton */
#include <netinet/in.h>  /* sockaddr_in */
#include <netinet/tcp.h> /* TCP_USER_TIMEOUT */
#include <stdio.h>       /* printf, perror */
#include <stdlib.h>      /* atoi, exit */
#include <sys/socket.h>  /* socket, setsockopt, connect, recv */
#include <unistd.h>      /* close */

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
    int most = 1500; /* ms */
    struct sockaddr_in server = { .sin_family = AF_INET };

    if (argc < 3 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
        fprintf(stderr, "usage: %s ADDRESS PORT\n", argv[0]);
        return 2;
    }
    server.sin_port = htons(atoi(argv[2]));

    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(setsockopt(s, IPPROTO_TCP, TCP_USER_TIMEOUT, &most, sizeof most),
          "USER_TIMEOUT");
    /* Is there room for one more? */
    if (connect(s, (struct sockaddr *)&server, sizeof server) < 0) {
        perror("visitor: connect");
        return 0;
    }
    int n;
    while ((n = check(recv(s, data, sizeof data, 0), "recv")) > 0)
        printf("visitor: received \"%.*s\"\n", n, data);
    check(close(s), "close");
    return 0;
}
