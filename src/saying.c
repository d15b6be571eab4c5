/* saying: sentences, and an expectation made of what they claim. */
#include "saying.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "command.h"

enum {
    LINE_ROOM = 1024,
    SENTENCES = 256,
};

struct sentence {
    char *when, *words;
    int line; // of the file
};

struct saying {
    const char *path;
    struct sentence sentences[SENTENCES];
    size_t count, said; // so many of them, in their order
    uint64_t questions;
    char *claims; // lines of an expected timeline, as many as the file has
    size_t claims_bytes;
    bool claims_any;
    struct check check;
    struct listener before; // who listened first
};

/* ---- Reading ------------------------------------------------------------- */

static char *
trim(char *words)
{
    while (isspace((unsigned char)*words))
        words++;
    char *end = words + strlen(words);
    while (end > words && isspace((unsigned char)end[-1]))
        *--end = '\0';
    return words;
}

static bool
wrong_line(const struct saying *s, int line, const char *what)
{
    fprintf(stderr, "tcplab: %s: line %d: %s\n", s->path, line, what);
    return false;
}

/* "when: words | claim"; *claim is "..." when there is none: anything. */
static bool
take_line(struct saying *s, char *text, int line, const char **claim)
{
    char *words = strstr(text, ": "), *bar;
    *claim = "...";
    text = trim(text);
    if (*text == '\0' || (*text == '#' && !isdigit((unsigned char)text[1])))
        return true;
    if (!words)
        return wrong_line(s, line, "a line is WHEN: SENTENCE");
    if (s->count == SENTENCES)
        return wrong_line(s, line, "more sentences than one lesson takes");
    *words++ = '\0';
    bar = strstr(words, " | ");
    if (bar) {
        *bar = '\0';
        *claim = trim(bar + 3);
        s->claims_any = true;
    }
    struct sentence *sentence = &s->sentences[s->count];
    *sentence =
        (struct sentence){ strdup(trim(text)), strdup(trim(words)), line };
    s->count++;
    return sentence->when && sentence->words;
}

/* A line of claims for each line of the file, so that both count alike; and
 * between them anything may stand. */
static bool
read_lines(struct saying *s, FILE *file, FILE *claims)
{
    char text[LINE_ROOM];
    const char *claim;
    for (int line = 1; fgets(text, sizeof text, file); line++) {
        if (!take_line(s, text, line, &claim))
            return false;
        fprintf(claims, "%s\n", claim);
    }
    fputs("...\n", claims);
    return true;
}

struct saying *
saying_read(const char *path)
{
    FILE *file = fopen(path, "re");
    struct saying *s = file ? calloc(1, sizeof *s) : NULL;
    if (!s) {
        system_refused(path);
        if (file)
            fclose(file);
        return NULL;
    }
    s->path = path;
    FILE *claims = open_memstream(&s->claims, &s->claims_bytes);
    bool whole = claims && read_lines(s, file, claims);
    fclose(file);
    if (claims)
        fclose(claims);
    if (whole)
        return s;
    saying_free(s);
    return NULL;
}

void
saying_free(struct saying *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++) {
        free(s->sentences[i].when);
        free(s->sentences[i].words);
    }
    check_end(&s->check);
    free(s->claims);
    free(s);
}

/* ---- Hearing ------------------------------------------------------------- */

static void
take_event(void *context, const struct event *event)
{
    struct saying *s = context;
    if (s->before.event)
        s->before.event(s->before.context, event);
    if (s->check.expectation && event->kind != EVENT_CHECK)
        expectation_event(s->check.expectation, event);
}

static void
take_end(void *context)
{
    struct saying *s = context;
    if (s->before.end)
        s->before.end(s->before.context);
    if (s->check.expectation)
        expectation_judge(s->check.expectation);
}

bool
saying_listen(struct saying *s, struct follow *follow)
{
    s->before = follow->listener;
    if (s->claims_any &&
        check_begin(&s->check, s->claims, s->claims_bytes, s->path, follow) < 0)
        return false;
    follow->listener = (struct listener){ take_event, take_end, s };
    return true;
}

void
saying_server(struct saying *s, const char *address, uint16_t port)
{
    check_server(&s->check, address, port);
}

/* ---- Saying -------------------------------------------------------------- */

static bool
is_other(struct span who, const char *word)
{
    return span_is(who, "client") ? !strcmp(word, "server")
                                  : !strcmp(word, "client");
}

/* "client > server", of who sends; `words` are three. */
static bool
is_direction(char *const words[3], struct span who)
{
    bool back = !strcmp(words[1], "<");
    const char *from = words[back ? 2 : 0], *to = words[back ? 0 : 2];
    return (back || !strcmp(words[1], ">")) && span_is(who, from) &&
           is_other(who, to);
}

/* Is it time? */
static bool
fits(const struct saying *s, const char *when, const struct entry *prompt)
{
    char room[LINE_ROOM], *words[4], *rest;
    int count = 0;
    if (*when == '#')
        return strtoull(when + 1, NULL, 10) == s->questions;
    snprintf(room, sizeof room, "%s", when);
    for (char *word = strtok_r(room, " ", &rest); word && count < 4;
         word = strtok_r(NULL, " ", &rest))
        words[count++] = word;
    if (count == 0 || !span_is(prompt->name, words[count - 1]))
        return false;
    return count == 1 || (count == 2 && span_is(prompt->who, words[0])) ||
           (count == 4 && is_direction(words, prompt->who));
}

void
saying_say(struct saying *s, const struct entry *prompt)
{
    s->questions++;
    while (s->said < s->count && fits(s, s->sentences[s->said].when, prompt)) {
        char line[LINE_ROOM];
        struct text t = text_over(line, sizeof line - 1);
        const char *words = s->sentences[s->said++].words;
        text_add(&t, "SAY  ");
        text_safe(&t, words, strlen(words));
        *t.next = '\0';
        fprintf(stderr, "%s\n", line);
    }
}

bool
saying_held(const struct saying *s)
{
    const struct expectation_line *line;
    bool held = s->said == s->count;
    if (!held)
        fprintf(stderr,
                "tcplab: %s: line %d was not said: there was no such "
                "question: %s\n",
                s->path, s->sentences[s->said].line,
                s->sentences[s->said].when);
    for (size_t i = 0; s->check.expectation &&
                       (line = expectation_line(s->check.expectation, i));
         i++) {
        if (line->held != HELD_NO)
            continue;
        held = false;
        fprintf(stderr, "tcplab: %s: line %u is not so: %s\n        %s\n",
                s->path, line->number, line->text, line->why);
    }
    return held;
}
