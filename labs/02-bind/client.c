/*
 * Lab 02, client: ask for one name after another.
 *
 *     ./client ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton, inet_ntop */
#include <errno.h>      /* errno */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <string.h>     /* strerror */
#include <sys/socket.h> /* socket, bind, getsockname */

static int
check(int result, const char *call)
{
    if (result < 0) {
        perror(call);
        exit(1);
    }
    return result;
}

/* Give a new socket this name, and print the name it has then. The sockets
 * stay open, so that their names stay taken. */
static void
take(const char *address, int port)
{
    char text[INET_ADDRSTRLEN];
    struct sockaddr_in name = { .sin_family = AF_INET,
                                .sin_port = htons(port) };
    socklen_t length = sizeof name;

    if (inet_pton(AF_INET, address, &name.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", address);
        exit(2);
    }
    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    printf("client: %s:%d: ", address, port);
    if (bind(s, (struct sockaddr *)&name, sizeof name) < 0) {
        printf("%s\n", strerror(errno));
        return;
    }
    check(getsockname(s, (struct sockaddr *)&name, &length), "getsockname");
    inet_ntop(AF_INET, &name.sin_addr, text, sizeof text);
    printf("it is %s:%d\n", text, ntohs(name.sin_port));
}

int
main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT\n", argv[0]);
        return 2;
    }
    int port = atoi(argv[2]);

    take(argv[1], port);
    /* Port 0 asks for any free port: the kernel chooses one. */
    take(argv[1], 0);
    take("127.0.0.2", port); /* another address of this computer */
    take("0.0.0.0", port);   /* the wildcard: all addresses of it */
    take("192.0.2.1", 0);    /* an address of another computer */
    take(argv[1], 80);       /* a port below 1024 */
    return 0;
}
