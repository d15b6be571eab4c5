/* recording: from a file to facts, without a view. */
#include "recording.h"

#include <errno.h>
#include <stdio.h>

static void
copy(char *to, size_t size, struct span from)
{
    snprintf(to, size, "%.*s", (int)from.bytes, from.at ? from.at : "");
}

static void
take_event(void *context, const struct event *event)
{
    struct recording *recording = context;
    facts_add(&recording->facts, event);
    if (event->kind != EVENT_RUN)
        return;
    recording->is_stamped = true;
    copy(recording->lab, sizeof recording->lab, event->entry->lab);
    copy(recording->variant, sizeof recording->variant, event->entry->variant);
}

static void
read_all(struct recording *recording, struct source *source,
         struct events *events)
{
    struct packet packet;
    struct decoded decoded;
    enum source_result result;
    while ((result = source_next(source, &packet)) == SOURCE_PACKET ||
           result == SOURCE_WAIT) {
        if (result == SOURCE_WAIT) {
            source_wait(source, -1);
            continue;
        }
        decode_packet(&packet, &decoded);
        events_packet(events, &packet, &decoded);
    }
    events_end_capture(events);
    facts_join(&recording->facts);
    recording->is_whole = result == SOURCE_END;
    if (!recording->is_whole)
        snprintf(recording->why, sizeof recording->why, "%s",
                 source_why(source));
}

/* There is no memory. */
static bool
refused(struct recording *recording, struct source_error *error)
{
    recording_clear(recording);
    *error =
        (struct source_error){ .failure = SOURCE_REFUSED, .number = ENOMEM };
    snprintf(error->text, sizeof error->text, "not enough memory");
    return false;
}

bool
recording_read(struct recording *recording, const char *path,
               struct source_error *error)
{
    *recording = (struct recording){ 0 };
    struct source *source = source_open_file(path, NULL, error);
    if (!source)
        return false;
    struct events *events =
        events_new(TRACKER_CONNECTIONS_DEFAULT, take_event, recording);
    if (events)
        read_all(recording, source, events);
    bool failed = !events || recording->facts.failed;
    events_free(events);
    source_close(source);
    return failed ? refused(recording, error) : true;
}

void
recording_clear(struct recording *recording)
{
    facts_clear(&recording->facts);
}
