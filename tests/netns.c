/* netns: a user namespace whose capabilities pass through exec. */
#include "netns.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../src/host/namespace.h"

/* What is permitted becomes inheritable, and then ambient (capabilities(7)). */
static int
keep_through_exec(int capability)
{
    struct __user_cap_header_struct header = {
        .version = _LINUX_CAPABILITY_VERSION_3,
    };
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0)
        return -1;
    data[0].inheritable |= 1u << capability;
    if (syscall(SYS_capset, &header, data) < 0)
        return -1;
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
}

const char *
netns_enter(void)
{
    const char *refused = namespace_enter_user();
    if (refused)
        return refused;
    return keep_through_exec(CAP_NET_RAW) < 0 ? "keeping CAP_NET_RAW" : NULL;
}
