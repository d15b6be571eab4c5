/*
 * source: where packets come from. A live interface, a capture file, a pipe.
 *
 * The only noun that sees libpcap. Classic pcap files, in both byte orders and
 * precisions, and live interfaces are libpcap's; pcapng is read by `trace`.
 */
#ifndef TCPLAB_SOURCE_H
#define TCPLAB_SOURCE_H

#include "trace.h"

struct source;

enum {
    SOURCE_ERROR = 512
};

/* Why a source could not be opened. */
enum source_failure {
    SOURCE_REFUSED, // the system said no: missing, no permission, no memory
    SOURCE_NOT_ONE, // not a capture, or damaged from the start
    SOURCE_FILTER,  // the filter expression is wrong
};

struct source_error {
    enum source_failure failure;
    int number; // errno when the system gave one, else 0; EPERM: no permission
    char text[SOURCE_ERROR];
};

/*
 * Open a capture file, classic pcap or pcapng, plain or gzip; "-" is standard
 * input. `filter` is a pcap-filter(7) expression, or NULL. NULL on failure,
 * with `error` filled in.
 */
struct source *source_open_file(const char *path, const char *filter,
                                struct source_error *error);

/* The same from a descriptor, which it takes over. */
struct source *source_open_fd(int fd, const char *filter,
                              struct source_error *error);

struct source_live {
    const char *interface; // "lo", "eth0", "any"
    const char *filter;    // or NULL
    uint32_t snaplen;      // octets kept of a packet
    uint32_t ring_bytes;   // for packets not read yet
    bool promiscuous;
    bool immediate; // each packet at once, not up to 5 ms later in company
    bool incoming;  // only what comes in, not what is sent there
};

/*
 * Open a live interface; reading never waits. Times are the kernel's, in
 * nanoseconds. On a loopback interface each packet is seen once.
 */
struct source *source_open_live(const struct source_live *live,
                                struct source_error *error);

/*
 * The same in two steps: the kernel takes 5 to 20 ms until it gives a ring for
 * packets, and meanwhile other things can be done. The first step asks whether it
 * gives sockets for packets at all. NULL on failure, with `error` filled in; else
 * source_opened() has to follow.
 */
struct source_opening;
struct source_opening *source_begin_live(const struct source_live *live,
                                         struct source_error *error);

/* Wait until it is open: packets are captured from then on. Frees `opening`. NULL
 * on failure, with `error` filled in. */
struct source *source_opened(struct source_opening *opening,
                             struct source_error *error);

void source_close(struct source *source);

/*
 * The next packet, borrowed until the next call. SOURCE_WAIT: wait with
 * source_wait(). After SOURCE_CUT and SOURCE_DAMAGED source_why() says why.
 */
enum source_result source_next(struct source *source, struct packet *packet);

const char *source_why(const struct source *source);

/*
 * Wait for more, for `timeout_ms` at most (-1: without end). Also returns when
 * a signal came or source_stop() was called. False: nothing came in that time.
 */
bool source_wait(struct source *source, int timeout_ms);

/* What to poll for reading beside other descriptors. */
int source_fd(const struct source *source);

/*
 * Send a frame out of a live interface, as it is. Returns 0, or -1 with errno
 * (EMSGSIZE: longer than the interface takes).
 */
int source_inject(struct source *source, const uint8_t *octets, size_t bytes);

/*
 * End a live capture: source_next() gives what reached the ring before this
 * call, then SOURCE_END. Safe in a signal handler.
 */
void source_stop(struct source *source);

bool source_is_live(const struct source *source);

/* The link type of a live source or classic file; -1 for pcapng. */
int source_link_type(const struct source *source);

struct source_counts {
    uint64_t received; // by the kernel, behind the filter
    uint64_t dropped;  // of them, because the ring was full
};

/* What the kernel counted, each packet once. All 0 for a file. */
struct source_counts source_counts(struct source *source);

/* Is it a file that takes long enough to read to be worth a second thread? */
bool source_is_large(struct source *source);

/* How much of a file has been read, 0 to 100; -1 where that is not known. */
int source_percent(struct source *source);

/* The name of a link type, as libpcap gives it; "link type 999" when it has
 * none. */
const char *source_link_name(int link_type);

#endif
