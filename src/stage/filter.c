/* filter: rows of the call table, by libseccomp. */
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "call.h"

struct filter {
    unsigned short count;
    struct sock_filter instructions[];
};

static const uint32_t stop = SCMP_ACT_TRACE(0);

/* The commands of fcntl and ioctl that say something of TCP. */
static const unsigned long fcntl_commands[] = { F_SETFL, F_DUPFD,
                                                F_DUPFD_CLOEXEC };
static const unsigned long ioctl_requests[] = { FIONBIO, FIONREAD };

static int
add_by_second(scmp_filter_ctx filter, long number, const unsigned long *values,
              int count)
{
    for (int i = 0; i < count; i++) {
        int refused =
            seccomp_rule_add(filter, stop, (int)number, 1,
                             SCMP_A1_32(SCMP_CMP_EQ, (uint32_t)values[i]));
        if (refused)
            return refused;
    }
    return 0;
}

static int
add_row(scmp_filter_ctx filter, const struct call_row *row)
{
    if (row->number == SYS_fcntl)
        return add_by_second(filter, row->number, fcntl_commands, 3);
    if (row->number == SYS_ioctl)
        return add_by_second(filter, row->number, ioctl_requests, 2);
    return seccomp_rule_add(filter, stop, (int)row->number, 0);
}

static bool
is_picked(const struct call_row *row, enum level level)
{
    return level == LEVEL_CALLS || row->class == CALL_CONNECTION ||
           row->class == CALL_MOVING || row->class == CALL_PROCESS ||
           row->class == CALL_HIDDEN;
}

/* Every row that is picked, and calls of another architecture, to say so. */
static int
add_rows(scmp_filter_ctx rules, enum level level)
{
    int refused = seccomp_attr_set(rules, SCMP_FLTATR_ACT_BADARCH, stop);
    if (!refused)
        refused = seccomp_attr_set(rules, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    for (size_t i = 0; !refused && i < call_row_count; i++)
        if (is_picked(&call_rows[i], level))
            refused = add_row(rules, &call_rows[i]);
    return refused;
}

/* The program that libseccomp makes of the rules goes through a file. */
static struct filter *
take_program(scmp_filter_ctx rules)
{
    int fd = memfd_create("filter", MFD_CLOEXEC);
    int refused = fd < 0 ? -errno : seccomp_export_bpf(rules, fd);
    off_t bytes = refused ? 0 : lseek(fd, 0, SEEK_END);
    struct filter *filter =
        bytes > 0 ? malloc(sizeof *filter + (size_t)bytes) : NULL;
    if (filter &&
        pread(fd, filter->instructions, (size_t)bytes, 0) == (ssize_t)bytes) {
        filter->count =
            (unsigned short)((size_t)bytes / sizeof filter->instructions[0]);
    } else {
        free(filter);
        filter = NULL;
    }
    int saved = refused ? -refused : errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return filter;
}

struct filter *
filter_new(enum level level)
{
    struct filter *filter = NULL;
    scmp_filter_ctx rules = seccomp_init(SCMP_ACT_ALLOW);
    int refused = rules ? add_rows(rules, level) : -ENOMEM;
    if (refused)
        errno = -refused;
    else
        filter = take_program(rules);
    if (rules)
        seccomp_release(rules);
    return filter;
}

static int
load(const struct filter *filter)
{
    struct sock_fprog program = {
        .len = filter->count,
        .filter = (struct sock_filter *)filter->instructions,
    };
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

int
filter_install(const struct filter *filter)
{
    if (load(filter) == 0)
        return 0;
    if (errno != EACCES || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return load(filter);
}
