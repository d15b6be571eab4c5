/* lab: finding and building labs. */
#include "lab.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

void
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

struct description *
lab_describe(const struct lab *lab, char *why, size_t size)
{
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/lab.ini", lab->path);
    return description_read(path, why, size);
}

char *
lab_expected(const struct lab *lab, const char *variant, size_t *bytes)
{
    char path[PATH_MAX + 128];
    char *text = NULL;
    snprintf(path, sizeof path, "%s/expected%s%s", lab->path,
             variant ? "." : "", variant ? variant : "");
    FILE *file = fopen(path, "re");
    size_t size = 0;
    ssize_t n = file ? getdelim(&text, &size, '\0', file) : -1;
    if (file)
        fclose(file);
    if (n < 0) {
        free(text);
        return NULL;
    }
    *bytes = (size_t)n;
    return text;
}
