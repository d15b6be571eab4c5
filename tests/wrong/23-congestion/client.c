/*
 * Lab 23, a wrong client: it chooses the size of its segments after connect.
 *
 *     ./client ADDRESS PORT [BYTES [STEP]]
 */
#include <arpa/inet.h>   /* inet_pton */
#include <netinet/in.h>  /* sockaddr_in */
#include <netinet/tcp.h> /* TCP_MAXSEG, TCP_INFO */
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
    static char data[1000000];
    struct tcp_info info = { 0 };
    socklen_t size = sizeof info;
    int most = 1000;   /* bytes of a segment: the numbers are easy to read */
    int room = 400000; /* the kernel takes all at once */
    int bytes = argc > 3 ? atoi(argv[3]) : 100000;
    int step = argc > 4 ? atoi(argv[4]) : 10000;
    struct sockaddr_in server = { .sin_family = AF_INET };

    if (argc < 3 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1 ||
        bytes < 1 || bytes > (int)sizeof data || step < 1) {
        fprintf(stderr, "usage: %s ADDRESS PORT [BYTES [STEP]]\n", argv[0]);
        return 2;
    }
    server.sin_port = htons(atoi(argv[2]));

    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(setsockopt(s, SOL_SOCKET, SO_SNDBUF, &room, sizeof room), "SNDBUF");
    check(connect(s, (struct sockaddr *)&server, sizeof server), "connect");
    check(setsockopt(s, IPPROTO_TCP, TCP_MAXSEG, &most, sizeof most), "MAXSEG");
    memset(data, 'x', sizeof data);
    check(send(s, data, bytes, 0), "send");
    for (int there = step; there <= bytes; there += step) {
        check(recv(s, data, 1, 0), "recv");
        /* The kernel decides when it sends. Here it tells by which numbers. */
        check(getsockopt(s, IPPROTO_TCP, TCP_INFO, &info, &size), "TCP_INFO");
        printf("client: %6d bytes there, cwnd %u, ssthresh %u\n", there,
               info.tcpi_snd_cwnd, info.tcpi_snd_ssthresh);
    }
    check(close(s), "close");
    return 0;
}
