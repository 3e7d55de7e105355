/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Two SMMUs in somebody else's event loop, their tables in somebody else's memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <doorbell/smmu.h>

struct board {
    struct dbell_smmu smmu;
    uint8_t memory[0x4000];
};

static enum dbell_response bus(void *ctx, struct dbell_transaction *t)
{
    struct board *board = ctx;
    if (t->address >= sizeof board->memory || t->length > sizeof board->memory - t->address)
        return DBELL_RESPONSE_DECERR;
    uint8_t *at = board->memory + t->address;
    t->op == DBELL_WRITE ? memcpy(at, t->data, t->length) : memcpy(t->data, at, t->length);
    return DBELL_RESPONSE_OK;
}

static void power_on(struct board *board, uint64_t output)
{
    const struct dbell_smmu_config config = dbell_smmu_default_config();
    const struct dbell_smmu_ports ports = {.tables = {board, bus}};
    const size_t size = dbell_smmu_state_size(&config);
    if (dbell_smmu_init(&board->smmu, aligned_alloc(16, size), size, &config, &ports) < 0)
        exit(2);
    /* What a guest stores, little endian: the STE of StreamID 1, stage 2 with a 4 KB granule and
     * 32 bits of IPA, and its one block: the first GiB goes to `output`. */
    const uint64_t ste[] = {0xd, UINT64_C(1) << 44, UINT64_C(0x040d006000000001), 0x2000};
    memcpy(board->memory + 0x1040, ste, sizeof ste);
    memcpy(board->memory + 0x2000, (uint64_t[]){output | 0x7fd}, 8);
    dbell_smmu_write(&board->smmu, 0x80, 8, 0x1000); /* SMMU_STRTAB_BASE */
    dbell_smmu_write(&board->smmu, 0x88, 4, 1);      /* SMMU_STRTAB_BASE_CFG: two streams */
    dbell_smmu_write(&board->smmu, 0xa0, 8, 0x3004); /* SMMU_EVENTQ_BASE: 16 records */
    dbell_smmu_write(&board->smmu, 0x20, 4, 0x5);    /* SMMU_CR0: SMMUEN, EVENTQEN */
}

int main(void)
{
    static struct board boards[2];
    power_on(&boards[0], UINT64_C(1) << 30);
    power_on(&boards[1], UINT64_C(2) << 30);
    for (unsigned i = 0; i < 4; i++) { /* the event loop: two devices, two accesses each */
        struct dbell_transaction t = {.address = i < 2 ? 0x1234 : 0x40000000, .length = 4};
        t.side = (struct dbell_sideband){.has_streamid = true, .streamid = 1};
        struct dbell_translation result;
        if (dbell_smmu_translate(&boards[i % 2].smmu, &t, &result) == DBELL_DONE)
            printf("SMMU %u: 0x%x -> 0x%llx\n", i % 2, 0x1234u, (unsigned long long)result.address);
        else
            printf("SMMU %u: event 0x%02x, %s\n", i % 2, (unsigned)result.event, result.rule);
        while (dbell_smmu_step(&boards[i % 2].smmu, NULL) == DBELL_STEPPED)
            ; /* writes the event record to the queue */
    }
    return boards[0].memory[0x3000] == 0x10 && boards[1].memory[0x3000] == 0x10 ? 0 : 1;
}
