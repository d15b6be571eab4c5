/*
 * Lab 20, a wrong client: it sends the '\0' behind each word too.
 *
 *     ./client ADDRESS PORT [COUNT]
 *
 * COUNT datagrams are sent, and as many received, 1 by default.
 */
#include <arpa/inet.h>  /* inet_pton, inet_ntoa */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <string.h>     /* strlen */
#include <sys/socket.h> /* socket, getsockname, sendto, recv */
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

/* Print the name that the socket has by now. */
static void
print_name(int s, const char *when)
{
    struct sockaddr_in own;
    socklen_t length = sizeof own;
    check(getsockname(s, (struct sockaddr *)&own, &length), "getsockname");
    printf("client: %s sendto I am %s:%d\n", when, inet_ntoa(own.sin_addr),
           ntohs(own.sin_port));
}

int
main(int argc, char **argv)
{
    static const char *const words[] = { "hello", "", "you" };
    char data[100];
    int count = argc > 3 ? atoi(argv[3]) : 1;
    struct sockaddr_in server = { .sin_family = AF_INET };

    if (argc < 3 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
        fprintf(stderr, "usage: %s ADDRESS PORT [COUNT]\n", argv[0]);
        return 2;
    }
    server.sin_port = htons(atoi(argv[2]));

    int s = check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    print_name(s, "before");
    for (int i = 0; i < count; i++) {
        /* No handshake: what I send first is the question itself. */
        check(sendto(s, words[i % 3], strlen(words[i % 3]) + 1, 0,
                     (struct sockaddr *)&server, sizeof server),
              "sendto");
    }
    print_name(s, "after");
    for (int i = 0; i < count; i++)
        printf("client: received %d bytes\n",
               check(recv(s, data, sizeof data, 0), "recv"));
    check(close(s), "close");
    return 0;
}
