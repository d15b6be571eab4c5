/*
 * Lab 20, the same client over TCP: connect, and ask then.
 *
 *     ./client-tcp ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, connect, send, recv */
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

    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    /* A round trip, before the question may leave. */
    check(connect(s, (struct sockaddr *)&server, sizeof server), "connect");
    check(send(s, "hello", 5, 0), "send");
    printf("client: received %d bytes\n",
           check(recv(s, data, sizeof data, 0), "recv"));
    check(close(s), "close");
    return 0;
}
