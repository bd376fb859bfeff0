#pragma once
#include <fcntl.h>
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/prctl.h>

// `prctl` takes any number of arguments, which Swift does not call.

/// Lets the kernel send a signal to this process when the thread that started it ends; -1 and `errno` if it will not.
static inline int atelier_set_parent_death_signal(int signal) {
    return prctl(PR_SET_PDEATHSIG, (unsigned long)signal, 0UL, 0UL, 0UL);
}

/// Keeps freed memory for later, up to so many bytes at the end of a heap, and gives pieces up to `largest` from there.
///
/// By default a piece of 128 KiB or more comes fresh from the system and goes back at once; for the chunks of blobs that
/// takes as long as encrypting them.
static inline void atelier_keep_freed_memory(int bytes, int largest) {
    mallopt(M_MMAP_THRESHOLD, largest);
    mallopt(M_TRIM_THRESHOLD, bytes);
    mallopt(M_TOP_PAD, largest);
}

// Declared by glibc as `O_DIRECT` only under _GNU_SOURCE, which modules are not built with.

/// Lets what is written to a file go past the page cache, or through it again; -1 and `errno` if it cannot.
static inline int atelier_bypass_page_cache(int descriptor, int bypass) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0) return -1;
    return fcntl(descriptor, F_SETFL, bypass ? flags | __O_DIRECT : flags & ~__O_DIRECT);
}
