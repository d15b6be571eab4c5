/* netns: a user namespace whose capabilities pass through exec. */
#include "netns.h"

#include "claim.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../src/host/namespace.h"

static const char *refused; // why there is none

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

int
netns_enter(void **state)
{
    (void)state;
    refused = namespace_enter_user();
    if (!refused && keep_through_exec(CAP_NET_RAW) < 0)
        refused = "keeping CAP_NET_RAW";
    return 0;
}

void
need_network(void)
{
    if (!refused)
        return;
    print_message("skipped: no private network here: %s\n", refused);
    skip();
}
