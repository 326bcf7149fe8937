#pragma once
// System interfaces that Swift cannot import as they stand: GNU functions, macros, variadic functions, unions.
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

/// `memmem(3)`: the first place of `needle` in `haystack`, or null. Linear in the sum of both lengths.
const void *clinux_memmem(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length);

/// A socket's address without the `sockaddr` casts: 4 or 16 bytes in network order, the port in host order.
typedef struct {
  int is_ipv6;
  uint8_t bytes[16];
  uint16_t port;
  uint32_t scope;
} clinux_address;

/// `bind(2)` and `connect(2)`.
int clinux_bind(int descriptor, const clinux_address *address);
int clinux_connect(int descriptor, const clinux_address *address);

/// `getsockname(2)` of an IPv4 or IPv6 socket.
int clinux_local_address(int descriptor, clinux_address *address);

/// `accept4(2)`: the new descriptor does not block and is closed on exec.
int clinux_accept(int descriptor);

/// `epoll_ctl(2)` with a 64-bit token as the event's data, and the token of an event.
int clinux_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t token);
uint64_t clinux_epoll_token(const struct epoll_event *event);

/// Starts a thread on which every signal is blocked, so that signals go to the main thread and writing to a closed socket
/// raises none. Returns 0 or an error number.
int clinux_start_thread(unsigned long *thread, void (*body)(void *), void *argument);

/// Waits for the thread's end. Returns 0 or an error number.
int clinux_join_thread(unsigned long thread);

/// Lets a thread go that nobody will wait for.
void clinux_detach_thread(unsigned long thread);

/// Names the calling thread, at most 15 bytes.
void clinux_name_thread(const char *name);

/// Has the kernel note when data arrives (`SO_TIMESTAMPNS`): on a socket, and on those that a listening one accepts.
void clinux_note_arrivals(int descriptor);

/// Nanoseconds since the first of the bytes that wait to be read arrived, by the clock that dates are told by; 0 where that was set back
/// meanwhile, -1 where nothing waits or no time was noted. The kernel may have joined what followed within some 100 KB to it: then
/// since the last of that.
int64_t clinux_nanoseconds_since_arrival(int descriptor);

/// Lets the process open as many descriptors as it may (`RLIMIT_NOFILE`). Returns how many that are.
size_t clinux_raise_descriptor_limit(void);

/// Has large blocks come from the system and go back to it at once, instead of the size growing with what was freed. To be called
/// once, before memory is used.
void clinux_configure_memory(void);

/// Gives memory that is free back to the system. Takes some milliseconds for each hundred megabytes.
void clinux_release_memory(void);
