/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/status.h>

const char *dbell_status_text(int status)
{
    switch (status) {
    case DBELL_OK:
        return "ok";
    case DBELL_E_ARGUMENT:
        return "bad argument";
    case DBELL_E_RANGE:
        return "value out of range";
    case DBELL_E_SIZE:
        return "memory too small or misaligned";
    case DBELL_E_STATE:
        return "not a state block of this kind and version";
    case DBELL_E_BUSY:
        return "busy";
    case DBELL_E_MEMORY:
        return "out of memory";
    case DBELL_E_UNSUPPORTED:
        return "not supported yet";
    case DBELL_E_FORMAT:
        return "malformed input";
    case DBELL_E_IO:
        return "cannot read";
    case DBELL_E_OVERLAP:
        return "overlap";
    case DBELL_E_NOT_FOUND:
        return "not found";
    default:
        return status < 0 ? "unknown error" : "ok";
    }
}
