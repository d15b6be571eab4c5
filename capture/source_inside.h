/* source_inside: what the files of `source` share. The only ones that see
 * libpcap. */
#ifndef TCPLAB_SOURCE_INSIDE_H
#define TCPLAB_SOURCE_INSIDE_H

#include <pcap/pcap.h>
#include <signal.h>

#include "source.h"

enum {
    FILTERS_MAX = 16,
    RING_TIMEOUT_MS = 5,
};

/* A filter compiled for one link type; a trace may need several. */
struct filter {
    int link_type;
    struct bpf_program program;
};

struct source {
    pcap_t *pcap;               // classic files and live interfaces
    struct trace_reader *trace; // pcapng
    struct stream *stream;      // classic from a pipe; owned by pcap
    bool live;
    char *expression; // files only; a live filter is in the kernel
    struct filter filters[FILTERS_MAX];
    int filter_count;
    uint64_t frames;
    int wake;                      // eventfd; live only
    int asked;                     // the socket of source_begin_live()
    volatile sig_atomic_t stopped; // source_stop() was called
    int64_t stop_ns;               // when that was noticed; 0: not yet
    int64_t drain_until_ns;
    bool doubled; // a loopback interface that shows each packet twice
    char why[SOURCE_ERROR];
};

/* One that has nothing yet; `filter` as in source_open_file(). NULL: no memory. */
struct source *source_new(const char *filter, struct source_error *error);

/* Fill in `error`. NULL, always. */
void *source_refuse(struct source_error *error, enum source_failure failure,
                    int number, const char *format, ...);

#endif
