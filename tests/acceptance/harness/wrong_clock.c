/* Sets a process's wall clock wrong by what stands in a file, as settimeofday would for the whole machine: every
 * reader of it in the process sees it, Python and SQLite alike. Clocks that nobody can set are left alone.
 * Loaded by LD_PRELOAD; HARNESS_CLOCK names a file that holds one double, in seconds. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile const double *wrong;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("HARNESS_CLOCK");
    int file = path ? open(path, O_RDONLY) : -1;
    if (file < 0) return;
    void *mapped = mmap(0, sizeof(double), PROT_READ, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) wrong = mapped;
    close(file);
}

int clock_gettime(clockid_t which, struct timespec *at) {
    long answer = syscall(SYS_clock_gettime, which, at);
    if (!answer && wrong && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) at->tv_sec += (long)*wrong;
    return (int)answer;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now)) return -1;
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
