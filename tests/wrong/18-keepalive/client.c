/*
 * Lab 18, a wrong client: it sets the times, and switches nothing on.
 *
 *     ./client ADDRESS PORT [IDLE [WAIT_MS [stop | kill]]]
 *
 * IDLE is after how many seconds of silence the kernel probes the peer, 1 by
 * default; 0: never. WAIT_MS, 2500 by default, is how long we wait for the
 * server. "stop" and "kill" are done to its process.
 */
#include <arpa/inet.h>   /* inet_pton */
#include <netinet/in.h>  /* sockaddr_in */
#include <netinet/tcp.h> /* TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT */
#include <poll.h>        /* poll */
#include <signal.h>      /* kill */
#include <stdio.h>       /* printf, perror */
#include <stdlib.h>      /* atoi, exit */
#include <string.h>      /* strcmp */
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

/* Probe after `idle` seconds of silence, then every second; 2 probes that are
 * not answered end the connection. */
static void
keep_alive(int s, int idle)
{
    int interval = 1, count = 2;
    check(setsockopt(s, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle), "idle");
    check(setsockopt(s, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval),
          "interval");
    check(setsockopt(s, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count),
          "count");
}

int
main(int argc, char **argv)
{
    char data[100] = "";
    struct sockaddr_in server = { .sin_family = AF_INET };
    int idle = argc > 3 ? atoi(argv[3]) : 1, signal = 0;
    int wait_ms = argc > 4 ? atoi(argv[4]) : 2500;

    if (argc < 3 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
        fprintf(stderr, "usage: %s ADDRESS PORT [IDLE [WAIT_MS [SIGNAL]]]\n",
                argv[0]);
        return 2;
    }
    server.sin_port = htons(atoi(argv[2]));
    if (argc > 5)
        signal = strcmp(argv[5], "kill") == 0 ? SIGKILL : SIGSTOP;

    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    if (idle > 0)
        keep_alive(s, idle);
    check(connect(s, (struct sockaddr *)&server, sizeof server), "connect");
    check(send(s, "hello", 5, 0), "send");
    check(recv(s, data, sizeof data - 1, 0), "recv");
    int process = atoi(data);
    if (signal && process > 1)
        check(kill(process, signal), "kill");

    /* Nobody says anything. Is the peer still there? The kernel asks it. */
    struct pollfd silence = { .fd = s, .events = POLLIN };
    if (check(poll(&silence, 1, wait_ms), "poll") == 0)
        printf("client: nothing came\n");
    else if (recv(s, data, sizeof data, 0) < 0)
        perror("client: recv");
    else
        printf("client: end of stream\n");
    if (signal == SIGSTOP)
        check(kill(process, SIGCONT), "kill");
    check(close(s), "close");
    return 0;
}
