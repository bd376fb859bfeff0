#pragma once
#include <sys/prctl.h>

// `prctl` takes any number of arguments, which Swift does not call.

/// Lets the kernel send a signal to this process when the thread that started it ends; -1 and `errno` if it will not.
static inline int atelier_set_parent_death_signal(int signal) {
    return prctl(PR_SET_PDEATHSIG, (unsigned long)signal, 0UL, 0UL, 0UL);
}
