/*
 * Lab 22, server: greet who comes, and ask the kernel what became of the SYNs.
 *
 *     ./server ADDRESS PORT [BACKLOG]
 *
 * BACKLOG is 4 by default. It waits for 3 s.
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, perror, fopen, fgets */
#include <stdlib.h>     /* atoi, exit */
#include <string.h>     /* strtok_r, strcmp */
#include <sys/socket.h> /* socket, bind, listen, accept, send */
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

/* A counter of this host's kernel. A line has the names, the next the values. */
static int
counter(const char *name)
{
    static char names[20000], values[20000];
    char *one, *other, *more_names, *more_values;
    FILE *file = fopen("/proc/net/netstat", "r");

    if (!file || !fgets(names, sizeof names, file) ||
        !fgets(values, sizeof values, file))
        return -1;
    fclose(file);
    one = strtok_r(names, " \n", &more_names);
    other = strtok_r(values, " \n", &more_values);
    while (one && other && strcmp(one, name) != 0) {
        one = strtok_r(NULL, " \n", &more_names);
        other = strtok_r(NULL, " \n", &more_values);
    }
    return one && other ? atoi(other) : -1;
}

int
main(int argc, char **argv)
{
    int backlog = argc > 3 ? atoi(argv[3]) : 4;
    struct sockaddr_in here = { .sin_family = AF_INET };

    if (argc < 3 || inet_pton(AF_INET, argv[1], &here.sin_addr) != 1) {
        fprintf(stderr, "usage: %s ADDRESS PORT [BACKLOG]\n", argv[0]);
        return 2;
    }
    here.sin_port = htons(atoi(argv[2]));

    int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(bind(listener, (struct sockaddr *)&here, sizeof here), "bind");
    /* So many SYNs may wait for the third segment of their handshake. */
    check(listen(listener, backlog), "listen");
    printf("server: listening on %s:%s\n", argv[1], argv[2]);
    fflush(stdout);

    struct pollfd comes = { .fd = listener, .events = POLLIN };
    if (check(poll(&comes, 1, 3000), "poll") > 0) {
        int connection = check(accept(listener, NULL, NULL), "accept");
        check(send(connection, "welcome", 7, MSG_NOSIGNAL), "send");
        check(close(connection), "close");
    } else {
        printf("server: nobody came\n");
    }
    printf("server: SYNs dropped: %d\n", counter("TCPReqQFullDrop"));
    printf("server: cookies sent: %d\n", counter("SyncookiesSent"));
    printf("server: cookies that came back: %d\n", counter("SyncookiesRecv"));
    return 0;
}
