/* source_live: interfaces, opened with libpcap. */
#include <errno.h>
#include <net/if.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "source_inside.h"
#include "thread.h"

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23 // Linux 4.20
#endif

static bool
is_loopback(const char *interface)
{
    struct ifreq request = { 0 };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    strncpy(request.ifr_name, interface, sizeof request.ifr_name - 1);
    bool loopback = ioctl(fd, SIOCGIFFLAGS, &request) == 0 &&
                    request.ifr_flags & IFF_LOOPBACK;
    close(fd);
    return loopback;
}

/* The kernel hands a loopback packet out twice, as it leaves and as it comes
 * in. Take it as it comes in. */
static bool
take_incoming(struct source *source, const struct source_live *live,
              struct source_error *error)
{
    int yes = 1;
    bool loopback = is_loopback(live->interface);
    if ((!loopback && !live->incoming) ||
        setsockopt(pcap_fileno(source->pcap), SOL_PACKET,
                   PACKET_IGNORE_OUTGOING, &yes, sizeof yes) == 0)
        return true;
    source->doubled = loopback; // libpcap passes over one of the two
    if (!live->incoming || pcap_setdirection(source->pcap, PCAP_D_IN) == 0)
        return true;
    source_refuse(error, SOURCE_REFUSED, 0, "%s: %s", live->interface,
                  pcap_geterr(source->pcap));
    return false;
}

static bool
refuse_live(struct source *source, const struct source_live *live, int status,
            struct source_error *error)
{
    const char *why = pcap_geterr(source->pcap);
    int number = status == PCAP_ERROR_PERM_DENIED ? EPERM : 0;
    if (status == PCAP_ERROR_NO_SUCH_DEVICE)
        source_refuse(error, SOURCE_REFUSED, ENODEV, "%s: no such interface",
                      live->interface);
    else
        source_refuse(error, SOURCE_REFUSED, number, "%s: %s%s%s",
                      live->interface, pcap_statustostr(status),
                      *why ? ": " : "", why);
    return false;
}

static bool
live_activate(struct source *source, const struct source_live *live,
              struct source_error *error)
{
    char why[PCAP_ERRBUF_SIZE];
    source->pcap = pcap_create(live->interface, why);
    if (!source->pcap) {
        source_refuse(error, SOURCE_REFUSED, 0, "%s: %s", live->interface, why);
        return false;
    }
    pcap_set_snaplen(source->pcap, (int)live->snaplen);
    pcap_set_promisc(source->pcap, live->promiscuous);
    pcap_set_timeout(source->pcap, RING_TIMEOUT_MS);
    pcap_set_immediate_mode(source->pcap, live->immediate);
    pcap_set_buffer_size(source->pcap, (int)live->ring_bytes);
    pcap_set_tstamp_precision(source->pcap, PCAP_TSTAMP_PRECISION_NANO);
    int status = pcap_activate(source->pcap);
    if (status < 0)
        return refuse_live(source, live, status, error);
    if (!take_incoming(source, live, error))
        return false;
    if (pcap_setnonblock(source->pcap, 1, why) < 0) {
        source_refuse(error, SOURCE_REFUSED, 0, "%s: %s", live->interface, why);
        return false;
    }
    return true;
}

static bool
live_filter(struct source *source, const struct source_live *live,
            struct source_error *error)
{
    struct bpf_program program;
    if (!live->filter)
        return true;
    if (pcap_compile(source->pcap, &program, live->filter, 1,
                     PCAP_NETMASK_UNKNOWN) < 0) {
        source_refuse(error, SOURCE_FILTER, 0, "%s", pcap_geterr(source->pcap));
        return false;
    }
    int status = pcap_setfilter(source->pcap, &program);
    pcap_freecode(&program);
    if (status < 0)
        source_refuse(error, SOURCE_REFUSED, 0, "%s",
                      pcap_geterr(source->pcap));
    return status == 0;
}

struct source *
source_open_live(const struct source_live *live, struct source_error *error)
{
    struct source *source = source_new(NULL, error);
    if (!source)
        return NULL;
    source->live = true;
    source->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (source->wake < 0)
        source_refuse(error, SOURCE_REFUSED, errno, "%s", strerror(errno));
    else if (live_activate(source, live, error) &&
             live_filter(source, live, error))
        return source;
    source_close(source);
    return NULL;
}

/* ---- Opening meanwhile --------------------------------------------------- */

struct source_opening {
    pthread_t thread;
    struct source_live live; // its strings are owned
    int asked;               // a packet socket
    struct source *source;   // NULL: refused
    struct source_error error;
};

static void *
open_meanwhile(void *context)
{
    struct source_opening *opening = context;
    opening->source = source_open_live(&opening->live, &opening->error);
    return NULL;
}

static void
opening_free(struct source_opening *opening)
{
    if (!opening)
        return;
    free((char *)opening->live.interface);
    free((char *)opening->live.filter);
    free(opening);
}

static struct source_opening *
opening_new(const struct source_live *live)
{
    struct source_opening *opening = calloc(1, sizeof *opening);
    if (!opening)
        return NULL;
    opening->live = *live;
    opening->live.interface = strdup(live->interface);
    opening->live.filter = live->filter ? strdup(live->filter) : NULL;
    opening->asked = -1;
    if (opening->live.interface && (opening->live.filter || !live->filter))
        return opening;
    opening_free(opening);
    return NULL;
}

struct source_opening *
source_begin_live(const struct source_live *live, struct source_error *error)
{
    struct source_opening *opening = opening_new(live);
    int number = ENOMEM;
    if (opening) {
        opening->asked = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
        number = opening->asked < 0
                     ? errno
                     : thread_start(&opening->thread, open_meanwhile, opening);
    }
    if (number == 0)
        return opening;
    if (opening && opening->asked >= 0)
        close(opening->asked);
    opening_free(opening);
    return source_refuse(error, SOURCE_REFUSED, number,
                         "%s: a socket for packets: %s", live->interface,
                         strerror(number));
}

/* Closing a packet socket takes as long as its ring: that is for the end. */
struct source *
source_opened(struct source_opening *opening, struct source_error *error)
{
    pthread_join(opening->thread, NULL);
    struct source *source = opening->source;
    if (source) {
        source->asked = opening->asked;
    } else {
        *error = opening->error;
        close(opening->asked);
    }
    opening_free(opening);
    return source;
}
