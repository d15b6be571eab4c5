/* step: a table of questions, a table of keys. */
#include "step.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stage/holding.h"
#include "text/drawing.h"
#include "text/text.h"
#include "wire/policy.h"

enum {
    KEY_ROOM = 160 // a key, and what stands behind it
};

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
    { "sendto", "it hands octets to the kernel, with their receiver's name.",
      "What passes before they may leave?" },
    { "write", "it hands octets to TCP.",
      "When it returns, what does the other program have?" },
    { "recv", "it asks for octets.", "How many will it get?" },
    { "recvfrom", "it asks for octets, and for who sent them.",
      "How many will it get, and from whom?" },
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

/* The same of a segment in mid-air: who has it next, and a question. */
static const struct {
    const char *word, *question;
} arrivals[] = {
    { "SYN", "What will it find there, and what will answer it?" },
    { "SYN-ACK", "Which state does it bring, and who returns from what?" },
    { "ACK", "Whose state changes when it arrives, if any?" },
    { "DATA", "Who knows of these octets when it has arrived?" },
    { "FIN", "What does the other program notice, and when?" },
    { "RST", "What is left of the connection when it has arrived?" },
    { "UDP", "Who learns of it when it is lost, and who sends it again?" },
    { "ICMP", "Which program is told of it, and by which call?" },
};

static const char call_help[] =
    "  Enter  let the call happen, and stop before the next one\n"
    "  a      show the last step again\n"
    "  c      let everything happen, without stops\n"
    "  q      end the programs, and the run\n"
    "  ?      this help\n";

static const char segment_help[] =
    "  Enter  let the segment arrive\n"
    "  d      lose it\n"
    "  2      let it arrive twice\n"
    "  l      let the next one of its direction overtake it\n"
    "  r      draw its header\n"
    "  a      show the last step again\n"
    "  c      let everything happen, without stops\n"
    "  c MATCH  the same, until one fits: c client < server SYN-ACK\n"
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
    if (entry->timer_ms < 1000)
        text_add(t, ", less than a second left.");
    else
        text_format(t, ", %n s left.", (uint64_t)entry->timer_ms / 1000);
}

static void
write_capitals(struct text *t, struct span word)
{
    for (size_t i = 0; i < word.bytes; i++)
        text_char(t, (char)toupper((unsigned char)word.at[i]));
}

/* "CLIENT will call connect(3, 127.0.0.1:7004): it asks TCP ..." */
static void
write_call(struct text *t, const struct entry *entry)
{
    write_capitals(t, entry->who);
    text_add(t, " will call ");
    text_safe(t, entry->message.at, entry->message.bytes);
    write_question(t, entry);
    write_timer(t, entry);
    text_add(t, "  Enter = do it, ? = help\n");
}

/* "A SYN of CLIENT is in mid-air. CLIENT: SYN-SENT. SERVER: LISTEN. What ..." */
static void
write_segment(struct text *t, const struct entry *entry)
{
    bool from_client = span_is(entry->who, "client");
    const char *question = "";
    for (size_t i = 0; i < sizeof arrivals / sizeof arrivals[0]; i++)
        if (span_is(entry->name, arrivals[i].word))
            question = arrivals[i].question;
    if (entry->name.bytes) {
        text_safe(t, entry->name.at, entry->name.bytes);
        text_add(t, " of ");
        write_capitals(t, entry->who);
    } else { // it left long before those that are remembered
        text_format(t, "Frame %n", entry->frame_id);
    }
    text_add(t, " is in mid-air. ");
    if (entry->argument_count == 2) {
        text_add(t, from_client ? "CLIENT: " : "SERVER: ");
        text_safe(t, entry->arguments[0].at, entry->arguments[0].bytes);
        text_add(t, from_client ? ". SERVER: " : ". CLIENT: ");
        text_safe(t, entry->arguments[1].at, entry->arguments[1].bytes);
        text_add(t, ". ");
    }
    text_add(t, question);
    write_timer(t, entry);
    text_add(t, "  Enter = let it arrive, d = lose it, ? = help\n");
}

static void
take_prompt(void *context, const struct entry *entry)
{
    struct step *step = context;
    char words[4096];
    struct text t = text_over(words, sizeof words - 1);
    step->frame = entry->frame_id;
    if (step->frame)
        write_segment(&t, entry);
    else
        write_call(&t, entry);
    *t.next = '\0';
    if (step->saying)
        saying_say(step->saying, entry);
    fputs(words, stderr);
    follow_new_picture(step->follow);
    step->is_asking = true;
}

static void
press(struct step *step, const char *key)
{
    stage_key(step->stage, key);
    step->is_asking = false;
    bool ends = !strcmp(key, "c") || !strcmp(key, "q");
    if (ends && step->saying)
        saying_let_go(step->saying);
}

/* The header of the segment that is asked about; a datagram has another one. */
static void
draw(const struct step *step)
{
    struct output output;
    const struct connection *connection;
    const struct flight *flight =
        events_in_air(step->follow->events, step->frame, &connection);
    if (flight && flight->decoded.kind != DECODED_SEGMENT)
        fputs("  It is no TCP segment: there is no such header to draw.\n",
              stderr);
    if (!flight || flight->decoded.kind != DECODED_SEGMENT ||
        output_init(&output, STDERR_FILENO) < 0)
        return;
    draw_header(&output, &flight->decoded, connection, flight->from);
    output_flush(&output);
    output_clear(&output);
}

/* Would the wire take it? */
static bool
is_match(const char *match)
{
    char text[HOLDING_RULE], why[512];
    struct expectation_error error;
    struct policy *policy = policy_new(0);
    holding_rule(match, text);
    bool taken = policy && policy_add(policy, text, &error);
    if (policy && !taken) {
        policy_error_text(&error, why, sizeof why);
        fprintf(stderr, "c %s: %s\n", match, why);
    }
    policy_free(policy);
    return taken;
}

/* "c", or "c MATCH", which must be one. */
static void
continue_until(struct step *step, const char *key)
{
    if (!key[1] || is_match(key + 2))
        press(step, key);
}

static void
take_key(struct step *step, const char *key)
{
    static const char segment_keys[] = "d2l";
    bool alone = key[0] == '\0' || key[1] == '\0';
    if (key[0] == '\0')
        press(step, "n");
    else if (alone && key[0] == 'a')
        follow_last_picture(step->follow);
    else if (key[0] == 'c' && (alone || (key[1] == ' ' && step->on_wire)))
        continue_until(step, key);
    else if (alone && key[0] == 'q')
        press(step, key);
    else if (alone && key[0] == 'r' && step->frame)
        draw(step);
    else if (alone && step->frame && strchr(segment_keys, key[0]))
        press(step, key);
    else
        fputs(step->frame ? segment_help : call_help, stderr);
}

/* A key and Enter, or Enter alone. At the end of the keys all goes on. */
static void
take_keys(void *context)
{
    struct step *step = context;
    char key[KEY_ROOM] = "", c;
    size_t used = 0;
    ssize_t n;
    while ((n = read(step->keys, &c, 1)) == 1 && c != '\n')
        if (used < sizeof key - 1)
            key[used++] = c;
    take_key(step, n == 1 || used > 0 ? key : "c");
}

static int
keys_wanted(void *context)
{
    const struct step *step = context;
    return step->is_asking ? step->keys : -1;
}

void
step_begin(struct step *step, const struct stage *stage, bool on_wire, int keys,
           struct follow *follow)
{
    *step = (struct step){
        .stage = stage, .on_wire = on_wire, .follow = follow, .keys = keys
    };
    follow->asker = (struct asker){ take_prompt, keys_wanted, take_keys, step };
}
