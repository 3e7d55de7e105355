/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* `doorbell replay --timed`: the C machine in modelled time, and what there is to say of it. */
#ifndef DOORBELL_TOOL_TIMED_ENGINE_H
#define DOORBELL_TOOL_TIMED_ENGINE_H

#include "tool.h"

/* The C machine, timed or not as the options say. */
struct replay_engine dbell__local_engine(void);

#endif
