/* null-libpcap: the floor for any libpcap reader - open, dispatch, count. */
#include <pcap/pcap.h>
#include <stdio.h>
static unsigned long n, b;

static void
cb(u_char *u, const struct pcap_pkthdr *h, const u_char *p)
{
    (void)u;
    n++;
    b += h->caplen + (unsigned long)(p[0] & 0);
}

int
main(int argc, char **argv)
{
    char e[PCAP_ERRBUF_SIZE];
    if (argc != 2)
        return 2;
    pcap_t *p = pcap_open_offline(argv[1], e);
    if (!p) {
        fprintf(stderr, "%s\n", e);
        return 1;
    }
    int r;
    while ((r = pcap_dispatch(p, 10000, cb, NULL)) > 0) {
    }
    printf("%lu packets %lu bytes\n", n, b);
    pcap_close(p);
    return r < 0;
}
