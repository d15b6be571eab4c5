/* Processes without end: each starts another, in a session of its own, and
 * lives on; at most so many at once.
 *
 *     forks_on MOST
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
    int *count = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (argc < 2 || count == MAP_FAILED)
        return 2;
    int most = atoi(argv[1]);
    while (__atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST) < most)
        if (fork() == 0)
            setsid();
    for (;;)
        pause();
}
