/*
 * Lab 20, client: ask where nobody is, in two ways.
 *
 *     ./client-nobody ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, sendto, connect, send, recv */
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
    struct sockaddr_in server = { .sin_family = AF_INET };

    if (argc < 3 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
        fprintf(stderr, "usage: %s ADDRESS PORT\n", argv[0]);
        return 2;
    }
    server.sin_port = htons(atoi(argv[2]));

    int s = check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    check(sendto(s, "hello", 5, 0, (struct sockaddr *)&server, sizeof server),
          "sendto");
    struct pollfd answer = { .fd = s, .events = POLLIN };
    printf("client: %d answers after 300 ms\n",
           check(poll(&answer, 1, 300), "poll"));
    check(close(s), "close");

    int c = check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    check(connect(c, (struct sockaddr *)&server, sizeof server), "connect");
    check(send(c, "hello", 5, 0), "send");
    /* Only a socket with a peer is told what became of its datagram. */
    if (recv(c, data, sizeof data, 0) < 0)
        perror("client: recv");
    check(close(c), "close");
    return 0;
}
