/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* From the platform lines of a trace to a platform. */
#ifndef DOORBELL_MACHINE_PLATFORM_LINES_H
#define DOORBELL_MACHINE_PLATFORM_LINES_H

#include <doorbell/trace.h>

/* One line; `directory` is where files are relative to. DBELL_E_UNSUPPORTED: the model cannot. */
int dbell__platform_line(struct dbell_platform *platform, const char *directory,
                         const struct dbell_record *record, struct dbell_message *message);
/* After the last one: what depends on several lines, and the checks. */
int dbell__platform_finish(struct dbell_platform *platform, struct dbell_message *message);

#endif
