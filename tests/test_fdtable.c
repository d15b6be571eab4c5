/* What is remembered of descriptors, and when it is not. */
#include "claim.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../src/stage/fdtable.h"

static struct thread
thread_of(pid_t pid, pid_t tid)
{
    return (struct thread){ .pid = pid, .tid = tid, .closing = -1 };
}

static void
call(struct fdtable *table, struct thread *thread, long number, int first,
     int second)
{
    thread->number = number;
    thread->arguments[0] = (uint64_t)first;
    thread->arguments[1] = (uint64_t)second;
    fdtable_stop(table, thread);
    fdtable_call(table, thread);
}

static bool
knows(const struct fdtable *table, const struct thread *thread, int fd,
      uint64_t inode)
{
    uint64_t found;
    return fdtable_find(table, thread, fd, &found) && found == inode;
}

static void
a_number_is_what_it_was_said_to_be(void **state)
{
    (void)state;
    static struct fdtable table;
    struct thread one = thread_of(10, 10), other = thread_of(11, 11);
    assert_false(knows(&table, &one, 3, 0));
    fdtable_know(&table, &one, 3, 77);
    fdtable_know(&table, &one, 4, 0);
    fdtable_know(&table, &other, 3, 99);
    assert_true(knows(&table, &one, 3, 77));
    assert_true(knows(&table, &one, 4, 0));
    assert_true(knows(&table, &other, 3, 99));
    fdtable_forget(&table, 10);
    assert_false(knows(&table, &one, 3, 77));
    assert_false(knows(&table, &one, 4, 0));
    assert_true(knows(&table, &other, 3, 99));
}

static void
numbers_that_share_a_slot_are_not_mixed_up(void **state)
{
    (void)state;
    static struct fdtable table;
    struct thread one = thread_of(10, 10);
    fdtable_know(&table, &one, 3, 77);
    assert_false(knows(&table, &one, 3 + FDTABLE_SLOTS, 77));
    fdtable_know(&table, &one, 3 + FDTABLE_SLOTS, 88);
    assert_false(knows(&table, &one, 3, 77));
    assert_true(knows(&table, &one, 3 + FDTABLE_SLOTS, 88));
    fdtable_know(&table, &one, -1, 88);
    assert_false(knows(&table, &one, -1, 88));
}

/* It may still be open, or something else already. */
static void
assert_doubted(long number, int first, int second, int fd)
{
    struct fdtable table = { 0 };
    struct thread closer = thread_of(10, 10), other = thread_of(10, 12);
    fdtable_know(&table, &closer, fd, 77);
    call(&table, &closer, number, first, second);
    assert_false(knows(&table, &other, fd, 77));
    fdtable_know(&table, &other, fd, 77);
    assert_false(knows(&table, &other, fd, 77));
    call(&table, &other, SYS_read, fd, 0);
    fdtable_know(&table, &other, fd, 77);
    assert_false(knows(&table, &other, fd, 77));
    call(&table, &closer, SYS_read, fd, 0);
    fdtable_know(&table, &other, fd, 88);
    assert_true(knows(&table, &other, fd, 88));
}

static void
nothing_is_known_of_a_number_while_it_is_closed(void **state)
{
    (void)state;
    assert_doubted(SYS_close, 5, 0, 5);
    assert_doubted(SYS_dup3, 4, 5, 5);
    assert_doubted(SYS_close_range, 3, 9, 5);
#ifdef SYS_dup2
    assert_doubted(SYS_dup2, 4, 5, 5);
#endif
}

/* What it is then is what the thread finds, before it makes that call. */
static void
a_number_is_closed_when_its_thread_stops_again(void **state)
{
    (void)state;
    struct fdtable table = { 0 };
    struct thread one = thread_of(10, 10);
    call(&table, &one, SYS_close, 5, 0);
    fdtable_stop(&table, &one);
    fdtable_know(&table, &one, 5, 88);
    assert_true(knows(&table, &one, 5, 88));
    one.number = SYS_connect;
    fdtable_call(&table, &one);
    assert_true(knows(&table, &one, 5, 88));
}

static void
two_threads_may_close_the_same_number(void **state)
{
    (void)state;
    static struct fdtable table;
    struct thread one = thread_of(10, 10), other = thread_of(10, 12);
    call(&table, &one, SYS_close, 5, 0);
    call(&table, &other, SYS_close, 5, 0);
    call(&table, &one, SYS_read, 0, 0);
    fdtable_know(&table, &one, 5, 77);
    assert_false(knows(&table, &one, 5, 77));
    call(&table, &other, SYS_read, 0, 0);
    fdtable_know(&table, &one, 5, 77);
    assert_true(knows(&table, &one, 5, 77));
}

static void
assert_off(struct fdtable *table, const struct thread *thread)
{
    assert_false(knows(table, thread, 5, 77));
    fdtable_know(table, thread, 5, 77);
    assert_false(knows(table, thread, 5, 77));
}

static void
what_closes_unseen_ends_all_knowledge(void **state)
{
    (void)state;
    static struct fdtable uring, foreign;
    struct thread one = thread_of(10, 10), other = thread_of(10, 12);
    fdtable_know(&uring, &one, 5, 77);
    call(&uring, &one, SYS_io_uring_setup, 8, 0);
    call(&uring, &one, SYS_read, 0, 0);
    assert_off(&uring, &other);
    fdtable_know(&foreign, &other, 5, 77);
    other.is_foreign = true;
    call(&foreign, &other, 6, 5, 0);
    assert_off(&foreign, &one);
}

static int
wait_for_end(void *pipe)
{
    char octet;
    return (int)read(*(int *)pipe, &octet, 1);
}

/* Is what is known of a process still known after it made another, so? */
static bool
outlives_fork(int flags)
{
    static char stack[65536] __attribute__((aligned(16)));
    struct fdtable table = { 0 };
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    pid_t pid =
        clone(wait_for_end, stack + sizeof stack, flags | SIGCHLD, &pipes[0]);
    assert_true(pid > 0);
    struct thread parent = thread_of(getpid(), getpid());
    struct thread child = thread_of(pid, pid);
    fdtable_know(&table, &parent, 5, 77);
    fdtable_fork(&table, &parent, &child);
    bool known = knows(&table, &parent, 5, 77);
    assert_int_equal(write(pipes[1], "", 1), 1);
    waitpid(pid, NULL, 0);
    close(pipes[0]);
    close(pipes[1]);
    return known;
}

static void
processes_that_share_their_descriptors_are_not_believed(void **state)
{
    (void)state;
    assert_false(outlives_fork(CLONE_FILES));
    if (syscall(SYS_kcmp, getpid(), getpid(), 2, 0, 0) == 0)
        assert_true(outlives_fork(0));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_what_it_was_said_to_be),
        cmocka_unit_test(numbers_that_share_a_slot_are_not_mixed_up),
        cmocka_unit_test(nothing_is_known_of_a_number_while_it_is_closed),
        cmocka_unit_test(a_number_is_closed_when_its_thread_stops_again),
        cmocka_unit_test(two_threads_may_close_the_same_number),
        cmocka_unit_test(what_closes_unseen_ends_all_knowledge),
        cmocka_unit_test(
            processes_that_share_their_descriptors_are_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
