/* option: the list of options behind a TCP header. */
#include "option.h"

struct named_option {
    uint8_t kind;
    const char *name;
};

static const struct named_option named_options[] = {
    { OPTION_END, "end" },
    { OPTION_NOP, "NOP" },
    { OPTION_MSS, "MSS" },
    { OPTION_WINDOW_SCALE, "window scale" },
    { OPTION_SACK_PERMITTED, "SACK permitted" },
    { OPTION_SACK, "SACK" },
    { 6, "echo" },
    { 7, "echo reply" },
    { OPTION_TIMESTAMPS, "timestamps" },
    { 9, "partial order permitted" },
    { 10, "partial order profile" },
    { 11, "CC" },
    { 12, "CC.NEW" },
    { 13, "CC.ECHO" },
    { 14, "alternate checksum request" },
    { 15, "alternate checksum data" },
    { 16, "Skeeter" },
    { 17, "Bubba" },
    { 18, "trailer checksum" },
    { OPTION_MD5, "MD5 signature" },
    { 20, "SCPS capabilities" },
    { 21, "selective negative acknowledgment" },
    { 22, "record boundaries" },
    { 23, "corruption experienced" },
    { 24, "SNAP" },
    { 26, "compression filter" },
    { 27, "quick-start response" },
    { OPTION_USER_TIMEOUT, "user timeout" },
    { 29, "TCP-AO" },
    { 30, "MPTCP" },
    { OPTION_FAST_OPEN, "fast open" },
    { 69, "TCP-ENO" },
    { 172, "AccECN order 0" },
    { 174, "AccECN order 1" },
    { 253, "experiment 253" },
    { 254, "experiment 254" },
};

const char *
option_name(uint8_t kind)
{
    size_t count = sizeof named_options / sizeof named_options[0];
    for (size_t i = 0; i < count; i++)
        if (named_options[i].kind == kind)
            return named_options[i].name;
    return NULL;
}

/* RFC 2018, 3: pairs of 32-bit edges. */
static void
sack_parse(struct reader *r, struct option *option)
{
    while (option->sack_count < OPTION_SACK_BLOCKS && reader_left(r) >= 8) {
        struct sack_block *block = &option->sack[option->sack_count++];
        block->left = reader_u32(r);
        block->right = reader_u32(r);
    }
}

/* RFC 5482, 2: one bit of granularity (minutes or seconds), 15 of value. */
static uint32_t
user_timeout_parse(struct reader *r)
{
    uint16_t field = reader_u16(r);
    uint32_t value = field & 0x7fff;
    return field & 0x8000 ? value * 60 : value;
}

static void
content_parse(struct option *option)
{
    struct reader r = reader_over(option->content, option->length - 2u);
    switch (option->kind) {
    case OPTION_MSS:
        option->mss = reader_u16(&r);
        break;
    case OPTION_WINDOW_SCALE:
        option->shift = reader_u8(&r);
        break;
    case OPTION_SACK:
        sack_parse(&r, option);
        break;
    case OPTION_TIMESTAMPS:
        option->value = reader_u32(&r);
        option->echo = reader_u32(&r);
        break;
    case OPTION_USER_TIMEOUT:
        option->user_timeout_s = user_timeout_parse(&r);
        break;
    default:
        break;
    }
}

bool
option_next(struct reader *options, struct option *option, const char **why)
{
    *why = NULL;
    *option = (struct option){ .length = 1 };
    if (reader_left(options) == 0)
        return false;
    option->kind = reader_u8(options);
    if (option->kind == OPTION_END) {
        options->next = options->end; // what follows is padding
        return true;
    }
    if (option->kind == OPTION_NOP)
        return true;
    option->length = reader_u8(options);
    if (options->short_read) {
        *why = "an option without a length";
        return false;
    }
    if (option->length < 2) {
        *why = "an option length below 2";
        options->next = options->end;
        return false;
    }
    option->content = reader_take(options, option->length - 2u);
    if (!option->content) {
        *why = "an option longer than the header";
        return false;
    }
    content_parse(option);
    return true;
}

int
segment_window_shift(const struct segment *segment)
{
    struct reader r = segment_options(segment);
    struct option option;
    const char *why;
    while (option_next(&r, &option, &why))
        if (option.kind == OPTION_WINDOW_SCALE && option.length == 3)
            return option.shift > 14 ? 14 : option.shift;
    return -1;
}
