/* view_crossing: names before, and after. */
#include "view_crossing.h"

#include "../text/words.h"
#include "timeline.h"
#include "view_json_segment.h"
#include "view_text_fate.h"
#include "view_text_segment.h"

enum {
    WORDS = 256,
    LINE_INDENT = 10
};

static const char ends_there[] =
    "router: it is for the router itself, and goes no further";

/* "source 192.168.1.2:40000 becomes 192.0.2.1:40000"; false: it stays. */
static bool
text_change(struct text *t, const char *what, const struct endpoint *before,
            const struct endpoint *after)
{
    char old[ENDPOINT_TEXT], new[ENDPOINT_TEXT];
    if (endpoint_equal(before, after))
        return false;
    endpoint_to_text(before, old);
    endpoint_to_text(after, new);
    text_format(t, "%s %s becomes %s", what, old, new);
    return true;
}

static struct rewriting
rewriting_of(const struct event *event)
{
    return crossing_rewriting(event->crossing, event->opener_sends);
}

/* ---- Text ----------------------------------------------------------------- */

void
view_text_crossing(struct view *view, const struct event *event)
{
    bool says = event->is_first && (event->crossing || event->ends_there);
    if (!says)
        return;
    held_line_release(view);
    struct text t = output_line(view->output);
    text_time(&t, view, event->time_ns);
    if (event->connection_number)
        text_format(&t, " #%n", (uint64_t)event->connection_number);
    text_char(&t, ' ');
    text_add(&t, event->ends_there ? ends_there : "router: passes it on");
    if (!event->ends_there) {
        struct rewriting r = rewriting_of(event);
        text_change(&t, ", source", &r.src, &r.new_src);
        text_change(&t, ", destination", &r.dst, &r.new_dst);
    }
    output_commit_line(view->output, &t, LINE_INDENT);
}

/* The name an end has for itself, and the one its peer has for it. */
struct names {
    struct endpoint own, seen;
};

static void
names_of(const struct event *event, struct names names[ROLES])
{
    struct rewriting r = crossing_rewriting(event->crossing, true);
    bool client_opens =
        endpoint_equal(&r.src, &event->connection->endpoints[ROLE_CLIENT]);
    enum role opener = client_opens ? ROLE_CLIENT : ROLE_SERVER;
    names[opener] = (struct names){ r.src, r.new_src };
    names[role_other(opener)] = (struct names){ r.new_dst, r.dst };
}

void
view_text_translation(struct view *view, const struct event *event)
{
    char words[WORDS], own[ENDPOINT_TEXT], seen[ENDPOINT_TEXT];
    struct text t = text_over(words, sizeof words - 1);
    if (!event->crossing)
        return;
    struct names names[ROLES];
    names_of(event, names);
    for (int role = 0; role < ROLES; role++) {
        if (endpoint_equal(&names[role].own, &names[role].seen))
            continue;
        endpoint_to_text(&names[role].own, own);
        endpoint_to_text(&names[role].seen, seen);
        text_format(&t, "%sThe %s's %s is seen as %s at the other end.",
                    t.next > words ? " " : "", role_names[role], own, seen);
    }
    *t.next = '\0';
    if (t.next > words)
        output_wrapped(view->output, "  NAT: ", words);
}

/* ---- The timeline --------------------------------------------------------- */

static void
add_row(struct view *view, const struct event *event, const char *what,
        const struct endpoint *before, const struct endpoint *after)
{
    char words[WORDS];
    struct text t = text_over(words, sizeof words);
    if (text_change(&t, what, before, after))
        rows_put(rows_of(view), timeline_row(view, event), ROW_LEFT, words,
                 (size_t)(t.next - words));
}

void
timeline_crossing(struct view *view, const struct event *event)
{
    if (event->ends_there) {
        rows_put(rows_of(view), timeline_row(view, event), ROW_LEFT, ends_there,
                 sizeof ends_there - 1);
    }
    if (!event->is_first || !event->crossing)
        return;
    struct rewriting r = rewriting_of(event);
    add_row(view, event, "router: source", &r.src, &r.new_src);
    add_row(view, event, "router: destination", &r.dst, &r.new_dst);
}

/* ---- JSON ----------------------------------------------------------------- */

static json_t *
name_json(const struct event *event, const struct endpoint *endpoint)
{
    return event->crossing ? endpoint_json(endpoint) : json_null();
}

void
crossing_json(const struct event *event, json_t *line)
{
    struct rewriting r = { 0 };
    if (event->crossing)
        r = rewriting_of(event);
    json_object_set_new(
        line, "connection",
        null_or(event->connection_number > 0, event->connection_number));
    json_object_set_new(line, "of",
                        json_integer((json_int_t)event->flight->event));
    json_object_set_new(line, "id",
                        json_integer((json_int_t)event->packet->id));
    json_object_set_new(line, "ends_there", json_boolean(event->ends_there));
    json_object_set_new(line, "src", name_json(event, &r.src));
    json_object_set_new(line, "dst", name_json(event, &r.dst));
    json_object_set_new(line, "new_src", name_json(event, &r.new_src));
    json_object_set_new(line, "new_dst", name_json(event, &r.new_dst));
}

void
translation_json(const struct event *event, json_t *line)
{
    if (!event->crossing)
        return;
    struct names names[ROLES];
    names_of(event, names);
    for (int role = 0; role < ROLES; role++) {
        json_t *end = json_object_get(line, role_names[role]);
        json_object_set_new(end, "own", endpoint_json(&names[role].own));
        json_object_set_new(end, "seen_as", endpoint_json(&names[role].seen));
    }
}
