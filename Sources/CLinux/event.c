// epoll and timerfd without their unions, packed structs and macros.
#define _GNU_SOURCE
#include "CLinux.h"
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/timerfd.h>

int linux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int linux_epoll_add(int epoll, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data = {.u64 = token}};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int linux_epoll_change(int epoll, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data = {.u64 = token}};
    return epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
}

int linux_epoll_remove(int epoll, int fd) { return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, 0); }

int linux_epoll_wait(int epoll, linux_ready *ready, int capacity, int milliseconds) {
    struct epoll_event events[64];
    int count = epoll_wait(epoll, events, capacity < 64 ? capacity : 64, milliseconds);
    for (int i = 0; i < count; i++) {
        ready[i].token = events[i].data.u64;
        ready[i].events = events[i].events;
    }
    return count;
}

uint32_t linux_epollin(void) { return EPOLLIN; }
uint32_t linux_epollout(void) { return EPOLLOUT; }
uint32_t linux_epollhup(void) { return EPOLLHUP; }
uint32_t linux_epollerr(void) { return EPOLLERR; }

int linux_timer_create(void) { return timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK); }

int linux_timer_set(int timer, int64_t nanoseconds) {
    struct itimerspec when = {{0, 0}, {nanoseconds / 1000000000, nanoseconds % 1000000000}};
    return timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, 0);
}

int64_t linux_boottime(void) {
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t linux_monotonic(void) {
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t linux_realtime(void) {
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int linux_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

void linux_calendar_of(int64_t seconds, linux_calendar *calendar) {
    time_t when = (time_t)seconds;
    struct tm parts;
    memset(calendar, 0, sizeof *calendar);
    if (localtime_r(&when, &parts) == 0) return;
    calendar->year = parts.tm_year + 1900;
    calendar->month = parts.tm_mon + 1;
    calendar->day = parts.tm_mday;
    calendar->hour = parts.tm_hour;
    calendar->minute = parts.tm_min;
    calendar->second = parts.tm_sec;
}
