/*
 * Lab 13, client: send so many bytes, and wait until the server has them all.
 *
 *     ./client ADDRESS PORT [BYTES [BYTES]]
 *
 * BYTES is 10000 by default. The second BYTES are sent 300 ms later.
 */
#include <arpa/inet.h>   /* inet_pton */
#include <netinet/in.h>  /* sockaddr_in */
#include <netinet/tcp.h> /* TCP_MAXSEG, TCP_INFO */
#include <poll.h>        /* poll */
#include <stdio.h>       /* printf, perror */
#include <stdlib.h>      /* atoi, exit */
#include <string.h>      /* memset */
#include <sys/socket.h>  /* socket, setsockopt, connect, send, recv */
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
    static char data[100000];
    struct tcp_info info = { 0 };
    socklen_t size = sizeof info;
    int most = 1000; /* bytes of a segment: the numbers are easy to read */
    struct sockaddr_in server = { .sin_family = AF_INET };

    if (argc < 3 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
        fprintf(stderr, "usage: %s ADDRESS PORT [BYTES [BYTES]]\n", argv[0]);
        return 2;
    }
    server.sin_port = htons(atoi(argv[2]));

    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(setsockopt(s, IPPROTO_TCP, TCP_MAXSEG, &most, sizeof most), "MAXSEG");
    check(connect(s, (struct sockaddr *)&server, sizeof server), "connect");
    memset(data, 'x', sizeof data);
    check(send(s, data, argc > 3 ? atoi(argv[3]) : 10000, 0), "send");
    if (argc > 4) {
        poll(NULL, 0, 300);
        check(send(s, data, atoi(argv[4]), 0), "send");
    }
    /* The kernel sends again what was lost, while the program waits here. */
    check(recv(s, data, sizeof data, 0), "recv");
    check(getsockopt(s, IPPROTO_TCP, TCP_INFO, &info, &size), "TCP_INFO");
    printf("client: sent again: %u\n", info.tcpi_total_retrans);
    check(close(s), "close");
    return 0;
}
