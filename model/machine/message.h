/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef DOORBELL_MACHINE_MESSAGE_H
#define DOORBELL_MACHINE_MESSAGE_H

#include <doorbell/platform.h>

#if defined(__GNUC__)
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#else
#define PRINTF_LIKE(text, first)
#endif

/* Writes the text and answers `status`. */
int dbell__fail(struct dbell_message *message, int status, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
