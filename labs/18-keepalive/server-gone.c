/*
 * Lab 18, server: answer one message, and hear nothing for four seconds, as if
 * the cable were cut.
 *
 *     ./server-gone ADDRESS PORT
 */
#include <arpa/inet.h>   /* inet_pton */
#include <netinet/in.h>  /* sockaddr_in */
#include <netinet/tcp.h> /* TCP_INFO, tcp_info, TCP_ESTABLISHED */
#include <poll.h>        /* poll */
#include <stdio.h>       /* printf, snprintf, perror */
#include <stdlib.h>      /* atoi, exit */
#include <string.h>      /* strlen */
#include <sys/socket.h>  /* socket, accept, setsockopt, getsockopt, send */
#include <unistd.h>      /* getpid, close */

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
    int most = 255, least = 0;
    struct tcp_info info;
    socklen_t length = sizeof info;

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT\n", argv[0]);
        return 2;
    }
    struct sockaddr_in here = { .sin_family = AF_INET,
                                .sin_port = htons(atoi(argv[2])) };
    if (inet_pton(AF_INET, argv[1], &here.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", argv[1]);
        return 2;
    }

    int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(bind(listener, (struct sockaddr *)&here, sizeof here), "bind");
    check(listen(listener, 5), "listen");
    printf("server: process %d listens\n", getpid());

    int connection = check(accept(listener, NULL, NULL), "accept");
    check(recv(connection, data, sizeof data, 0), "recv");
    snprintf(data, sizeof data, "%d", getpid());
    check(send(connection, data, strlen(data), 0), "send");

    /* Take only what has a time to live of 255: nothing that comes has. */
    check(setsockopt(connection, IPPROTO_IP, IP_MINTTL, &most, sizeof most),
          "setsockopt");
    printf("server: the cable is cut\n");
    poll(NULL, 0, 4000);
    check(setsockopt(connection, IPPROTO_IP, IP_MINTTL, &least, sizeof least),
          "setsockopt");
    check(getsockopt(connection, IPPROTO_TCP, TCP_INFO, &info, &length),
          "getsockopt");
    printf("server: the cable is whole, and the state is %s\n",
           info.tcpi_state == TCP_ESTABLISHED ? "ESTABLISHED" : "another");

    /* The client has given up. This end knows nothing of it: it is half-open. */
    check(send(connection, "back", 4, 0), "send");
    if (recv(connection, data, sizeof data, 0) < 0)
        perror("server: recv");
    check(close(connection), "close");
    return 0;
}
