/* unwind: libdwfl, a process at a time. */
#include "unwind.h"

#ifdef HAVE_LIBDW

#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PROCESSES = 64, // the oldest give way
    FRAMES = 12,    // looked at from the innermost on
    KNOWN = 64,     // places of calls that a process is remembered by
};

/*
 * Most wrappers of libc have no frame: the return address stands on top of the
 * stack, and says alone where the call is made. Unwinding shows which do.
 */
struct known {
    uint64_t pc, returns_to; // in libc, in the program
    struct source_line where;
};

struct process {
    pid_t pid; // 0: a free place
    Dwfl *dwfl;
    Dwfl_Module *program; // not a library; NULL: without lines
    struct known known[KNOWN];
    unsigned next_known;
};

static struct process processes[PROCESSES];
static int next_process;

static void
forget(struct process *process)
{
    if (process->dwfl)
        dwfl_end(process->dwfl);
    *process = (struct process){ 0 };
}

/* The program itself is the first that is mapped. */
static int
take_module(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base,
            void *context)
{
    struct process *process = context;
    Dwarf_Addr bias;
    (void)user, (void)name, (void)base;
    if (dwfl_module_getdwarf(module, &bias))
        process->program = module;
    return DWARF_CB_ABORT;
}

/* Never ask a server of the net for what is not here. */
static int
no_other_files(Dwfl_Module *module, void **user, const char *name,
               Dwarf_Addr base, const char *file, const char *link,
               GElf_Word crc, char **found)
{
    (void)module, (void)user, (void)name, (void)base, (void)file;
    (void)link, (void)crc, (void)found;
    return -1;
}

static void
attach(struct process *process, pid_t pid)
{
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_linux_proc_find_elf,
        .find_debuginfo = no_other_files,
    };
    *process = (struct process){ .pid = pid, .dwfl = dwfl_begin(&callbacks) };
    if (!process->dwfl || dwfl_linux_proc_report(process->dwfl, pid) != 0 ||
        dwfl_report_end(process->dwfl, NULL, NULL) != 0)
        return;
    dwfl_getmodules(process->dwfl, take_module, process, 0);
    if (process->program &&
        dwfl_linux_proc_attach(process->dwfl, pid, true) != 0)
        process->program = NULL;
}

static struct process *
process_of(pid_t pid)
{
    for (int i = 0; i < PROCESSES; i++)
        if (processes[i].pid == pid)
            return &processes[i];
    struct process *process = &processes[next_process++ % PROCESSES];
    forget(process);
    attach(process, pid);
    return process;
}

struct search {
    const struct process *process;
    struct source_line *where;
    int frames;
    uint64_t second; // the second frame's return address
    bool found;
};

static int
take_frame(Dwfl_Frame *frame, void *context)
{
    struct search *search = context;
    Dwarf_Addr pc;
    bool is_activation;
    int line;
    if (++search->frames > FRAMES || !dwfl_frame_pc(frame, &pc, &is_activation))
        return DWARF_CB_ABORT;
    if (search->frames == 2)
        search->second = pc;
    if (!is_activation)
        pc--; // a return address: the call stands before it
    Dwfl_Module *module = dwfl_addrmodule(search->process->dwfl, pc);
    Dwfl_Line *source = module == search->process->program
                            ? dwfl_module_getsrc(module, pc)
                            : NULL;
    const char *file =
        source ? dwfl_lineinfo(source, NULL, &line, NULL, NULL, NULL) : NULL;
    if (!file)
        return DWARF_CB_OK;
    const char *name = strrchr(file, '/');
    snprintf(search->where->file, sizeof search->where->file, "%s",
             name ? name + 1 : file);
    search->where->line = (uint32_t)line;
    search->found = true;
    return DWARF_CB_ABORT;
}

static const struct source_line *
find_known(const struct process *process, uint64_t pc, uint64_t returns_to)
{
    for (int i = 0; i < KNOWN; i++)
        if (process->known[i].pc == pc &&
            process->known[i].returns_to == returns_to)
            return &process->known[i].where;
    return NULL;
}

/* The call stands in the second frame, whose return address is `top`. */
static void
remember(struct process *process, const struct thread *thread, uint64_t top,
         const struct search *search)
{
    if (search->found && search->frames == 2 && search->second == top)
        process->known[process->next_known++ % KNOWN] =
            (struct known){ thread->pc, top, *search->where };
}

bool
unwind_source(const struct thread *thread, struct source_line *where)
{
    struct process *process = process_of(thread->pid);
    struct search search = { process, where, 0, 0, false };
    uint64_t top = 0;
    if (!process->program)
        return false;
    tracee_memory(thread, thread->sp, &top, sizeof top);
    const struct source_line *known = find_known(process, thread->pc, top);
    if (known) {
        *where = *known;
        return true;
    }
    dwfl_getthread_frames(process->dwfl, thread->tid, take_frame, &search);
    remember(process, thread, top, &search);
    return search.found;
}

void
unwind_forget(const struct thread *thread)
{
    for (int i = 0; i < PROCESSES; i++)
        if (processes[i].pid == thread->pid && thread->tid == thread->pid)
            forget(&processes[i]);
}

#else

bool
unwind_source(const struct thread *thread, struct source_line *where)
{
    (void)thread, (void)where;
    return false;
}

void
unwind_forget(const struct thread *thread)
{
    (void)thread;
}

#endif
