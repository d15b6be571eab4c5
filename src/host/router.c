/* router: nftables(8), by its library. */
#include "router.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#ifdef HAVE_NFTABLES
#include <linux/netlink.h>
#include <nftables/libnftables.h>
#include <sys/socket.h>
#include <unistd.h>
#endif

#include "pins.h"

const char router_inside_interface[] = "inside";
const char router_outside_interface[] = "outside";

#ifdef HAVE_NFTABLES

enum {
    RULES_ROOM = 2048
};

/* From inside all may go out, and what belongs to it may come back. */
static const char masquerade[] =
    "table ip nat {\n"
    "  chain leaving {\n"
    "    type nat hook postrouting priority srcnat;\n"
    "    iifname \"inside\" oifname \"outside\" masquerade\n"
    "  }\n"
    "  chain passing {\n"
    "    type filter hook forward priority filter; policy drop;\n"
    "    ct state established,related accept\n"
    "    iifname \"inside\" ct state new accept\n"
    "    ct status dnat accept\n"
    "  }\n"
    "}\n";

static const char forward[] =
    "table ip nat {\n"
    "  chain coming {\n"
    "    type nat hook prerouting priority dstnat;\n"
    "    iifname \"outside\" meta l4proto { tcp, udp } th dport %u"
    " dnat to %s\n"
    "  }\n"
    "}\n";

bool
router_is_possible(void)
{
    return true;
}

/* Where the kernel has no such sockets, the library would end this process. */
static bool
can_ask(void)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static const char *
set_rules(const char *rules)
{
    static char refused[160];
    struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
    if (!nft)
        return "opening nftables";
    nft_ctx_buffer_error(nft);
    errno = 0;
    bool taken = nft_run_cmd_from_buffer(nft, rules) == 0;
    if (!taken) {
        const char *why = nft_ctx_get_error_buffer(nft);
        snprintf(refused, sizeof refused,
                 "rewriting addresses (nftables says: %.*s)",
                 (int)strcspn(why, "\n"), why);
        errno = 0;
    }
    nft_ctx_free(nft);
    return taken ? NULL : refused;
}

const char *
router_begin(const char *forward_to, uint16_t port)
{
    char rules[RULES_ROOM];
    int n = snprintf(rules, sizeof rules, "%s", masquerade);
    if (!can_ask())
        return "asking this kernel for nftables";
    pin_set("net.ipv4.ip_forward=1");
    if (forward_to)
        snprintf(rules + n, sizeof rules - (size_t)n, forward, (unsigned)port,
                 forward_to);
    return set_rules(rules);
}

#else

bool
router_is_possible(void)
{
    return false;
}

const char *
router_begin(const char *forward_to, uint16_t port)
{
    (void)forward_to;
    (void)port;
    errno = 0;
    return "a router that rewrites addresses: this kit was built without "
           "libnftables; install libnftables-dev and build it again";
}

#endif
