/* A server of one client after the other; every call is written down.
 *
 *     serial_server PORT CLIENTS
 */
#include "logged.h"

int
main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    log_open();
    int listener = logged_listen(atoi(argv[1]), 64);
    for (int i = 0; i < atoi(argv[2]); i++)
        logged_echo(logged_accept(listener));
    logged_close(listener);
    return 0;
}
