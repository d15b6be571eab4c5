/*
 * view_text: a line for each event, and a paragraph a connection.
 */
#include "../expect/expectation.h"
#include "../pair/pair_words.h"
#include "../text/words.h"
#include "verdict.h"
#include "view.h"
#include "view_crossing.h"
#include "view_text_fate.h"
#include "view_text_segment.h"

enum {
    VERDICT_ROOM = 2048,
    FAILURES_SHOWN = 3
};

/* ---- What else is in a capture ------------------------------------------ */

static void
text_addresses(struct text *t, const struct address *src,
               const struct address *dst)
{
    char a[ADDRESS_TEXT], b[ADDRESS_TEXT];
    address_to_text(src, a);
    address_to_text(dst, b);
    text_format(t, "%s > %s", a, b);
}

static void
text_endpoints(struct text *t, const struct endpoint *src,
               const struct endpoint *dst)
{
    char a[ENDPOINT_TEXT], b[ENDPOINT_TEXT];
    endpoint_to_text(src, a);
    endpoint_to_text(dst, b);
    text_format(t, "%s > %s", a, b);
}

static void
text_icmp(struct text *t, const struct event *event)
{
    const struct icmp *icmp = &event->decoded->icmp;
    text_add(t, "ICMP     ");
    text_addresses(t, &icmp->src, &icmp->dst);
    if (icmp->name)
        text_format(t, "  %s", icmp->name);
    else
        text_format(t, "  type %n code %n", (uint64_t)icmp->type,
                    (uint64_t)icmp->code);
    if (!icmp->quotes_segment && !icmp->quotes_datagram)
        return;
    text_format(t, ", about a %s ",
                icmp->quotes_segment ? "segment" : "datagram");
    text_endpoints(t, &icmp->quoted_src, &icmp->quoted_dst);
    if (event->connection_number)
        text_format(t, " of connection %n", (uint64_t)event->connection_number);
}

static void
text_arp(struct text *t, const struct arp *arp)
{
    char sender[ADDRESS_TEXT], target[ADDRESS_TEXT];
    address_to_text(&arp->sender, sender);
    address_to_text(&arp->target, target);
    text_format(t,
                arp->operation == 1 ? "ARP      who has %s? asks %s"
                                    : "ARP      to %s: here is %s",
                target, sender);
}

static void
text_udp(struct text *t, const struct udp *udp)
{
    text_add(t, "UDP      ");
    text_endpoints(t, &udp->src, &udp->dst);
    text_format(t, "  %n data bytes", (uint64_t)udp->data_length);
}

static void
text_unread(struct text *t, const struct event *event)
{
    const struct decoded *d = event->decoded;
    if (event->kind == EVENT_MALFORMED) {
        text_add(t, "MALFORMED  ");
        if (d->has_ports) {
            text_endpoints(t, &d->segment.src, &d->segment.dst);
            text_add(t, "  ");
        }
    } else {
        text_add(t, "other    ");
    }
    text_what(t, d);
}

static void
show_other(struct view *view, const struct event *event)
{
    struct text t = output_line(view->output);
    text_time(&t, view, event->time_ns);
    text_format(&t, " frame %n  ", event->frame);
    if (event->kind == EVENT_ICMP)
        text_icmp(&t, event);
    else if (event->kind == EVENT_ARP)
        text_arp(&t, &event->decoded->arp);
    else if (event->kind == EVENT_DATAGRAM)
        text_udp(&t, &event->decoded->udp);
    else
        text_unread(&t, event);
    output_commit_line(view->output, &t, INDENT);
}

/* ---- The verdict -------------------------------------------------------- */

static void
show_connection(struct view *view, const struct event *event)
{
    char words[VERDICT_ROOM];
    struct text verdict = text_over(words, sizeof words - 1);
    struct text t = output_line(view->output);
    if (view->options.summary)
        endpoints_line(view, event), t = output_line(view->output);
    text_verdict(&verdict, event->connection, event->why);
    *verdict.next = '\0';
    text_format(&t, "VERDICT connection %n\n",
                (uint64_t)event->connection_number);
    output_commit(view->output, &t);
    output_wrapped(view->output, "  ", words);
    view_text_translation(view, event);
}

/* ---- What a stage told --------------------------------------------------- */

static void
text_span(struct text *t, struct span span)
{
    text_safe(t, span.at, span.bytes);
}

static void
show_entry(struct view *view, const struct event *event)
{
    struct text t = output_line(view->output);
    text_time(&t, view, event->time_ns);
    text_char(&t, ' ');
    text_span(&t, event->entry->who);
    text_add(&t, ": ");
    text_span(&t, event->entry->message);
    output_commit_line(view->output, &t, INDENT);
}

/* ---- What was expected --------------------------------------------------- */

/* Only what went otherwise, and of that the first few lines: after a mistake
 * much goes otherwise. */
static void
show_check(struct view *view, const struct expectation_line *check)
{
    char words[VERDICT_ROOM];
    struct text t = text_over(words, sizeof words - 1);
    if (check->held == HELD_YES || check->held == HELD_NOT_ASKED ||
        view->failures++ > FAILURES_SHOWN)
        return;
    if (view->failures > FAILURES_SHOWN) {
        output_wrapped(view->output, "EXPECTED  ",
                       "More lines do not hold; --as json lists them all.");
        return;
    }
    text_format(&t, "line %n: ", (uint64_t)check->number);
    text_safe(&t, check->text, strlen(check->text));
    text_add(&t, check->held == HELD_NO ? "  does not hold. "
                                        : "  is not observable here. ");
    text_safe(&t, check->why, strlen(check->why));
    *t.next = '\0';
    output_wrapped(view->output, "EXPECTED  ", words);
}

void
view_text(struct view *view, const struct event *event)
{
    if (event->kind != EVENT_FATE && event->kind != EVENT_CROSSING)
        held_line_release(view);
    switch (event->kind) {
    case EVENT_SEGMENT:
        view_text_segment(view, event);
        break;
    case EVENT_CONNECTION:
        show_connection(view, event);
        break;
    case EVENT_CHECK:
        show_check(view, event->check);
        break;
    case EVENT_RUN:
    case EVENT_CALL:
    case EVENT_RETURN:
    case EVENT_STATE:
    case EVENT_OUTPUT:
    case EVENT_SIGNAL:
    case EVENT_FORK:
    case EVENT_EXIT:
        show_entry(view, event);
        break;
    case EVENT_FATE:
        view_text_fate(view, event);
        break;
    case EVENT_CROSSING:
        view_text_crossing(view, event);
        break;
    case EVENT_PAIR:
        pair_tell(event->pair, view->output);
        break;
    case EVENT_DATAGRAM:
    case EVENT_ICMP:
    case EVENT_ARP:
    case EVENT_OTHER:
    case EVENT_MALFORMED:
        show_other(view, event);
        break;
    }
}
