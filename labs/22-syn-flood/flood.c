/*
 * Lab 22, the flood: ask for many connections, and finish none.
 *
 *     ./flood ADDRESS PORT FROM [COUNT [WAIT_MS]]
 *
 * COUNT connections, 8 by default, from the address FROM; then it waits for
 * WAIT_MS, 0 by default. It goes to the lab's own addresses only, 192.0.2.0/24
 * and 127.0.0.0/8.
 */
#include <arpa/inet.h>  /* inet_pton, ntohl */
#include <errno.h>      /* EINPROGRESS */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, bind, connect */
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

/* Documentation (RFC 5737) and loopback: nobody else can be reached there. */
static int
is_of_the_lab(struct in_addr address)
{
    unsigned host = ntohl(address.s_addr);
    return host >> 8 == 0xc00002 || host >> 24 == 127;
}

int
main(int argc, char **argv)
{
    int s[100], count = argc > 4 ? atoi(argv[4]) : 8;
    struct sockaddr_in server = { .sin_family = AF_INET };
    struct sockaddr_in own = { .sin_family = AF_INET };

    if (argc < 4 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1 ||
        inet_pton(AF_INET, argv[3], &own.sin_addr) != 1 || count < 1 ||
        count > 100) {
        fprintf(stderr, "usage: %s ADDRESS PORT FROM [COUNT [WAIT_MS]]\n",
                argv[0]);
        return 2;
    }
    if (!is_of_the_lab(server.sin_addr)) {
        fprintf(stderr, "%s: not an address of the lab: nothing is sent\n",
                argv[1]);
        return 2;
    }
    server.sin_port = htons(atoi(argv[2]));

    for (int i = 0; i < count; i++) {
        s[i] = check(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
        check(bind(s[i], (struct sockaddr *)&own, sizeof own), "bind");
        /* The SYN leaves, and nobody here waits for the answer. */
        if (connect(s[i], (struct sockaddr *)&server, sizeof server) < 0 &&
            errno != EINPROGRESS)
            perror("flood: connect");
    }
    for (int i = 0; i < count; i++)
        check(close(s[i]), "close");
    printf("flood: sent %d SYNs\n", count);
    fflush(stdout);
    if (argc > 5)
        poll(NULL, 0, atoi(argv[5]));
    return 0;
}
