/*
 * Lab 06, client: send bytes that are no string, and close.
 *
 *     ./client-octets ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, connect, send */
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
    /* Two letters, a zero, and an e with an accent: one letter, two bytes. */
    const unsigned char data[] = { 'h', 'i', 0, 0xC3, 0xA9 };

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT\n", argv[0]);
        return 2;
    }
    struct sockaddr_in server = { .sin_family = AF_INET,
                                  .sin_port = htons(atoi(argv[2])) };
    if (inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", argv[1]);
        return 2;
    }

    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(connect(s, (struct sockaddr *)&server, sizeof server), "connect");
    printf("client: connected\n");

    /* Not strlen(): that would count to the zero, and say 2. */
    int n = check(send(s, data, sizeof data, 0), "send");
    printf("client: send took %d bytes\n", n);

    check(close(s), "close");
    printf("client: closed\n");
    return 0;
}
