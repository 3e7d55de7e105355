/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Runs a harness over files, without libFuzzer: what fuzzing found stays found. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LARGEST = 1 << 22 };

int main(int argc, char **argv)
{
    uint8_t *data = malloc(LARGEST);
    int unread = argc < 2 || !data;
    for (int i = 1; i < argc && data; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file) {
            perror(argv[i]);
            unread = 1;
            continue;
        }
        size_t size = fread(data, 1, LARGEST, file);
        fclose(file);
        /* A copy of exactly this size, so that a sanitizer sees what is read past its end. */
        uint8_t *exact = malloc(size ? size : 1);
        if (!exact)
            return 3;
        for (size_t b = 0; b < size; b++)
            exact[b] = data[b];
        LLVMFuzzerTestOneInput(exact, size);
        free(exact);
    }
    free(data);
    printf("%d files\n", argc - 1);
    return unread;
}
