#define _GNU_SOURCE
#include "CLinuxSocket.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <nss.h>
#endif

int linux_inet_connect(const char *host, uint16_t port, int *unresolved) {
    *unresolved = 0;
#ifdef __GLIBC__
    // A static executable must not load the modules that nsswitch.conf may name; these two are part of glibc itself.
    __nss_configure_lookup("hosts", "files dns");
#endif
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = 0;
    char service[8];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    *unresolved = getaddrinfo(host, service, &hints, &found);
    if (*unresolved) {
        if (*unresolved != EAI_SYSTEM) errno = EHOSTUNREACH;
        return -1;
    }
    int error = EHOSTUNREACH;
    for (struct addrinfo *one = found; one; one = one->ai_next) {
        int fd = socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
        if (fd >= 0 && connect(fd, one->ai_addr, one->ai_addrlen) == 0) {
            freeaddrinfo(found);
            return fd;
        }
        // ECONNREFUSED says more than that this machine has no such network.
        if (error != ECONNREFUSED) error = errno;
        if (fd >= 0) close(fd);
    }
    freeaddrinfo(found);
    errno = error;
    return -1;
}

const char *linux_unresolved_text(int code) { return gai_strerror(code); }

int linux_loopback_connect(uint16_t port) {
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&four, sizeof four) == 0) return fd;
    int error = errno;
    if (fd >= 0) close(fd);
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    six.sin6_addr.s6_addr[15] = 1;
    fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&six, sizeof six) == 0) return fd;
    if (fd >= 0) close(fd);
    errno = error;
    return -1;
}
