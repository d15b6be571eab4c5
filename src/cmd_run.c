#include "command.h"

int
cmd_run(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 2;
}

int
cmd_watch(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 2;
}
