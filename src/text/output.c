/* output: a buffer in front of write(2). */
#include "output.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    OUTPUT_BUFFER = 1 << 16,
    COLUMNS_DEFAULT = 80
};

/* https://no-color.org: any value but an empty one says no. */
static bool
wants_colour(int fd)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fd) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

static int
terminal_columns(int fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        return size.ws_col;
    return COLUMNS_DEFAULT;
}

int
output_init(struct output *output, int fd)
{
    *output = (struct output){ .fd = fd,
                               .buffer = malloc(OUTPUT_BUFFER),
                               .wraps = isatty(fd),
                               .colour = wants_colour(fd),
                               .columns = terminal_columns(fd) };
    return output->buffer ? 0 : -1;
}

void
output_clear(struct output *output)
{
    free(output->buffer);
    free(output->pictures[0]);
    free(output->pictures[1]);
    *output = (struct output){ .fd = output->fd };
}

static void
wait_writable(int fd)
{
    struct pollfd writable = { .fd = fd, .events = POLLOUT };
    poll(&writable, 1, -1);
}

/* Add what is written to the picture being drawn. */
static void
keep_picture(struct output *output)
{
    char **picture = &output->pictures[1];
    size_t bytes = output->picture_bytes[1];
    char *longer = realloc(*picture, bytes + output->used);
    if (!longer)
        return; // it will be shown without its end
    memcpy(longer + bytes, output->buffer, output->used);
    *picture = longer;
    output->picture_bytes[1] += output->used;
}

void
output_flush(struct output *output)
{
    size_t written = 0;
    if (output->keeps && output->used > 0)
        keep_picture(output);
    while (written < output->used && !output_is_over(output)) {
        ssize_t n =
            write(output->fd, output->buffer + written, output->used - written);
        if (n >= 0)
            written += (size_t)n;
        else if (errno == EPIPE)
            output->closed = true;
        else if (errno == EAGAIN)
            wait_writable(output->fd);
        else if (errno != EINTR)
            output->error = errno;
    }
    output->used = 0;
}

void
output_keep(struct output *output)
{
    output_flush(output);
    free(output->pictures[0]);
    output->pictures[0] = output->pictures[1];
    output->picture_bytes[0] = output->picture_bytes[1];
    output->pictures[1] = NULL;
    output->picture_bytes[1] = 0;
    output->keeps = true;
}

void
output_again(struct output *output)
{
    output->keeps = false;
    if (output->pictures[0])
        output_bytes(output, output->pictures[0], output->picture_bytes[0]);
    output_flush(output);
    output->keeps = true;
}

struct text
output_line(struct output *output)
{
    if (OUTPUT_BUFFER - output->used < OUTPUT_LINE)
        output_flush(output);
    return text_over(output->buffer + output->used, OUTPUT_LINE);
}

void
output_commit(struct output *output, const struct text *line)
{
    output->used = (size_t)(line->next - output->buffer);
}

/* How many columns the characters take: colours take none. */
static int
visible(const char *from, const char *to)
{
    int columns = 0;
    for (; from < to; from++) {
        if (*from == '\033')
            from = memchr(from, 'm', (size_t)(to - from));
        else
            columns++;
    }
    return columns;
}

/* Put the words behind one another again, and begin a new line where one does
 * not fit. */
static void
wrap_line(struct text *line, const char *words, const char *end, int columns,
          int indent)
{
    int column = 0;
    for (const char *word = words; word < end;) {
        const char *stop = word;
        while (stop < end && *stop == ' ')
            stop++;
        while (stop < end && *stop != ' ')
            stop++;
        int width = visible(word, stop);
        if (column > indent && column + width > columns) {
            text_char(line, '\n');
            text_pad(line, line->next, indent);
            while (*word == ' ')
                word++;
            column = indent;
            width = visible(word, stop);
        }
        text_bytes(line, word, (size_t)(stop - word));
        column += width;
        word = stop;
    }
}

void
output_commit_line(struct output *output, struct text *line, int indent)
{
    char *start = output->buffer + output->used;
    if (output->wraps && visible(start, line->next) > output->columns) {
        char words[OUTPUT_LINE];
        size_t count = (size_t)(line->next - start);
        memcpy(words, start, count);
        line->next = start;
        wrap_line(line, words, words + count, output->columns, indent);
    }
    text_char(line, '\n');
    output_commit(output, line);
}

void
output_bytes(struct output *output, const char *bytes, size_t count)
{
    while (count > 0) {
        size_t part = count < OUTPUT_LINE ? count : OUTPUT_LINE;
        struct text line = output_line(output);
        text_bytes(&line, bytes, part);
        output_commit(output, &line);
        bytes += part;
        count -= part;
    }
}

/* Where to break `length` characters: at the last space that fits, else at the
 * first there is. */
static size_t
line_length(const char *words, size_t length, size_t room)
{
    if (length <= room)
        return length;
    for (size_t i = room; i > 0; i--)
        if (words[i] == ' ')
            return i;
    const char *space = memchr(words, ' ', length);
    return space ? (size_t)(space - words) : length;
}

void
output_wrapped(struct output *output, const char *label, const char *words)
{
    size_t indent = strlen(label), left = strlen(words);
    size_t columns = (size_t)output->columns;
    size_t room = columns > indent + 20 ? columns - indent : 20;
    const char *margin = label;
    while (left > 0) {
        size_t length = line_length(words, left, room);
        struct text line = output_line(output);
        if (margin)
            text_add(&line, margin);
        else
            text_pad(&line, line.next, (int)indent);
        text_bytes(&line, words, length);
        text_char(&line, '\n');
        output_commit(output, &line);
        length += length < left; // the space at the break
        words += length;
        left -= length;
        margin = NULL;
    }
}
