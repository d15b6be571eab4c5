/*
 * gen-capture: write a synthetic capture of many TCP connections, as fast as
 * the disk takes it, the same bytes for the same options and seed.
 *
 * Every connection is a small script of packets (open, rounds of data, close)
 * and the scripts are interleaved over a fixed number of slots.  All sums are
 * correct (IPv4 header, TCP over the pseudo header), no libpcap is needed, and
 * memory is bounded by --concurrency, not by the length of the capture.
 *
 * Build: make        Use: ./gen-capture --help
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- random numbers (splitmix64 seeded xoshiro256**) -------------------- */
static uint64_t rs[4];

static inline uint64_t
rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

static inline uint64_t
rnd(void)
{
    uint64_t r = rotl(rs[1] * 5, 7) * 9, t = rs[1] << 17;
    rs[2] ^= rs[0];
    rs[3] ^= rs[1];
    rs[1] ^= rs[2];
    rs[0] ^= rs[3];
    rs[2] ^= t;
    rs[3] = rotl(rs[3], 45);
    return r;
}

static inline uint32_t
rndn(uint32_t n)
{
    return (uint32_t)(((rnd() >> 32) * (uint64_t)n) >> 32);
}

static void
rseed(uint64_t s)
{
    for (int i = 0; i < 4; i++) {
        uint64_t z = (s += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        rs[i] = z ^ (z >> 31);
    }
}

/* ---- what a connection is ---------------------------------------------- */
enum {
    FIN = 1,
    SYN = 2,
    RST = 4,
    PSH = 8,
    ACK = 16
};

enum open_kind {
    O_THREE,
    O_SYNRETX,
    O_SIMUL,
    O_REFUSED,
    O_FLOOD,
    O_TIMEOUT,
    O_SCAN,
    O_N
};

enum close_kind {
    C_FOUR_CLIENT,
    C_FOUR_SERVER,
    C_THREE_SEG,
    C_HALF,
    C_SIMUL,
    C_RST_CLIENT,
    C_RST_SERVER,
    C_OPEN,
    C_NONE,
    C_N
};

static const char *open_name[O_N] = {
    "three-way",         "three-way-syn-retransmitted",
    "simultaneous-open", "refused",
    "syn-only",          "syn-timeout",
    "half-open-scan"
};
static const char *close_name[C_N] = { "four-segment-client-first",
                                       "four-segment-server-first",
                                       "three-segment",
                                       "half-close",
                                       "simultaneous-close",
                                       "reset-by-client",
                                       "reset-by-server",
                                       "left-open",
                                       "none" };

struct pend {
    uint32_t seq, ack, sl, sr;
    uint16_t len;
    uint16_t win;
    uint8_t flags, dir;
};

#define QN 20

struct conn {
    uint32_t id;
    uint8_t v6, opts_ts, okind, ckind, phase, qh, qn, halfside;
    uint8_t a[2][16]; /* address of side 0 (client) and 1 (server) */
    uint16_t port[2];
    uint32_t nxt[2], isn[2], tsv[2];
    uint16_t rounds;
    uint32_t pk[2], retx, ooo;
    uint64_t by[2];
    uint64_t t0;
    struct pend q[QN];
};

static uint64_t o_conns = 100000, o_conc = 1000, o_seed = 1, o_packets = 0;
static uint32_t o_payload = 1460, o_rounds = 4, o_rate = 100000, o_v6 = 10,
                o_reuse = 0, o_snap = 262144, o_flood = 8, o_data_only;
static int o_nano, o_raw, o_vlan;
static FILE *truth;

static uint64_t n_pkts, n_bytes, n_started, n_done, k_open[O_N], k_close[C_N],
    n_retx, n_ooo, n_v6;
static uint64_t now_ns = 1700000000ULL * 1000000000ULL;

/* ---- output ------------------------------------------------------------- */
#define OB (4u << 20)
static uint8_t *ob;
static size_t on;
static int ofd = 1;

static void
oflush(void)
{
    size_t p = 0;
    while (p < on) {
        ssize_t w = write(ofd, ob + p, on - p);
        if (w < 0) {
            if (errno == EINTR)
                continue;
            perror("gen-capture: write");
            exit(1);
        }
        p += (size_t)w;
    }
    n_bytes += on;
    on = 0;
}

static inline void
st16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void
st32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

/* Payload bytes are slices of one fixed pattern; prefix sums of its 16-bit
 * words make the sum of any even-aligned slice a subtraction. */
#define PAT 131072u
static uint8_t pat[PAT + 2];
static uint64_t pre[PAT / 2 + 1];

static void
mkpat(void)
{
    static const char s[] = "GET /seq/and/ack HTTP/1.1\r\nHost: "
                            "lab.example\r\n\r\n0123456789abcdef";
    for (uint32_t i = 0; i < PAT; i++)
        pat[i] = (uint8_t)s[i % (sizeof s - 1)];
    for (uint32_t i = 0; i < PAT / 2; i++)
        pre[i + 1] = pre[i] + ((uint64_t)pat[2 * i] << 8 | pat[2 * i + 1]);
}

static inline uint64_t
sumbuf(const uint8_t *p, unsigned n)
{
    uint64_t s = 0;
    for (unsigned i = 0; i + 1 < n; i += 2)
        s += (uint32_t)p[i] << 8 | p[i + 1];
    if (n & 1)
        s += (uint32_t)p[n - 1] << 8;
    return s;
}

static inline uint16_t
fold(uint64_t s)
{
    while (s >> 16)
        s = (s & 0xffff) + (s >> 16);
    return (uint16_t)~s;
}

static void
emit(struct conn *c, const struct pend *p)
{
    int d = p->dir, e = !d;
    uint8_t f[200], *q = f, *ip, *tcp;
    if (!o_raw) {
        memcpy(q,
               d ? "\x02\0\0\0\0\x01\x02\0\0\0\0\x02"
                 : "\x02\0\0\0\0\x02\x02\0\0\0\0\x01",
               12);
        q += 12;
        if (o_vlan) {
            st16(q, 0x8100);
            st16(q + 2, (uint16_t)o_vlan);
            q += 4;
        }
        st16(q, c->v6 ? 0x86dd : 0x0800);
        q += 2;
    }
    ip = q;
    tcp = ip + (c->v6 ? 40 : 20);
    q = tcp + 20;
    if (p->flags & SYN) {
        st32(q, 0x020405b4);
        q += 4; /* MSS 1460 */
        if (c->opts_ts) {
            st16(q, 0x0402);
            q += 2; /* SACK permitted */
            st16(q, 0x080a);
            q += 2;
            c->tsv[d] = (uint32_t)(now_ns / 1000000) + (d ? 7777 : 0);
            st32(q, c->tsv[d]);
            st32(q + 4, (p->flags & ACK) ? c->tsv[e] : 0);
            q += 8;
            st32(q, 0x01030307);
            q += 4; /* NOP, window scale 7 */
        }
    } else if (c->opts_ts && !(p->flags & RST)) {
        st32(q, 0x0101080a);
        q += 4;
        c->tsv[d] = (uint32_t)(now_ns / 1000000) + (d ? 7777 : 0);
        st32(q, c->tsv[d]);
        st32(q + 4, c->tsv[e]);
        q += 8;
        if (p->sl != p->sr) {
            st32(q, 0x0101050a);
            st32(q + 4, p->sl);
            st32(q + 8, p->sr);
            q += 12;
        }
    }
    unsigned thl = (unsigned)(q - tcp), tl = thl + p->len;
    memset(tcp + 16, 0, 4);
    st16(tcp, c->port[d]);
    st16(tcp + 2, c->port[e]);
    st32(tcp + 4, p->seq);
    st32(tcp + 8, (p->flags & ACK) ? p->ack : 0);
    tcp[12] = (uint8_t)(thl / 4 << 4);
    tcp[13] = p->flags;
    st16(tcp + 14, p->win);
    uint64_t s = tl + 6;
    if (c->v6) {
        st32(ip, 0x60000000);
        st16(ip + 4, (uint16_t)tl);
        ip[6] = 6;
        ip[7] = 64;
        memcpy(ip + 8, c->a[d], 16);
        memcpy(ip + 24, c->a[e], 16);
        s += sumbuf(ip + 8, 32);
    } else {
        st32(ip, 0x45000000 | (20 + tl));
        st32(ip + 4, (uint32_t)(c->pk[d] & 0xffff) << 16 | 0x4000);
        st32(ip + 8, 0x40060000);
        memcpy(ip + 12, c->a[d], 4);
        memcpy(ip + 16, c->a[e], 4);
        st16(ip + 10, fold(sumbuf(ip, 20)));
        s += sumbuf(ip + 12, 8);
    }
    uint32_t po = (p->seq & 0xfffe); /* even offset in the pattern */
    s += sumbuf(tcp, thl);
    if (p->len) {
        s += pre[(po + (p->len & ~1u)) / 2] - pre[po / 2];
        if (p->len & 1)
            s += (uint64_t)pat[po + p->len - 1] << 8;
    }
    st16(tcp + 16, fold(s));
    unsigned hl = (unsigned)(q - f), full = hl + p->len,
             cap = full > o_snap ? o_snap : full;
    if (on + 16 + cap > OB)
        oflush();
    uint32_t *h = (uint32_t *)(void *)(ob + on), hh[4];
    hh[0] = (uint32_t)(now_ns / 1000000000);
    hh[1] = (uint32_t)(now_ns % 1000000000);
    if (!o_nano)
        hh[1] /= 1000;
    hh[2] = cap;
    hh[3] = full;
    memcpy(h, hh, 16);
    on += 16;
    if (cap <= hl)
        memcpy(ob + on, f, cap);
    else {
        memcpy(ob + on, f, hl);
        memcpy(ob + on + hl, pat + po, cap - hl);
    }
    on += cap;
    n_pkts++;
    c->pk[d]++;
    c->by[d] += p->len;
}

/* ---- scripts ------------------------------------------------------------- */
static void
push(struct conn *c, int dir, int flags, uint32_t seq, uint32_t ack,
     unsigned len, unsigned win)
{
    if (c->qn >= QN) {
        fprintf(stderr, "gen-capture: script too long\n");
        exit(1);
    }
    struct pend *p = &c->q[c->qn++];
    p->dir = (uint8_t)dir;
    p->flags = (uint8_t)flags;
    p->seq = seq;
    p->ack = ack;
    p->len = (uint16_t)len;
    p->win = (uint16_t)win;
    p->sl = p->sr = 0;
}

static unsigned
psize(void)
{
    unsigned r = rndn(100), m = o_payload;
    if (!m)
        return 0;
    if (r < 40)
        return 1 + rndn(m < 100 ? m : 100);
    if (r < 65)
        return 1 + rndn(m);
    return m;
}

static void
start(struct conn *c, int fresh)
{
    uint32_t id = (uint32_t)n_started++;
    c->id = id;
    c->phase = 0;
    c->qh = c->qn = 0;
    c->pk[0] = c->pk[1] = c->retx = c->ooo = 0;
    c->by[0] = c->by[1] = 0;
    c->t0 = now_ns;
    unsigned r = rndn(100);
    if (o_data_only) {
        c->okind = O_THREE;
    } else if (r < o_flood)
        c->okind = O_FLOOD;
    else {
        r = rndn(100);
        c->okind = r < 88   ? O_THREE
                   : r < 90 ? O_SYNRETX
                   : r < 91 ? O_SIMUL
                   : r < 95 ? O_REFUSED
                   : r < 97 ? O_TIMEOUT
                            : O_SCAN;
    }
    r = rndn(100);
    c->ckind = r < 45   ? C_FOUR_CLIENT
               : r < 60 ? C_FOUR_SERVER
               : r < 76 ? C_THREE_SEG
               : r < 81 ? C_HALF
               : r < 83 ? C_SIMUL
               : r < 89 ? C_RST_CLIENT
               : r < 95 ? C_RST_SERVER
                        : C_OPEN;
    if (c->okind >= O_REFUSED)
        c->ckind = C_NONE;
    if (fresh) {
        static const uint16_t sp[8] = {
            80, 443, 443, 22, 25, 8080, 5432, 9000
        };
        uint32_t ci = id / 50000 + 1, srv = rndn(64);
        c->v6 = rndn(100) < o_v6;
        c->port[0] = (uint16_t)(10000 + id % 50000);
        c->port[1] = sp[rndn(8)];
        memset(c->a, 0, sizeof c->a);
        if (c->v6) {
            for (int i = 0; i < 2; i++) {
                c->a[i][0] = 0x20;
                c->a[i][1] = 0x01;
                c->a[i][2] = 0x0d;
                c->a[i][3] = 0xb8;
                c->a[i][5] = (uint8_t)(i + 1);
            }
            st32(c->a[0] + 12, ci);
            st32(c->a[1] + 12, srv + 1);
        } else {
            st32(c->a[0], 10u << 24 | (ci & 0xffffff));
            st32(c->a[1], 192u << 24 | 168u << 16 | 7u << 8 | (srv + 1));
        }
    }
    c->opts_ts = rndn(100) < 80;
    c->isn[0] = (uint32_t)rnd();
    c->isn[1] = (uint32_t)rnd();
    if (rndn(50) == 0)
        c->isn[0] = 0xffffffffu - rndn(2000); /* sequence wrap soon */
    c->nxt[0] = c->isn[0];
    c->nxt[1] = c->isn[1];
    /* geometric number of data rounds, mean o_rounds */
    c->rounds = 0;
    while (c->rounds < 60000 && o_rounds && rndn(o_rounds + 1) != 0)
        c->rounds++;
    if (c->v6)
        n_v6++;
    k_open[c->okind]++;
    k_close[c->ckind]++;
}

/* Fill the queue with the next phase; 0 when the connection has no more. */
static int
fill(struct conn *c)
{
    uint32_t *n = c->nxt;
    c->qh = c->qn = 0;
    if (c->phase == 0) {
        c->phase = 1;
        switch (c->okind) {
        case O_FLOOD:
            push(c, 0, SYN, n[0], 0, 0, 64240);
            c->phase = 9;
            return 1;
        case O_TIMEOUT: {
            unsigned k = 2 + rndn(4);
            for (unsigned i = 0; i < k; i++)
                push(c, 0, SYN, n[0], 0, 0, 64240);
            c->retx += k - 1;
            c->phase = 9;
            return 1;
        }
        case O_REFUSED:
            push(c, 0, SYN, n[0], 0, 0, 64240);
            push(c, 1, RST | ACK, 0, n[0] + 1, 0, 0);
            c->phase = 9;
            return 1;
        case O_SCAN:
            push(c, 0, SYN, n[0], 0, 0, 1024);
            push(c, 1, SYN | ACK, n[1], n[0] + 1, 0, 65160);
            push(c, 0, RST, n[0] + 1, 0, 0, 0);
            c->phase = 9;
            return 1;
        case O_SIMUL:
            push(c, 0, SYN, n[0], 0, 0, 64240);
            push(c, 1, SYN, n[1], 0, 0, 64240);
            push(c, 0, SYN | ACK, n[0], n[1] + 1, 0, 64240);
            push(c, 1, SYN | ACK, n[1], n[0] + 1, 0, 64240);
            break;
        case O_SYNRETX:
            push(c, 0, SYN, n[0], 0, 0, 64240);
            c->retx++; /* fall through */
        default:
            push(c, 0, SYN, n[0], 0, 0, 64240);
            push(c, 1, SYN | ACK, n[1], n[0] + 1, 0, 65160);
            push(c, 0, ACK, n[0] + 1, n[1] + 1, 0, 502);
        }
        n[0]++;
        n[1]++;
        return 1;
    }
    if (c->phase == 1 && c->rounds == 0)
        c->phase = 2;
    if (c->phase == 1) {
        int d = (c->rounds & 1) ? 0 : 1, e = !d;
        unsigned k = 1 + rndn(4), r = rndn(1000), len[4];
        uint32_t at[4];
        c->rounds--;
        for (unsigned i = 0; i < k; i++) {
            len[i] = psize();
            at[i] = n[d];
            n[d] += len[i];
        }
        if (o_payload == 0) {
            push(c, d, ACK, n[d], n[e], 0, 502);
            return 1;
        }
        if (r < 15 &&
            k > 1) { /* a hole seen by the observer: segment 0 lost before the tap */
            for (unsigned i = 1; i < k; i++) {
                push(c, d, ACK | (i == k - 1 ? PSH : 0), at[i], n[e], len[i],
                     502);
                push(c, e, ACK, n[e], at[0], 0, 501);
                c->q[c->qn - 1].sl = at[1];
                c->q[c->qn - 1].sr = at[i] + len[i];
            }
            push(c, d, ACK, at[0], n[e], len[0], 502);
            c->ooo++;
            push(c, e, ACK, n[e], n[d], 0, 501);
            return 1;
        }
        if (r < 25 && k > 1) { /* two neighbours swapped */
            uint32_t t = at[0];
            unsigned l = len[0];
            at[0] = at[1];
            len[0] = len[1];
            at[1] = t;
            len[1] = l;
            c->ooo++;
        }
        for (unsigned i = 0; i < k; i++) {
            push(c, d, ACK | (i == k - 1 ? PSH : 0), at[i], n[e], len[i], 502);
            if (r >= 25 && r < 45 && i == k - 1) {
                push(c, d, ACK | PSH, at[i], n[e], len[i], 502);
                c->retx++;
            }
            if (r >= 25 && (i & 1) && i != k - 1)
                push(c, e, ACK, n[e], at[i] + len[i], 0, 501);
        }
        push(c, e, ACK, n[e], n[d], 0, r == 999 ? 0 : 501);
        if (r == 999) {
            push(c, d, ACK, n[d] - 1, n[e], 0, 502);
            push(c, e, ACK, n[e], n[d], 0, 0);
            push(c, e, ACK, n[e], n[d], 0, 501);
        }
        return 1;
    }
    if (c->phase == 2) {
        int a = c->ckind == C_FOUR_SERVER                         ? 1
                : (c->ckind == C_THREE_SEG || c->ckind == C_HALF) ? (int)rndn(2)
                                                                  : 0,
            b = !a;
        c->phase = 9;
        switch (c->ckind) {
        case C_OPEN:
        case C_NONE:
            return 0;
        case C_RST_CLIENT:
            push(c, 0, rndn(2) ? RST | ACK : RST, n[0], n[1], 0, 0);
            return 1;
        case C_RST_SERVER:
            push(c, 1, rndn(2) ? RST | ACK : RST, n[1], n[0], 0, 0);
            return 1;
        case C_SIMUL:
            push(c, 0, FIN | ACK, n[0], n[1], 0, 502);
            push(c, 1, FIN | ACK, n[1], n[0], 0, 501);
            push(c, 0, ACK, n[0] + 1, n[1] + 1, 0, 502);
            push(c, 1, ACK, n[1] + 1, n[0] + 1, 0, 501);
            return 1;
        case C_THREE_SEG:
            push(c, a, FIN | ACK, n[a], n[b], 0, 502);
            push(c, b, FIN | ACK, n[b], n[a] + 1, 0, 501);
            push(c, a, ACK, n[a] + 1, n[b] + 1, 0, 502);
            break;
        case C_HALF: {
            unsigned k = 1 + rndn(4);
            push(c, a, FIN | ACK, n[a], n[b], 0, 502);
            push(c, b, ACK, n[b], n[a] + 1, 0, 501);
            for (unsigned i = 0; i < k; i++) {
                unsigned l = psize();
                if (!l)
                    l = 1;
                push(c, b, PSH | ACK, n[b], n[a] + 1, l, 501);
                n[b] += l;
                push(c, a, ACK, n[a] + 1, n[b], 0, 502);
            }
            push(c, b, FIN | ACK, n[b], n[a] + 1, 0, 501);
            push(c, a, ACK, n[a] + 1, n[b] + 1, 0, 502);
            break;
        }
        default:
            push(c, a, FIN | ACK, n[a], n[b], 0, 502);
            if (rndn(100) == 0) {
                push(c, a, FIN | ACK, n[a], n[b], 0, 502);
                c->retx++;
            }
            push(c, b, ACK, n[b], n[a] + 1, 0, 501);
            push(c, b, FIN | ACK, n[b], n[a] + 1, 0, 501);
            push(c, a, ACK, n[a] + 1, n[b] + 1, 0, 502);
        }
        c->halfside = (uint8_t)a;
        return 1;
    }
    return 0;
}

static void
finish(struct conn *c)
{
    n_done++;
    n_retx += c->retx;
    n_ooo += c->ooo;
    if (!truth)
        return;
    char h[2][48];
    for (int i = 0; i < 2; i++) {
        inet_ntop(c->v6 ? AF_INET6 : AF_INET, c->a[i], h[i], sizeof h[i]);
    }
    const char *ff = "-";
    switch (c->ckind) {
    case C_FOUR_CLIENT:
        ff = "client";
        break;
    case C_FOUR_SERVER:
        ff = "server";
        break;
    case C_THREE_SEG:
    case C_HALF:
        ff = c->halfside ? "server" : "client";
        break;
    case C_SIMUL:
        ff = "client";
        break;
    default:
        break;
    }
    fprintf(truth,
            "%u\t%s\t%u\t%s\t%u\t%u\t%u\t%s\t%s\t%s\t%u\t%u\t%" PRIu64
            "\t%" PRIu64 "\t%u\t%u\n",
            c->id, h[0], c->port[0], h[1], c->port[1], c->isn[0], c->isn[1],
            open_name[c->okind], close_name[c->ckind], ff, c->pk[0], c->pk[1],
            c->by[0], c->by[1], c->retx, c->ooo);
}

static void
usage(FILE *f)
{
    fputs("usage: gen-capture [options] -o FILE    (or to standard output)\n"
          "  --connections N   connections to write (default 100000)\n"
          "  --packets N       stop starting connections at N packets instead "
          "(then the rest drains)\n"
          "  --concurrency N   connections open at once, interleaved (default "
          "1000)\n"
          "  --payload N       largest data segment in bytes; sizes mix small, "
          "any and full (default 1460)\n"
          "  --rounds N        mean number of data rounds a connection "
          "(default 4; 0: open and close only)\n"
          "  --seed N          same seed and options, same bytes (default 1)\n"
          "  --rate N          packets a second of capture time (default "
          "100000)\n"
          "  --ipv6 PCT        share of connections over IPv6 (default 10)\n"
          "  --flood PCT       share of lone SYNs (default 8)\n"
          "  --reuse PCT       share of connections that reuse the four-tuple "
          "of one that ended (default 0)\n"
          "  --plain           three-way opens only (no floods, scans, "
          "refusals)\n"
          "  --snaplen N       cut stored packets at N bytes (default 262144)\n"
          "  --nano            nanosecond time stamps     --raw  raw IP link "
          "type     --vlan ID  802.1Q tag\n"
          "  --truth FILE      per connection: what was written (tab "
          "separated, header line)\n"
          "A JSON summary goes to standard error.\n",
          f);
}

int
main(int argc, char **argv)
{
    enum {
        CN = 256,
        PK,
        CC,
        PL,
        RO,
        SD,
        RT,
        V6,
        FL,
        RU,
        PLN,
        SN,
        NA,
        RW,
        VL,
        TR
    };
    static const struct option lo[] = { { "connections", 1, 0, CN },
                                        { "packets", 1, 0, PK },
                                        { "concurrency", 1, 0, CC },
                                        { "payload", 1, 0, PL },
                                        { "rounds", 1, 0, RO },
                                        { "seed", 1, 0, SD },
                                        { "rate", 1, 0, RT },
                                        { "ipv6", 1, 0, V6 },
                                        { "flood", 1, 0, FL },
                                        { "reuse", 1, 0, RU },
                                        { "plain", 0, 0, PLN },
                                        { "snaplen", 1, 0, SN },
                                        { "nano", 0, 0, NA },
                                        { "raw", 0, 0, RW },
                                        { "vlan", 1, 0, VL },
                                        { "truth", 1, 0, TR },
                                        { "output", 1, 0, 'o' },
                                        { "help", 0, 0, 'h' },
                                        { 0, 0, 0, 0 } };
    int ch;
    const char *out = NULL;
    while ((ch = getopt_long(argc, argv, "o:h", lo, NULL)) != -1)
        switch (ch) {
        case CN:
            o_conns = strtoull(optarg, 0, 0);
            break;
        case PK:
            o_packets = strtoull(optarg, 0, 0);
            break;
        case CC:
            o_conc = strtoull(optarg, 0, 0);
            break;
        case PL:
            o_payload = (uint32_t)strtoul(optarg, 0, 0);
            break;
        case RO:
            o_rounds = (uint32_t)strtoul(optarg, 0, 0);
            break;
        case SD:
            o_seed = strtoull(optarg, 0, 0);
            break;
        case RT:
            o_rate = (uint32_t)strtoul(optarg, 0, 0);
            break;
        case V6:
            o_v6 = (uint32_t)strtoul(optarg, 0, 0);
            break;
        case FL:
            o_flood = (uint32_t)strtoul(optarg, 0, 0);
            break;
        case RU:
            o_reuse = (uint32_t)strtoul(optarg, 0, 0);
            break;
        case PLN:
            o_data_only = 1;
            break;
        case SN:
            o_snap = (uint32_t)strtoul(optarg, 0, 0);
            break;
        case NA:
            o_nano = 1;
            break;
        case RW:
            o_raw = 1;
            break;
        case VL:
            o_vlan = (int)strtol(optarg, 0, 0);
            break;
        case TR:
            if (!(truth = fopen(optarg, "w"))) {
                perror(optarg);
                return 1;
            }
            break;
        case 'o':
            out = optarg;
            break;
        case 'h':
            usage(stdout);
            return 0;
        default:
            usage(stderr);
            return 2;
        }
    if (optind != argc || !o_conc || !o_rate || o_payload > 65000 ||
        (!o_conns && !o_packets)) {
        usage(stderr);
        return 2;
    }
    if (!out && isatty(1)) {
        fputs("gen-capture: give -o FILE or a redirection\n", stderr);
        return 2;
    }
    if (out && (ofd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0644)) < 0) {
        perror(out);
        return 1;
    }
    if (o_packets)
        o_conns = UINT64_MAX;
    if (o_conc > o_conns)
        o_conc = o_conns;
    rseed(o_seed);
    mkpat();
    ob = malloc(OB + 70000);
    struct conn *slot = calloc(o_conc, sizeof *slot);
    if (!ob || !slot) {
        fputs("gen-capture: out of memory\n", stderr);
        return 1;
    }
    if (truth)
        fputs(
            "id\tclient\tclient_port\tserver\tserver_port\tclient_isn\tserver_"
            "isn\topen\tclose\tfirst_fin\tpackets_client\tpackets_"
            "server\tbytes_client\tbytes_server\tretransmitted\tout_of_order\n",
            truth);
    uint32_t gh[6] = { o_nano ? 0xa1b23c4du : 0xa1b2c3d4u,
                       2u | 4u << 16,
                       0,
                       0,
                       o_snap,
                       o_raw ? 101u : 1u };
    memcpy(ob, gh, 24);
    on = 24;
    uint64_t live = 0, gap = 2ULL * 1000000000ULL / o_rate;
    while (live < o_conc && n_started < o_conns) {
        start(&slot[live], 1);
        fill(&slot[live]);
        live++;
        if (o_packets && live >= o_packets)
            break;
    }
    while (live) {
        uint64_t i = live == 1 ? 0 : rndn((uint32_t)live);
        struct conn *c = &slot[i];
        now_ns +=
            1 +
            (gap ? rndn((uint32_t)(gap > 0xffffffffu ? 0xffffffffu : gap)) : 0);
        emit(c, &c->q[c->qh++]);
        if (c->qh < c->qn || fill(c))
            continue;
        int closed = c->ckind != C_OPEN && c->ckind != C_NONE;
        finish(c);
        if (n_started < o_conns && (!o_packets || n_pkts < o_packets)) {
            start(c, !(closed && rndn(100) < o_reuse));
            fill(c);
        } else {
            slot[i] = slot[--live];
        }
    }
    oflush();
    if (out && close(ofd)) {
        perror(out);
        return 1;
    }
    if (truth && fclose(truth)) {
        perror("truth");
        return 1;
    }
    fprintf(stderr,
            "{\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64
            ",\"connections\":%" PRIu64 ",\"ipv6\":%" PRIu64
            ",\"retransmitted\":%" PRIu64 ",\"out_of_order\":%" PRIu64
            ",\"open\":{",
            n_pkts, n_bytes, n_done, n_v6, n_retx, n_ooo);
    for (int i = 0; i < O_N; i++)
        fprintf(stderr, "%s\"%s\":%" PRIu64, i ? "," : "", open_name[i],
                k_open[i]);
    fputs("},\"close\":{", stderr);
    for (int i = 0; i < C_N; i++)
        fprintf(stderr, "%s\"%s\":%" PRIu64, i ? "," : "", close_name[i],
                k_close[i]);
    fputs("}}\n", stderr);
    return 0;
}
