/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What a call into Doorbell answers.
 *
 * Three things are kept apart:
 *  - misuse of the interface, or a limit of the model: a negative enum dbell_status;
 *  - what the architecture says of an access: an enum dbell_outcome in a result;
 *  - what a bus says of an access: an enum dbell_response (transaction.h). */
#ifndef DOORBELL_STATUS_H
#define DOORBELL_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

enum dbell_status {
    DBELL_OK = 0,
    DBELL_E_ARGUMENT = -1, /* an argument is missing or contradicts another */
    DBELL_E_RANGE = -2,    /* a number is outside of what the parameter allows */
    DBELL_E_SIZE = -3,     /* the caller's memory is too small or not aligned to 16 bytes */
    DBELL_E_STATE = -4,    /* not a state block of this kind and version */
    DBELL_E_BUSY = -5, /* the unit is inside a call-out, or has no slot left; step it, try again */
    DBELL_E_MEMORY = -6,      /* the caller's allocator gave nothing, or the limit is reached */
    DBELL_E_UNSUPPORTED = -7, /* the model does not implement what the access needs */
    DBELL_E_FORMAT = -8,      /* malformed input: a trace, a device tree, a compressed stream */
    DBELL_E_IO = -9,          /* a file cannot be opened or read, or memory refused */
    DBELL_E_OVERLAP = -10,    /* two parts of a platform claim the same addresses or IDs */
    DBELL_E_NOT_FOUND = -11   /* no such part, line or name */
};

/* How an access ended (returned by calls that make one; all are >= 0). */
enum dbell_outcome {
    DBELL_DONE = 0,   /* it went through */
    DBELL_FAULT = 1,  /* terminated: abort, or read-zero write-ignored */
    DBELL_PENDING = 2 /* it ends later, through the completion port, by its token */
};

/* What one step of a unit did. */
enum dbell_progress {
    DBELL_IDLE = 0,    /* nothing to do */
    DBELL_STEPPED = 1, /* one act was done whole */
    DBELL_NOT_YET = 2  /* work is there, but must wait for something older */
};

/* A short English text for a status; never NULL. */
const char *dbell_status_text(int status);

#ifdef __cplusplus
}
#endif
#endif
