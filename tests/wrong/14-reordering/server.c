/*
 * Lab 14, a wrong server: it takes each message with a recv of its size.
 *
 *     ./server ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton */
#include <linux/tcp.h>  /* TCP_INFO, tcp_info */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, bind, listen, accept, recv, getsockopt */
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
    struct tcp_info info = { 0 };
    socklen_t size = sizeof info;
    char data[100];
    int bytes;

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
    printf("server: listening on %s:%s\n", argv[1], argv[2]);

    int c = check(accept(listener, NULL, NULL), "accept");
    while ((bytes = check(recv(c, data, 4, 0), "recv")) > 0)
        printf("server: received %d bytes: %.*s\n", bytes, bytes, data);
    check(getsockopt(c, IPPROTO_TCP, TCP_INFO, &info, &size), "tcp_info");
    printf("server: end of stream; %u segments had to wait for another\n",
           info.tcpi_rcv_ooopack);
    check(close(c), "close");
    return 0;
}
