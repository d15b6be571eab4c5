/* match_argument: the arguments a line asks for, and those of a call. */
#include "match.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool
is_number(struct span word)
{
    for (size_t i = 0; i < word.bytes; i++)
        if (!isdigit((unsigned char)word.at[i]))
            return false;
    return word.bytes > 0;
}

/* ---- Addresses ---------------------------------------------------------- */

/* Cut "address:port" at its last colon. False: there is none. */
static bool
cut_endpoint(struct span whole, struct span *address, struct span *port)
{
    size_t colon = whole.bytes;
    while (colon && whole.at[colon - 1] != ':')
        colon--;
    if (colon < 2 || *whole.at == '"')
        return false;
    *address = (struct span){ whole.at, colon - 1 };
    *port = (struct span){ whole.at + colon, whole.bytes - colon };
    return true;
}

/* Does `text` say the endpoint's address? An IPv4 one may be in its mapped form:
 * so an IPv6 socket names it. */
static bool
endpoint_has_address(const struct endpoint *endpoint, struct span text)
{
    char words[ENDPOINT_TEXT];
    struct endpoint said;
    if (text.bytes + sizeof ":0" > sizeof words)
        return false;
    snprintf(words, sizeof words, "%.*s:0", (int)text.bytes, text.at);
    return endpoint_from_text(words, &said) &&
           address_equal(&said.address, &endpoint->address);
}

static bool
endpoint_has_port(const struct endpoint *endpoint, struct span text)
{
    char digits[8];
    snprintf(digits, sizeof digits, "%u", endpoint->port);
    return span_is(text, digits);
}

static bool
address_fits(const struct match *match, struct span wanted, struct span address)
{
    const struct address_names *names = &match->addresses;
    if (span_is(wanted, "*") || span_is(wanted, "?"))
        return true;
    if (span_is(wanted, "server"))
        return !names->server_known ||
               endpoint_has_address(&names->server, address);
    if (span_is(wanted, "client"))
        return !names->client_known ||
               endpoint_has_address(&names->client, address);
    return span_equal(wanted, address);
}

static bool
port_fits(const struct match *match, struct span wanted, struct span port)
{
    const struct address_names *names = &match->addresses;
    if (span_is(wanted, "*") || span_is(wanted, "?"))
        return true;
    if (span_is(wanted, "port"))
        return !names->server_known || endpoint_has_port(&names->server, port);
    return span_equal(wanted, port);
}

/* The next field of "{one 1, two 2}"; empty: there are no more. */
static struct span
next_field(struct span *braces)
{
    while (braces->bytes && strchr("{, ", *braces->at)) {
        braces->at++;
        braces->bytes--;
    }
    const char *end = memchr(braces->at, ',', braces->bytes);
    size_t bytes = end ? (size_t)(end - braces->at) : braces->bytes;
    struct span field = { braces->at, bytes };
    braces->at += bytes;
    braces->bytes -= bytes;
    if (field.bytes && field.at[field.bytes - 1] == '}')
        field.bytes--;
    return field;
}

static bool
has_field(struct span braces, struct span wanted)
{
    struct span field;
    while ((field = next_field(&braces)).bytes)
        if (span_equal(field, wanted))
            return true;
    return false;
}

/* "{state ESTABLISHED, cwnd 10, ...}" asks for these fields, among others. */
static bool
fields_fit(struct span wanted, struct span argument)
{
    static const char rest[] = "...}";
    size_t length = sizeof rest - 1;
    struct span field;
    if (wanted.bytes <= length || *wanted.at != '{' || !argument.bytes ||
        *argument.at != '{' ||
        memcmp(wanted.at + wanted.bytes - length, rest, length) != 0)
        return false;
    while ((field = next_field(&wanted)).bytes)
        if (!span_is(field, "...") && !has_field(argument, field))
            return false;
    return true;
}

static bool
fits(const struct match *match, struct span wanted, struct span argument)
{
    struct span want_address, want_port, address, port;
    if (!wanted.bytes || span_equal(wanted, argument) ||
        fields_fit(wanted, argument))
        return true;
    if (span_is(wanted, "port"))
        return port_fits(match, wanted, argument);
    if (span_is(wanted, "server") || span_is(wanted, "client"))
        return address_fits(match, wanted, argument) ||
               (cut_endpoint(argument, &address, &port) &&
                address_fits(match, wanted, address));
    return cut_endpoint(wanted, &want_address, &want_port) &&
           cut_endpoint(argument, &address, &port) &&
           address_fits(match, want_address, address) &&
           port_fits(match, want_port, port);
}

/* ---- Places ------------------------------------------------------------- */

/* Does the call take no descriptor first? */
static bool
begins_otherwise(struct span name)
{
    return span_is(name, "socket") || span_is(name, "poll") ||
           span_is(name, "ppoll") || span_is(name, "select") ||
           span_is(name, "pselect6") || span_is(name, "epoll_create") ||
           span_is(name, "epoll_create1") || span_is(name, "execve");
}

/*
 * A descriptor's number is free, and may be left out. It stands first when all
 * arguments are there, and when it cannot be anything else: in send(4, "hello")
 * and accept(3), not in listen(5).
 */
static bool
names_descriptor(const struct line *line, const struct fact *call)
{
    struct span first = line->arguments[0];
    if (!line->argument_count || begins_otherwise(call->name))
        return false;
    if (line->argument_count >= call->argument_count)
        return true;
    return (!first.bytes || is_number(first)) &&
           (line->argument_count > 1 || !is_number(call->arguments[1]));
}

/* The arguments that stand in the line, in their order, among the call's. */
static struct span
missing_from(const struct match *match, const struct line *line,
             const struct fact *call)
{
    bool descriptor = names_descriptor(line, call);
    uint32_t at = !begins_otherwise(call->name) && call->argument_count;
    bool all = line->argument_count == call->argument_count;
    for (uint32_t i = descriptor; i < line->argument_count; i++) {
        struct span wanted = line->arguments[i];
        while (!all && at < call->argument_count &&
               !fits(match, wanted, call->arguments[at]))
            at++;
        if (at >= call->argument_count ||
            !fits(match, wanted, call->arguments[at]))
            return wanted;
        at++;
    }
    return (struct span){ 0 };
}

/* What the kernel fills in is known at the return only. */
struct span
match_argument(const struct match *match, const struct line *line,
               const struct fact *call)
{
    struct span lacks = missing_from(match, line, call);
    if (!lacks.bytes || call->pair == FACT_NONE)
        return lacks;
    const struct fact *other = &match->facts->items[call->pair];
    if (other->argument_count && !missing_from(match, line, other).bytes)
        return (struct span){ 0 };
    return lacks;
}
