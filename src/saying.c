/*
 * saying: sentences, and expectations made of what they claim.
 *
 * In an expectation each line has an event of its own. Several sentences may
 * claim something about one segment, so the first claims of all moments are one
 * expectation, the second ones another, and so on.
 */
#include "saying.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "text/command.h"

enum {
    LINE_ROOM = 1024,
    SENTENCES = 256,
    CLAIMS = 8, // about one moment
};

struct sentence {
    char *when, *words;
    int line; // of the file
};

/* An expected timeline, two lines for each of the file: anything, and a claim or
 * anything again. */
struct claims {
    FILE *file; // while they are written
    char *text;
    size_t bytes;
    bool any; // one of them claims something
    struct check check;
};

struct saying {
    const char *path;
    struct sentence sentences[SENTENCES];
    size_t count, said; // so many of them, in their order
    bool let_go;        // no more questions, as somebody wished
    uint64_t questions;
    struct claims claims[CLAIMS];
    size_t next;            // of the present moment's claims
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

static bool
claim(struct saying *s, const char *text, int line)
{
    size_t length = text ? strlen(text) : 0;
    bool opens = length && !strncmp(text, "connection ", 11) &&
                 text[length - 1] == ':'; // it is about those that follow
    size_t of = text && !opens ? s->next++ : CLAIMS;
    if (text && !opens && of == CLAIMS)
        return wrong_line(s, line, "more than 8 claims about one moment");
    for (size_t i = 0; i < CLAIMS; i++) {
        fprintf(s->claims[i].file, "...\n%s\n",
                opens || i == of ? text : "...");
        s->claims[i].any |= i == of;
    }
    return true;
}

static bool
add(struct saying *s, const char *when, const char *words, int line)
{
    struct sentence *sentence = &s->sentences[s->count];
    *sentence = (struct sentence){ strdup(when), strdup(words), line };
    if (!sentence->when || !sentence->words)
        return false;
    bool same = s->count && !strcmp(when, sentence[-1].when);
    s->next = same ? s->next : 0;
    s->count++;
    return true;
}

/* "when: words | claim" */
static bool
take_line(struct saying *s, char *text, int line)
{
    char *words = strstr(text, ": "), *bar;
    text = trim(text);
    if (*text == '\0' || (*text == '#' && !isdigit((unsigned char)text[1])))
        return claim(s, NULL, line);
    if (!words)
        return wrong_line(s, line, "a line is WHEN: SENTENCE");
    if (s->count == SENTENCES)
        return wrong_line(s, line, "more sentences than one lesson takes");
    *words++ = '\0';
    bar = strstr(words, " | ");
    if (bar)
        *bar = '\0';
    return add(s, trim(text), trim(words), line) &&
           claim(s, bar ? trim(bar + 3) : NULL, line);
}

static bool
read_lines(struct saying *s, FILE *file)
{
    char text[LINE_ROOM];
    bool whole = true;
    for (size_t i = 0; i < CLAIMS && whole; i++)
        whole = (s->claims[i].file =
                     open_memstream(&s->claims[i].text, &s->claims[i].bytes));
    for (int line = 1; whole && fgets(text, sizeof text, file); line++)
        whole = strlen(text) < sizeof text - 1
                    ? take_line(s, text, line)
                    : wrong_line(s, line, "the line is too long");
    for (size_t i = 0; i < CLAIMS && s->claims[i].file; i++) {
        fputs("...\n", s->claims[i].file);
        fclose(s->claims[i].file);
    }
    return whole;
}

struct saying *
saying_read(const char *path, int *status)
{
    FILE *file = fopen(path, "re");
    struct saying *s = file ? calloc(1, sizeof *s) : NULL;
    if (!s) {
        *status = system_refused(path);
        if (file)
            fclose(file);
        return NULL;
    }
    s->path = path;
    *status = EXIT_USAGE;
    bool whole = read_lines(s, file);
    if (ferror(file)) {
        *status = system_refused(path);
        whole = false;
    }
    fclose(file);
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
    for (size_t i = 0; i < CLAIMS; i++) {
        check_end(&s->claims[i].check);
        free(s->claims[i].text);
    }
    free(s);
}

/* ---- Hearing ------------------------------------------------------------- */

static void
take_event(void *context, const struct event *event)
{
    struct saying *s = context;
    if (s->before.event)
        s->before.event(s->before.context, event);
    for (size_t i = 0; i < CLAIMS; i++)
        if (s->claims[i].check.expectation && event->kind != EVENT_CHECK)
            expectation_event(s->claims[i].check.expectation, event);
}

static void
take_end(void *context)
{
    struct saying *s = context;
    if (s->before.end)
        s->before.end(s->before.context);
    for (size_t i = 0; i < CLAIMS; i++)
        if (s->claims[i].check.expectation)
            expectation_judge(s->claims[i].check.expectation);
}

static bool
expect(const struct saying *s, struct claims *claims)
{
    struct expectation_error error;
    claims->check.expectation =
        expectation_new(claims->text, claims->bytes, &error);
    if (!claims->check.expectation)
        fprintf(stderr, "tcplab: %s: line %u: %s\n  %s\n%s%s", s->path,
                error.line / 2, error.reason, error.text, error.right,
                *error.right ? "\n" : "");
    return claims->check.expectation;
}

bool
saying_listen(struct saying *s, struct follow *follow)
{
    s->before = follow->listener;
    for (struct claims *c = s->claims; c < s->claims + CLAIMS; c++)
        if (c->any && !expect(s, c))
            return false;
    follow->listener = (struct listener){ take_event, take_end, s };
    return true;
}

void
saying_server(struct saying *s, const char *address, uint16_t port)
{
    for (size_t i = 0; i < CLAIMS; i++)
        check_server(&s->claims[i].check, address, port);
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

static bool
claims_hold(const struct saying *s, const struct claims *claims)
{
    const struct expectation_line *line;
    bool held = true;
    for (size_t i = 0; claims->check.expectation &&
                       (line = expectation_line(claims->check.expectation, i));
         i++) {
        if (line->held != HELD_NO)
            continue;
        held = false;
        fprintf(stderr, "tcplab: %s: line %u is not so: %s\n        %s\n",
                s->path, line->number / 2, line->text, line->why);
    }
    return held;
}

void
saying_let_go(struct saying *s)
{
    s->let_go = true;
}

bool
saying_held(const struct saying *s)
{
    bool held = s->said == s->count || s->let_go;
    if (!held)
        fprintf(stderr,
                "tcplab: %s: line %d was not said: there was no such "
                "question: %s\n",
                s->path, s->sentences[s->said].line,
                s->sentences[s->said].when);
    for (size_t i = 0; i < CLAIMS; i++)
        held &= claims_hold(s, &s->claims[i]);
    return held;
}
