/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A system in C: RAM, SMMUs, ITSes, redistributors and requesters, wired as a platform says, every
 * unit stepped to rest on demand. */
#ifndef DOORBELL_MACHINE_H
#define DOORBELL_MACHINE_H

#include <doorbell/platform.h>
#include <doorbell/system.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dbell_machine;
struct dbell_root;

/* The platform has been checked; it is copied. Memory comes from malloc.
 * DBELL_E_MEMORY, DBELL_E_RANGE with a text. */
int dbell_machine_create(const struct dbell_platform *platform, struct dbell_machine **machine,
                         struct dbell_message *message);
void dbell_machine_destroy(struct dbell_machine *machine);

/* The machine as a system under test; valid as long as the machine. */
struct dbell_system dbell_machine_system(struct dbell_machine *machine);

/* A bus master's view of the machine's physical address space. */
struct dbell_bus dbell_machine_bus(struct dbell_machine *machine);

struct dbell_smmu *dbell_machine_smmu(struct dbell_machine *machine, size_t index);
struct dbell_its *dbell_machine_its(struct dbell_machine *machine, size_t index);
struct dbell_gic *dbell_machine_gic(struct dbell_machine *machine);

/* The Root Complex: its agents are the machine's SMMUs, in their order, or identity without one;
 * its maps are the platform's. Bridges and functions are for the caller to add (root.h); they are
 * stepped with the machine. */
struct dbell_root *dbell_machine_root(struct dbell_machine *machine);

/* Bytes of host memory: pages of RAM that have been written, and the state blocks of the parts. */
struct dbell_memory {
    uint64_t ram, states;
};
struct dbell_memory dbell_machine_memory(const struct dbell_machine *machine);
const struct dbell_platform *dbell_machine_platform(const struct dbell_machine *machine);

/* Moves the state of every part to fresh memory, overwrites the old with 0xa5, and connects the
 * parts again. For tests and for migration. DBELL_E_MEMORY. */
int dbell_machine_relocate(struct dbell_machine *machine);

#ifdef __cplusplus
}
#endif
#endif
