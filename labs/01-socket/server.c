/*
 * Lab 01, server: make a socket, ask who it is, close it, and make another.
 *
 *     ./server ADDRESS PORT
 *
 * A socket is made without ADDRESS and PORT: they are not used yet.
 */
#include <arpa/inet.h>  /* inet_ntop */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* exit */
#include <sys/socket.h> /* socket, getsockname, getpeername */
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
    char text[INET_ADDRSTRLEN];
    struct sockaddr_in name;
    socklen_t length = sizeof name;

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT\n", argv[0]);
        return 2;
    }

    int first = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    printf("server: the first socket is descriptor %d\n", first);

    check(getsockname(first, (struct sockaddr *)&name, &length), "getsockname");
    inet_ntop(AF_INET, &name.sin_addr, text, sizeof text);
    printf("server: its own name is %s:%d\n", text, ntohs(name.sin_port));

    length = sizeof name;
    if (getpeername(first, (struct sockaddr *)&name, &length) < 0)
        perror("server: its peer's name");

    check(close(first), "close");

    /* The lowest free number: closed descriptors are used again. */
    int second = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    printf("server: the second socket is descriptor %d\n", second);
    check(close(second), "close");
    return 0;
}
