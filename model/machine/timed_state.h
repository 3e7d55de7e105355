/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A machine in modelled time: what is under way, and the function as the clockwork calls it. */
#ifndef MACHINE_TIMED_STATE_H
#define MACHINE_TIMED_STATE_H

#include <doorbell/parts.h>
#include <doorbell/timed.h>

#include "machine_private.h"

enum { AWAITED = 1024 };

/* An LPI that a message has made pending. */
struct awaited {
    bool used;
    uint32_t cpu, intid;
    uint64_t issued;
};

/* An access under way. */
struct timed_access {
    bool used, parked, message;
    bool given_up; /* who waited for it does not any more: it is not made */
    uint64_t user;
    struct dbell_dma dma;
    struct dbell_dma_result result;
    struct dbell_trail scratch; /* of transactions that are made of it */
    struct dbell_requester requester;
    int smmu; /* -1: none */
    uint32_t token;
    uint64_t issued;
    struct dbell_translation translation;
    struct dbell_ats_request request;
    bool requests; /* a Translation Request, not an access: */
    struct dbell_ats_completion completion;
    int status;
    struct dbell_access_times times;
    uint32_t room;
    uint8_t *data;
};

struct dbell_timed {
    struct dbell_machine *machine;
    struct dbell_system base;
    struct dbell_timed_options options;
    struct dbell_clockwork clockwork;
    void *state;
    struct timed_access *accesses;
    uint32_t count;
    struct dbell_its_command its_command[DBELL_PLATFORM_PARTS];
    uint64_t clocked; /* the PMCGs have seen time up to then */
    struct dbell_listener listener;
    struct awaited awaited[AWAITED]; /* the oldest ones are forgotten */
    uint32_t awaited_count;
    const struct timed_access *moving; /* the message that is being made */
    uint32_t serial;                   /* of accesses that the system itself waits for */
    uint64_t waited_for; /* the user of the access that a call waits for, ended or parked */
    bool came;
    struct dbell_access_times last;
};

/* The ITS whose doorbell is written there; -1: none. */
int dbell__timed_its_at(struct dbell_machine *m, uint64_t address);

/* timed_accesses.c, timed_actors.c: the clockwork's ports. */
struct dbell_clockwork_ports dbell__timed_ports(struct dbell_timed *timed);
void dbell__timed_actor_ports(struct dbell_clockwork_ports *ports);

int dbell__timed_issue(struct dbell_timed *timed, const struct dbell_dma *dma, uint64_t user,
                       struct timed_access **access);
/* timed.c: an access that is not under way yet, NULL: there are too many; and its begin. */
struct timed_access *dbell__timed_new(struct dbell_timed *timed, uint32_t *index);
int dbell__timed_start(struct dbell_timed *timed, struct timed_access *a, uint32_t index,
                       struct dbell_journey journey);

#endif
