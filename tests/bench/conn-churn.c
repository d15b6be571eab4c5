/*
 * conn-churn: open and close TCP connections over the loopback as fast as it
 * can, to give a live capture something to see.  Server and clients are one
 * program; every connection is open, optionally data each way, and close.
 *
 * Build: make        Use: ./conn-churn --help
 *
 * The last line on standard output is JSON: connections made, failures,
 * seconds, and how many packets such connections put on the wire at least.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static double secs = 10;
static long rate, payload, threads = 1, port, addresses = 64;
static int v6, use_rst;
static atomic_long made, failed, served;
static double deadline;

static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static socklen_t
mkaddr(struct sockaddr_storage *ss, unsigned host)
{
    memset(ss, 0, sizeof *ss);
    if (v6) {
        struct sockaddr_in6 *a = (void *)ss;
        a->sin6_family = AF_INET6;
        a->sin6_addr = in6addr_loopback;
        a->sin6_port = htons((unsigned short)port);
        return sizeof *a;
    }
    struct sockaddr_in *a = (void *)ss;
    a->sin_family = AF_INET;
    a->sin_addr.s_addr = htonl(0x7f000001u + host);
    a->sin_port = htons((unsigned short)port);
    return sizeof *a;
}

static void *
server(void *arg)
{
    int l = *(int *)arg;
    char buf[65536];
    for (;;) {
        int s = accept(l, NULL, NULL);
        if (s < 0) {
            if (errno == EINTR || errno == ECONNABORTED)
                continue;
            return NULL;
        }
        if (payload) {
            long got = 0;
            ssize_t n;
            while (got < payload && (n = read(s, buf, sizeof buf)) > 0)
                got += n;
            if (got >= payload &&
                write(s, buf, (size_t)(payload > 65536 ? 65536 : payload)) <
                    0) { /* peer gone */
            }
        } else {
            while (read(s, buf, sizeof buf) > 0) {
            }
        }
        close(s);
        atomic_fetch_add(&served, 1);
    }
}

/* Until a moment of now(); a moment that is over is not waited for. */
static void
await(int timer, double due)
{
    time_t whole = (time_t)due;
    struct itimerspec at = { .it_value = {
                                 whole, (long)((due - (double)whole) * 1e9) } };
    uint64_t ticks;
    if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL) < 0 ||
        read(timer, &ticks, sizeof ticks) != sizeof ticks)
        perror("conn-churn: a timer");
}

static void *
client(void *arg)
{
    unsigned id = (unsigned)(long)arg;
    char buf[65536];
    memset(buf, 'x', sizeof buf);
    double t0 = now();
    deadline = t0 + secs;
    long n = 0;
    int pace = timerfd_create(CLOCK_MONOTONIC, 0);
    while (now() < deadline) {
        /* the server's address walks 127.0.0.1.., so ephemeral ports do not run out in TIME_WAIT;
		 * many addresses also try a sniffer's address tables (--addresses 60000) */
        struct sockaddr_storage ss;
        socklen_t sl =
            mkaddr(&ss, v6 ? 0 : (unsigned)((n + (long)id * 7919) % addresses));
        int s = socket(ss.ss_family, SOCK_STREAM, 0);
        if (s < 0) {
            atomic_fetch_add(&failed, 1);
            continue;
        }
        if (connect(s, (void *)&ss, sl)) {
            atomic_fetch_add(&failed, 1);
            close(s);
            continue;
        }
        if (payload) {
            long put = 0;
            ssize_t w;
            while (put < payload &&
                   (w = write(s, buf,
                              (size_t)(payload - put > 65536
                                           ? 65536
                                           : payload - put))) > 0)
                put += w;
            shutdown(s, SHUT_WR);
            while (read(s, buf, sizeof buf) > 0) {
            }
        }
        if (use_rst) {
            struct linger lg = { 1, 0 };
            setsockopt(s, SOL_SOCKET, SO_LINGER, &lg, sizeof lg);
        }
        close(s);
        atomic_fetch_add(&made, 1);
        n++;
        if (rate)
            await(pace, t0 + (double)n * (double)threads / (double)rate);
    }
    close(pace);
    return NULL;
}

int
main(int argc, char **argv)
{
    static const struct option lo[] = {
        { "seconds", 1, 0, 's' }, { "rate", 1, 0, 'r' },
        { "payload", 1, 0, 'p' }, { "threads", 1, 0, 't' },
        { "port", 1, 0, 'P' },    { "addresses", 1, 0, 'a' },
        { "ipv6", 0, 0, '6' },    { "rst", 0, 0, 'R' },
        { "help", 0, 0, 'h' },    { 0, 0, 0, 0 }
    };
    int c;
    while ((c = getopt_long(argc, argv, "s:r:p:t:P:a:6Rh", lo, NULL)) != -1)
        switch (c) {
        case 's':
            secs = strtod(optarg, 0);
            break;
        case 'r':
            rate = strtol(optarg, 0, 0);
            break;
        case 'p':
            payload = strtol(optarg, 0, 0);
            break;
        case 't':
            threads = strtol(optarg, 0, 0);
            break;
        case 'P':
            port = strtol(optarg, 0, 0);
            break;
        case 'a':
            addresses = strtol(optarg, 0, 0);
            break;
        case '6':
            v6 = 1;
            break;
        case 'R':
            use_rst = 1;
            break;
        default:
            puts("usage: conn-churn [--seconds S] [--rate CONN/S (0: flat "
                 "out)] [--payload BYTES] [--threads N] [--port P] "
                 "[--addresses N (IPv4, default 64)] [--ipv6] [--rst]");
            return c == 'h' ? 0 : 2;
        }
    if (threads < 1 || threads > 64 || addresses < 1 || addresses > 16000000)
        return 2;
    signal(SIGPIPE, SIG_IGN);
    struct sockaddr_storage ss;
    socklen_t sl = mkaddr(&ss, 0);
    if (!v6)
        ((struct sockaddr_in *)(void *)&ss)->sin_addr.s_addr = 0;
    int l = socket(ss.ss_family, SOCK_STREAM, 0), one = 1;
    setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (l < 0 || bind(l, (void *)&ss, sl) || listen(l, 4096)) {
        perror("conn-churn: listen");
        return 1;
    }
    sl = sizeof ss;
    getsockname(l, (void *)&ss, &sl);
    port = ntohs(v6 ? ((struct sockaddr_in6 *)(void *)&ss)->sin6_port
                    : ((struct sockaddr_in *)(void *)&ss)->sin_port);
    fprintf(stderr, "port %ld\n", port);
    pthread_t t;
    for (long i = 0; i < threads; i++) {
        pthread_create(&t, NULL, server, &l);
        pthread_detach(t);
    }
    pthread_t cl[64];
    double t0 = now();
    for (long i = 0; i < threads; i++)
        pthread_create(&cl[i], NULL, client, (void *)i);
    for (long i = 0; i < threads; i++)
        pthread_join(cl[i], NULL);
    double dt = now() - t0;
    while (atomic_load(&served) < atomic_load(&made) && now() < deadline + 1)
        sched_yield(); // the server hears the last ends of file
    printf("{\"port\":%ld,\"seconds\":%.2f,\"connections\":%ld,\"failed\":%ld,"
           "\"served\":%ld,\"per_second\":%.0f,\"least_packets\":%ld}\n",
           port, dt, (long)made, (long)failed, (long)served, (double)made / dt,
           (long)made * (use_rst ? 4 : 6));
    return 0;
}
