/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Every conformance trace is a test of its own, named after its file; so are those of attributes
 * of reads and of kvm-unit-tests, the captures and the traces by hand. What does not hold yet stands in
 * expected_failures.txt. */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbell_test.h"
#include "replay_support.h"

struct trace {
    char name[128];
    char path[400];    /* from the traces folder */
    uint64_t fails_at; /* 0: it holds */
};

static void hold(const void *argument)
{
    const struct trace *trace = argument;
    char path[4096];
    struct test_replay t;
    snprintf(path, sizeof path, "%s/%s", TRACES_DIR, trace->path);
    REQUIRE(test_replay_open(&t, path));
    int status = test_replay_file(&t, path);
    const struct dbell_replay_result *result = dbell_replay_results(t.replay);
    if (status && status != DBELL_E_UNSUPPORTED)
        dbell_test_fail(trace->path, 0, t.message.text);
    if (!trace->fails_at && result->first_failed)
        dbell_test_fail(trace->path, (int)result->first_failed, t.first);
    if (trace->fails_at)
        CHECK_EQ(result->first_failed, trace->fails_at);
    test_replay_close(&t);
}

/* The line at which the list says that a trace fails first, 0 if it is not there. */
static uint64_t listed(const char *path)
{
    char line[512], name[256];
    unsigned long long at;
    FILE *file = fopen(EXPECTED_FAILURES, "r");
    uint64_t found = 0;
    while (file && fgets(line, sizeof line, file))
        if (line[0] != '#' && sscanf(line, "%255s %llu", name, &at) == 2 && !strcmp(name, path))
            found = at;
    if (file)
        fclose(file);
    return found;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && !strcmp(text + n - m, end);
}

enum { TRACES_MAX = 512 };

static void add(const char *suite, const char *folder, const char *file)
{
    static struct trace traces[TRACES_MAX];
    static unsigned count;
    if (count == TRACES_MAX)
        abort();
    struct trace *trace = &traces[count++];
    if (snprintf(trace->path, sizeof trace->path, "%s%s%s", folder, *folder ? "/" : "", file) >=
        (int)sizeof trace->path)
        abort();
    trace->fails_at = !strncmp(trace->path, "conformance/", 12) ? listed(trace->path + 12) : 0;
    for (size_t i = 0; file[i] && file[i] != '.' && i + 1 < sizeof trace->name; i++)
        trace->name[i] = isalnum((unsigned char)file[i]) ? file[i] : '_';
    const struct dbell_test test = {suite, trace->name, trace->path, 1, hold, trace};
    dbell_test_register(&test);
}

static void add_folder(const char *suite, const char *folder)
{
    char path[512];
    struct dirent **entries;
    snprintf(path, sizeof path, "%s/%s", TRACES_DIR, folder);
    int n = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (ends_with(entries[i]->d_name, ".trace") || ends_with(entries[i]->d_name, ".trace.zst"))
            add(suite, folder, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

void dbell_test_discover(void)
{
    add_folder("conformance_smmu", "conformance/smmu");
    add_folder("conformance_its", "conformance/its");
    add_folder("conformance_e2e", "conformance/e2e");
    add_folder("attributes", "attributes");
    add_folder("reads", "reads");
    add_folder("kvm_unit_tests", "kvm-unit-tests");
    add_folder("isolation", "isolation");
    add_folder("virtual", "virtual");
    add_folder("linux", "linux");
    add_folder("hand", "");
}
