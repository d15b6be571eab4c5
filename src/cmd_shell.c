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
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/names.h"
#include "host/namespace.h"
#include "host/privilege.h"
#include "play_options.h"
#include "shell_hosts.h"
#include "text/command.h"

static const char usage[] =
    "usage: tcplab shell [--join] [-- COMMAND ...]\n"
    "       tcplab shell --on wire [--at client|server] [OPTION ...]\n"
    "       tcplab shell --join [--at client|server]\n"
    "\n"
    "Open a shell in a fresh private network: servers, clients, nc, ss and\n"
    "tcplab watch -i lo work there, without root. With --join, a further "
    "terminal\n"
    "in the same network. It ends when its shells have ended.\n"
    "What follows -- is run in place of the shell: tcplab shell -- ss -tn\n"
    "\n"
    "  --on wire         two hosts, client and server, on a wire that tcplab "
    "relays,\n"
    "                    with the addresses of 'tcplab run --on wire'; there\n"
    "                    tcplab watch -i eth0. It ends when all its shells "
    "have\n"
    "                    ended, with what they left behind\n"
    "  --at HOST         on which of them; by default the client, and with "
    "--join\n"
    "                    the host where the first shell is not\n"
    "  --delay T[:JITTER], --rate R, --queue N, --rule 'MATCH ACTION', --seed "
    "N,\n"
    "  --arp             what the wire does, as for 'tcplab run'; any of them "
    "means\n"
    "                    --on wire\n"
    "  -o FILE           save what passes the wire as pcapng\n";

/* What was asked for. */
struct asked {
    bool join, has_at;
    int at; // a host's number
    struct play play;
};

/* ---- One host ------------------------------------------------------------ */

static const char *
enter_fresh(void)
{
    const char *refused = namespace_enter_user();
    if (refused && geteuid() == 0)
        refused = namespace_enter_root();
    return refused;
}

static void
leave_note(const struct shell_note *note)
{
    if (!shell_note_write(note))
        fprintf(stderr,
                "tcplab: no --join: its note could not be written: "
                "%s\n",
                strerror(errno));
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
enter_joined(pid_t pid)
{
    if (!join_namespace(pid, "user", CLONE_NEWUSER) && errno != EINVAL)
        return "joining the user namespace";
    if (!join_namespace(pid, "net", CLONE_NEWNET))
        return "joining the network";
    return NULL;
}

/* Ambient CAP_NET_RAW, for captures; nothing else: port 80 stays refused. With
 * `dies` it does not live longer than its parent: giving up privileges would
 * take that wish back, so it comes after. */
static int
become_shell(char **words, const char *server, bool dies)
{
    const char *shell = getenv("SHELL");
    char *const own[] = { (char *)(shell && *shell ? shell : "/bin/sh"), NULL };
    char *const *arguments = words[0] ? words : own;
    if (privilege_keep_capture() < 0 ||
        (dies && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0))
        return system_refused("giving up privileges");
    setenv("TCPLAB_SERVER", server, 1);
    execvp(arguments[0], arguments);
    return system_refused(arguments[0]);
}

static int
not_open(const char *why)
{
    fprintf(stderr, "tcplab: %s\n'tcplab doctor' tells more.\n", why);
    return EXIT_SYSTEM;
}

/* In this process; with a note, in the network of that. */
static int
shell_on_one_host(const struct shell_note *joined, char **words)
{
    char why[256];
    const struct shell_note note = { .keeper = getpid() };
    const char *refused = joined ? enter_joined(joined->keeper) : enter_fresh();
    if (refused) {
        snprintf(why, sizeof why, "%s: %s", refused, strerror(errno));
        return not_open(why);
    }
    if (!joined)
        leave_note(&note);
    fputs(joined ? "The same private network as the first shell's.\n"
                 : "A private network: only lo, 127.0.0.1 and ::1. 'exit' "
                   "leaves it.\n",
          stderr);
    return become_shell(words, "127.0.0.1", false);
}

/* ---- Two hosts ----------------------------------------------------------- */

static const char *
name_of(int host)
{
    return names_of_places[shell_places[host]];
}

static void
greet(const struct shell_hosts *hosts, int host, bool joins)
{
    static const char *const addresses[SHELL_HOSTS] = { topology_client_ipv4,
                                                        topology_server_ipv4 };
    int other = 1 - host;
    if (hosts->nameless[0])
        fprintf(stderr,
                "tcplab: the hosts have no names here, but this machine's "
                "(%s): use addresses\n",
                hosts->nameless);
    fprintf(stderr, "%s: this is %s, %s (eth0); %s is %s.\n",
            joins ? "The same wire as the first shell's"
                  : "Two hosts on a wire",
            name_of(host), addresses[host], name_of(other), addresses[other]);
    if (!joins)
        fprintf(stderr,
                "In another terminal 'tcplab shell --join' opens a shell on "
                "%s. 'exit' leaves it.\n",
                name_of(other));
}

/* What a terminal sends while a shell has it is for that. */
static void
leave_signals_to_shell(void)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
}

/* A process on the host that becomes the shell; its status is ours. */
static int
run_shell(char **words)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0)
        _exit(become_shell(words, topology_server_ipv4, true));
    if (pid < 0)
        return system_refused("starting a shell");
    leave_signals_to_shell();
    waitpid(pid, &status, 0);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        fputs("tcplab: the shell was killed: its wire is gone, or somebody "
              "ended it\n",
              stderr);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The file is the user's, and made where the user is. */
static int
open_save(const char *path)
{
    return path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
                : -1;
}

/* Who has entered a namespace of processes can start no thread of its own, as
 * what runs at exit(3) might want (the leak sanitizer does). */
static int
leave_now(int status)
{
    fflush(NULL);
    _exit(status);
}

static int
shell_on_new_wire(const struct asked *asked, char **words)
{
    struct shell_hosts hosts;
    char why[SHELL_WHY];
    int host = asked->has_at ? asked->at : 0;
    int save = open_save(asked->play.save);
    if (asked->play.save && save < 0)
        return system_refused(asked->play.save);
    if (shell_hosts_begin(&hosts, &asked->play.plan.wire, save, why) < 0)
        return not_open(why);
    hosts.note.first = host;
    leave_note(&hosts.note);
    if (shell_hosts_enter(&hosts, host, why) < 0)
        return not_open(why);
    greet(&hosts, host, false);
    int status = run_shell(words);
    shell_hosts_leave(&hosts);
    signal(SIGINT, SIG_DFL);
    int ended = shell_hosts_end(&hosts);
    return leave_now(ended == EXIT_YES ? status : ended);
}

static int
shell_on_same_wire(const struct asked *asked, const struct shell_note *note,
                   char **words)
{
    struct shell_hosts hosts;
    char why[SHELL_WHY];
    int host = asked->has_at ? asked->at : 1 - note->first;
    if (shell_hosts_find(&hosts, note, why) < 0 ||
        shell_hosts_enter(&hosts, host, why) < 0)
        return not_open(why);
    greet(&hosts, host, true);
    int status = run_shell(words);
    shell_hosts_leave(&hosts);
    return leave_now(status);
}

/* ---- What is asked ------------------------------------------------------- */

static int
join(const struct asked *asked, char **words)
{
    struct shell_note note;
    bool wants_wire = asked->has_at || asked->play.plan.on != ON_LOOPBACK;
    if (!shell_note_read(&note))
        return not_open("no shell is open: begin with 'tcplab shell'");
    if (wants_wire && !note.has_wire)
        return not_open("the shell that is open is on a single host: begin "
                        "with 'tcplab shell --on wire'");
    if (asked->play.has_network && !wants_wire && note.has_wire)
        return not_open("the shell that is open is on a wire: begin with "
                        "'tcplab shell'");
    return note.has_wire ? shell_on_same_wire(asked, &note, words)
                         : shell_on_one_host(&note, words);
}

static const char *
take_at(struct asked *asked, const char *value)
{
    for (int i = 0; i < SHELL_HOSTS; i++) {
        if (strcmp(value, name_of(i)) != 0)
            continue;
        asked->has_at = true;
        asked->at = i;
        return NULL;
    }
    return "--at is client or server";
}

/* Nobody is asked what becomes of a segment that is held. */
static const char *
refuse_holding(const char *words)
{
    struct rule rule;
    struct expectation_error error;
    return rule_read(&rule, words, &error) && rule.action == ACTION_HOLD
               ? "--rule: in a shell nobody lets go what is held; delay it, as "
                 "'SYN-ACK #1 delay 10s'"
               : NULL;
}

static const char *
take_option(struct asked *asked, int option, const char *value)
{
    const char *wrong =
        option == PLAY_OPTION_RULE ? refuse_holding(value) : NULL;
    if (wrong)
        return wrong;
    if (option == 'a')
        return take_at(asked, value);
    if (option != 'j')
        return play_options_take(&asked->play, NULL, option, value);
    asked->join = true;
    return NULL;
}

static const char *
find_conflict(const struct asked *asked)
{
    const struct play *play = &asked->play;
    bool on_loopback = play->has_network && play->plan.on == ON_LOOPBACK;
    if (play->plan.on == ON_NAT || play->plan.on == ON_FORWARD)
        return "--on is wire or loopback here; a router is for run and trace";
    if (on_loopback && (asked->has_at || play->has_wire_option || play->save))
        return "--at, -o and what a wire does are about a wire: not --on "
               "loopback";
    if (asked->join && (play->has_wire_option || play->save))
        return "--join: the wire lies there already, and only --at may be "
               "chosen";
    return NULL;
}

/* Returns -1: go on. */
static int
read_options(struct asked *asked, int argc, char **argv)
{
    static const struct option options[] = {
        { "join", no_argument, NULL, 'j' },
        { "at", required_argument, NULL, 'a' },
        { "on", required_argument, NULL, PLAY_OPTION_ON },
        { "delay", required_argument, NULL, PLAY_OPTION_DELAY },
        { "rate", required_argument, NULL, PLAY_OPTION_RATE },
        { "queue", required_argument, NULL, PLAY_OPTION_QUEUE },
        { "rule", required_argument, NULL, PLAY_OPTION_RULE },
        { "seed", required_argument, NULL, PLAY_OPTION_SEED },
        { "arp", no_argument, NULL, PLAY_OPTION_ARP },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "+ho:", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return flush_standard_output();
        }
        const char *wrong = option == '?'
                                ? "an option it does not know, or one without "
                                  "its value"
                                : take_option(asked, option, optarg);
        if (wrong)
            return wrong_usage("shell", wrong);
    }
    const char *wrong = find_conflict(asked);
    return wrong ? wrong_usage("shell", wrong) : -1;
}

int
cmd_shell(int argc, char **argv)
{
    static struct asked asked;
    int status = read_options(&asked, argc, argv);
    if (status >= 0)
        return status;
    char **words = argv + optind;
    const struct play *play = &asked.play;
    if (privilege_become_caller() < 0)
        return system_refused("becoming the user who called sudo");
    if (asked.join)
        return join(&asked, words);
    bool wire = play->plan.on == ON_WIRE || play->has_wire_option ||
                play->save || asked.has_at;
    return wire ? shell_on_new_wire(&asked, words)
                : shell_on_one_host(NULL, words);
}
