/* view_json_entry: calls, states, output, signals and ends. */
#include "view_json_entry.h"

#include <signal.h>
#include <sys/wait.h>

#include "../text/text.h"

/* What is not UTF-8 is escaped: JSON knows no octets. */
json_t *
span_json(struct span span)
{
    char escaped[4 * 4096];
    struct text t = text_over(escaped, sizeof escaped);
    if (!span.at)
        return json_null();
    json_t *json = json_stringn(span.at, span.bytes);
    if (json)
        return json;
    text_escaped(&t, (const uint8_t *)span.at, span.bytes);
    return json_stringn(escaped, (size_t)(t.next - escaped));
}

static json_t *
endpoint_or_null(bool has, const struct endpoint *endpoint)
{
    char text[ENDPOINT_TEXT];
    if (!has)
        return json_null();
    endpoint_to_text(endpoint, text);
    return json_string(text);
}

/* "client.c:23" */
static json_t *
source_json(const struct entry *e)
{
    return e->file.at ? json_sprintf("%.*s:%u", (int)e->file.bytes, e->file.at,
                                     e->line)
                      : json_null();
}

static void
socket_json(const struct event *event, json_t *line)
{
    const struct entry *e = event->entry;
    uint32_t number = event->connection_number;
    json_object_set_new(line, "connection",
                        number ? json_integer(number) : json_null());
    json_object_set_new(line, "local",
                        endpoint_or_null(e->has_local, &e->local));
    json_object_set_new(line, "remote",
                        endpoint_or_null(e->has_remote, &e->remote));
}

static void
call_json(const struct event *event, json_t *line)
{
    const struct entry *e = event->entry;
    json_t *arguments = json_array();
    for (uint32_t i = 0; i < e->argument_count; i++)
        json_array_append_new(arguments, span_json(e->arguments[i]));
    json_object_set_new(line, "name", span_json(e->name));
    json_object_set_new(line, "args", arguments);
    json_object_set_new(line, "source", source_json(e));
    socket_json(event, line);
}

static void
return_json(const struct event *event, json_t *line)
{
    const struct entry *e = event->entry;
    json_object_set_new(line, "call",
                        event->call ? json_integer((json_int_t)event->call)
                                    : json_null());
    call_json(event, line);
    json_object_set_new(line, "result",
                        e->has_result ? json_integer((json_int_t)e->result)
                                      : json_null());
    json_object_set_new(line, "errno",
                        e->error.bytes ? span_json(e->error) : json_null());
    json_object_set_new(line, "interrupted", json_boolean(e->interrupted));
}

static void
timer_json(const struct entry *e, json_t *line)
{
    json_object_set_new(line, "timer", span_json(e->timer));
    json_object_set_new(line, "timer_ms",
                        e->timer.at ? json_integer(e->timer_ms) : json_null());
}

/* 0: there is none. */
static json_t *
count_json(uint32_t count)
{
    return count ? json_integer(count) : json_null();
}

static void
state_json(const struct event *event, json_t *line)
{
    const struct entry *e = event->entry;
    socket_json(event, line);
    json_object_set_new(line, "state",
                        e->has_state ? json_string(state_name(e->state))
                                     : json_null());
    json_object_set_new(line, "by", json_string("kernel"));
    json_object_set_new(line, "receive_queue", json_integer(e->receive_queue));
    json_object_set_new(line, "send_queue", json_integer(e->send_queue));
    timer_json(e, line);
    json_object_set_new(line, "cwnd", count_json(e->cwnd));
    json_object_set_new(line, "ssthresh", count_json(e->ssthresh));
    json_object_set_new(line, "at_rest", json_boolean(e->at_rest));
    json_object_set_new(line, "derived",
                        event->differs ? json_string(state_name(event->derived))
                                       : json_null());
}

/* As wait(2) tells: a status, or the signal that ended it. */
static void
exit_json(const struct entry *e, json_t *line)
{
    int status = (int)e->status;
    bool exited = WIFEXITED(status);
    json_object_set_new(line, "thread", json_boolean(e->is_thread));
    json_object_set_new(line, "first", json_boolean(e->is_first));
    json_object_set_new(line, "status",
                        exited ? json_integer(WEXITSTATUS(status))
                               : json_null());
    json_object_set_new(line, "signal",
                        exited ? json_null() : json_integer(WTERMSIG(status)));
}

static void
run_json(const struct entry *e, json_t *line)
{
    json_object_set_new(line, "version", span_json(e->version));
    json_object_set_new(line, "lab", span_json(e->lab));
    json_object_set_new(line, "variant", span_json(e->variant));
    json_object_set_new(line, "kernel", span_json(e->kernel));
    json_object_set_new(line, "way", span_json(e->way));
    json_object_set_new(line, "pins", span_json(e->pins));
}

static void
who_json(const struct entry *e, json_t *line)
{
    json_object_set_new(line, "who", span_json(e->who));
    if (e->pid)
        json_object_set_new(line, "pid", json_integer(e->pid));
    if (e->tid)
        json_object_set_new(line, "tid", json_integer(e->tid));
}

void
entry_json(const struct event *event, json_t *line)
{
    const struct entry *e = event->entry;
    if (e->kind != ENTRY_RUN)
        who_json(e, line);
    json_object_set_new(line, "text", span_json(e->message));
    switch (e->kind) {
    case ENTRY_CALL:
        call_json(event, line);
        break;
    case ENTRY_RETURN:
        return_json(event, line);
        break;
    case ENTRY_STATE:
        state_json(event, line);
        break;
    case ENTRY_OUTPUT:
        json_object_set_new(line, "data", span_json(e->data));
        break;
    case ENTRY_SIGNAL:
        json_object_set_new(line, "name", span_json(e->name));
        json_object_set_new(line, "number", json_integer(e->number));
        break;
    case ENTRY_FORK:
        json_object_set_new(line, "child", json_integer(e->child));
        json_object_set_new(line, "thread", json_boolean(e->is_thread));
        break;
    case ENTRY_EXIT:
        exit_json(e, line);
        break;
    case ENTRY_RUN:
        run_json(e, line);
        break;
    case ENTRY_FATE:
    case ENTRY_PROMPT:
    case ENTRY_KINDS:
        break;
    }
}

void
check_json(const struct expectation_line *check, json_t *line)
{
    json_t *events = json_array();
    bool judged = check->held == HELD_YES || check->held == HELD_NO;
    for (size_t i = 0; i < check->event_count; i++)
        json_array_append_new(events,
                              json_integer((json_int_t)check->events[i]));
    json_object_set_new(line, "line", json_string(check->text));
    json_object_set_new(line, "number", json_integer(check->number));
    json_object_set_new(line, "held",
                        judged ? json_boolean(check->held == HELD_YES)
                               : json_null());
    json_object_set_new(line, "why", json_string(check->why));
    json_object_set_new(line, "events", events);
}
