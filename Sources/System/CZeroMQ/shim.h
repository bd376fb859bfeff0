#pragma once
// libzmq's stable C interface. eventfd is here because the Glibc module does not export it.
#include <pthread.h>
#include <sys/eventfd.h>
#include <zmq.h>

// Declared by glibc only under _GNU_SOURCE, which the Glibc module is not built with.
extern int pthread_setname_np(pthread_t thread, const char *name);

// In the stable library since 4.3.0, though its header files it under drafts.
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif
