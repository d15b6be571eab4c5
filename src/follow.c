/* follow: the main loop. */
#include "follow.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../capture/clock.h"
#include "../capture/readahead.h"
#include "text/command.h"
#include "text/progress.h"

enum {
    REST_MS = 300,
    SOON = 4, // packets: about as long as memory takes to answer
    LATER = 8,
};

static void
give_event(void *context, const struct event *event)
{
    struct follow *f = context;
    view_event(&f->view, event);
    if (f->listener.event)
        f->listener.event(f->listener.context, event);
}

int
follow_open(struct follow *f, const struct view_options *options)
{
    *f = (struct follow){ 0 };
    if (output_init(&f->output, STDOUT_FILENO) < 0)
        return -1;
    view_init(&f->view, options, &f->output);
    f->events = events_new(options->limit, give_event, f);
    if (f->events)
        return 0;
    output_clear(&f->output);
    return -1;
}

void
follow_close(struct follow *f)
{
    events_free(f->events);
    output_clear(&f->output);
}

/* Does anybody see what is followed, or hear of it? If not, it is only saved. */
static bool
is_seen(const struct follow *f)
{
    return !f->view.options.quiet || f->listener.event;
}

/* Saving failed: say so now, while something can be done. */
static void
saving_failed(struct follow *f)
{
    f->save_error = errno;
    fprintf(stderr,
            "tcplab: %s: %s; what was written before is whole, and nothing "
            "more is saved\n",
            f->save_path, strerror(errno));
}

static void
save_packet(struct follow *f, const struct packet *packet)
{
    if (f->save && !f->save_error && trace_write(f->save, packet) < 0)
        saving_failed(f);
}

/* Wait for the source, and for a key where one is wanted. False: nothing came. */
static bool
wait_for(struct follow *f, struct source *source)
{
    const struct asker *asker = &f->asker;
    int keys = asker->prompt ? asker->keys(asker->context) : -1;
    if (keys < 0)
        return source_wait(source, REST_MS);
    struct pollfd fds[] = { { source_fd(source), POLLIN, 0 },
                            { keys, POLLIN, 0 } };
    int count = poll(fds, 2, REST_MS);
    if (count > 0 && fds[1].revents)
        asker->take(asker->context);
    return count != 0;
}

/* Nothing to read now: show what there is, then wait. On a live interface time
 * goes on without packets. */
static void
idle(struct follow *f, struct source *source)
{
    output_flush(&f->output);
    if (f->save && !f->save_error && trace_flush(f->save) < 0)
        saving_failed(f);
    if (wait_for(f, source))
        return;
    view_idle(&f->view);
    output_flush(&f->output);
    if (source_is_live(source))
        events_clock(f->events, clock_ns(CLOCK_REALTIME));
}

/* A call is held: what came before it is shown first. */
static void
take_prompt(struct follow *f, const struct packet *packet)
{
    struct entry entry;
    if (!f->asker.prompt ||
        !entry_read(packet->octets, packet->captured, &entry))
        return;
    view_idle(&f->view);
    output_flush(&f->output);
    f->asker.prompt(f->asker.context, &entry);
}

/* `decoded` is NULL where nobody sees it. */
static void
take(struct follow *f, const struct packet *packet,
     const struct decoded *decoded)
{
    if (packet->link_type == LINK_PROMPT) {
        take_prompt(f, packet);
        return;
    }
    f->packets++;
    save_packet(f, packet);
    if (decoded)
        events_packet(f->events, packet, decoded);
}

void
follow_new_picture(struct follow *f)
{
    output_keep(&f->output);
}

void
follow_last_picture(struct follow *f)
{
    output_again(&f->output);
}

/* A large file: a second thread reads and decodes. */
static enum source_result
follow_ahead(struct follow *f, struct source *source,
             struct readahead *readahead, struct progress *progress)
{
    enum source_result result = SOURCE_END;
    const struct packet *packet;
    const struct decoded *decoded;
    while (!output_is_over(&f->output)) {
        result = readahead_next(readahead, &packet, &decoded);
        if (result != SOURCE_PACKET)
            break;
        events_fetch(f->events, readahead_peek(readahead, SOON),
                     readahead_peek(readahead, LATER));
        take(f, packet, decoded);
        progress_tell(progress, f->packets, source);
    }
    readahead_free(readahead);
    return output_is_over(&f->output) ? SOURCE_END : result;
}

/* What comes as it comes: an interface, a pipe, a small file. */
static enum source_result
follow_along(struct follow *f, struct source *source, struct progress *progress)
{
    bool seen = is_seen(f);
    struct packet packet;
    struct decoded decoded;
    while (!output_is_over(&f->output)) {
        enum source_result result = source_next(source, &packet);
        if (result == SOURCE_WAIT) {
            idle(f, source);
            continue;
        }
        if (result != SOURCE_PACKET)
            return result;
        if (seen)
            decode_packet(&packet, &decoded);
        take(f, &packet, seen ? &decoded : NULL);
        progress_tell(progress, f->packets, source);
    }
    return SOURCE_END;
}

static void
begin_capture(struct follow *f)
{
    f->packets = 0;
    view_begin_capture(&f->view);
}

static void
end_capture(struct follow *f)
{
    events_end_capture(f->events);
    if (f->listener.end)
        f->listener.end(f->listener.context);
    view_end_capture(&f->view);
    output_flush(&f->output);
}

enum source_result
follow_supply(struct follow *f, const struct supply *supply)
{
    enum source_result result = SOURCE_END;
    struct packet packet;
    struct decoded decoded;
    begin_capture(f);
    while (!output_is_over(&f->output)) {
        result = supply->next(supply->context, &packet);
        if (result != SOURCE_PACKET)
            break;
        decode_packet(&packet, &decoded);
        take(f, &packet, &decoded);
    }
    end_capture(f);
    return output_is_over(&f->output) ? SOURCE_END : result;
}

enum source_result
follow_source(struct follow *f, struct source *source)
{
    struct progress progress = progress_begin(&f->output);
    struct readahead *readahead =
        is_seen(f) && source_is_large(source) ? readahead_new(source) : NULL;
    begin_capture(f);
    enum source_result result =
        readahead ? follow_ahead(f, source, readahead, &progress)
                  : follow_along(f, source, &progress);
    progress_end(&progress);
    end_capture(f);
    return result;
}

int
follow_status(const struct follow *f, int status)
{
    if (!f->output.error)
        return status;
    fprintf(stderr, "tcplab: standard output: %s\n", strerror(f->output.error));
    return EXIT_SYSTEM;
}
