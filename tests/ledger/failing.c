/* Lets calls of the C library fail below one folder, as a file system does. Loaded with LD_PRELOAD by tests/ledger/disk.rs.
 *
 * FAULTY_DIR/plan holds one line, "generation call nth errno stays": from the nth call of that kind on (from 0) in a folder named
 * ledger below FAULTY_DIR, one call or (stays) every call answers with this error. A new generation counts from 0 again. When
 * one has failed, FAULTY_DIR/failed is there. Kinds: write, fdatasync, fsync, fsync-dir, rename, ftruncate. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name, ...) ((int (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

static int stays;

/* The error that this call is to answer with; 0: none. */
static int planned(const char *call, const char *path) {
    static long counted_for = -1, count;
    const char *dir = getenv("FAULTY_DIR");
    char name[PATH_MAX], text[128] = "", kind[16];
    long generation, nth;
    int error;
    if (!dir || strncmp(path, dir, strlen(dir)) || !strstr(path, "/ledger")) return 0;
    snprintf(name, sizeof name, "%s/plan", dir);
    int plan = open(name, O_RDONLY);
    if (plan < 0) return 0;
    ssize_t length = read(plan, text, sizeof text - 1);
    close(plan);
    if (length <= 0 || sscanf(text, "%ld %15s %ld %d %d", &generation, kind, &nth, &error, &stays) != 5) return 0;
    if (strcmp(kind, call)) return 0;
    if (generation != counted_for) counted_for = generation, count = 0;
    long this = count++;
    if (this < nth || (this > nth && !stays)) return 0;
    snprintf(name, sizeof name, "%s/failed", dir);
    close(open(name, O_WRONLY | O_CREAT, 0600));
    return error;
}

static int planned_for(const char *call, int file) {
    char link[64], path[PATH_MAX] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    return readlink(link, path, sizeof path - 1) < 0 ? 0 : planned(call, path);
}

static int fail(int error) {
    errno = error;
    return -1;
}

int fdatasync(int file) {
    int error = planned_for("fdatasync", file);
    return error ? fail(error) : REAL("fdatasync", int)(file);
}

int fsync(int file) {
    struct stat about;
    int is_dir = !fstat(file, &about) && S_ISDIR(about.st_mode);
    int error = planned_for(is_dir ? "fsync-dir" : "fsync", file);
    return error ? fail(error) : REAL("fsync", int)(file);
}

ssize_t write(int file, const void *bytes, size_t length) {
    ssize_t (*real)(int, const void *, size_t) = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    static int was_short;
    int error = planned_for("write", file);
    if (!error) return was_short = 0, real(file, bytes, length);
    /* A disk that fills up takes the first half. */
    if (stays && length > 1 && !was_short) return was_short = 1, real(file, bytes, length / 2);
    return fail(error);
}

int ftruncate64(int file, off64_t length) {
    int error = planned_for("ftruncate", file);
    return error ? fail(error) : REAL("ftruncate64", int, off64_t)(file, length);
}

int rename(const char *from, const char *to) {
    int error = planned("rename", to);
    return error ? fail(error) : REAL("rename", const char *, const char *)(from, to);
}
