#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

const void *clinux_memmem(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length) {
  return memmem(haystack, haystack_length, needle, needle_length);
}

static socklen_t socket_address(const clinux_address *address, struct sockaddr_storage *storage) {
  memset(storage, 0, sizeof *storage);
  if (address->is_ipv6) {
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)storage;
    six->sin6_family = AF_INET6;
    memcpy(&six->sin6_addr, address->bytes, 16);
    six->sin6_port = htons(address->port);
    six->sin6_scope_id = address->scope;
    return sizeof *six;
  }
  struct sockaddr_in *four = (struct sockaddr_in *)storage;
  four->sin_family = AF_INET;
  memcpy(&four->sin_addr, address->bytes, 4);
  four->sin_port = htons(address->port);
  return sizeof *four;
}

int clinux_bind(int descriptor, const clinux_address *address) {
  struct sockaddr_storage storage;
  socklen_t length = socket_address(address, &storage);
  return bind(descriptor, (struct sockaddr *)&storage, length);
}

int clinux_connect(int descriptor, const clinux_address *address) {
  struct sockaddr_storage storage;
  socklen_t length = socket_address(address, &storage);
  return connect(descriptor, (struct sockaddr *)&storage, length);
}

int clinux_local_address(int descriptor, clinux_address *address) {
  struct sockaddr_storage storage;
  socklen_t length = sizeof storage;
  if (getsockname(descriptor, (struct sockaddr *)&storage, &length) != 0) return -1;
  memset(address, 0, sizeof *address);
  if (storage.ss_family == AF_INET6) {
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&storage;
    address->is_ipv6 = 1;
    memcpy(address->bytes, &six->sin6_addr, 16);
    address->port = ntohs(six->sin6_port);
    address->scope = six->sin6_scope_id;
  } else if (storage.ss_family == AF_INET) {
    const struct sockaddr_in *four = (const struct sockaddr_in *)&storage;
    memcpy(address->bytes, &four->sin_addr, 4);
    address->port = ntohs(four->sin_port);
  } else {
    errno = EAFNOSUPPORT;
    return -1;
  }
  return 0;
}

int clinux_accept(int descriptor) { return accept4(descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }

int clinux_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events, .data.u64 = token};
  return epoll_ctl(epoll, operation, descriptor, &event);
}

uint64_t clinux_epoll_token(const struct epoll_event *event) { return event->data.u64; }

struct thread_start {
  void (*body)(void *);
  void *argument;
};

static void *run_thread(void *start) {
  struct thread_start copy = *(struct thread_start *)start;
  free(start);
  copy.body(copy.argument);
  return NULL;
}

int clinux_start_thread(unsigned long *thread, void (*body)(void *), void *argument) {
  struct thread_start *start = malloc(sizeof *start);
  if (start == NULL) return ENOMEM;
  start->body = body;
  start->argument = argument;
  // The mask is inherited, so blocking around the creation leaves no moment in which the new thread takes a signal.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t created;
  int result = pthread_create(&created, NULL, run_thread, start);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (result != 0) {
    free(start);
    return result;
  }
  *thread = (unsigned long)created;
  return 0;
}

int clinux_join_thread(unsigned long thread) { return pthread_join((pthread_t)thread, NULL); }

void clinux_detach_thread(unsigned long thread) { pthread_detach((pthread_t)thread); }

void clinux_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

void clinux_note_arrivals(int descriptor) {
  int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

int64_t clinux_nanoseconds_since_arrival(int descriptor) {
  char byte;
  struct iovec vector = {.iov_base = &byte, .iov_len = 1};
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(struct timespec))];
  } control;
  struct msghdr message = {
      .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  if (recvmsg(descriptor, &message, MSG_PEEK | MSG_DONTWAIT) <= 0) return -1;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_TIMESTAMPNS) return -1;
  struct timespec arrived, now;
  memcpy(&arrived, CMSG_DATA(header), sizeof arrived);
  clock_gettime(CLOCK_REALTIME, &now);
  int64_t nanoseconds = (now.tv_sec - arrived.tv_sec) * 1000000000 + (now.tv_nsec - arrived.tv_nsec);
  return nanoseconds > 0 ? nanoseconds : 0;
}

size_t clinux_raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur < limit.rlim_max) {
    struct rlimit raised = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return limit.rlim_cur;
}

// Only glibc keeps what is freed: musl gives it back by itself.

void clinux_configure_memory(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 20);
#endif
}

void clinux_release_memory(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}
