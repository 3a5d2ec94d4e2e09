/*
 * Stands between a node's processes and the C library, so that a test can let its disk and its wall clock fail. Built by the torture
 * with gcc -shared -fPIC -O2, loaded with LD_PRELOAD.
 *
 * TORTURE_SHIM   a file of at least 64 bytes, mapped: the faults that hold now, struct faults below
 * TORTURE_DISK   the folder whose files they befall
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct faults {
    int64_t wall_ns;  /* added to the wall clock */
    int32_t sync_ms;  /* what each fsync takes besides */
    int32_t sync_error;
    int32_t write_error;
    int32_t open_error; /* of opening for writing, renaming, removing */
};

static volatile struct faults none;
static volatile struct faults *faults = &none;
static const char *disk = "";
static size_t disk_length;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("TORTURE_SHIM");
    const char *folder = getenv("TORTURE_DISK");
    if (!path || !folder) return;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    void *page = mmap(NULL, 64, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (page == MAP_FAILED) return;
    disk = strdup(folder);
    disk_length = strlen(disk);
    faults = page;
}

#define NEXT(name) ((__typeof__(&name))next(&next_##name, #name))
#define REAL(name) static void *next_##name;

static void *next(void **kept, const char *name) {
    if (!*kept) *kept = dlsym(RTLD_NEXT, name);
    return *kept;
}

static int on_disk(const char *path) { return disk_length && strncmp(path, disk, disk_length) == 0; }

static int fd_on_disk(int fd) {
    char link[32], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return on_disk(path);
}

static int fails(int error) {
    if (!error) return 0;
    errno = error;
    return 1;
}

#define FAIL_WRITE(fd) if (faults->write_error && fd_on_disk(fd) && fails(faults->write_error)) return -1

REAL(write)
ssize_t write(int fd, const void *data, size_t length) { FAIL_WRITE(fd); return NEXT(write)(fd, data, length); }
REAL(pwrite)
ssize_t pwrite(int fd, const void *data, size_t length, off_t at) { FAIL_WRITE(fd); return NEXT(pwrite)(fd, data, length, at); }
REAL(pwrite64)
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at) { FAIL_WRITE(fd); return NEXT(pwrite64)(fd, data, length, at); }
REAL(writev)
ssize_t writev(int fd, const struct iovec *parts, int count) { FAIL_WRITE(fd); return NEXT(writev)(fd, parts, count); }
REAL(ftruncate)
int ftruncate(int fd, off_t length) { FAIL_WRITE(fd); return NEXT(ftruncate)(fd, length); }
REAL(ftruncate64)
int ftruncate64(int fd, off64_t length) { FAIL_WRITE(fd); return NEXT(ftruncate64)(fd, length); }

static int sync_fails(int fd) {
    int ms = faults->sync_ms;
    if ((!ms && !faults->sync_error) || !fd_on_disk(fd)) return 0;
    if (ms) {
        struct timespec span = {ms / 1000, (ms % 1000) * 1000000L};
        nanosleep(&span, NULL);
    }
    return fails(faults->sync_error);
}

REAL(fsync)
int fsync(int fd) { return sync_fails(fd) ? -1 : NEXT(fsync)(fd); }
REAL(fdatasync)
int fdatasync(int fd) { return sync_fails(fd) ? -1 : NEXT(fdatasync)(fd); }

static int writes(int flags) { return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)); }

#define FAIL_OPEN(path, flags) if (faults->open_error && writes(flags) && on_disk(path) && fails(faults->open_error)) return -1
#define MODE(flags) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

REAL(open)
int open(const char *path, int flags, ...) { MODE(flags) FAIL_OPEN(path, flags); return NEXT(open)(path, flags, mode); }
REAL(open64)
int open64(const char *path, int flags, ...) { MODE(flags) FAIL_OPEN(path, flags); return NEXT(open64)(path, flags, mode); }
REAL(openat)
int openat(int at, const char *path, int flags, ...) { MODE(flags) FAIL_OPEN(path, flags); return NEXT(openat)(at, path, flags, mode); }
REAL(openat64)
int openat64(int at, const char *path, int flags, ...) { MODE(flags) FAIL_OPEN(path, flags); return NEXT(openat64)(at, path, flags, mode); }
REAL(rename)
int rename(const char *from, const char *to) { FAIL_OPEN(to, O_WRONLY); return NEXT(rename)(from, to); }
REAL(unlink)
int unlink(const char *path) { FAIL_OPEN(path, O_WRONLY); return NEXT(unlink)(path); }
REAL(mkdir)
int mkdir(const char *path, mode_t mode) { FAIL_OPEN(path, O_WRONLY); return NEXT(mkdir)(path, mode); }

static int64_t shifted(int64_t ns) { return ns + faults->wall_ns; }

REAL(clock_gettime)
int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = NEXT(clock_gettime)(clock, time);
    if (!result && faults->wall_ns && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t ns = shifted((int64_t)time->tv_sec * 1000000000 + time->tv_nsec);
        time->tv_sec = ns / 1000000000;
        time->tv_nsec = ns % 1000000000;
    }
    return result;
}
REAL(gettimeofday)
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int result = NEXT(gettimeofday)(now, zone);
    if (!result && faults->wall_ns) {
        int64_t ns = shifted((int64_t)now->tv_sec * 1000000000 + (int64_t)now->tv_usec * 1000);
        now->tv_sec = ns / 1000000000;
        now->tv_usec = ns % 1000000000 / 1000;
    }
    return result;
}
REAL(time)
time_t time(time_t *where) {
    time_t seconds = NEXT(time)(NULL);
    if (faults->wall_ns) seconds = shifted((int64_t)seconds * 1000000000) / 1000000000;
    if (where) *where = seconds;
    return seconds;
}
