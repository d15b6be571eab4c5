/* Open and close connections, one after the other, on the loopback interface:
 * what tracing costs is measured on it.
 *
 *     connects COUNT
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int
serve(int listener, int count)
{
    char octet;
    while (count-- > 0) {
        int connection = accept(listener, NULL, NULL);
        if (connection < 0)
            return 1;
        while (read(connection, &octet, 1) > 0)
            ;
        close(connection);
    }
    return 0;
}

static int
connect_and_close(const struct sockaddr_in *server, int count)
{
    while (count-- > 0) {
        int s = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(s, (const struct sockaddr *)server, sizeof *server) < 0) {
            perror("connect");
            return 1;
        }
        close(s);
    }
    return 0;
}

int
main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 1, status;
    struct sockaddr_in here = { .sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof here;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&here, size) < 0 ||
        listen(listener, 4096) < 0 ||
        getsockname(listener, (struct sockaddr *)&here, &size) < 0) {
        perror("connects");
        return 1;
    }
    pid_t server = fork();
    if (server == 0)
        return serve(listener, count);
    int failed = connect_and_close(&here, count);
    waitpid(server, &status, 0);
    return failed || status != 0;
}
