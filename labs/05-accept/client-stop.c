/*
 * Lab 05, client: stop the server's process, and connect all the same.
 *
 *     ./client-stop ADDRESS PORT [WAIT_MS]
 *
 * server-stop tells everybody the number of its process. WAIT_MS, 200 by
 * default, is the time for which it stays stopped.
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <signal.h>     /* kill */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, connect, recv */
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
    char text[64] = "";
    struct sockaddr_in server = { .sin_family = AF_INET };

    if (argc < 3 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
        fprintf(stderr, "usage: %s ADDRESS PORT [WAIT_MS]\n", argv[0]);
        return 2;
    }
    server.sin_port = htons(atoi(argv[2]));
    int wait_ms = argc > 3 ? atoi(argv[3]) : 200;

    int first = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(connect(first, (struct sockaddr *)&server, sizeof server), "connect");
    check(recv(first, text, sizeof text - 1, 0), "recv");
    int process = atoi(text);
    if (process < 2) {
        fprintf(stderr, "the server did not tell its process\n");
        return 1;
    }
    check(kill(process, SIGSTOP), "kill");
    printf("client: stopped process %d\n", process);

    int second = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    /* The server's program is stopped. Its kernel is not, and answers. */
    int result = connect(second, (struct sockaddr *)&server, sizeof server);
    struct pollfd message = { .fd = second, .events = POLLIN };
    int messages = poll(&message, 1, wait_ms);
    printf("client: connect gave %d, messages: %d\n", result, messages);
    check(kill(process, SIGCONT), "kill");
    check(result, "connect");
    check(recv(second, text, sizeof text, 0), "recv");

    check(close(first), "close");
    check(close(second), "close");
    return 0;
}
