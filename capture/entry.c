/* entry: fields by table, to the Journal Export Format and back. */
#include "entry.h"

#include <string.h>

const char *const entry_kind_names[ENTRY_KINDS] = {
    [ENTRY_RUN] = "run",       [ENTRY_CALL] = "call",
    [ENTRY_RETURN] = "return", [ENTRY_STATE] = "state",
    [ENTRY_OUTPUT] = "output", [ENTRY_SIGNAL] = "signal",
    [ENTRY_FORK] = "fork",     [ENTRY_EXIT] = "exit",
    [ENTRY_FATE] = "fate",     [ENTRY_PROMPT] = "prompt",
};

const char *const fate_names[FATES] = {
    [FATE_ARRIVED] = "arrived",     [FATE_LOST] = "lost",
    [FATE_DOUBLED] = "doubled",     [FATE_HELD] = "held",
    [FATE_CORRUPTED] = "corrupted",
};

/* How a field stands in struct entry. */
enum form {
    FORM_KIND,
    FORM_MICROSECONDS, // of time_ns; written only, nanoseconds are read
    FORM_TIME,
    FORM_SPAN,
    FORM_ARGUMENT, // the next of `arguments`
    FORM_U32,
    FORM_U64,
    FORM_RESULT,
    FORM_BOOL,
    FORM_LOCAL,
    FORM_REMOTE,
    FORM_STATE,
    FORM_FATE,
};

enum {
    NAME_ROOM = 24 // for any name, and what stands behind it
};

struct field {
    char name[NAME_ROOM]; // with "=" behind it
    size_t length;        // without
    enum form form;
    size_t offset;
};

#define AT(member) offsetof(struct entry, member)
#define FIELD(name, form, offset)                                              \
    {                                                                          \
        name "=", sizeof(name) - 1, form, offset                               \
    }

/* In the order they are written; Wireshark wants the time among the first. */
static const struct field fields[] = {
    FIELD("__REALTIME_TIMESTAMP", FORM_MICROSECONDS, 0),
    FIELD("MESSAGE", FORM_SPAN, AT(message)),
    FIELD("SYSLOG_IDENTIFIER", FORM_SPAN, AT(who)),
    FIELD("_PID", FORM_U32, AT(pid)),
    FIELD("CODE_FILE", FORM_SPAN, AT(file)),
    FIELD("CODE_LINE", FORM_U32, AT(line)),
    FIELD("TCPLAB_KIND", FORM_KIND, 0),
    FIELD("TCPLAB_TIME_NS", FORM_TIME, 0),
    FIELD("TCPLAB_TID", FORM_U32, AT(tid)),
    FIELD("TCPLAB_CALL", FORM_U64, AT(call)),
    FIELD("TCPLAB_NAME", FORM_SPAN, AT(name)),
    FIELD("TCPLAB_ARGUMENT", FORM_ARGUMENT, 0),
    FIELD("TCPLAB_RESULT", FORM_RESULT, 0),
    FIELD("TCPLAB_ERROR", FORM_SPAN, AT(error)),
    FIELD("TCPLAB_INTERRUPTED", FORM_BOOL, AT(interrupted)),
    FIELD("TCPLAB_INODE", FORM_U64, AT(inode)),
    FIELD("TCPLAB_LOCAL", FORM_LOCAL, 0),
    FIELD("TCPLAB_REMOTE", FORM_REMOTE, 0),
    FIELD("TCPLAB_STATE", FORM_STATE, 0),
    FIELD("TCPLAB_RECEIVE_QUEUE", FORM_U32, AT(receive_queue)),
    FIELD("TCPLAB_SEND_QUEUE", FORM_U32, AT(send_queue)),
    FIELD("TCPLAB_TIMER", FORM_SPAN, AT(timer)),
    FIELD("TCPLAB_TIMER_MS", FORM_U32, AT(timer_ms)),
    FIELD("TCPLAB_CWND", FORM_U32, AT(cwnd)),
    FIELD("TCPLAB_SSTHRESH", FORM_U32, AT(ssthresh)),
    FIELD("TCPLAB_AT_REST", FORM_BOOL, AT(at_rest)),
    FIELD("TCPLAB_DATA", FORM_SPAN, AT(data)),
    FIELD("TCPLAB_CHILD", FORM_U32, AT(child)),
    FIELD("TCPLAB_THREAD", FORM_BOOL, AT(is_thread)),
    FIELD("TCPLAB_FIRST", FORM_BOOL, AT(is_first)),
    FIELD("TCPLAB_NUMBER", FORM_U32, AT(number)),
    FIELD("TCPLAB_STATUS", FORM_U32, AT(status)),
    FIELD("TCPLAB_FRAME", FORM_U64, AT(frame_id)),
    FIELD("TCPLAB_FATE", FORM_FATE, 0),
    FIELD("TCPLAB_WHY", FORM_SPAN, AT(why)),
    FIELD("TCPLAB_VERSION", FORM_SPAN, AT(version)),
    FIELD("TCPLAB_LAB", FORM_SPAN, AT(lab)),
    FIELD("TCPLAB_VARIANT", FORM_SPAN, AT(variant)),
    FIELD("TCPLAB_KERNEL", FORM_SPAN, AT(kernel)),
    FIELD("TCPLAB_WAY", FORM_SPAN, AT(way)),
    FIELD("TCPLAB_PINS", FORM_SPAN, AT(pins)),
    FIELD("TCPLAB_WIRE", FORM_SPAN, AT(wire)),
    FIELD("TCPLAB_ON", FORM_SPAN, AT(network)),
};

enum {
    FIELDS = sizeof fields / sizeof fields[0],
    NUMBER_ROOM = 80, // for any value but a span, an endpoint's too
};

struct span
span_of(const char *string)
{
    return (struct span){ string, string ? strlen(string) : 0 };
}

bool
span_is(struct span span, const char *string)
{
    return span.bytes == strlen(string) && !memcmp(span.at, string, span.bytes);
}

/* ---- Writing ------------------------------------------------------------ */

struct writing {
    char *room;
    size_t used, size;
};

static void
put(struct writing *w, const void *octets, size_t bytes)
{
    if (w->used + bytes <= w->size)
        memcpy(w->room + w->used, octets, bytes);
    w->used += bytes;
}

/* "NAME", the length in eight octets, low one first, "value\n". */
static void
put_long_field(struct writing *w, const struct field *field, struct span value)
{
    uint8_t length[9] = { '\n' };
    for (int i = 0; i < 8; i++)
        length[i + 1] = (uint8_t)((uint64_t)value.bytes >> 8 * i);
    put(w, field->name, field->length);
    put(w, length, sizeof length);
    put(w, value.at, value.bytes);
    put(w, "\n", 1);
}

/* "NAME=value\n": most of what is written. Where there is room, a name is copied
 * with what stands behind it. */
static void
put_field(struct writing *w, const struct field *field, struct span value)
{
    char *to = w->room + w->used;
    size_t head = field->length + 1, bytes = head + value.bytes + 1;
    if (w->used + NAME_ROOM + bytes > w->size) {
        put(w, field->name, head);
        put(w, value.at, value.bytes);
        put(w, "\n", 1);
        return;
    }
    memcpy(to, field->name, NAME_ROOM);
    memcpy(to + head, value.at, value.bytes);
    to[bytes - 1] = '\n';
    w->used += bytes;
}

/* A value that does not fit a line goes with its length. */
static void
put_span(struct writing *w, const struct field *field, struct span value)
{
    if (memchr(value.at, '\n', value.bytes))
        put_long_field(w, field, value);
    else
        put_field(w, field, value);
}

/* Its decimal digits; none for 0. */
static struct span
number_text(char room[NUMBER_ROOM], uint64_t number)
{
    char *end = room + NUMBER_ROOM, *at = end;
    for (; number; number /= 10)
        *--at = (char)('0' + number % 10);
    return (struct span){ at, (size_t)(end - at) };
}

static struct span
result_text(char room[NUMBER_ROOM], int64_t result)
{
    if (result == 0)
        return span_of("0");
    bool negative = result < 0;
    struct span text =
        number_text(room, negative ? 0 - (uint64_t)result : (uint64_t)result);
    if (!negative)
        return text;
    room[NUMBER_ROOM - text.bytes - 1] = '-';
    return (struct span){ text.at - 1, text.bytes + 1 };
}

static struct span
endpoint_span(char room[NUMBER_ROOM], bool has, const struct endpoint *endpoint)
{
    room[0] = '\0';
    if (has)
        endpoint_to_text(endpoint, room);
    return span_of(room);
}

/* The value of a field, empty when there is nothing to say. */
static struct span
value_of(const struct entry *e, const struct field *field,
         char room[NUMBER_ROOM])
{
    const char *at = (const char *)e + field->offset;
    switch (field->form) {
    case FORM_KIND:
        return span_of(entry_kind_names[e->kind]);
    case FORM_MICROSECONDS:
        return number_text(room, (uint64_t)e->time_ns / 1000);
    case FORM_TIME:
        return number_text(room, (uint64_t)e->time_ns);
    case FORM_SPAN:
        return *(const struct span *)at;
    case FORM_U32:
        return number_text(room, *(const uint32_t *)at);
    case FORM_U64:
        return number_text(room, *(const uint64_t *)at);
    case FORM_RESULT:
        return e->has_result ? result_text(room, e->result) : span_of("");
    case FORM_BOOL:
        return span_of(*(const bool *)at ? "1" : "");
    case FORM_LOCAL:
        return endpoint_span(room, e->has_local, &e->local);
    case FORM_REMOTE:
        return endpoint_span(room, e->has_remote, &e->remote);
    case FORM_STATE:
        return span_of(e->has_state ? state_name(e->state) : "");
    case FORM_FATE:
        return span_of(e->has_fate ? fate_names[e->fate] : "");
    case FORM_ARGUMENT:
        break;
    }
    return span_of("");
}

static void
put_arguments(struct writing *w, const struct field *field,
              const struct entry *e)
{
    for (uint32_t i = 0; i < e->argument_count; i++)
        put_span(w, field, e->arguments[i]);
}

size_t
entry_write(const struct entry *entry, char *room, size_t size)
{
    struct writing w = { .room = room, .size = size };
    for (int i = 0; i < FIELDS; i++) {
        char number[NUMBER_ROOM];
        struct span value = value_of(entry, &fields[i], number);
        if (fields[i].form == FORM_ARGUMENT)
            put_arguments(&w, &fields[i], entry);
        else if (value.bytes > 0 && fields[i].form == FORM_SPAN)
            put_span(&w, &fields[i], value);
        else if (value.bytes > 0)
            put_field(&w, &fields[i], value);
    }
    return w.used;
}

/* ---- Reading ------------------------------------------------------------ */

/* One field of an entry. False: there is none any more. */
static bool
take_field(struct span *rest, struct span *name, struct span *value)
{
    const char *end = memchr(rest->at, '\n', rest->bytes);
    if (!end)
        return false;
    size_t line = (size_t)(end - rest->at), used = line + 1;
    const char *equals = memchr(rest->at, '=', line);
    *value = (struct span){ end, 0 };
    *name =
        (struct span){ rest->at, equals ? (size_t)(equals - rest->at) : line };
    if (equals) {
        *value = (struct span){ equals + 1, line - name->bytes - 1 };
    } else if (line > 0) { // its length in eight octets, low one first
        uint64_t length = 0;
        if (rest->bytes < used + 8)
            return false;
        for (int i = 7; i >= 0; i--)
            length = length << 8 | (uint8_t)rest->at[used + (size_t)i];
        used += 8;
        if (length >= rest->bytes - used)
            return false;
        *value = (struct span){ rest->at + used, (size_t)length };
        used += (size_t)length + 1;
    }
    *rest = (struct span){ rest->at + used, rest->bytes - used };
    return true;
}

/* A whole decimal number; 0, and not *whole, for anything else. */
static uint64_t
number_of(struct span text, bool *negative, bool *whole)
{
    uint64_t number = 0;
    *whole = false;
    *negative = text.bytes > 0 && text.at[0] == '-';
    for (size_t i = *negative; i < text.bytes; i++) {
        unsigned digit = (unsigned)text.at[i] - '0';
        if (digit > 9 || number > INT64_MAX / 10 ||
            (number == INT64_MAX / 10 && digit > INT64_MAX % 10))
            return 0;
        number = number * 10 + digit;
    }
    *whole = text.bytes > *negative;
    return number;
}

static bool
endpoint_of(struct span text, struct endpoint *endpoint)
{
    char string[ENDPOINT_TEXT];
    if (text.bytes >= sizeof string)
        return false;
    memcpy(string, text.at, text.bytes);
    string[text.bytes] = '\0';
    return endpoint_from_text(string, endpoint);
}

static bool
state_of(struct span text, enum tcp_state *state)
{
    for (int i = 0; i < STATES; i++) {
        *state = (enum tcp_state)i;
        if (span_is(text, state_name(*state)))
            return true;
    }
    return false;
}

static bool
fate_of(struct span text, enum fate *fate)
{
    for (int i = 0; i < FATES; i++) {
        *fate = (enum fate)i;
        if (span_is(text, fate_names[i]))
            return true;
    }
    return false;
}

static bool
kind_of(struct span text, enum entry_kind *kind)
{
    for (int i = 0; i < ENTRY_KINDS; i++) {
        *kind = (enum entry_kind)i;
        if (span_is(text, entry_kind_names[i]))
            return true;
    }
    return false;
}

static void
take_value(struct entry *e, const struct field *field, struct span value,
           bool *has_kind)
{
    char *at = (char *)e + field->offset;
    bool negative = false, whole = false;
    uint64_t number = 0;
    if (field->form != FORM_SPAN && field->form != FORM_ARGUMENT)
        number = number_of(value, &negative, &whole);
    switch (field->form) {
    case FORM_KIND:
        *has_kind = kind_of(value, &e->kind);
        break;
    case FORM_MICROSECONDS:
        break;
    case FORM_TIME:
        e->time_ns = negative ? 0 : (int64_t)number;
        break;
    case FORM_SPAN:
        *(struct span *)at = value;
        break;
    case FORM_ARGUMENT:
        if (e->argument_count < ENTRY_ARGUMENTS)
            e->arguments[e->argument_count++] = value;
        break;
    case FORM_U32:
        *(uint32_t *)at = number > UINT32_MAX ? 0 : (uint32_t)number;
        break;
    case FORM_U64:
        *(uint64_t *)at = number;
        break;
    case FORM_RESULT:
        e->has_result = whole;
        e->result = negative ? -(int64_t)number : (int64_t)number;
        break;
    case FORM_BOOL:
        *(bool *)at = number != 0;
        break;
    case FORM_LOCAL:
        e->has_local = endpoint_of(value, &e->local);
        break;
    case FORM_REMOTE:
        e->has_remote = endpoint_of(value, &e->remote);
        break;
    case FORM_STATE:
        e->has_state = state_of(value, &e->state);
        break;
    case FORM_FATE:
        e->has_fate = fate_of(value, &e->fate);
        break;
    }
}

/* Fields mostly come in the order of the table: it is looked through from `*next`
 * on. */
static const struct field *
field_called(struct span name, int *next)
{
    for (int i = 0, at = *next; i < FIELDS; i++, at++) {
        at = at < FIELDS ? at : 0;
        if (fields[at].length != name.bytes ||
            memcmp(fields[at].name, name.at, name.bytes) != 0)
            continue;
        *next = at;
        return &fields[at];
    }
    return NULL;
}

bool
entry_read(const uint8_t *octets, size_t bytes, struct entry *entry)
{
    struct span rest = { (const char *)octets, bytes }, name, value;
    bool has_kind = false;
    int next = 0;
    *entry = (struct entry){ 0 };
    while (rest.bytes > 0 && take_field(&rest, &name, &value)) {
        const struct field *field = field_called(name, &next);
        if (field)
            take_value(entry, field, value, &has_kind);
    }
    return has_kind;
}
