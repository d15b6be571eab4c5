/* shell_hosts: the keeper, and the doors to its hosts. */
#include "shell_hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/names.h"
#include "host/namespace.h"
#include "host/processor.h"
#include "text/command.h"
#include "wire/wire.h"

enum {
    READ_ROOM = 65536,
    PATIENCE_MS = 300, // for a keeper that nobody needs to end
};

/* What the keeper tells when it has begun, or could not. */
struct report {
    char why[SHELL_WHY]; // empty: it has begun
    char nameless[256];
    struct shell_doors doors[SHELL_HOSTS];
};

/* ---- The keeper ---------------------------------------------------------- */

struct keeper {
    struct topology topology;
    struct names names;
    struct wire wire;
    int trace; // where the wire's trace goes; -1: nowhere
    bool is_lost;
};

static bool
refuse(char why[SHELL_WHY], const char *step)
{
    if (errno)
        snprintf(why, SHELL_WHY, "%s: %s", step, strerror(errno));
    else
        snprintf(why, SHELL_WHY, "%s", step);
    return false;
}

static void
name_hosts(struct keeper *k, bool has_processes, struct report *report)
{
    const char *refused = names_make(&k->names, &k->topology, TOPOLOGY_WIRE);
    if (!refused)
        return;
    snprintf(report->nameless, sizeof report->nameless, "%s: %s", refused,
             strerror(errno));
    // Shells need the /proc of the processes they are among all the same.
    for (int i = 0; i < SHELL_HOSTS && has_processes; i++)
        k->names.mounts[shell_places[i]] =
            open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
}

static bool
lay_wire(struct keeper *k, const struct wire_plan *plan, char why[SHELL_WHY])
{
    char wire_why[WIRE_WHY];
    struct wire_options options = { .netns = k->topology.netns[PLACE_MIDDLE],
                                    .policy = wire_plan_policy(plan) };
    if (!options.policy)
        return refuse(why, "making a policy for the wire");
    bool laid = wire_start(&k->wire, &options, wire_why) == 0;
    policy_free(options.policy);
    if (!laid)
        snprintf(why, SHELL_WHY, "%s", wire_why);
    return laid;
}

static bool
make_hosts(struct keeper *k, const struct wire_plan *plan, bool has_processes,
           struct report *report)
{
    const struct topology_options options = { .kind = TOPOLOGY_WIRE,
                                              .arp = plan->arp };
    const char *refused = topology_make(&k->topology, &options);
    if (refused)
        return refuse(report->why, refused);
    name_hosts(k, has_processes, report);
    for (int i = 0; i < SHELL_HOSTS; i++) {
        enum topology_place place = shell_places[i];
        report->doors[i] =
            (struct shell_doors){ .net = k->topology.netns[place],
                                  .uts = k->names.uts[place],
                                  .mounts = k->names.mounts[place] };
    }
    return lay_wire(k, plan, report->why);
}

/* A full disk does not end a wire. */
static void
keep_trace(struct keeper *k, const char *octets, ssize_t count)
{
    for (ssize_t n; k->trace >= 0 && count > 0; octets += n, count -= n) {
        n = write(k->trace, octets, (size_t)count);
        if (n >= 0)
            continue;
        system_refused("the trace of the wire");
        close(k->trace);
        k->trace = -1;
        k->is_lost = true;
    }
}

/* Take what the wire tells. False: it has ended. */
static bool
read_trace(struct keeper *k)
{
    static char octets[READ_ROOM];
    ssize_t n = read(k->wire.stream_fd, octets, sizeof octets);
    keep_trace(k, octets, n);
    return n > 0 || (n < 0 && errno == EINTR);
}

/* Until nobody is left, or the wire has ended. */
static int
keep(struct keeper *k, int alive)
{
    char answer[WIRE_WHY];
    struct wire_result result;
    struct pollfd fds[2] = { { .fd = k->wire.stream_fd, .events = POLLIN },
                             { .fd = alive } };
    while (!(fds[1].revents & POLLHUP)) {
        poll(fds, 2, -1);
        if (fds[0].revents && !read_trace(k)) {
            fputs("tcplab: the process of the wire died: its shells are "
                  "ended. Open others\n",
                  stderr);
            return EXIT_SYSTEM;
        }
    }
    wire_tell(&k->wire, "quit", answer, sizeof answer);
    while (read_trace(k))
        ;
    bool whole = wire_end(&k->wire, &result) && !result.failure[0];
    return whole && !k->is_lost ? EXIT_YES : EXIT_SYSTEM;
}

/*
 * It keeps the capabilities that it has over its namespaces, and does not become
 * another program: what has none cannot look into it (ptrace(2)). A terminal's
 * signals are for shells. What shells leave behind becomes its child, whose end
 * interests nobody (SIGCHLD).
 */
static void
become_keeper(const struct wire_plan *plan, int trace, bool has_processes,
              int ready, int alive)
{
    static struct keeper k;
    struct report report = { .why = "" };
    k.trace = trace;
    setsid();
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    bool begun = make_hosts(&k, plan, has_processes, &report);
    if (write(ready, &report, sizeof report) != sizeof report || !begun)
        _exit(EXIT_SYSTEM);
    close(ready);
    _exit(keep(&k, alive));
}

/* ---- Its parent ---------------------------------------------------------- */

/* The keeper dies with this process, and with it, where it may have processes of
 * its own, all that it started. */
static pid_t
start_keeper(bool *has_processes)
{
    fflush(NULL);
    pid_t pid = namespace_enter_processes();
    *has_processes = pid >= 0;
    if (pid >= 0)
        return pid;
    pid_t parent = getpid();
    pid = fork();
    if (pid == 0 &&
        (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent))
        _exit(EXIT_SYSTEM);
    return pid;
}

static bool
enter_private(char why[SHELL_WHY])
{
    const char *refused = namespace_enter_user();
    if (refused && geteuid() == 0)
        refused = namespace_enter_root();
    prctl(PR_SET_DUMPABLE, 1); // with a file capability /proc would be shut
    return refused ? refuse(why, refused) : true;
}

int
shell_hosts_begin(struct shell_hosts *hosts, const struct wire_plan *plan,
                  int trace, char why[SHELL_WHY])
{
    struct report report = { .why = "" };
    int ready[2], alive[2];
    bool has_processes;
    if (!enter_private(why))
        return -1;
    if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(alive, O_CLOEXEC) < 0)
        return refuse(why, "making a pipe"), -1;
    processor_share((size_t)getpid(), NULL);
    pid_t pid = start_keeper(&has_processes);
    if (pid == 0) {
        close(ready[0]);
        close(alive[1]);
        become_keeper(plan, trace, has_processes, ready[1], alive[0]);
    }
    close(ready[1]);
    ssize_t n = pid < 0 ? -1 : read(ready[0], &report, sizeof report);
    close(ready[0]);
    if (n != sizeof report)
        refuse(report.why, "starting a process that keeps the hosts");
    *hosts = (struct shell_hosts){
        .note = { .keeper = pid, .has_wire = true, .alive = alive[0] },
        .alive = alive[1],
    };
    memcpy(hosts->note.doors, report.doors, sizeof report.doors);
    memcpy(hosts->nameless, report.nameless, sizeof report.nameless);
    memcpy(why, report.why, SHELL_WHY);
    return *why ? -1 : 0;
}

int
shell_hosts_end(const struct shell_hosts *hosts)
{
    int status = 0;
    int gone = (int)syscall(SYS_pidfd_open, hosts->note.keeper, 0);
    struct pollfd end = { .fd = gone, .events = POLLIN };
    if (gone >= 0 && poll(&end, 1, PATIENCE_MS) == 0)
        fputs("Other terminals are still on this wire: it ends with the last "
              "of them, or\nnow, by Ctrl-C.\n",
              stderr);
    if (gone >= 0)
        close(gone);
    waitpid(hosts->note.keeper, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SYSTEM;
}

/* ---- Doors --------------------------------------------------------------- */

static int
open_of(pid_t keeper, const char *what, int number, int flags)
{
    char path[64];
    if (number >= 0)
        snprintf(path, sizeof path, "/proc/%d/%s/%d", keeper, what, number);
    else
        snprintf(path, sizeof path, "/proc/%d/%s", keeper, what);
    return open(path, flags | O_CLOEXEC);
}

int
shell_hosts_find(struct shell_hosts *hosts, const struct shell_note *note,
                 char why[SHELL_WHY])
{
    *hosts = (struct shell_hosts){ .note = *note };
    prctl(PR_SET_DUMPABLE, 1);
    hosts->alive = open_of(note->keeper, "fd", note->alive, O_WRONLY);
    return hosts->alive < 0 ? refuse(why, "reaching the process that keeps "
                                          "the hosts"),
           -1               : 0;
}

/* Enter one of the keeper's namespaces, unless we are there. */
static bool
enter_same(pid_t keeper, const char *name, int kind)
{
    struct stat its, ours;
    char own[64];
    snprintf(own, sizeof own, "/proc/self/%s", name);
    int fd = open_of(keeper, name, -1, O_RDONLY);
    bool entered = fd >= 0 && fstat(fd, &its) == 0 && stat(own, &ours) == 0 &&
                   ((its.st_ino == ours.st_ino && its.st_dev == ours.st_dev) ||
                    setns(fd, kind) == 0);
    if (fd >= 0)
        close(fd);
    return entered;
}

static void
share_its_processor(pid_t keeper)
{
    cpu_set_t its;
    if (sched_getaffinity(keeper, sizeof its, &its) == 0)
        sched_setaffinity(0, sizeof its, &its);
}

/* The descriptors of a host, by their numbers in the keeper. */
static bool
open_doors(const struct shell_hosts *hosts, int host, struct topology *topology,
           struct names *names)
{
    const struct shell_doors *doors = &hosts->note.doors[host];
    pid_t keeper = hosts->note.keeper;
    int *net = &topology->netns[shell_places[host]];
    int *uts = &names->uts[shell_places[host]];
    int *mounts = &names->mounts[shell_places[host]];
    *net = open_of(keeper, "fd", doors->net, O_RDONLY);
    *uts = doors->uts < 0 ? -1 : open_of(keeper, "fd", doors->uts, O_RDONLY);
    *mounts =
        doors->mounts < 0 ? -1 : open_of(keeper, "fd", doors->mounts, O_RDONLY);
    return *net >= 0 && (*uts >= 0 || doors->uts < 0) &&
           (*mounts >= 0 || doors->mounts < 0);
}

int
shell_hosts_enter(struct shell_hosts *hosts, int host, char why[SHELL_WHY])
{
    struct topology topology = { .netns = { -1, -1, -1, -1 } };
    struct names names = { { -1, -1, -1, -1 }, { -1, -1, -1, -1 } };
    pid_t keeper = hosts->note.keeper;
    share_its_processor(keeper);
    // What belongs to the keeper's user namespace is opened from within.
    bool entered = enter_same(keeper, "ns/user", CLONE_NEWUSER) &&
                   open_doors(hosts, host, &topology, &names) &&
                   enter_same(keeper, "ns/pid", CLONE_NEWPID) &&
                   topology_enter(&topology, shell_places[host]) == 0 &&
                   names_enter(&names, shell_places[host]) == 0;
    if (!entered)
        refuse(why, "going to a host");
    topology_close(&topology);
    names_close(&names);
    return entered ? 0 : -1;
}

void
shell_hosts_leave(struct shell_hosts *hosts)
{
    if (hosts->alive >= 0)
        close(hosts->alive);
    hosts->alive = -1;
}
