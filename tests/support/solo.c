/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "solo.h"

#include <stdlib.h>
#include <string.h>

bool solo_open(struct solo *solo, const struct dbell_smmu_config *config,
               const struct dbell_smmu_ports *ports)
{
    const struct dbell_smmu_config standard = dbell_smmu_default_config();
    struct dbell_smmu_ports connected = {0};
    memset(solo, 0, sizeof *solo);
    if (!lab_open(&solo->lab, NULL))
        return false;
    lab_smmu_on(&solo->lab);
    if (ports)
        connected = *ports;
    if (!connected.tables.access)
        connected.tables = solo->lab.bus;
    if (!config)
        config = &standard;
    const size_t size = dbell_smmu_state_size(config);
    solo->state = aligned_alloc(16, size);
    if (!solo->state ||
        dbell_smmu_init(&solo->smmu, solo->state, size, config, &connected) != DBELL_OK) {
        solo_close(solo);
        return false;
    }
    dbell_smmu_write(&solo->smmu, 0x2c, 4, 2); /* CR2.RECINVSID */
    dbell_smmu_write(&solo->smmu, 0x80, 8, solo->lab.strtab);
    dbell_smmu_write(&solo->smmu, 0x88, 4, 8);
    dbell_smmu_write(&solo->smmu, 0x90, 8, solo->lab.cmdq | 5);
    dbell_smmu_write(&solo->smmu, 0xa0, 8, solo->lab.eventq | 5);
    dbell_smmu_write(&solo->smmu, 0x20, 4, 0xd);
    return true;
}

void solo_close(struct solo *solo)
{
    free(solo->state);
    lab_close(&solo->lab);
}

int solo_rest(struct solo *solo)
{
    int progress;
    do
        progress = dbell_smmu_step(&solo->smmu, NULL);
    while (progress == DBELL_STEPPED);
    return progress;
}

int solo_translate(struct solo *solo, uint32_t sid, enum dbell_op op, uint64_t address,
                   struct dbell_translation *result)
{
    const struct dbell_transaction t = {.address = address,
                                        .length = 4,
                                        .op = (uint8_t)op,
                                        .side = {.has_streamid = true,
                                                 .streamid = sid,
                                                 .attr = DBELL_ATTR_NORMAL_WB,
                                                 .sh = DBELL_SH_INNER}};
    return dbell_smmu_translate(&solo->smmu, &t, result);
}

bool solo_command(struct solo *solo, struct dbell_host_cmd command)
{
    const uint64_t at = solo->lab.cmdq + solo->commands % 32 * 16;
    dbell_host_store_words(&solo->lab.bus, at, command.words, 2);
    solo->commands++;
    dbell_smmu_write(&solo->smmu, 0x98, 4, solo->commands % 64);
    solo_rest(solo);
    return (dbell_smmu_read(&solo->smmu, 0x9c, 4) & 0xfffff) == solo->commands % 64;
}

bool solo_event(struct solo *solo, uint64_t record[4])
{
    solo_rest(solo);
    if ((dbell_smmu_read(&solo->smmu, 0x100a8, 4) & 63) == solo->events % 64)
        return false;
    for (unsigned i = 0; i < 4; i++)
        record[i] = lab_read(&solo->lab, solo->lab.eventq + solo->events % 32 * 32 + 8 * i, 8);
    solo->events++;
    dbell_smmu_write(&solo->smmu, 0x100ac, 4, solo->events % 64);
    return true;
}
