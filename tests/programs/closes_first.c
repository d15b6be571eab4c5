/* A server that closes first: it sends a greeting to one client, and closes.
 *
 *     closes_first PORT [GREETING]
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
    char rest[256];
    struct sockaddr_in here = { .sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (argc < 2)
        return 2;
    here.sin_port = htons((unsigned short)atoi(argv[1]));
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) < 0 ||
        listen(listener, 1) < 0) {
        perror("closes_first");
        return 1;
    }
    int connection = accept(listener, NULL, NULL);
    if (argc > 2 && write(connection, argv[2], strlen(argv[2])) < 0)
        return 1;
    shutdown(connection, SHUT_WR);
    while (read(connection, rest, sizeof rest) > 0)
        ;
    close(connection);
    return 0;
}
