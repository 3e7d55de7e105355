/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Lines of a trace file, through zstd where the file is compressed; never all of it at once. */
#include <doorbell/trace.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "message.h"

enum { INPUT_SIZE = 1 << 17 };

struct dbell_reader {
    FILE *file;
    ZSTD_DStream *zstd; /* NULL: plain */
    bool frame_open;    /* more of a compressed frame must follow */
    bool input_ended;
    uint8_t input[INPUT_SIZE];
    ZSTD_inBuffer in;
    char *text; /* [start, end) is decoded and not yet handed out */
    size_t start, end, capacity;
};

static bool fill_input(struct dbell_reader *r)
{
    if (r->in.pos < r->in.size)
        return true;
    r->in = (ZSTD_inBuffer){.src = r->input, .size = fread(r->input, 1, INPUT_SIZE, r->file)};
    if (!r->in.size)
        r->input_ended = true;
    return r->in.size != 0;
}

int dbell_reader_open(const char *path, struct dbell_reader **reader, struct dbell_message *message)
{
    static const uint8_t magic[4] = {0x28, 0xb5, 0x2f, 0xfd};
    struct dbell_reader *r = calloc(1, sizeof *r);
    *reader = r;
    if (!r)
        return dbell__fail(message, DBELL_E_MEMORY, "out of memory");
    r->capacity = 2 * (size_t)DBELL_TRACE_LINE_MAX + INPUT_SIZE;
    r->text = malloc(r->capacity);
    r->file = fopen(path, "rb");
    if (!r->file || !r->text) {
        int status = r->text ? dbell__fail(message, DBELL_E_IO, "cannot open: %s", strerror(errno))
                             : dbell__fail(message, DBELL_E_MEMORY, "out of memory");
        dbell_reader_close(r);
        *reader = NULL;
        return status;
    }
    if (fill_input(r) && r->in.size >= sizeof magic && !memcmp(r->input, magic, sizeof magic)) {
        r->zstd = ZSTD_createDStream();
        if (!r->zstd) {
            dbell_reader_close(r);
            *reader = NULL;
            return dbell__fail(message, DBELL_E_MEMORY, "out of memory");
        }
    }
    return DBELL_OK;
}

void dbell_reader_close(struct dbell_reader *r)
{
    if (!r)
        return;
    if (r->file)
        fclose(r->file);
    ZSTD_freeDStream(r->zstd);
    free(r->text);
    free(r);
}

/* More decoded text behind `end`. 1: some; 0: the file has ended; negative: an error. */
static int decode_more(struct dbell_reader *r, struct dbell_message *message)
{
    if (r->start) {
        memmove(r->text, r->text + r->start, r->end - r->start);
        r->end -= r->start;
        r->start = 0;
    }
    for (;;) {
        if (!fill_input(r)) {
            if (ferror(r->file))
                return dbell__fail(message, DBELL_E_IO, "it cannot be read (a folder?)");
            if (r->frame_open)
                return dbell__fail(message, DBELL_E_FORMAT, "the compressed stream is truncated");
            return 0;
        }
        size_t room = r->capacity - r->end;
        size_t got;
        if (r->zstd) {
            ZSTD_outBuffer out = {.dst = r->text + r->end, .size = room};
            size_t hint = ZSTD_decompressStream(r->zstd, &out, &r->in);
            if (ZSTD_isError(hint))
                return dbell__fail(message, DBELL_E_FORMAT, "the compressed stream is damaged: %s",
                                   ZSTD_getErrorName(hint));
            r->frame_open = hint != 0;
            got = out.pos;
        } else {
            got = r->in.size - r->in.pos < room ? r->in.size - r->in.pos : room;
            memcpy(r->text + r->end, r->input + r->in.pos, got);
            r->in.pos += got;
        }
        r->end += got;
        if (got)
            return 1;
    }
}

int dbell_reader_next(struct dbell_reader *r, const char **line, size_t *size,
                      struct dbell_message *message)
{
    size_t searched = 0;
    for (;;) {
        size_t length = r->end - r->start;
        char *from = r->text + r->start;
        char *newline = length > searched ? memchr(from + searched, '\n', length - searched) : NULL;
        if (newline) {
            *line = from;
            *size = (size_t)(newline - from);
            r->start += *size + 1;
            if (*size > DBELL_TRACE_LINE_MAX)
                return dbell__fail(message, DBELL_E_FORMAT, "the line is longer than 1 MiB");
            return 1;
        }
        if (length > DBELL_TRACE_LINE_MAX)
            return dbell__fail(message, DBELL_E_FORMAT, "the line is longer than 1 MiB");
        searched = length;
        int more = decode_more(r, message);
        if (more < 0)
            return more;
        if (!more) {
            if (!length)
                return 0;
            *line = r->text + r->start; /* a last line without newline */
            *size = length;
            r->start = r->end;
            return 1;
        }
    }
}
