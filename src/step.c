/* step: a table of questions, a table of keys. */
#include "step.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

/* What a call asks of TCP, and a question about it. Never the answer. */
static const struct {
    const char *call, *asks, *question;
} questions[] = {
    { "socket", "it asks for a socket.", "What leaves the computer now?" },
    { "bind", "it asks for a name for its socket.", "May it have that port?" },
    { "listen", "it asks to be ready for connections.",
      "What does the other program notice?" },
    { "connect", "it asks TCP to open a connection. Nothing is sent yet.",
      "How many segments before it returns?" },
    { "accept", "it asks for the next connection.",
      "How many segments does this call send?" },
    { "accept4", "it asks for the next connection.",
      "How many segments does this call send?" },
    { "send", "it hands octets to TCP.",
      "When it returns, what does the other program have?" },
    { "write", "it hands octets to TCP.",
      "When it returns, what does the other program have?" },
    { "recv", "it asks for octets.", "How many will it get?" },
    { "read", "it asks for octets.", "How many will it get?" },
    { "shutdown", "it asks TCP to end a direction.",
      "Who may still send afterwards?" },
    { "close", "it gives its descriptor back.",
      "What does TCP do about it, and who waits afterwards?" },
    { "poll", "it waits until a descriptor is ready.", "Which one, and why?" },
    { "setsockopt", "it sets an option of its socket.",
      "Does the other side notice?" },
    { "getsockname", "it asks for the name of its socket.",
      "Which address, which port?" },
    { "getpeername", "it asks for the name of the other end.",
      "Which address, which port?" },
};

static const char help[] =
    "  Enter  let the call happen, and stop before the next one\n"
    "  a      show the last step again\n"
    "  c      let everything happen, without stops\n"
    "  q      end the programs, and the run\n"
    "  ?      this help\n";

static void
write_question(struct text *t, const struct entry *entry)
{
    const char *asks = "it asks the kernel for something.", *question = "";
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        if (!span_is(entry->name, questions[i].call))
            continue;
        asks = questions[i].asks;
        question = questions[i].question;
    }
    text_format(t, ": %s %s", asks, question);
}

/* What runs out while somebody thinks. */
static void
write_timer(struct text *t, const struct entry *entry)
{
    if (!entry->timer.bytes)
        return;
    text_add(t, "\nMeanwhile the kernel's clock goes on: ");
    text_safe(t, entry->timer.at, entry->timer.bytes);
    text_format(t, ", %n s left.", (uint64_t)entry->timer_ms / 1000);
}

/* "CLIENT will call connect(3, 127.0.0.1:7004): it asks TCP ..." */
static void
take_prompt(void *context, const struct entry *entry)
{
    struct step *step = context;
    char words[4096];
    struct text t = text_over(words, sizeof words - 1);
    for (size_t i = 0; i < entry->who.bytes; i++)
        text_char(&t, (char)toupper((unsigned char)entry->who.at[i]));
    text_add(&t, " will call ");
    text_safe(&t, entry->message.at, entry->message.bytes);
    write_question(&t, entry);
    write_timer(&t, entry);
    *t.next = '\0';
    fprintf(stderr, "%s  Enter = do it, ? = help\n", words);
    follow_new_picture(step->follow);
    step->is_asking = true;
}

static void
press(struct step *step, char key)
{
    stage_key(step->stage, key);
    step->is_asking = false;
    step->is_over |= key != 'n';
}

static void
take_key(struct step *step, char key)
{
    switch (key) {
    case '\n':
        press(step, 'n');
        break;
    case 'a':
        follow_last_picture(step->follow);
        break;
    case 'c':
    case 'q':
        press(step, key);
        break;
    default:
        fputs(help, stderr);
        break;
    }
}

/* A key and Enter, or Enter alone. At the end of the keys all goes on. */
static void
take_keys(void *context)
{
    struct step *step = context;
    char key = 0, end = 0;
    if (read(step->keys, &key, 1) != 1) {
        press(step, 'c');
        return;
    }
    while (key != '\n' && read(step->keys, &end, 1) == 1 && end != '\n')
        ;
    take_key(step, key);
}

static int
keys_wanted(void *context)
{
    const struct step *step = context;
    return step->is_asking ? step->keys : -1;
}

void
step_begin(struct step *step, const struct stage *stage, int keys,
           struct follow *follow)
{
    *step = (struct step){ .stage = stage, .follow = follow, .keys = keys };
    follow->asker = (struct asker){ take_prompt, keys_wanted, take_keys, step };
}
