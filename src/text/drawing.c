/* drawing: the header as the RFC draws it, two columns a bit. */
#include "drawing.h"

#include "../../capture/option.h"
#include "words.h"

enum {
    BITS = 32,
    MARGIN = 2
};

static void
line_of(struct output *output, const char *words)
{
    struct text line = output_line(output);
    text_pad(&line, line.next, MARGIN);
    text_add(&line, words);
    text_char(&line, '\n');
    output_commit(output, &line);
}

static void
ruler(struct output *output)
{
    struct text line = output_line(output);
    text_pad(&line, line.next, MARGIN);
    for (int bit = 0; bit < BITS; bit++)
        text_add(&line, "+-");
    text_add(&line, "+\n");
    output_commit(output, &line);
}

/* A field of `bits`, its words in the middle, and its right border. */
static void
field(struct text *line, int bits, const char *words)
{
    int room = 2 * bits - 1, length = (int)strlen(words);
    if (length > room)
        length = room;
    const char *start = line->next;
    text_pad(line, start, (room - length) / 2);
    text_bytes(line, words, (size_t)length);
    text_pad(line, start, room);
    text_char(line, '|');
}

/* "sequence number 2000860280 = A+1" */
static void
number_row(struct output *output, const char *name, uint32_t number,
           const struct connection *connection, enum role of)
{
    char words[80];
    struct text t = text_over(words, sizeof words - 1);
    text_format(&t, "%s %n", name, (uint64_t)number);
    if (connection && isn_known(connection, of)) {
        text_add(&t, " = ");
        text_symbol(&t, connection, of, number);
    }
    *t.next = '\0';
    struct text line = output_line(output);
    text_pad(&line, line.next, MARGIN);
    text_char(&line, '|');
    field(&line, BITS, words);
    text_char(&line, '\n');
    output_commit(output, &line);
    ruler(output);
}

static void
value_field(struct text *line, int bits, const char *name, uint64_t value)
{
    char words[40];
    struct text t = text_over(words, sizeof words - 1);
    text_format(&t, "%s %n", name, value);
    *t.next = '\0';
    field(line, bits, words);
}

static void
halves_row(struct output *output, const char *left, uint64_t left_value,
           const char *right, uint64_t right_value)
{
    struct text line = output_line(output);
    text_pad(&line, line.next, MARGIN);
    text_char(&line, '|');
    value_field(&line, 16, left, left_value);
    value_field(&line, 16, right, right_value);
    text_char(&line, '\n');
    output_commit(output, &line);
    ruler(output);
}

/* The letters of the flags stand upright above their bits, as in the RFC. */
static void
flags_row(struct output *output, const struct segment *segment)
{
    static const char *const legend[] = {
        "|       |     |A|C|E|U|A|P|R|S|F|                               |",
        "|       |     |E|W|C|R|C|S|S|Y|I|                               |",
        "|       |     | |R|E|G|K|H|T|N|N|                               |",
    };
    for (int i = 0; i < 3; i++)
        line_of(output, legend[i]);
    struct text line = output_line(output);
    text_pad(&line, line.next, MARGIN);
    text_char(&line, '|');
    value_field(&line, 4, "off", segment->data_offset);
    value_field(&line, 3, "rsv", segment->reserved);
    for (int i = 0; i < FLAG_NAMES; i++)
        field(&line, 1, segment->flags & flag_names[i].flag ? "1" : "0");
    value_field(&line, 16, "window", segment->wnd);
    text_char(&line, '\n');
    output_commit(output, &line);
    ruler(output);
}

static const char *const checksum_words[] = {
    [CHECKSUM_UNKNOWN] = "checksum: not all of the segment was captured",
    [CHECKSUM_RIGHT] = "checksum: right",
    [CHECKSUM_WRONG] = "checksum: wrong",
    [CHECKSUM_PARTIAL] =
        "checksum: partial, left to the network card; nothing is wrong",
};

static void
options_rows(struct output *output, const struct segment *segment)
{
    struct reader r = segment_options(segment);
    struct option option;
    const char *why;
    while (option_next(&r, &option, &why)) {
        struct text line = output_line(output);
        text_pad(&line, line.next, MARGIN);
        text_add(&line, "option: ");
        text_option(&line, &option);
        text_char(&line, '\n');
        output_commit(output, &line);
    }
    if (segment->options_cut)
        line_of(output, "options: cut by the capture");
    else if (why)
        line_of(output, why);
}

void
draw_header(struct output *output, const struct decoded *decoded,
            const struct connection *connection, enum role from)
{
    const struct segment *segment = &decoded->segment;
    ruler(output);
    halves_row(output, "source port", segment->src.port, "destination port",
               segment->dst.port);
    number_row(output, "sequence number", segment->seq, connection, from);
    number_row(output, "acknowledgment number", segment->ack,
               segment->flags & SEG_ACK ? connection : NULL, role_other(from));
    flags_row(output, segment);
    if (segment->header_cut) {
        line_of(output, "the capture is cut here");
        return;
    }
    halves_row(output, "checksum", segment->checksum, "urgent pointer",
               segment->up);
    line_of(output, checksum_words[decoded->checksum]);
    options_rows(output, segment);
}

/* ---- Options ------------------------------------------------------------ */

static void
text_hex(struct text *text, const uint8_t *octets, size_t bytes)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes; i++) {
        text_char(text, hex[octets[i] >> 4]);
        text_char(text, hex[octets[i] & 15]);
    }
}

static void
text_sack(struct text *text, const struct option *option)
{
    for (int i = 0; i < option->sack_count; i++)
        text_format(text, " %n:%n", (uint64_t)option->sack[i].left,
                    (uint64_t)option->sack[i].right);
}

static void
text_fast_open(struct text *text, const struct option *option)
{
    if (option->length == 2) {
        text_add(text, " cookie request");
        return;
    }
    text_add(text, " cookie ");
    text_hex(text, option->content, option->length - 2u);
}

void
text_option(struct text *text, const struct option *option)
{
    const char *name = option_name(option->kind);
    if (name)
        text_add(text, name);
    else
        text_format(text, "option-%n", (uint64_t)option->kind);
    switch (option->kind) {
    case OPTION_MSS:
        text_format(text, " %n", (uint64_t)option->mss);
        break;
    case OPTION_WINDOW_SCALE:
        text_format(text, " %n (x %n)", (uint64_t)option->shift,
                    (uint64_t)1 << (option->shift > 14 ? 14 : option->shift));
        break;
    case OPTION_SACK:
        text_sack(text, option);
        break;
    case OPTION_TIMESTAMPS:
        text_format(text, " value %n echo %n", (uint64_t)option->value,
                    (uint64_t)option->echo);
        break;
    case OPTION_USER_TIMEOUT:
        text_format(text, " %n s", (uint64_t)option->user_timeout_s);
        break;
    case OPTION_FAST_OPEN:
        text_fast_open(text, option);
        break;
    case OPTION_MD5:
        text_char(text, ' ');
        text_hex(text, option->content, option->length - 2u);
        break;
    default:
        break;
    }
}

void
text_options(struct text *text, const struct segment *segment)
{
    struct reader r = segment_options(segment);
    struct option option;
    const char *why;
    while (option_next(&r, &option, &why)) {
        text_add(text, ", ");
        text_option(text, &option);
    }
    if (!segment->options_cut && why)
        text_format(text, ", %s", why);
}
