/* endpoint: IP addresses and ports, compared and written as text. */
#include "endpoint.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/random.h>

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

/* The decimal digits of a number; returns how many. */
static size_t
number_to_text(uint16_t number, char *text)
{
    char digits[5]; // the last one first
    size_t n = 0, count = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count > 0)
        text[n++] = digits[--count];
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
        n += number_to_text(address->octets[i], text + n);
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
    text[n++] = ':';
    n += number_to_text(endpoint->port, text + n);
    text[n] = '\0';
    return n;
}

static bool
address_from_text(const char *text, struct address *address)
{
    uint8_t octets[16];
    bool four = inet_pton(AF_INET, text, octets) == 1;
    if (!four && inet_pton(AF_INET6, text, octets) != 1)
        return false;
    *address = four ? address_ipv4(octets) : address_ipv6(octets);
    return true;
}

bool
endpoint_from_text(const char *text, struct endpoint *endpoint)
{
    char address[ENDPOINT_TEXT];
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;
    if (length < 2 || length >= sizeof address)
        return false;
    bool bracketed = text[0] == '[' && text[length - 1] == ']';
    memcpy(address, text + bracketed, length - 2 * bracketed);
    address[length - 2 * bracketed] = '\0';
    char *end;
    unsigned long port = strtoul(colon + 1, &end, 10);
    endpoint->port = (uint16_t)port;
    return *end == '\0' && end > colon + 1 && port <= UINT16_MAX &&
           address_from_text(address, &endpoint->address);
}

static uint64_t hash_seed[3];

__attribute__((constructor)) static void
choose_hash_seed(void)
{
    if (getrandom(hash_seed, sizeof hash_seed, GRND_NONBLOCK) < 0)
        hash_seed[0] = (uintptr_t)hash_seed; // early boot: a random address
}

/* Both halves of a 128-bit product depend on all bits of its factors. */
static uint64_t
mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t
endpoint_hash(const struct endpoint *endpoint)
{
    uint64_t high, low;
    memcpy(&high, endpoint->address.octets, 8);
    memcpy(&low, endpoint->address.octets + 8, 8);
    uint64_t address = mix(high ^ hash_seed[0], low ^ hash_seed[1]);
    return mix(address ^ endpoint->port, hash_seed[2] | 1);
}

uint64_t
endpoint_pair_hash(const struct endpoint *a, const struct endpoint *b)
{
    return mix(endpoint_hash(a) + endpoint_hash(b), 0xd6e8feb86659fd93u);
}
