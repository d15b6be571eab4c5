/*
 * Lab 06, client: send much at once, then the rest, and close.
 *
 *     ./client-partial ADDRESS PORT [LENGTH]
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, calloc, exit */
#include <sys/socket.h> /* socket, setsockopt, connect, send */
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

/* Send all `length` bytes, though one send() may take only some. */
static void
send_all(int s, const char *data, int length)
{
    int flags = MSG_DONTWAIT; /* the first time, do not wait for room */

    for (int sent = 0, n; sent < length; sent += n) {
        /* It takes what there is room for, and says how much. */
        n = check(send(s, data + sent, length - sent, flags), "send");
        printf("client: send took %d of %d bytes\n", n, length - sent);
        flags = 0;
    }
}

int
main(int argc, char **argv)
{
    int length = argc > 3 ? atoi(argv[3]) : 200000, small = 10000;
    char *data = calloc(length, 1);

    struct sockaddr_in server = { .sin_family = AF_INET };
    if (argc < 3 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
        fprintf(stderr, "usage: %s ADDRESS PORT [LENGTH]\n", argv[0]);
        return 2;
    }
    server.sin_port = htons(atoi(argv[2]));

    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(setsockopt(s, SOL_SOCKET, SO_SNDBUF, &small, sizeof small),
          "SO_SNDBUF");
    check(connect(s, (struct sockaddr *)&server, sizeof server), "connect");
    printf("client: connected\n");

    send_all(s, data, length);
    check(close(s), "close");
    printf("client: closed\n");
    return 0;
}
