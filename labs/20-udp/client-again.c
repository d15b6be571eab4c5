/*
 * Lab 20, client: ask, wait for so long, and ask again.
 *
 *     ./client-again ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, sendto, recv */
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
    struct pollfd answer = { .fd = s, .events = POLLIN };
    for (int asked = 1; asked <= 3; asked++) {
        check(
            sendto(s, "hello", 5, 0, (struct sockaddr *)&server, sizeof server),
            "sendto");
        /* This is all there is of a retransmission: a wait, and a loop. */
        if (check(poll(&answer, 1, 500), "poll") == 1) {
            printf("client: asked %d times, received %d bytes\n", asked,
                   check(recv(s, data, sizeof data, 0), "recv"));
            break;
        }
    }
    check(close(s), "close");
    return 0;
}
