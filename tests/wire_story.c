/* wire_story: what a wire does to a connection, one after another. */
#include "wire_story.h"

#include "wire_trace.h"

enum {
    SYN = SEG_SYN,
    ACK = SEG_ACK,
    FIN = SEG_FIN | SEG_ACK,
    PSH = SEG_PSH | SEG_ACK,
    SYN_ACK = SEG_SYN | SEG_ACK,
};

static void
after(struct wire_trace *wire, double milliseconds, uint64_t frame)
{
    wire_trace_wait(wire, milliseconds);
    arrives(wire, frame);
}

/* What can become of a segment, each once. */
static void
loss(const char *path)
{
    struct wire_trace wire;
    wire_trace_begin(&wire, path);
    is_lost(&wire, leaves(&wire, CLIENT, SYN, 1000, 0, ""), "rule 1: drop");
    wire_trace_wait(&wire, 1000);
    passes(&wire, CLIENT, SYN, 1000, 0, "");
    passes(&wire, SERVER, SYN_ACK, 5000, 1001, "");
    passes(&wire, CLIENT, ACK, 1001, 5001, "");

    // Doubled: its second copy is answered once more.
    uint64_t data = leaves(&wire, CLIENT, PSH, 1001, 5001, "hello");
    fate(&wire, data, FATE_DOUBLED, "rule 2: duplicate");
    arrives(&wire, data);
    passes(&wire, SERVER, ACK, 5001, 1006, "");
    after(&wire, 5, data);
    passes(&wire, SERVER, ACK, 5001, 1006, "");

    // Overtaken.
    wire_trace_wait(&wire, 100);
    uint64_t first = leaves(&wire, SERVER, PSH, 5001, 1006, "one ");
    uint64_t second = leaves(&wire, SERVER, PSH, 5005, 1006, "two ");
    after(&wire, 2, second);
    passes(&wire, CLIENT, ACK, 1006, 5001, "");
    after(&wire, 2, first);
    passes(&wire, CLIENT, ACK, 1006, 5009, "");

    // Corrupted, and sent again.
    wire_trace_wait(&wire, 100);
    data = leaves(&wire, SERVER, PSH, 5009, 1006, "three ");
    fate(&wire, data, FATE_CORRUPTED, "rule 3: corrupt");
    arrives(&wire, data);
    wire_trace_wait(&wire, 200);
    passes(&wire, SERVER, PSH, 5009, 1006, "three ");
    passes(&wire, CLIENT, ACK, 1006, 5015, "");

    // Held until somebody lets it go.
    uint64_t fin = leaves(&wire, CLIENT, FIN, 1006, 5015, "");
    fate(&wire, fin, FATE_HELD, "by hand");
    wire_trace_wait(&wire, 4000);
    arrives(&wire, fin);
    passes(&wire, SERVER, FIN, 5015, 1007, "");
    is_lost(&wire, leaves(&wire, CLIENT, ACK, 1007, 5016, ""), "by hand");
    wire_trace_wait(&wire, 200);
    passes(&wire, SERVER, FIN, 5015, 1007, "");
    passes(&wire, CLIENT, ACK, 1007, 5016, "");
    wire_trace_end(&wire);
}

/* Both open at once, both close at once: all crosses. */
static void
crossing(const char *path)
{
    struct wire_trace wire;
    wire_trace_begin(&wire, path);
    uint64_t one = leaves(&wire, CLIENT, SYN, 1000, 0, "");
    wire_trace_wait(&wire, 30);
    uint64_t two = leaves(&wire, SERVER, SYN, 5000, 0, "");
    after(&wire, 70, one);
    uint64_t three = leaves(&wire, SERVER, SYN_ACK, 5000, 1001, "");
    after(&wire, 30, two);
    uint64_t four = leaves(&wire, CLIENT, SYN_ACK, 1000, 5001, "");
    after(&wire, 70, three);
    after(&wire, 30, four);

    wire_trace_wait(&wire, 300);
    one = leaves(&wire, SERVER, FIN, 5001, 1001, "");
    two = leaves(&wire, CLIENT, FIN, 1001, 5001, "");
    after(&wire, 100, one);
    three = leaves(&wire, CLIENT, ACK, 1002, 5002, "");
    arrives(&wire, two);
    four = leaves(&wire, SERVER, ACK, 5002, 1002, "");
    after(&wire, 100, three);
    arrives(&wire, four);
    wire_trace_end(&wire);
}

/* ---- A run --------------------------------------------------------------- */

static void
call(struct wire_trace *wire, const char *who, uint64_t number,
     const char *name, const char *message)
{
    struct entry entry = { .kind = ENTRY_CALL,
                           .who = span_of(who),
                           .pid = who[0] == 'c' ? 2 : 1,
                           .tid = who[0] == 'c' ? 2 : 1,
                           .call = number,
                           .name = span_of(name),
                           .message = span_of(message) };
    wire_trace_tells(wire, &entry);
}

static void
returned(struct wire_trace *wire, const char *who, uint64_t number,
         const char *name, const char *message, int64_t result)
{
    struct entry entry = { .kind = ENTRY_RETURN,
                           .who = span_of(who),
                           .pid = who[0] == 'c' ? 2 : 1,
                           .tid = who[0] == 'c' ? 2 : 1,
                           .call = number,
                           .name = span_of(name),
                           .message = span_of(message),
                           .has_result = true,
                           .result = result };
    wire_trace_tells(wire, &entry);
}

/* Two programs and a wire that takes 250 ms each way; then one that takes no
 * time to speak of, where the client's calls return while its data is in the
 * air. */
static void
delay(const char *path)
{
    struct wire_trace wire;
    struct entry run = { .kind = ENTRY_RUN,
                         .message = span_of("two hosts on a wire"),
                         .lab = span_of("13-wire") };
    wire_trace_begin(&wire, path);
    wire_trace_tells(&wire, &run);
    call(&wire, "server", 1, "accept", "accept(3)");
    call(&wire, "client", 2, "connect", "connect(3, 192.0.2.2:7000)");
    after(&wire, 250, leaves(&wire, CLIENT, SYN, 1000, 0, ""));
    after(&wire, 250, leaves(&wire, SERVER, SYN_ACK, 5000, 1001, ""));
    returned(&wire, "client", 2, "connect", "connect(3, 192.0.2.2:7000) = 0",
             0);
    after(&wire, 250, leaves(&wire, CLIENT, ACK, 1001, 5001, ""));
    returned(&wire, "server", 1, "accept", "accept(3) = 4", 4);
    call(&wire, "client", 3, "send", "send(3, \"hi\", 2, 0)");
    uint64_t data = leaves(&wire, CLIENT, PSH, 1001, 5001, "hi");
    returned(&wire, "client", 3, "send", "send(3, \"hi\", 2, 0) = 2", 2);
    arrives(&wire, data);
    passes(&wire, SERVER, ACK, 5001, 1003, "");
    call(&wire, "client", 4, "close", "close(3)");
    uint64_t fin = leaves(&wire, CLIENT, FIN, 1003, 5001, "");
    returned(&wire, "client", 4, "close", "close(3) = 0", 0);
    after(&wire, 20, fin);
    after(&wire, 20, leaves(&wire, SERVER, FIN, 5001, 1004, ""));
    after(&wire, 20, leaves(&wire, CLIENT, ACK, 1004, 5002, ""));
    wire_trace_end(&wire);
}

const struct wire_story wire_stories[WIRE_STORIES] = {
    { "wire-loss", loss },
    { "wire-crossing", crossing },
    { "wire-delay", delay },
};
