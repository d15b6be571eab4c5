/* A client that closes last: it reads to the end of file, and closes.
 *
 *     reads_all PORT
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
    char data[4096];
    struct sockaddr_in server = { .sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (argc < 2)
        return 2;
    server.sin_port = htons((unsigned short)atoi(argv[1]));
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s, (struct sockaddr *)&server, sizeof server) < 0) {
        perror("reads_all");
        return 1;
    }
    while (read(s, data, sizeof data) > 0)
        ;
    close(s);
    return 0;
}
