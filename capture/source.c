/* source: libpcap in front, and the choice between it and `trace`. */
#include "source_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "frame.h"

enum {
    FILE_BUFFER = 1 << 17,
    FILE_LARGE = 1 << 20,
};

void *
source_refuse(struct source_error *error, enum source_failure failure,
              int number, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error->failure = failure;
    error->number = number;
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return NULL;
}

/* ---- Filters ------------------------------------------------------------ */

/* libpcap's own number for raw IP; its other numbers are those of files. */
static int
dlt_of(int link_type)
{
    return link_type == LINK_RAW ? DLT_RAW : link_type;
}

/* Compile the expression for `link_type`; NULL with source->why. */
static const struct filter *
filter_for(struct source *source, int link_type)
{
    for (int i = 0; i < source->filter_count; i++)
        if (source->filters[i].link_type == link_type)
            return &source->filters[i];
    if (source->filter_count == FILTERS_MAX) {
        snprintf(source->why, sizeof source->why,
                 "more than %d link types to filter", FILTERS_MAX);
        return NULL;
    }
    struct filter *filter = &source->filters[source->filter_count];
    pcap_t *dead = pcap_open_dead(dlt_of(link_type), 262144);
    if (!dead || pcap_compile(dead, &filter->program, source->expression, 1,
                              PCAP_NETMASK_UNKNOWN) < 0) {
        snprintf(source->why, sizeof source->why, "%s",
                 dead ? pcap_geterr(dead) : strerror(ENOMEM));
        if (dead)
            pcap_close(dead);
        return NULL;
    }
    pcap_close(dead);
    filter->link_type = link_type;
    source->filter_count++;
    return filter;
}

/* Does the filter let the packet through? -1: it cannot be compiled for it. */
static int
filter_passes(struct source *source, const struct packet *packet)
{
    if (!source->expression || packet->link_type < 0)
        return 1;
    const struct filter *filter = filter_for(source, packet->link_type);
    if (!filter)
        return -1;
    struct pcap_pkthdr header = { .caplen = packet->captured,
                                  .len = packet->original };
    return pcap_offline_filter(&filter->program, &header, packet->octets) != 0;
}

/* ---- Files -------------------------------------------------------------- */

static bool
is_pcapng(const uint8_t *octets, size_t present)
{
    static const uint8_t section[4] = { 0x0a, 0x0d, 0x0d, 0x0a };
    return present >= 4 && memcmp(octets, section, 4) == 0;
}

/* libpcap reads from stdio. A plain file gives it a large buffer; a pipe or a
 * packed file goes through `stream`. */
static bool
open_classic(struct source *source, FILE *file, struct source_error *error)
{
    char why[PCAP_ERRBUF_SIZE];
    source->pcap = pcap_fopen_offline_with_tstamp_precision(
        file, PCAP_TSTAMP_PRECISION_NANO, why);
    if (source->pcap)
        return true;
    source_refuse(error, SOURCE_NOT_ONE, 0, "%s", why);
    fclose(file);
    return false;
}

static bool
open_plain_file(struct source *source, int fd, struct source_error *error)
{
    FILE *file = fdopen(fd, "rb");
    if (!file) {
        source_refuse(error, SOURCE_REFUSED, errno, "%s", strerror(errno));
        close(fd);
        return false;
    }
    setvbuf(file, NULL, _IOFBF, FILE_BUFFER);
    __fsetlocking(file, FSETLOCKING_BYCALLER); // one thread at a time reads it
    return open_classic(source, file, error);
}

static bool
open_stream(struct source *source, int fd, struct source_error *error)
{
    size_t present;
    struct stream *stream = stream_new(fd);
    if (!stream) {
        source_refuse(error, SOURCE_REFUSED, errno, "%s", strerror(errno));
        return false;
    }
    const uint8_t *magic = stream_peek(stream, 4, &present);
    if (is_pcapng(magic, present)) {
        source->trace = trace_reader_new(stream);
        if (!source->trace)
            source_refuse(error, SOURCE_REFUSED, ENOMEM, "%s",
                          strerror(ENOMEM));
        return source->trace != NULL;
    }
    if (stream_error(stream)) {
        source_refuse(error, SOURCE_NOT_ONE, 0, "%s", stream_error(stream));
        stream_free(stream);
        return false;
    }
    source->stream = stream;
    FILE *file = stream_file(stream);
    if (file)
        return open_classic(source, file, error);
    source_refuse(error, SOURCE_REFUSED, ENOMEM, "%s", strerror(ENOMEM));
    stream_free(stream);
    return false;
}

/* A plain, seekable, classic file: the common case, and the fast one. */
static bool
is_plain_classic(int fd)
{
    struct stat status;
    uint8_t magic[4];
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
        return false;
    off_t here = lseek(fd, 0, SEEK_CUR);
    ssize_t got = pread(fd, magic, sizeof magic, here);
    return got == sizeof magic && !is_pcapng(magic, sizeof magic) &&
           !(magic[0] == 0x1f && magic[1] == 0x8b);
}

/* An expression is checked at once; only some link types refuse a right one. */
static bool
filter_is_right(struct source *source, struct source_error *error)
{
    int link_type = source->pcap ? pcap_datalink(source->pcap) : DLT_EN10MB;
    if (!source->expression || filter_for(source, link_type))
        return true;
    source_refuse(error, SOURCE_FILTER, 0, "%s", source->why);
    return false;
}

struct source *
source_new(const char *filter, struct source_error *error)
{
    struct source *source = calloc(1, sizeof *source);
    char *expression = filter ? strdup(filter) : NULL;
    if (!source || (filter && !expression)) {
        free(source);
        free(expression);
        return source_refuse(error, SOURCE_REFUSED, ENOMEM, "%s",
                             strerror(ENOMEM));
    }
    source->expression = expression;
    source->wake = source->asked = -1;
    return source;
}

struct source *
source_open_fd(int fd, const char *filter, struct source_error *error)
{
    struct source *source = source_new(filter, error);
    if (!source) {
        close(fd);
        return NULL;
    }
    bool opened = is_plain_classic(fd) ? open_plain_file(source, fd, error)
                                       : open_stream(source, fd, error);
    if (opened && filter_is_right(source, error))
        return source;
    source_close(source);
    return NULL;
}

struct source *
source_open_file(const char *path, const char *filter,
                 struct source_error *error)
{
    bool standard_input = strcmp(path, "-") == 0;
    int fd =
        standard_input ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return source_refuse(error, SOURCE_REFUSED, errno, "%s",
                             strerror(errno));
    return source_open_fd(fd, filter, error);
}

/* ---- Reading ------------------------------------------------------------ */

/* What libpcap gave, in our words. A file's seconds are 32 bits without sign;
 * a fraction may lie beyond a second. */
static void
packet_from_pcap(struct source *source, const struct pcap_pkthdr *header,
                 const u_char *octets, struct packet *packet)
{
    packet->time_ns =
        (int64_t)(uint32_t)header->ts.tv_sec * 1000000000 + header->ts.tv_usec;
    packet->frame = ++source->frames;
    packet->link_type = pcap_datalink(source->pcap);
    packet->interface = 0;
    packet->id = 0;
    packet->captured = header->caplen;
    packet->original = header->len;
    packet->octets = octets;
}

/*
 * Stopped: what reached the ring before is still given. The kernel hands a
 * block of the ring over when it is full or RING_TIMEOUT_MS old, so reading
 * goes on for some of these after the stop, up to packets newer than it.
 */
static enum source_result
live_drained(struct source *source)
{
    if (!source->stopped)
        return SOURCE_WAIT;
    if (source->stop_ns == 0) {
        source->stop_ns = clock_ns(CLOCK_REALTIME);
        source->drain_until_ns =
            clock_ns(CLOCK_MONOTONIC) + RING_TIMEOUT_MS * (int64_t)8000000;
    }
    return clock_ns(CLOCK_MONOTONIC) < source->drain_until_ns ? SOURCE_WAIT
                                                              : SOURCE_END;
}

static enum source_result
pcap_read(struct source *source, struct packet *packet)
{
    struct pcap_pkthdr *header;
    const u_char *octets;
    if (source->stream && stream_would_wait(source->stream))
        return SOURCE_WAIT;
    if (source->stopped && source->stop_ns == 0)
        live_drained(source); // note the time, however full the ring is
    int status = pcap_next_ex(source->pcap, &header, &octets);
    if (status == 1) {
        packet_from_pcap(source, header, octets, packet);
        if (source->stop_ns && packet->time_ns > source->stop_ns)
            return SOURCE_END;
        return SOURCE_PACKET;
    }
    if (status == 0)
        return live_drained(source);
    if (status == PCAP_ERROR_BREAK)
        return SOURCE_END;
    snprintf(source->why, sizeof source->why, "%s", pcap_geterr(source->pcap));
    return strstr(source->why, "truncated") ? SOURCE_CUT : SOURCE_DAMAGED;
}

static enum source_result
read_any(struct source *source, struct packet *packet)
{
    if (source->pcap)
        return pcap_read(source, packet);
    if (stream_would_wait(trace_stream(source->trace)))
        return SOURCE_WAIT;
    return trace_read(source->trace, packet, source->why, sizeof source->why);
}

enum source_result
source_next(struct source *source, struct packet *packet)
{
    for (;;) {
        enum source_result result = read_any(source, packet);
        if (result != SOURCE_PACKET)
            return result;
        int passes = filter_passes(source, packet);
        if (passes < 0)
            return SOURCE_DAMAGED;
        if (passes)
            return SOURCE_PACKET;
    }
}

const char *
source_why(const struct source *source)
{
    return source->why;
}

int
source_fd(const struct source *source)
{
    if (source->live)
        return pcap_get_selectable_fd(source->pcap);
    if (source->stream)
        return stream_fd(source->stream);
    return source->trace ? stream_fd(trace_stream(source->trace)) : -1;
}

bool
source_wait(struct source *source, int timeout_ms)
{
    struct pollfd fds[2] = { { .fd = source_fd(source), .events = POLLIN },
                             { .fd = source->wake, .events = POLLIN } };
    if (source->stopped) { // draining: the wake-up has been heard
        fds[1].fd = -1;
        timeout_ms = RING_TIMEOUT_MS;
    }
    return poll(fds, 2, timeout_ms) != 0;
}

int
source_inject(struct source *source, const uint8_t *octets, size_t bytes)
{
    return pcap_inject(source->pcap, octets, bytes) < 0 ? -1 : 0;
}

void
source_stop(struct source *source)
{
    uint64_t one = 1;
    int saved = errno;
    source->stopped = 1;
    if (source->wake >= 0 && write(source->wake, &one, sizeof one) < 0)
        source->stopped = 1; // the counter is full: it has been woken
    errno = saved;
}

bool
source_is_live(const struct source *source)
{
    return source->live;
}

int
source_link_type(const struct source *source)
{
    return source->pcap ? pcap_datalink(source->pcap) : -1;
}

struct source_counts
source_counts(struct source *source)
{
    struct pcap_stat stat;
    struct source_counts counts = { 0 };
    if (!source->live || pcap_stats(source->pcap, &stat) < 0)
        return counts;
    counts.received = stat.ps_recv;
    counts.dropped = stat.ps_drop;
    if (source->doubled) {
        counts.received /= 2;
        counts.dropped /= 2;
    }
    return counts;
}

bool
source_is_large(struct source *source)
{
    struct stat status;
    FILE *file = source->pcap ? pcap_file(source->pcap) : NULL;
    return !source->live && !source->stream && file &&
           fstat(fileno(file), &status) == 0 && status.st_size >= FILE_LARGE;
}

int
source_percent(struct source *source)
{
    struct stat status;
    FILE *file = source->pcap ? pcap_file(source->pcap) : NULL;
    int fd = source->stream ? stream_fd(source->stream)
             : file         ? fileno(file)
                            : source_fd(source);
    if (source->live || fd < 0 || fstat(fd, &status) < 0 ||
        !S_ISREG(status.st_mode) || status.st_size == 0)
        return -1;
    return (int)(lseek(fd, 0, SEEK_CUR) * 100 / status.st_size);
}

const char *
source_link_name(int link_type)
{
    static char number[32];
    const char *name = pcap_datalink_val_to_description(dlt_of(link_type));
    if (name)
        return name;
    snprintf(number, sizeof number, "link type %d", link_type);
    return number;
}

void
source_close(struct source *source)
{
    if (!source)
        return;
    for (int i = 0; i < source->filter_count; i++)
        pcap_freecode(&source->filters[i].program);
    if (source->pcap)
        pcap_close(source->pcap);
    trace_reader_free(source->trace);
    if (source->wake >= 0)
        close(source->wake);
    if (source->asked >= 0)
        close(source->asked);
    free(source->expression);
    free(source);
}
