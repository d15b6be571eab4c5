/* cmd_shell: a shell in a private network, and further ones in the same. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/namespace.h"
#include "host/privilege.h"
#include "text/command.h"

static const char usage[] =
    "usage: tcplab shell [--join]\n"
    "\n"
    "Open a shell in a fresh private network: servers, clients, nc, ss and\n"
    "tcplab watch -i lo work there, without root. With --join, a further "
    "terminal\n"
    "in the same network. It ends when its shells have ended.\n"
    "What follows -- is run in place of the shell: tcplab shell -- ss -tn\n";

enum {
    PATH_ROOM = 256
};

/* The file that says which process opened this user's network. */
static void
note_path(char path[PATH_ROOM])
{
    const char *folder = getenv("XDG_RUNTIME_DIR");
    if (folder && access(folder, W_OK) == 0)
        snprintf(path, PATH_ROOM, "%s/tcplab-shell", folder);
    else
        snprintf(path, PATH_ROOM, "/tmp/tcplab-shell-%u", geteuid());
}

/* Only a file of our own is believed or written. */
static int
open_note(int flags)
{
    char path[PATH_ROOM];
    struct stat stat;
    note_path(path);
    int fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd >= 0 && (fstat(fd, &stat) < 0 || !S_ISREG(stat.st_mode) ||
                    stat.st_uid != geteuid())) {
        close(fd);
        errno = EPERM;
        return -1;
    }
    return fd;
}

static bool
write_note(void)
{
    int fd = open_note(O_WRONLY | O_CREAT);
    bool written =
        fd >= 0 && ftruncate(fd, 0) == 0 && dprintf(fd, "%d\n", getpid()) > 0;
    if (fd >= 0)
        close(fd);
    return written;
}

static pid_t
read_note(void)
{
    char text[32] = "";
    int fd = open_note(O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0)
        close(fd);
    return n > 0 ? (pid_t)strtol(text, NULL, 10) : -1;
}

static const char *
enter_fresh(void)
{
    if (privilege_become_caller() < 0)
        return "becoming the user who called sudo";
    const char *refused = namespace_enter_user();
    if (refused && geteuid() == 0)
        refused = namespace_enter_root();
    if (!refused && !write_note())
        fprintf(stderr,
                "tcplab: no --join: its note could not be written: "
                "%s\n",
                strerror(errno));
    return refused;
}

static bool
join_namespace(pid_t pid, const char *name, int kind)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/%s", pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool joined = fd >= 0 && setns(fd, kind) == 0;
    if (fd >= 0)
        close(fd);
    return joined;
}

/* Root's own network is in no user namespace of its own: EINVAL says that we
 * are in that one. */
static const char *
enter_joined(void)
{
    pid_t pid = read_note();
    if (pid <= 0 || kill(pid, 0) < 0) {
        errno = 0;
        return "no shell is open: begin with 'tcplab shell'";
    }
    if (!join_namespace(pid, "user", CLONE_NEWUSER) && errno != EINVAL)
        return "joining the user namespace";
    if (!join_namespace(pid, "net", CLONE_NEWNET))
        return "joining the network";
    return NULL;
}

/* Ambient CAP_NET_RAW, for captures; nothing else: port 80 stays refused. */
static int
become_shell(char **words)
{
    const char *shell = getenv("SHELL");
    char *const own[] = { (char *)(shell && *shell ? shell : "/bin/sh"), NULL };
    char *const *arguments = words[0] ? words : own;
    if (privilege_keep_capture() < 0)
        return system_refused("giving up privileges");
    setenv("TCPLAB_SERVER", "127.0.0.1", 1);
    execvp(arguments[0], arguments);
    return system_refused(arguments[0]);
}

int
cmd_shell(int argc, char **argv)
{
    static const struct option options[] = {
        { "join", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    bool join = false;
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return flush_standard_output();
        }
        if (option != 'j')
            return wrong_usage("shell", "the only option is --join");
        join = true;
    }
    const char *refused = join ? enter_joined() : enter_fresh();
    if (refused) {
        fprintf(stderr, "tcplab: %s%s%s\n'tcplab doctor' tells more.\n",
                refused, errno ? ": " : "", errno ? strerror(errno) : "");
        return EXIT_SYSTEM;
    }
    fputs(join ? "The same private network as the first shell's.\n"
               : "A private network: only lo, 127.0.0.1 and ::1. 'exit' leaves "
                 "it.\n",
          stderr);
    return become_shell(argv + optind);
}
