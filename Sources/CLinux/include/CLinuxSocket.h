// Unix sockets: addresses, ancillary data and peer credentials, which need C's macros and _GNU_SOURCE.
#ifndef REEVE_CLINUX_SOCKET_H
#define REEVE_CLINUX_SOCKET_H

#include <stdint.h>
#include <sys/types.h>

/// A new AF_UNIX socket, close-on-exec; SOCK_STREAM when `stream`, else SOCK_SEQPACKET; O_NONBLOCK when `nonblocking`.
int linux_unix_socket(int stream, int nonblocking);
/// bind(2) and connect(2) to a path; ENAMETOOLONG when it does not fit into sun_path.
int linux_unix_bind(int socket, const char *path);
int linux_unix_connect(int socket, const char *path);
/// A datagram socket connected to a path, or to an abstract name behind `@`; close-on-exec and non-blocking.
int linux_datagram_connect(const char *path);
/// How long connect and send may block, in milliseconds; 0 is without a limit.
int linux_send_timeout(int socket, int milliseconds);
/// Two connected SOCK_SEQPACKET sockets, close-on-exec; the first one is O_NONBLOCK.
int linux_socket_pair(int ends[2]);
/// accept4 with close-on-exec and O_NONBLOCK.
int linux_accept(int socket);
/// Sends one packet, with `descriptor` beside it unless that is -1; never raises SIGPIPE.
ssize_t linux_send_packet(int socket, const void *bytes, size_t count, int descriptor);
/// Receives one packet. `*descriptor` is the first one that came with it (close-on-exec) or -1; others are closed. `*truncated` is 1 if the
/// packet was longer than `count`.
ssize_t linux_receive_packet(int socket, void *buffer, size_t count, int *descriptor, int *truncated);
/// SO_PEERCRED: the process that connected (or listened), as recorded by the kernel.
int linux_peer(int socket, pid_t *pid, uid_t *uid, gid_t *gid);
/// Random bits for an unguessable name; -1 and errno if there are none.
int linux_random(uint64_t *bits);
/// Device and inode of a directory entry itself (no symbolic link followed); `*is_replaceable` is 1 for a socket and for an empty file.
int linux_entry(const char *path, uint64_t *device, uint64_t *inode, uint32_t *mode, int *is_replaceable);
/// lchown(2) and chmod(2) of an entry; -1 for an owner that should stay.
int linux_entry_owner(const char *path, uid_t uid, gid_t gid);
int linux_entry_mode(const char *path, unsigned mode);
/// fchmod(2) before bind(2) decides the mode that the name is created with.
int linux_socket_mode(int socket, unsigned mode);
/// 1 for an IPv4 or IPv6 address written as a number, the latter also in brackets.
int linux_is_inet_address(const char *text);
/// A TCP socket that listens there, blocking and close-on-exec.
int linux_inet_listen(const char *text, uint16_t port, int backlog);
/// A TCP connection to a host by name or number, blocking and close-on-exec. When the name can't be resolved, `*unresolved`
/// is getaddrinfo's code and `linux_unresolved_text` explains it.
int linux_inet_connect(const char *host, uint16_t port, int *unresolved);
/// The same for an address written as a number; no code that looks names up is linked.
int linux_address_connect(const char *text, uint16_t port);
/// A connection to 127.0.0.1, else to ::1, without name lookup. errno is the former's.
int linux_loopback_connect(uint16_t port);
const char *linux_unresolved_text(int code);
/// O_PATH on a directory: enough to name its entries.
int linux_open_directory(const char *path);

#endif
