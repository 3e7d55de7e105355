/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A bench for one ITS alone: RAM that notes what comes and aborts where it is told to, and a
 * redistributor port that writes down what it is asked. Nothing runs but by its_settle(). */
#ifndef TEST_ITS_BENCH_H
#define TEST_ITS_BENCH_H

#include <doorbell/host.h>
#include <doorbell/its.h>

enum { ITS_RAM = 0x40000000, ITS_RAM_SIZE = 0x800000, ITS_LOG = 256, ITS_CPUS = 4 };

/* What the redistributors were asked, with copies of what it points to. */
struct its_call {
    struct dbell_lpi_request request;
    struct dbell_vpe vpe, target;
};

struct its_bench {
    struct dbell_its its;
    struct dbell_bus bus; /* of the host: neither noted nor aborted */
    void *state;
    uint8_t *ram;
    uint64_t next; /* free RAM */
    uint64_t devices, collections, vpes, queue;
    uint32_t commands;
    uint64_t abort_at;              /* accesses to its 8 bytes abort; 0: none do */
    bool abort_writes, abort_reads; /* ... only writes, only reads */
    struct dbell_transaction log[ITS_LOG];
    unsigned logged;
    struct its_call calls[ITS_LOG];
    unsigned called;
    struct dbell_lpi_request meeting; /* the last DBELL_VPE_MEET */
    unsigned pulses;
    bool any_rdbase; /* there is a redistributor for each */
    bool alone;      /* other ITSes have not come to a VMOVP */
    uint64_t interrupt_at;
    void (*meanwhile)(struct its_bench *bench);
};

/* NULL: the default configuration. Freshly powered on. */
bool its_open(struct its_bench *bench, const struct dbell_its_config *config);
void its_close(struct its_bench *bench);
void its_settle(struct its_bench *bench);
/* What others do when the ITS's next access to `address` has been made and not yet returned. */
void its_during(struct its_bench *bench, uint64_t address,
                void (*meanwhile)(struct its_bench *bench));

uint64_t its_get(struct its_bench *bench, uint64_t offset, unsigned size);
void its_put(struct its_bench *bench, uint64_t offset, unsigned size, uint64_t value);
/* RAM: zeroed and aligned to its size. */
uint64_t its_alloc(struct its_bench *bench, uint64_t size);
uint64_t its_load(struct its_bench *bench, uint64_t address);

/* Flat tables of one 64 KB page each, of vPEs too if there are any, and a queue of 64 KB, enabled.
 */
void its_on(struct its_bench *bench);
/* Writes one command; its_command() also lets the ITS rest, true: it was consumed without an
 * error. */
void its_post(struct its_bench *bench, struct dbell_host_its_cmd command);
bool its_command(struct its_bench *bench, struct dbell_host_its_cmd command);
struct dbell_msi_result its_msi(struct its_bench *bench, uint32_t deviceid, uint32_t eventid);
uint64_t its_count(const struct its_bench *bench, enum dbell_its_counter counter);

enum {
    ITS_CTLR = 0x0,
    ITS_STATUSR = 0x40,
    ITS_UMSIR = 0x48,
    ITS_CBASER = 0x80,
    ITS_CWRITER = 0x88,
    ITS_CREADR = 0x90,
    ITS_BASER0 = 0x100,
    ITS_BASER1 = 0x108,
    ITS_BASER2 = 0x110
};
#define ITS_VALID (UINT64_C(1) << 63)

#endif
