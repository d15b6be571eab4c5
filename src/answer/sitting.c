/* sitting: which traces answer the questions of a lab. */
#include "sitting.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../text/command.h"

static bool
is_same(const char *a, const char *b)
{
    return !strcmp(a ? a : "", b ? b : "");
}

static void
worsen(struct sittings *sittings, int status)
{
    sittings->status = worse_status(sittings->status, status);
}

/* Later, or at the same time with the later name. */
static bool
is_newer(const struct stat *one, const struct stat *two)
{
    if (one->st_mtim.tv_sec != two->st_mtim.tv_sec)
        return one->st_mtim.tv_sec > two->st_mtim.tv_sec;
    return one->st_mtim.tv_nsec >= two->st_mtim.tv_nsec;
}

/* runs/04-connect.hello-20261121-124214.pcapng. False: there is none. */
static bool
newest_run(const struct sittings *sittings, struct sitting *sitting)
{
    char pattern[256];
    struct stat newest = { 0 }, found;
    glob_t paths;
    snprintf(pattern, sizeof pattern, "runs/%s%s%s-[0-9]*.pcapng",
             sittings->lab->name, sitting->variant ? "." : "",
             sitting->variant ? sitting->variant : "");
    sitting->path[0] = '\0';
    if (glob(pattern, 0, NULL, &paths) != 0)
        return false;
    for (size_t i = 0; i < paths.gl_pathc; i++) {
        if (stat(paths.gl_pathv[i], &found) < 0 || !is_newer(&found, &newest))
            continue;
        newest = found;
        snprintf(sitting->path, sizeof sitting->path, "%s", paths.gl_pathv[i]);
    }
    globfree(&paths);
    return sitting->path[0] != '\0';
}

static bool
recorded_run(const struct sittings *sittings, struct sitting *sitting)
{
    int n =
        snprintf(sitting->path, sizeof sitting->path, "%s/recorded%s%s.pcapng",
                 sittings->lab->path, sitting->variant ? "." : "",
                 sitting->variant ? sitting->variant : "");
    struct stat found;
    return n < (int)sizeof sitting->path && stat(sitting->path, &found) == 0;
}

/* Is it a trace of this lab? One that does not say so is taken for one. */
static bool
is_of_lab(struct sittings *sittings, const struct sitting *sitting)
{
    const struct recording *recording = &sitting->recording;
    if (!recording->lab[0]) {
        fprintf(stderr,
                "tcplab: %s does not say of which lab it is: taken for lab "
                "%s\n",
                sitting->path, sittings->lab->name);
        return true;
    }
    if (is_same(recording->lab, sittings->lab->name))
        return true;
    fprintf(stderr, "tcplab: %s is a trace of lab %s, not of lab %s\n",
            sitting->path, recording->lab, sittings->lab->name);
    worsen(sittings, EXIT_NO);
    return false;
}

static bool
read_sitting(struct sittings *sittings, struct sitting *sitting)
{
    struct source_error error;
    if (!recording_read(&sitting->recording, sitting->path, &error)) {
        worsen(sittings, opening_failed(sitting->path, &error));
        return false;
    }
    sitting->is_there = true;
    if (!sitting->recording.is_whole) {
        fprintf(stderr, "tcplab: %s: %s; what is whole is taken\n",
                sitting->path, sitting->recording.why);
        worsen(sittings, EXIT_NO);
    }
    return is_of_lab(sittings, sitting);
}

bool
sittings_take_file(struct sittings *sittings, const char *file)
{
    struct sitting *sitting = &sittings->items[sittings->count++];
    snprintf(sitting->path, sizeof sitting->path, "%s", file);
    if (!read_sitting(sittings, sitting))
        return false;
    const char *variant = sitting->recording.variant;
    sitting->variant = sitting->recording.lab[0] && variant[0] ? variant : NULL;
    if (!sitting->recording.lab[0])
        sitting->variant = sittings->variant;
    if (!sittings->variant || is_same(sittings->variant, sitting->variant))
        return true;
    fprintf(stderr, "tcplab: %s is a run of %s%s, not of --variant %s\n", file,
            sitting->variant ? "--variant " : "the lab itself",
            sitting->variant ? sitting->variant : "", sittings->variant);
    worsen(sittings, EXIT_NO);
    return false;
}

static void
take_run(struct sittings *sittings, const char *variant)
{
    if (sittings->count == SITTINGS_MAX ||
        (sittings->variant && !is_same(sittings->variant, variant)))
        return;
    struct sitting *sitting = &sittings->items[sittings->count++];
    sitting->variant = variant;
    if (!(sittings->recorded ? recorded_run(sittings, sitting)
                             : newest_run(sittings, sitting)) ||
        (read_sitting(sittings, sitting) &&
         is_same(sitting->recording.variant, variant)))
        return;
    if (sitting->is_there)
        recording_clear(&sitting->recording);
    sitting->is_there = false;
}

bool
sittings_take_runs(struct sittings *sittings)
{
    const char *variant;
    take_run(sittings, NULL);
    for (size_t i = 0;
         (variant = description_section(sittings->description, "variant", i));
         i++)
        take_run(sittings, variant);
    for (size_t i = 0; i < sittings->count; i++)
        if (sittings->items[i].is_there)
            return true;
    if (sittings->status != EXIT_YES)
        return false;
    if (sittings->recorded)
        fprintf(stderr, "tcplab: lab %s has no recorded trace\n",
                sittings->lab->name);
    else
        fprintf(stderr,
                "tcplab: runs/ holds no run of lab %s yet: first "
                "'tcplab run %d%s%s'\n",
                sittings->lab->name, sittings->lab->number,
                sittings->variant ? " --variant " : "",
                sittings->variant ? sittings->variant : "");
    worsen(sittings, EXIT_SYSTEM);
    return false;
}

const struct sitting *
sittings_find(const struct sittings *sittings, const char *variant)
{
    for (size_t i = 0; i < sittings->count; i++)
        if (sittings->items[i].is_there &&
            is_same(sittings->items[i].variant, variant))
            return &sittings->items[i];
    return NULL;
}

void
sittings_clear(struct sittings *sittings)
{
    for (size_t i = 0; i < sittings->count; i++)
        if (sittings->items[i].is_there)
            recording_clear(&sittings->items[i].recording);
}
