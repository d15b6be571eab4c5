/* timeline_datagram: UDP datagrams, and what ICMP says about them. */
#include <stdio.h>
#include <stdlib.h>

#include "timeline.h"

enum {
    LABEL_ROOM = 64,
    PORT_DIGITS = 6,
};

/* ---- Sides --------------------------------------------------------------- */

/* "127.0.0.1:7020": the number behind the last colon; 0: there is none. */
static uint16_t
port_of(struct span name)
{
    char digits[PORT_DIGITS + 1] = "";
    size_t colon = name.bytes;
    while (colon && name.at[colon - 1] != ':')
        colon--;
    if (!colon || name.bytes - colon > PORT_DIGITS)
        return 0;
    memcpy(digits, name.at + colon, name.bytes - colon);
    return (uint16_t)atoi(digits);
}

void
timeline_note_port(struct view *view, const struct entry *entry)
{
    struct timeline *line = view->timeline;
    if (!span_is(entry->name, "bind") || !entry->has_result || entry->result ||
        entry->argument_count < 2)
        return;
    uint32_t place = line->port_next++ % TIMELINE_PORTS;
    line->ports[place] = (struct bound_port){ port_of(entry->arguments[1]),
                                              timeline_side(entry->who) };
}

static const struct bound_port *
find_port(const struct timeline *line, uint16_t port)
{
    for (int i = 0; port && i < TIMELINE_PORTS; i++)
        if (line->ports[i].port == port)
            return &line->ports[i];
    return NULL;
}

/* Who asked for its port stands where that program does. When nobody did, who
 * sends first stands left. */
static enum side
side_of_sender(const struct timeline *line, const struct endpoint *src,
               const struct endpoint *dst)
{
    const struct bound_port *from = find_port(line, src->port);
    const struct bound_port *to = find_port(line, dst->port);
    if (from)
        return from->side;
    if (to)
        return to->side == SIDE_LEFT ? SIDE_RIGHT : SIDE_LEFT;
    return endpoint_equal(src, &line->flow[SIDE_RIGHT]) ? SIDE_RIGHT
                                                        : SIDE_LEFT;
}

/* ---- Rows ---------------------------------------------------------------- */

/* Both names, above the first datagram between them. */
static void
introduce(struct view *view, const struct endpoint *left,
          const struct endpoint *right)
{
    struct timeline *line = view->timeline;
    const struct endpoint *ends[SIDES] = { left, right };
    static const char *const sides[SIDES] = { "CLIENT", "SERVER" };
    if (endpoint_equal(left, &line->flow[SIDE_LEFT]) &&
        endpoint_equal(right, &line->flow[SIDE_RIGHT]))
        return;
    struct row *row = rows_add(rows_of(view));
    rows_put(rows_of(view), row, 4, "time", 4);
    for (int side = 0; side < SIDES; side++) {
        char words[ENDPOINT_TEXT + 16], endpoint[ENDPOINT_TEXT];
        endpoint_to_text(ends[side], endpoint);
        int n = snprintf(words, sizeof words, "%s %s", sides[side], endpoint);
        rows_put(rows_of(view), row,
                 side == SIDE_LEFT ? ROW_LEFT : TIMELINE_RIGHT_STATE - 8, words,
                 (size_t)n);
        line->flow[side] = *ends[side];
    }
}

/*
 * "---- UDP ----------------------> 5 data bytes"; on a wire it leaves as
 * "---- UDP ------------------ - - -", and arrives as "- - - UDP ------->".
 */
static void
put_arrow(struct view *view, const struct event *event, const char *label,
          bool right, const char *data)
{
    static const char on_the_way[] = "- - -";
    bool leaves = event->flight && event->kind != EVENT_FATE;
    bool arrives = event->flight && event->kind == EVENT_FATE;
    bool open_left = right ? arrives : leaves;
    bool open_right = right ? leaves : arrives;
    char words[LABEL_ROOM + TIMELINE_ARROW_WIDTH + sizeof on_the_way];
    struct row *row = timeline_row(view, event);
    const int end = TIMELINE_ARROW_WIDTH - (open_right ? 6 : 0);
    int n = snprintf(words, sizeof words, "%s %.*s ",
                     open_left ? on_the_way
                     : right   ? "----"
                               : "<---",
                     LABEL_ROOM - 1, label);
    while (n < end)
        words[n++] = '-';
    if (open_right)
        n += sprintf(words + n, " %s", on_the_way);
    else
        words[n - 1] = right ? '>' : '-';
    rows_put(rows_of(view), row, TIMELINE_ARROW, words, (size_t)n);
    int column = TIMELINE_ARROW + n + 1;
    if (column < TIMELINE_RIGHT_STATE)
        column = TIMELINE_RIGHT_STATE;
    rows_put(rows_of(view), row, column, data, strlen(data));
    view->timeline->had_flight |= arrives;
}

/* What the wire decides about it: "- - - UDP lost (rule 1: drop)". */
static void
put_decision(struct view *view, const struct event *event, const char *label)
{
    char words[2 * LABEL_ROOM + TIMELINE_ARROW_WIDTH];
    struct text t = text_over(words, sizeof words);
    text_format(&t, "- - - %s ", label);
    timeline_add_fate(&t, event->entry);
    rows_put(rows_of(view), timeline_row(view, event), TIMELINE_ARROW, words,
             (size_t)(t.next - words));
}

/* What passes between `src` and `dst`, or back from `dst`. */
static void
show(struct view *view, const struct event *event, const struct endpoint *src,
     const struct endpoint *dst, const char *label, const char *data)
{
    enum side side = side_of_sender(view->timeline, src, dst);
    bool left = side == SIDE_LEFT, back = event->decoded->kind == DECODED_ICMP;
    introduce(view, left ? src : dst, left ? dst : src);
    if (event->kind == EVENT_FATE && event->entry->fate != FATE_ARRIVED)
        put_decision(view, event, label);
    else
        put_arrow(view, event, label, left != back, data);
}

bool
timeline_datagram(struct view *view, const struct event *event)
{
    char data[32], label[LABEL_ROOM];
    if (event->decoded->kind == DECODED_DATAGRAM) {
        const struct udp *udp = &event->decoded->udp;
        snprintf(data, sizeof data, "%u data byte%s", udp->data_length,
                 udp->data_length == 1 ? "" : "s");
        show(view, event, &udp->src, &udp->dst, "UDP", data);
        return true;
    }
    const struct icmp *icmp = &event->decoded->icmp;
    if (event->decoded->kind != DECODED_ICMP || !icmp->quotes_datagram ||
        !icmp->error)
        return false;
    snprintf(label, sizeof label, "ICMP %s", icmp->error);
    show(view, event, &icmp->quoted_src, &icmp->quoted_dst, label,
         "about the datagram");
    return true;
}
