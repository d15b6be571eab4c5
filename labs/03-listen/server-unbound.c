/*
 * Lab 03, server: listen on a socket that was never bound.
 *
 *     ./server-unbound ADDRESS PORT
 *
 * ADDRESS and PORT are not used: that is the point.
 */
#include <arpa/inet.h>  /* inet_ntop */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* exit */
#include <sys/socket.h> /* socket, listen, getsockname */
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

static void
print_name(int s, const char *when)
{
    char text[INET_ADDRSTRLEN];
    struct sockaddr_in name;
    socklen_t length = sizeof name;

    check(getsockname(s, (struct sockaddr *)&name, &length), "getsockname");
    inet_ntop(AF_INET, &name.sin_addr, text, sizeof text);
    printf("server: %s: %s:%d\n", when, text, ntohs(name.sin_port));
}

int
main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT\n", argv[0]);
        return 2;
    }

    int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    print_name(listener, "before listen");
    /* No bind: the kernel chooses the port, at all addresses. */
    check(listen(listener, 5), "listen");
    print_name(listener, "after listen");
    check(close(listener), "close");
    return 0;
}
