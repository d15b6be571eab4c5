/* hosts: two hosts on a wire, and what the wire tells, for a test. */
#ifndef TCPLAB_TESTS_HOSTS_H
#define TCPLAB_TESTS_HOSTS_H

#include <stdbool.h>

#include "../capture/entry.h"
#include "../capture/source.h"
#include "../src/host/topology.h"
#include "../src/wire/wire.h"

enum {
    HOSTS_FRAMES = 16384,
    HOSTS_PORT = 7777, // the network is a private one
};

/* What the client has beyond its own addresses. */
#define HOSTS_MORE "192.0.2.66"

/* A frame as the wire tells of it. */
struct told_frame {
    uint64_t id;
    uint32_t interface;
    int64_t left_ns;
    struct decoded decoded; // its borrowed octets are gone
    enum segment_word word; // of a SEGMENT
    uint32_t original;
};

struct told_fate {
    uint64_t id;
    enum fate fate;
    int64_t time_ns;
    char why[64];
};

struct hosts {
    int home; // the test's own network
    struct topology topology;
    struct policy *policy;
    struct wire wire;
    struct source *trace;
    struct told_frame frames[HOSTS_FRAMES];
    int frame_count;
    struct told_fate fates[2 * HOSTS_FRAMES];
    int fate_count;
    bool over; // the trace has ended
    int sink;  // where datagrams go; 0: none were sent
    struct wire_result result;
};

/* Two hosts; skips the test, with the reason, where there is no private
 * network. With a policy of nothing, to be changed before hosts_join(). */
struct hosts *hosts_make(void);

/* Lay the wire. `options` says what differs; NULL: nothing. */
void hosts_join(struct hosts *hosts, const struct wire_options *options);

/* One more rule, before hosts_join(). */
void hosts_rule(struct hosts *hosts, const char *text);

/* Take the wire away, read its trace to the end, take its result. Every frame
 * then has one end: it arrived (twice when doubled), or it was lost. */
void hosts_part(struct hosts *hosts);
void hosts_free(struct hosts *hosts);

/* Read what the wire tells until `enough` is true of it; fails after 10 s. */
typedef bool enough_fn(const struct hosts *hosts);
void hosts_until(struct hosts *hosts, enough_fn *enough);

/* The same until there are `count` fates of that kind. */
void hosts_await(struct hosts *hosts, enum fate fate, int count);

/* For hosts_until(): two FINs have arrived. */
bool hosts_have_closed(const struct hosts *hosts);

/* For hosts_until(): every frame has arrived or is lost. */
bool hosts_are_quiet(const struct hosts *hosts);

/* Read what it tells in the next `ms`. */
void hosts_for(struct hosts *hosts, int ms);

/* Tell the wire something, which must be done. */
void hosts_tell(struct hosts *hosts, const char *command, uint64_t id);

/* The nth (from 1) segment of that name; fails when there is none. */
const struct told_frame *hosts_frame(const struct hosts *hosts,
                                     enum segment_word word, int nth);

/* The frame with that number; fails when there is none. */
const struct told_frame *hosts_frame_of(const struct hosts *hosts, uint64_t id);

/* How many fates of that kind a frame has, of all frames with id 0. */
int hosts_fates(const struct hosts *hosts, uint64_t id, enum fate fate);

/* The last of these; fails when there is none. */
const struct told_fate *hosts_fate(const struct hosts *hosts, uint64_t id,
                                   enum fate fate);

/* How long a frame was on the way; fails when it did not arrive. */
int64_t hosts_took_ns(const struct hosts *hosts, uint64_t id);

/* ---- Sockets -------------------------------------------------------------- */

/* Be on one of the hosts; and be back in the test's own network. */
void hosts_visit(const struct hosts *hosts, enum topology_place place);
void hosts_leave(const struct hosts *hosts);

/* A socket on one of the hosts. */
int hosts_socket(const struct hosts *hosts, enum topology_place place,
                 int family, int type);

/* The server listens; the client connects to it, without waiting when its
 * socket does not. */
int hosts_listen(const struct hosts *hosts, int family);
int hosts_connect(const struct hosts *hosts, int family, bool waits);

/* A connection: [0] is the client's socket, [1] the server's. */
void hosts_connection(const struct hosts *hosts, int family, int sockets[2]);

/* A whole conversation: a question, an answer, and both close. */
void hosts_talk(const struct hosts *hosts, int family);

/* Sockets of UDP: [0] is the client's, whose peer is [1], the server's. */
void hosts_flow(const struct hosts *hosts, int family, int sockets[2]);

/* One more of the client's, at HOSTS_MORE; its peer is the server's by IPv4. */
int hosts_more_flow(const struct hosts *hosts);

/* `count` datagrams of `bytes` octets of data from the client, to a socket of
 * the server's that nobody reads. */
void hosts_datagrams(struct hosts *hosts, int count, size_t bytes);

/* Send all of `words`, one call. */
void hosts_say(int socket, const char *words);

/* What comes is exactly `words`; fails after 10 s. */
void hosts_hears(int socket, const char *words);

#endif
