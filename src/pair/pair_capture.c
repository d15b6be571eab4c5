/* pair_capture: a capture, read for its segments. */
#include "pair_capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../capture/option.h"

const char *const place_names[PLACES] = { "client", "server" };

struct pair_capture {
    struct source *source;
    struct tracker *tracker;
    struct capture_extent extent;
    struct packet packet;
    struct decoded decoded;
    struct sighting sighting;
};

/* A connection's end is nothing to a pair: it only needs its number. */
static void
forget(void *context, const struct connection *connection, enum let_go why)
{
    (void)context, (void)connection, (void)why;
}

struct pair_capture *
pair_capture_open(const char *path, const char *filter, uint32_t connections,
                  struct source_error *error)
{
    struct source *source = source_open_file(path, filter, error);
    struct pair_capture *capture = source ? calloc(1, sizeof *capture) : NULL;
    struct tracker *tracker =
        capture ? tracker_new(connections, forget, NULL) : NULL;
    if (!source)
        return NULL;
    if (!tracker) {
        *error = (struct source_error){ SOURCE_REFUSED, ENOMEM, "" };
        strcpy(error->text, strerror(ENOMEM));
        source_close(source);
        free(capture);
        return NULL;
    }
    capture->source = source;
    capture->tracker = tracker;
    capture->extent.link_type = -1;
    return capture;
}

void
pair_capture_close(struct pair_capture *capture)
{
    if (!capture)
        return;
    source_close(capture->source);
    tracker_free(capture->tracker);
    free(capture);
}

const struct capture_extent *
pair_capture_extent(const struct pair_capture *capture)
{
    return &capture->extent;
}

/* FNV-1a, of the few octets of a SACK option. */
static uint32_t
digest(const uint8_t *octets, size_t bytes)
{
    uint32_t hash = 2166136261;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ octets[i]) * 16777619;
    return hash;
}

static void
read_options(struct sighting *s)
{
    struct reader r = segment_options(s->segment);
    struct option option;
    const char *why;
    s->has_sack = !s->segment->options_cut;
    while (option_next(&r, &option, &why)) {
        if (option.kind == OPTION_TIMESTAMPS && option.length == 10) {
            s->has_times = true;
            s->value = option.value;
            s->echo = option.echo;
        } else if (option.kind == OPTION_SACK) {
            s->sack = digest(option.content, option.length - 2u);
        }
    }
}

/* The IP header is read once more, for the one field a segment does not keep.
 */
static void
read_ip_id(struct sighting *s)
{
    struct frame frame;
    struct datagram datagram;
    const char *why;
    if (!address_is_ipv4(&s->segment->src.address) ||
        frame_parse(s->packet, &frame, &why) != PARSE_OK ||
        datagram_parse(frame.ethertype, frame.payload, frame.captured,
                       frame.original, &datagram, &why) != PARSE_OK)
        return;
    s->ip_id = (uint16_t)datagram.identification;
    s->has_ip_id = s->ip_id != 0;
}

static void
note_packet(struct capture_extent *extent, const struct packet *packet)
{
    if (extent->packets++ == 0)
        extent->first_ns = extent->last_ns = packet->time_ns;
    if (packet->time_ns < extent->first_ns)
        extent->first_ns = packet->time_ns;
    if (packet->time_ns > extent->last_ns)
        extent->last_ns = packet->time_ns;
}

static void
note_link_type(struct capture_extent *extent, int link_type, bool is_first)
{
    if (is_first)
        extent->link_type = link_type;
    else if (extent->link_type != link_type)
        extent->link_type = -1;
}

static const struct sighting *
take_segment(struct pair_capture *c)
{
    struct sighting *s = &c->sighting;
    struct observation seen;
    uint32_t late = 0;
    bool is_first = s->segment == NULL;
    *s = (struct sighting){ .time_ns = c->packet.time_ns,
                            .packet = &c->packet,
                            .segment = &c->decoded.segment };
    tracker_clock(c->tracker, c->packet.time_ns);
    const struct connection *connection = tracker_segment(
        c->tracker, c->packet.time_ns, s->segment, &seen, &late);
    s->connection = connection ? connection->number : late;
    s->from = seen.from;
    s->is = seen.is;
    note_link_type(&c->extent, c->packet.link_type, is_first);
    read_options(s);
    read_ip_id(s);
    return s;
}

const struct sighting *
pair_capture_next(struct pair_capture *c)
{
    enum source_result result;
    while ((result = source_next(c->source, &c->packet)) == SOURCE_PACKET) {
        if (c->packet.link_type < 0)
            continue; // an entry of a run's journal
        if (c->packet.time_ns > PAIR_TIME_MOST)
            c->packet.time_ns = PAIR_TIME_MOST;
        decode_packet(&c->packet, &c->decoded);
        note_packet(&c->extent, &c->packet);
        if (c->decoded.kind == DECODED_SEGMENT)
            return take_segment(c);
        c->extent.others++;
    }
    c->extent.ended_by = result;
    if (result != SOURCE_END)
        strcpy(c->extent.why, source_why(c->source));
    return NULL;
}
