/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "message.h"

#include <stdarg.h>
#include <stdio.h>

int dbell__fail(struct dbell_message *message, int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message->text, sizeof message->text, format, arguments);
    va_end(arguments);
    return status;
}
