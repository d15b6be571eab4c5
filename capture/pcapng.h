/*
 * pcapng: the numbers of the format that reader and writer share
 * (draft-ietf-opsawg-pcapng).
 *
 *   +---------------+---------------+----------------+---------------+
 *   |  Block Type   | Total Length  | Body, padded   | Total Length  |
 *   |     (32)      |     (32)      | to 32 bits     |     (32)      |
 *   +---------------+---------------+----------------+---------------+
 */
#ifndef TCPLAB_PCAPNG_H
#define TCPLAB_PCAPNG_H

enum block_type {
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 2, // obsolete
    BLOCK_SIMPLE_PACKET = 3,
    BLOCK_ENHANCED_PACKET = 6,
    BLOCK_JOURNAL = 9,
    BLOCK_CUSTOM_NOT_COPIED = 0x40000bad,
    BLOCK_SECTION = 0x0a0d0d0a,
};

enum {
    OPTION_COMMENT = 1,
    OPTION_SECTION_APPLICATION = 4,
    OPTION_INTERFACE_NAME = 2,
    OPTION_INTERFACE_RESOLUTION = 9,
    OPTION_INTERFACE_OFFSET = 14,
    OPTION_PACKET_ID = 5,
};

enum {
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    BLOCK_OVERHEAD = 12,
    CUSTOM_NUMBER = 32473, // an enterprise number for examples (RFC 5612)
};

#endif
