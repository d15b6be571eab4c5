/* filter: rows of the call table, by libseccomp. */
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "call.h"

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

int
filter_install(enum level level)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter) {
        errno = ENOMEM;
        return -1;
    }
    // Calls of another architecture are stopped too, to say so.
    int refused = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, stop);
    if (!refused)
        refused = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (!refused)
        refused = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
    for (size_t i = 0; !refused && i < call_row_count; i++)
        if (is_picked(&call_rows[i], level))
            refused = add_row(filter, &call_rows[i]);
    if (!refused)
        refused = seccomp_load(filter);
    if (refused == -EACCES || refused == -ECANCELED || refused == -EPERM) {
        seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 1);
        refused = seccomp_load(filter);
    }
    seccomp_release(filter);
    errno = -refused;
    return refused ? -1 : 0;
}
