/* lab_prepare: from a lab's description to a plan, with programs built. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../host/privilege.h"
#include "../stage/call.h"
#include "lab.h"

enum {
    LINE_ROOM = 1024,
    SHELL_ROOM = 8 * PATH_MAX,
};

struct preparing {
    const struct lab *lab;
    const struct description *description;
    const char *variant;
    struct stage_plan *plan;
    struct lab_play *play;
};

static int
wrong_description(const struct preparing *p, const char *what,
                  const char *value)
{
    fprintf(stderr, "tcplab: %s/lab.ini: %s: %s\n", p->lab->path, what, value);
    return -1;
}

/* ---- Building ------------------------------------------------------------ */

static bool
is_older(const char *program, const char *source)
{
    struct stat p, s;
    if (stat(source, &s) < 0)
        return false; // written in another language, and built by its author
    if (stat(program, &p) < 0)
        return true;
    return p.st_mtim.tv_sec < s.st_mtim.tv_sec ||
           (p.st_mtim.tv_sec == s.st_mtim.tv_sec &&
            p.st_mtim.tv_nsec < s.st_mtim.tv_nsec);
}

static int
compile(const char *program, const char *source)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        if (privilege_become_caller() < 0)
            perror("tcplab: becoming the user who called sudo");
        execlp("cc", "cc", "-g", "-o", program, source, (char *)NULL);
        perror("tcplab: cc");
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int
build(const char *program, const char *source)
{
    if (!is_older(program, source))
        return 0;
    fprintf(stderr, "cc -g -o %s %s\n", program, source);
    return compile(program, source);
}

/* A line that is not a comment already, and holds `words`. */
static bool
is_meant(const char *line, const char *words)
{
    while (isspace((unsigned char)*line))
        line++;
    return strstr(line, words) && strncmp(line, "//", 2) != 0 &&
           strncmp(line, "/*", 2) != 0 && *line != '*';
}

/* Copy a source, with each line that holds `words` commented out; say which.
 * Returns how many, -1 with errno. */
static int
copy_without(FILE *from, FILE *to, const char *source, const char *words)
{
    char line[LINE_ROOM];
    int number = 0, found = 0;
    fprintf(to, "#line 1 \"%s\"\n", source);
    while (fgets(line, sizeof line, from)) {
        number++;
        bool meant = is_meant(line, words);
        found += meant;
        if (meant)
            fprintf(stderr, "without line %d of %s: %s", number, source,
                    line + strspn(line, " "));
        fprintf(to, "%s%s", meant ? "// " : "", line);
    }
    return ferror(from) || fflush(to) != 0 ? -1 : found;
}

static bool
own_folder(struct lab_play *play)
{
    const char *folder = getenv("TMPDIR");
    if (play->folder[0])
        return true;
    snprintf(play->folder, sizeof play->folder, "%s/tcplab-XXXXXX",
             folder ? folder : "/tmp");
    if (mkdtemp(play->folder)) {
        privilege_give_to_caller(play->folder);
        return true;
    }
    fprintf(stderr, "tcplab: %s: %s\n", play->folder, strerror(errno));
    play->folder[0] = '\0';
    return false;
}

/* Build `name` from its source without some lines; `program` is where. */
static int
build_without(const struct preparing *p, const char *name, const char *words,
              char *program, size_t size)
{
    char source[PATH_MAX + 64], copy[PATH_MAX + 64];
    if (!own_folder(p->play))
        return -1;
    snprintf(p->play->built, sizeof p->play->built, "%s", name);
    snprintf(source, sizeof source, "%s/%s.c", p->lab->path, name);
    snprintf(copy, sizeof copy, "%s/%s.c", p->play->folder, name);
    snprintf(program, size, "%s/%s", p->play->folder, name);
    FILE *from = fopen(source, "re"), *to = fopen(copy, "we");
    int found = from && to ? copy_without(from, to, source, words) : -1;
    int result = found < 0 ? -1 : compile(program, copy);
    if (found < 0)
        fprintf(stderr, "tcplab: %s: %s\n", source, strerror(errno));
    if (from)
        fclose(from);
    if (to)
        fclose(to);
    return result;
}

/* `without = server.c: listen(`: the words, when they are about `name`. */
static const char *
words_without(const struct preparing *p, const char *name)
{
    const char *without =
        description_for(p->description, p->variant, "without");
    size_t length = strlen(name);
    if (!without || strncmp(without, name, length) != 0 ||
        strncmp(without + length, ".c:", 3) != 0)
        return NULL;
    without += length + 3;
    return without + strspn(without, " ");
}

/* Build the program `name`; `program` is its path. */
static int
build_program(const struct preparing *p, const char *name, char *program,
              size_t size)
{
    char source[PATH_MAX + 64];
    const char *words = words_without(p, name);
    if (words)
        return build_without(p, name, words, program, size);
    snprintf(program, size, "%s/%s", p->lab->path, name);
    snprintf(source, sizeof source, "%s/%s.c", p->lab->path, name);
    return build(program, source);
}

/* ---- Commands ------------------------------------------------------------ */

/* Between single quotes a shell takes everything as it is, but a single quote.
 */
static size_t
quote(char *to, size_t size, const char *word)
{
    size_t n = 0;
    to[n++] = '\'';
    for (; *word && n + 6 < size; word++) {
        if (*word == '\'') {
            memcpy(to + n, "'\\''", 4);
            n += 4;
        } else {
            to[n++] = *word;
        }
    }
    to[n++] = '\'';
    to[n] = '\0';
    return n;
}

/* "server ADDRESS PORT" becomes "exec '/path/server' $TCPLAB_SERVER
 * $TCPLAB_PORT"; NULL: it was told what is wrong. */
static char *
command_of(const struct preparing *p, const char *value)
{
    char words[LINE_ROOM], program[PATH_MAX + 64], shell[SHELL_ROOM] = "exec ";
    char *rest;
    snprintf(words, sizeof words, "%s", value);
    const char *word = strtok_r(words, " ", &rest);
    if (!word || build_program(p, word, program, sizeof program) < 0)
        return NULL;
    size_t n = 5 + quote(shell + 5, sizeof shell - 5, program);
    while ((word = strtok_r(NULL, " ", &rest))) {
        shell[n++] = ' ';
        if (!strcmp(word, "ADDRESS"))
            n += (size_t)sprintf(shell + n, "$TCPLAB_SERVER");
        else if (!strcmp(word, "PORT"))
            n += (size_t)sprintf(shell + n, "$TCPLAB_PORT");
        else
            n += quote(shell + n, sizeof shell - n, word);
    }
    return strdup(shell);
}

/* ---- Programs ------------------------------------------------------------ */

static int
number_of(const struct stage_plan *plan, const char *name)
{
    for (int i = 0; i < plan->program_count; i++)
        if (!strcmp(plan->programs[i].name, name))
            return i;
    return -1;
}

static struct stage_program *
program_called(struct preparing *p, const char *name)
{
    struct stage_plan *plan = p->plan;
    int number = number_of(plan, name);
    if (number < 0) {
        if (plan->program_count == PROGRAMS_MAX)
            return NULL;
        number = plan->program_count++;
        p->play->names[number] = strdup(name);
        plan->programs[number] = (struct stage_program){
            .name = p->play->names[number], .input = -1, .after = START_AT_ONCE
        };
    }
    return &plan->programs[number];
}

/* A program that the lab has, or its variant; "none": not in this one. */
static int
add_program(struct preparing *p, const char *name, const char *usual)
{
    const char *value = description_for(p->description, p->variant, name);
    struct stage_program *program;
    if (!value)
        value = usual;
    int number = number_of(p->plan, name);
    bool is_given = number >= 0 && p->plan->programs[number].command;
    if (!is_given && (!value || !strcmp(value, "none")))
        return 0;
    program = program_called(p, name);
    if (!program)
        return wrong_description(p, name, "more programs than one run takes");
    if (is_given)
        return 0;
    number = (int)(program - p->plan->programs);
    program->command = p->play->commands[number] = command_of(p, value);
    return program->command ? 0 : -1;
}

/* "client after server listen" */
static int
take_start(struct preparing *p, const char *rule)
{
    static const char *const calls[] = { "listen", "bind",  "socket", "connect",
                                         "accept", "close", "exit" };
    char who[32], whom[32], call[32];
    if (!strcmp(rule, "together") || !strcmp(rule, "none"))
        return 0;
    if (sscanf(rule, "%31s after %31s %31s", who, whom, call) != 3)
        return wrong_description(p, "start is WHO after WHOM CALL", rule);
    int waiting = number_of(p->plan, who), waited = number_of(p->plan, whom);
    if (waiting < 0)
        return 0; // a program that this variant leaves out
    if (waited < 0)
        return wrong_description(p, "start waits for no program", rule);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (strcmp(call, calls[i]) != 0)
            continue;
        p->plan->programs[waiting].after = waited;
        p->plan->programs[waiting].after_call = calls[i];
        return 0;
    }
    return wrong_description(p, "start waits for a call that none makes", rule);
}

/* A lab with one program says "start = none". */
static int
add_programs(struct preparing *p)
{
    const char *start = description_for(p->description, p->variant, "start");
    bool alone = start && !strcmp(start, "none");
    if (alone)
        p->plan->program_count = 1;
    if (add_program(p, "server", "server ADDRESS PORT") < 0 ||
        (!alone && add_program(p, "client", "client ADDRESS PORT") < 0) ||
        take_start(p, start ? start : "client after server listen") < 0)
        return -1;
    for (int i = 2; i < PROGRAMS_MAX; i++) {
        char name[24], key[24];
        snprintf(name, sizeof name, "client%d", i);
        snprintf(key, sizeof key, "start%d", i);
        const char *rule = description_for(p->description, p->variant, key);
        if (add_program(p, name, NULL) < 0 || (rule && take_start(p, rule) < 0))
            return -1;
    }
    return 0;
}

/* The words of a value, into `list`, which has `count` of at most `most`; they
 * lie in `room`. */
static void
add_words(const struct preparing *p, const char *key, char room[LINE_ROOM],
          const char *list[], int *count, int most)
{
    char *rest;
    const char *value = description_for(p->description, p->variant, key);
    snprintf(room, LINE_ROOM, "%s", value ? value : "");
    for (char *word = strtok_r(room, " \n", &rest); word;
         word = strtok_r(NULL, " \n", &rest))
        if (*count < most)
            list[(*count)++] = word;
}

/* pins = net.ipv4.tcp_sack=0 net.ipv4.tcp_timestamps=0
 * addresses = fe80::1
 * Another network than the lab's own has no use for its addresses. */
static void
add_network(struct preparing *p)
{
    static char pins[LINE_ROOM], addresses[LINE_ROOM];
    struct stage_plan *plan = p->plan;
    add_words(p, "pins", pins, plan->pins, &plan->pin_count, PINS_MAX);
    if (plan->on == lab_own_network(p->description, p->variant))
        add_words(p, "addresses", addresses, plan->addresses,
                  &plan->address_count, ADDRESSES_MAX);
}

/* meet = connect close; none */
static int
add_meetings(struct preparing *p)
{
    static char words[LINE_ROOM];
    struct stage_plan *plan = p->plan;
    add_words(p, "meet", words, plan->meet, &plan->meet_count, MEETINGS_MAX);
    for (int i = 0; i < plan->meet_count; i++)
        if (!call_is_name(plan->meet[i]) && strcmp(plan->meet[i], "none") != 0)
            return wrong_description(p, "meet: no such call is ever shown",
                                     plan->meet[i]);
    return 0;
}

/* shows = cwnd */
static int
add_shown(struct preparing *p)
{
    const char *shows = description_for(p->description, p->variant, "shows");
    if (shows && strcmp(shows, "cwnd") != 0)
        return wrong_description(p, "shows: only cwnd can be", shows);
    p->plan->shows_cwnd |= shows != NULL;
    return 0;
}

int
lab_prepare(const struct lab *lab, const struct description *description,
            const char *variant, struct stage_plan *plan, struct lab_play *play)
{
    struct preparing p = { lab, description, variant, plan, play };
    add_network(&p);
    if (add_meetings(&p) < 0 || add_shown(&p) < 0)
        return -1;
    return add_programs(&p);
}

void
lab_play_clear(struct lab_play *play)
{
    char path[PATH_MAX + 80];
    for (int i = 0; i < PROGRAMS_MAX; i++) {
        free(play->commands[i]);
        free(play->names[i]);
    }
    if (!play->folder[0])
        return;
    snprintf(path, sizeof path, "%s/%s", play->folder, play->built);
    unlink(path);
    strcat(path, ".c");
    unlink(path);
    rmdir(play->folder);
}
