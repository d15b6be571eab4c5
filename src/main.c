/* main: the table of commands. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "text/command.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *says;
};

static const struct command commands[] = {
    { "run", cmd_run, "run a lab, and see its segments" },
    { "trace", cmd_trace,
      "run any programs, and see calls, segments and states" },
    { "labs", cmd_labs, "list the labs" },
    { "answer", cmd_answer, "answer a lab's questions from your run" },
    { "doctor", cmd_doctor, "which way in this machine gives" },
    { "shell", cmd_shell, "a shell in a private network" },
    { "show", cmd_show, "show a capture file" },
    { "watch", cmd_watch, "watch a network interface" },
};

enum {
    COMMANDS = sizeof commands / sizeof commands[0]
};

static int
help(FILE *to)
{
    fprintf(to, "tcplab: see what TCP does.\n\n"
                "usage: tcplab COMMAND [OPTION ...]\n\n");
    for (int i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-6s  %s\n", commands[i].name, commands[i].says);
    fprintf(to,
            "\nStart here:\n"
            "  tcplab run 4               a handshake and a close, live\n"
            "  tcplab show FILE           every segment of a capture\n"
            "  tcplab show FILE --summary a paragraph for each connection\n"
            "  tcplab watch -i lo         what happens on this machine\n"
            "\n'tcplab COMMAND --help' tells more; 'man tcplab' tells all.\n"
            "Exit status: 0 yes, 1 no, 2 wrong usage, 3 the system refused, "
            "4 not checked.\n");
    return flush_standard_output();
}

static int
wrong_command(const char *name)
{
    fprintf(stderr, "tcplab: %s: no such command\n\n", name);
    help(stderr);
    return EXIT_USAGE;
}

/* A descriptor from 0 to 2 that is closed would become the next file opened,
 * and be written to. */
static void
fill_closed_descriptors(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}

int
main(int argc, char **argv)
{
    fill_closed_descriptors();
    signal(SIGPIPE, SIG_IGN); // a closed pipe is an answer, not a death
    if (argc < 2) {
        help(stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
        !strcmp(argv[1], "help"))
        return help(stdout);
    if (!strcmp(argv[1], "--version")) {
        puts("tcplab " TCPLAB_VERSION);
        return flush_standard_output();
    }
    for (int i = 0; i < COMMANDS; i++)
        if (!strcmp(argv[1], commands[i].name))
            return commands[i].run(argc - 1, argv + 1);
    return wrong_command(argv[1]);
}
