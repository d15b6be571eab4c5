/*
 * Lab 13, server: receive so many bytes, and say that all are there.
 *
 *     ./server ADDRESS PORT [BYTES]
 *
 * BYTES is 10000 by default.
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <string.h>     /* strncmp, strrchr */
#include <sys/socket.h> /* socket, bind, listen, accept, recv, send */
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

/* How many segments did this host's kernel throw away, as damaged? It counts
 * them at the end of the second line "Tcp:". */
static int
damaged(void)
{
    char line[1000];
    int count = 0;
    FILE *file = fopen("/proc/net/snmp", "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "Tcp:", 4) == 0)
            count = atoi(strrchr(line, ' '));
    if (file)
        fclose(file);
    return count;
}

int
main(int argc, char **argv)
{
    static char data[100000];
    int bytes = argc > 3 ? atoi(argv[3]) : 10000;
    struct sockaddr_in here = { .sin_family = AF_INET };

    if (argc < 3 || inet_pton(AF_INET, argv[1], &here.sin_addr) != 1 ||
        bytes < 1 || bytes > (int)sizeof data) {
        fprintf(stderr, "usage: %s ADDRESS PORT [BYTES]\n", argv[0]);
        return 2;
    }
    here.sin_port = htons(atoi(argv[2]));

    int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(bind(listener, (struct sockaddr *)&here, sizeof here), "bind");
    check(listen(listener, 5), "listen");
    printf("server: listening on %s:%s\n", argv[1], argv[2]);
    fflush(stdout);

    int connection = check(accept(listener, NULL, NULL), "accept");
    /* It waits until all are there, in their order. What was lost on the way,
     * it never learns. */
    int n = check(recv(connection, data, bytes, MSG_WAITALL), "recv");
    printf("server: received %d bytes; damaged segments: %d\n", n, damaged());
    check(send(connection, "all", 3, 0), "send");
    check(recv(connection, data, 1, 0), "recv");
    check(close(connection), "close");
    printf("server: closed\n");
    return 0;
}
