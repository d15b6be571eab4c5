/* lab: finding and building labs. */
#include "lab.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* labs/ stands beside the program in the source tree; installed, in the share
 * folder beside the program's, or where the build was told. */
static const char *
labs_folder(void)
{
    static const char *const places[] = { "labs", "../share/tcplab/labs" };
    static char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 32);
    if (n <= 0)
        return TCPLAB_SHARE "/labs";
    path[n] = '\0';
    char *name = strrchr(path, '/') + 1;
    for (int i = 0; i < 2; i++) {
        strcpy(name, places[i]);
        if (access(path, R_OK) == 0)
            return path;
    }
    return TCPLAB_SHARE "/labs";
}

/* Labs are the folders that begin with a number. */
static int
is_lab(const struct dirent *entry)
{
    return entry->d_name[0] >= '0' && entry->d_name[0] <= '9' &&
           strchr(entry->d_name, '-') != NULL;
}

static bool
lab_fill(struct lab *lab, const char *name)
{
    lab->number = atoi(name);
    int n = snprintf(lab->name, sizeof lab->name, "%s", name);
    int p = snprintf(lab->path, sizeof lab->path, "%s/%s", labs_folder(), name);
    return n < (int)sizeof lab->name && p < (int)sizeof lab->path;
}

/* Call `give` for each lab, in order of number. */
static void
lab_each(void (*give)(void *context, const struct lab *lab), void *context)
{
    struct dirent **entries;
    int count = scandir(labs_folder(), &entries, is_lab, alphasort);
    for (int i = 0; i < count; i++) {
        struct lab lab;
        if (lab_fill(&lab, entries[i]->d_name))
            give(context, &lab);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

struct search {
    const char *name;
    struct lab *found;
    bool is_found;
};

static bool
is_called(const struct lab *lab, const char *name)
{
    char *end;
    long number = strtol(name, &end, 10);
    if (end != name && *end == '\0')
        return number == lab->number;
    return !strcmp(name, lab->name) ||
           !strcmp(name, strchr(lab->name, '-') + 1);
}

static void
compare(void *context, const struct lab *lab)
{
    struct search *search = context;
    if (search->is_found || !is_called(lab, search->name))
        return;
    *search->found = *lab;
    search->is_found = true;
}

bool
lab_find(const char *name, struct lab *lab)
{
    struct search search = { name, lab, false };
    lab_each(compare, &search);
    return search.is_found;
}

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
    fprintf(stderr, "cc -g -o %s %s\n", program, source);
    pid_t pid = fork();
    if (pid == 0) {
        execlp("cc", "cc", "-g", "-o", program, source, (char *)NULL);
        perror("tcplab: cc");
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

int
lab_build(const struct lab *lab, bool server, bool client)
{
    static const char *const programs[] = { "server", "client" };
    for (int i = 0; i < 2; i++) {
        char program[PATH_MAX + 16], source[PATH_MAX + 16];
        snprintf(program, sizeof program, "%s/%s", lab->path, programs[i]);
        snprintf(source, sizeof source, "%s/%s.c", lab->path, programs[i]);
        if ((i == 0 ? server : client) && is_older(program, source) &&
            compile(program, source) < 0)
            return -1;
    }
    return 0;
}

/* Between single quotes a shell takes everything as it is, but a single quote.
 */
bool
lab_shell_word(const struct lab *lab, const char *file, char *word, size_t size)
{
    char path[PATH_MAX + 64];
    size_t n = 0;
    snprintf(path, sizeof path, "%s/%s", lab->path, file);
    if (size < 4 * strlen(path) + 3)
        return false;
    word[n++] = '\'';
    for (const char *c = path; *c; c++) {
        if (*c == '\'') {
            memcpy(word + n, "'\\''", 4);
            n += 4;
        } else {
            word[n++] = *c;
        }
    }
    word[n++] = '\'';
    word[n] = '\0';
    return true;
}
