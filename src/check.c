/* check: events in, a line of the expected timeline each out. */
#include "check.h"

#include <stdio.h>

static void
take_event(void *context, const struct event *event)
{
    struct check *check = context;
    if (event->kind != EVENT_CHECK)
        expectation_event(check->expectation, event);
}

static void
judge(void *context)
{
    struct check *check = context;
    const struct expectation_line *line;
    if (!expectation_judge(check->expectation))
        return;
    for (size_t i = 0; (line = expectation_line(check->expectation, i)); i++)
        events_check(check->events, line);
}

int
check_begin(struct check *check, const char *text, size_t bytes,
            const char *name, struct follow *follow)
{
    struct expectation_error error;
    check->events = follow->events;
    check->expectation = expectation_new(text, bytes, &error);
    if (!check->expectation) {
        fprintf(stderr, "tcplab: %s: line %u: %s\n  %s\n%s%s", name, error.line,
                error.reason, error.text, error.right,
                *error.right ? "\n" : "");
        return -1;
    }
    follow->listener = (struct listener){ take_event, judge, check };
    return 0;
}

void
check_end(struct check *check)
{
    expectation_free(check->expectation);
    check->expectation = NULL;
}

void
check_server(struct check *check, const char *address, uint16_t port)
{
    char place[ENDPOINT_TEXT];
    struct endpoint server;
    snprintf(place, sizeof place, "%s:%u", address, port);
    if (check->expectation && endpoint_from_text(place, &server))
        expectation_server(check->expectation, &server);
}
