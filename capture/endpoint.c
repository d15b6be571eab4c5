/* endpoint: IP addresses and ports, compared and written as text. */
#include "endpoint.h"

#include <arpa/inet.h>
#include <stdio.h>

static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

struct address
address_ipv4(const uint8_t octets[4])
{
    struct address address;
    memcpy(address.octets, mapped_prefix, sizeof mapped_prefix);
    memcpy(address.octets + sizeof mapped_prefix, octets, 4);
    return address;
}

struct address
address_ipv6(const uint8_t octets[16])
{
    struct address address;
    memcpy(address.octets, octets, sizeof address.octets);
    return address;
}

bool
address_is_ipv4(const struct address *address)
{
    return memcmp(address->octets, mapped_prefix, sizeof mapped_prefix) == 0;
}

bool
address_is_loopback(const struct address *address)
{
    static const uint8_t ipv6_loopback[16] = { [15] = 1 };
    if (address_is_ipv4(address))
        return address->octets[12] == 127;
    return memcmp(address->octets, ipv6_loopback, sizeof ipv6_loopback) == 0;
}

/* The decimal digits of one octet; returns how many. */
static size_t
octet_to_text(uint8_t octet, char *text)
{
    size_t n = 0;
    if (octet >= 100)
        text[n++] = (char)('0' + octet / 100);
    if (octet >= 10)
        text[n++] = (char)('0' + octet / 10 % 10);
    text[n++] = (char)('0' + octet % 10);
    return n;
}

size_t
address_to_text(const struct address *address, char *text)
{
    if (!address_is_ipv4(address)) {
        inet_ntop(AF_INET6, address->octets, text, ADDRESS_TEXT);
        return strlen(text);
    }
    size_t n = 0;
    for (int i = 12; i < 16; i++) {
        n += octet_to_text(address->octets[i], text + n);
        text[n++] = i < 15 ? '.' : '\0';
    }
    return n - 1;
}

size_t
endpoint_to_text(const struct endpoint *endpoint, char *text)
{
    size_t n = 0;
    bool bracketed = !address_is_ipv4(&endpoint->address);
    if (bracketed)
        text[n++] = '[';
    n += address_to_text(&endpoint->address, text + n);
    if (bracketed)
        text[n++] = ']';
    return n + (size_t)snprintf(text + n, 7, ":%u", endpoint->port);
}
