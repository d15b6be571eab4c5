/* save: a trace beside the view. */
#include "save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../capture/frame.h"
#include "host/privilege.h"
#include "text/command.h"

static struct trace_writer *
writer_on(int fd, const struct save_interfaces *interfaces)
{
    struct trace_about about = { .application = "tcplab " TCPLAB_VERSION,
                                 .link_type = interfaces->link_type };
    memcpy(about.interfaces, interfaces->names, sizeof about.interfaces);
    return trace_writer_new(fd, &about);
}

int
save_begin(struct follow *follow, const char *path,
           const struct save_interfaces *interfaces)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return -1;
    privilege_give_to_caller(path);
    follow->save_path = path;
    follow->save = writer_on(fd, interfaces);
    return follow->save ? 0 : -1;
}

/* runs/NAME-20261121-120000.pcapng: a name that no other run has. */
static int
open_new(const char *name, char *path, size_t size)
{
    char stamp[32];
    time_t now = time(NULL);
    struct tm local;
    int fd = -1;
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", localtime_r(&now, &local));
    if (mkdir("runs", 0777) < 0 && errno != EEXIST)
        return -1;
    for (int again = 1; again < 100 && fd < 0; again++) {
        int n = snprintf(path, size, "runs/%s-%s", name, stamp);
        if (again > 1)
            n += snprintf(path + n, size - (size_t)n, "-%d", again);
        snprintf(path + n, size - (size_t)n, ".pcapng");
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            return -1;
    }
    return fd;
}

void
save_begin_run(struct follow *follow, const char *name,
               const struct save_interfaces *interfaces)
{
    static char path[512];
    int fd = open_new(name, path, sizeof path);
    if (fd < 0) {
        fprintf(stderr,
                "tcplab: runs/: %s: this run is not saved; -o FILE "
                "chooses another place\n",
                strerror(errno));
        return;
    }
    privilege_give_to_caller("runs");
    privilege_give_to_caller(path);
    follow->save_path = path;
    follow->save = writer_on(fd, interfaces);
    follow->saves_run = true;
}

void
save_forget_run(struct follow *follow)
{
    if (!follow->save || !follow->saves_run)
        return;
    trace_writer_close(follow->save);
    unlink(follow->save_path);
    follow->save = NULL;
    follow->save_path = NULL;
}

int
save_end(struct follow *follow, int status)
{
    if (!follow->save || trace_writer_close(follow->save) == 0)
        return status;
    if (!follow->save_error)
        system_refused(follow->save_path);
    return EXIT_SYSTEM;
}
