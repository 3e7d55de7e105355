/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "platform_lines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/field.h"
#include "message.h"

enum { DTB_MAX = 1 << 24, TYPER_PTA_BIT = 19 };

static bool name_of(const struct dbell_fields *f, enum dbell_key key, char name[DBELL_NAME_SIZE])
{
    if (f->text_size[key] >= DBELL_NAME_SIZE)
        return false;
    memset(name, 0, DBELL_NAME_SIZE);
    memcpy(name, f->text[key], f->text_size[key]);
    return true;
}

static int too_many(struct dbell_message *message, const char *what)
{
    return dbell__fail(message, DBELL_E_RANGE, "%s: more than the model can hold", what);
}

static int add_ram(struct dbell_platform *p, const struct dbell_fields *f,
                   struct dbell_message *message)
{
    if (p->ram_count == DBELL_PLATFORM_RAMS)
        return too_many(message, "ram");
    p->ram[p->ram_count++] = (struct dbell_platform_ram){.base = f->number[DBELL_KEY_AT],
                                                         .size = f->number[DBELL_KEY_LEN]};
    return DBELL_OK;
}

/* A named configuration; what ties the SMMU to its platform stays. */
static int set_preset(struct dbell_smmu_config *config, const struct dbell_fields *f,
                      struct dbell_message *message)
{
    const struct dbell_smmu_config before = *config;
    char name[DBELL_NAME_SIZE];
    if (!name_of(f, DBELL_KEY_PRESET, name) || dbell_smmu_preset(name, config))
        return dbell__fail(message, DBELL_E_NOT_FOUND, "preset: there is none of this name");
    config->instance = before.instance;
    config->has_deviceid = before.has_deviceid;
    config->deviceid = before.deviceid;
    return DBELL_OK;
}

/* Raw ID values; those not given are 0 and AIDR 2, or those of the preset. */
static int set_ids(struct dbell_smmu_config *config, const struct dbell_fields *f,
                   struct dbell_message *message)
{
    bool preset = f->present[DBELL_KEY_PRESET], any = false;
    int status = preset ? set_preset(config, f, message) : DBELL_OK;
    for (int i = 0; i < 6; i++)
        any |= f->present[DBELL_KEY_IDR0 + i];
    if (any && !preset) {
        memset(config->idr, 0, sizeof config->idr);
        config->iidr = config->mpamidr = 0;
        config->aidr = 2;
    }
    for (int i = 0; i < 6; i++)
        if (f->present[DBELL_KEY_IDR0 + i])
            config->idr[i] = (uint32_t)f->number[DBELL_KEY_IDR0 + i];
    if (f->present[DBELL_KEY_IIDR])
        config->iidr = (uint32_t)f->number[DBELL_KEY_IIDR];
    if (f->present[DBELL_KEY_AIDR])
        config->aidr = (uint32_t)f->number[DBELL_KEY_AIDR];
    if (f->present[DBELL_KEY_MPAMIDR])
        config->mpamidr = (uint32_t)f->number[DBELL_KEY_MPAMIDR];
    if (f->present[DBELL_KEY_CACHES])
        config->no_caches = !f->number[DBELL_KEY_CACHES];
    return status;
}

static int add_smmu(struct dbell_platform *p, const struct dbell_fields *f,
                    struct dbell_message *message)
{
    char name[DBELL_NAME_SIZE];
    if (!name_of(f, DBELL_KEY_NAME, name))
        return dbell__fail(message, DBELL_E_FORMAT, "name: longer than 31 characters");
    int existing = dbell_platform_smmu_named(p, name);
    if (existing >= 0) {
        if (f->present[DBELL_KEY_AT] || f->present[DBELL_KEY_ITS])
            return dbell__fail(message, DBELL_E_FORMAT, "name: %s is there already", name);
        return set_ids(&p->smmu[existing].config, f, message);
    }
    if (!f->present[DBELL_KEY_AT])
        return dbell__fail(message, DBELL_E_FORMAT, "at: a new SMMU needs it");
    if (p->smmu_count == DBELL_PLATFORM_PARTS)
        return too_many(message, "smmu");
    struct dbell_platform_smmu *smmu = &p->smmu[p->smmu_count];
    *smmu = (struct dbell_platform_smmu){.base = f->number[DBELL_KEY_AT],
                                         .config = dbell_smmu_default_config()};
    memcpy(smmu->name, name, sizeof name);
    smmu->config.instance = (uint16_t)p->smmu_count;
    if (f->present[DBELL_KEY_ITS]) {
        if (!name_of(f, DBELL_KEY_ITS, smmu->its))
            return dbell__fail(message, DBELL_E_FORMAT, "its: longer than 31 characters");
        smmu->config.has_deviceid = true;
        smmu->config.deviceid = (uint32_t)f->number[DBELL_KEY_DEVID];
    }
    p->smmu_count++;
    return set_ids(&smmu->config, f, message);
}

static int add_gic(struct dbell_platform *p, const struct dbell_fields *f,
                   struct dbell_message *message)
{
    if (p->has_gic)
        return dbell__fail(message, DBELL_E_FORMAT, "dist: there is a GIC already");
    p->has_gic = true;
    p->gic_distributor = f->number[DBELL_KEY_DIST];
    p->gic_redistributors = f->number[DBELL_KEY_REDIST];
    p->gic = dbell_gic_default_config();
    p->gic.cpus = (uint32_t)f->number[DBELL_KEY_CPUS];
    if (f->present[DBELL_KEY_LPI_BITS])
        p->gic.lpi_bits = (uint8_t)f->number[DBELL_KEY_LPI_BITS];
    if (f->present[DBELL_KEY_V4])
        p->gic.version = f->number[DBELL_KEY_V4] == 1 ? DBELL_GICV4_0 : DBELL_GICV4_1;
    p->gic.direct_lpi = f->present[DBELL_KEY_DIRECT_LPI] && f->number[DBELL_KEY_DIRECT_LPI];
    return DBELL_OK;
}

static bool is_word(const struct dbell_fields *f, enum dbell_key key, const char *word)
{
    return f->text_size[key] == strlen(word) && !memcmp(f->text[key], word, f->text_size[key]);
}

static int add_its(struct dbell_platform *p, const struct dbell_fields *f,
                   struct dbell_message *message)
{
    char name[DBELL_NAME_SIZE];
    if (!name_of(f, DBELL_KEY_NAME, name))
        return dbell__fail(message, DBELL_E_FORMAT, "name: longer than 31 characters");
    int index = dbell_platform_its_named(p, name);
    if (index >= 0 && f->present[DBELL_KEY_AT])
        return dbell__fail(message, DBELL_E_FORMAT, "name: %s is there already", name);
    if (index < 0) {
        if (!f->present[DBELL_KEY_AT])
            return dbell__fail(message, DBELL_E_FORMAT, "at: a new ITS needs it");
        if (p->its_count == DBELL_PLATFORM_PARTS)
            return too_many(message, "its");
        index = (int)p->its_count++;
        p->its[index] = (struct dbell_platform_its){.base = f->number[DBELL_KEY_AT],
                                                    .config = dbell_its_default_config()};
        memcpy(p->its[index].name, name, sizeof name);
    }
    struct dbell_its_config *config = &p->its[index].config;
    p->its[index].own_typer |= f->present[DBELL_KEY_TYPER];
    p->its[index].own_baser2 |= f->present[DBELL_KEY_BASER2];
    if (f->present[DBELL_KEY_TYPER])
        config->typer = f->number[DBELL_KEY_TYPER];
    if (f->present[DBELL_KEY_IIDR])
        config->iidr = (uint32_t)f->number[DBELL_KEY_IIDR];
    for (int i = 0; i < 8; i++)
        if (f->present[DBELL_KEY_BASER0 + i])
            config->baser[i] = f->number[DBELL_KEY_BASER0 + i];
    if (f->present[DBELL_KEY_ERRORS]) {
        if (is_word(f, DBELL_KEY_ERRORS, "stall"))
            config->error_policy = DBELL_ITS_STALL;
        else if (is_word(f, DBELL_KEY_ERRORS, "ignore"))
            config->error_policy = DBELL_ITS_IGNORE;
        else
            return dbell__fail(message, DBELL_E_FORMAT, "errors: stall or ignore");
    }
    if (f->present[DBELL_KEY_PRE_ITS])
        p->its[index].pre_its = f->number[DBELL_KEY_PRE_ITS];
    if (f->present[DBELL_KEY_WIDE_WRITE]) {
        static const char *const words[] = {"ignore", "low32", "slverr"};
        unsigned policy = 0;
        while (policy < 3 && !is_word(f, DBELL_KEY_WIDE_WRITE, words[policy]))
            policy++;
        if (policy == 3)
            return dbell__fail(message, DBELL_E_FORMAT, "wide_write: ignore, low32 or slverr");
        p->its[index].wide_write = (uint8_t)policy;
    }
    if (f->present[DBELL_KEY_POSTED])
        config->posted = f->number[DBELL_KEY_POSTED];
    if (f->present[DBELL_KEY_CACHES]) {
        config->no_caches = !f->number[DBELL_KEY_CACHES];
        p->gic.no_caches |= config->no_caches;
    }
    return DBELL_OK;
}

static int add_v2m(struct dbell_platform *p, const struct dbell_fields *f,
                   struct dbell_message *message)
{
    uint64_t first = f->number[DBELL_KEY_SPI], count = f->number[DBELL_KEY_COUNT];
    if (p->v2m_count == DBELL_PLATFORM_PARTS)
        return too_many(message, "gicv2m");
    if (first + count > 1020)
        return dbell__fail(message, DBELL_E_RANGE, "count: SPIs end at 1019");
    p->v2m[p->v2m_count++] =
        (struct dbell_platform_v2m){.base = f->number[DBELL_KEY_AT],
                                    .frame = {.base = (uint32_t)first, .count = (uint32_t)count}};
    return DBELL_OK;
}

static int add_map(struct dbell_platform *p, const struct dbell_fields *f,
                   struct dbell_message *message)
{
    char name[DBELL_NAME_SIZE];
    struct dbell_rid_range range = {.first = (uint32_t)f->number[DBELL_KEY_RID],
                                    .count = (uint32_t)f->number[DBELL_KEY_COUNT]};
    if (f->present[DBELL_KEY_MASK])
        range.ignored = (uint16_t)~f->number[DBELL_KEY_MASK];
    if (p->stream_count == DBELL_PLATFORM_RIDS || p->device_count == DBELL_PLATFORM_RIDS)
        return too_many(message, "map");
    p->explicit_maps = true;
    if (f->present[DBELL_KEY_SMMU]) {
        int smmu = name_of(f, DBELL_KEY_SMMU, name) ? dbell_platform_smmu_named(p, name) : -1;
        if (smmu < 0)
            return dbell__fail(message, DBELL_E_NOT_FOUND, "smmu: there is no SMMU of this name");
        range.target = (uint32_t)smmu;
        range.base = (uint32_t)f->number[DBELL_KEY_SID];
        p->streams[p->stream_count++] = range;
    }
    if (f->present[DBELL_KEY_ITS]) {
        int its = name_of(f, DBELL_KEY_ITS, name) ? dbell_platform_its_named(p, name) : -1;
        if (its < 0)
            return dbell__fail(message, DBELL_E_NOT_FOUND, "its: there is no ITS of this name");
        range.target = (uint32_t)its;
        range.base = (uint32_t)f->number[DBELL_KEY_DEVID];
        p->devices[p->device_count++] = range;
    }
    return DBELL_OK;
}

static int add_dtb(struct dbell_platform *p, const char *directory, const struct dbell_fields *f,
                   struct dbell_message *message)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s%.*s", directory, (int)f->text_size[DBELL_KEY_FILE],
                     f->text[DBELL_KEY_FILE]);
    if (n < 0 || (size_t)n >= sizeof path)
        return dbell__fail(message, DBELL_E_IO, "file: the path is too long");
    FILE *file = fopen(path, "rb");
    if (!file)
        return dbell__fail(message, DBELL_E_IO, "file: cannot open %s: %s", path, strerror(errno));
    void *blob = malloc(DTB_MAX);
    size_t size = blob ? fread(blob, 1, DTB_MAX, file) : 0;
    bool unread = ferror(file);
    fclose(file);
    if (unread) {
        free(blob);
        return dbell__fail(message, DBELL_E_IO, "file: cannot read %s", path);
    }
    int status = blob ? dbell_platform_add_device_tree(p, blob, size, message)
                      : dbell__fail(message, DBELL_E_MEMORY, "out of memory");
    free(blob);
    return status;
}

int dbell__platform_line(struct dbell_platform *p, const char *directory,
                         const struct dbell_record *record, struct dbell_message *message)
{
    const struct dbell_fields *f = &record->stimulus;
    switch (record->verb) {
    case DBELL_VERB_DTB:
        return add_dtb(p, directory, f, message);
    case DBELL_VERB_RAM:
        return add_ram(p, f, message);
    case DBELL_VERB_SMMU:
        return add_smmu(p, f, message);
    case DBELL_VERB_GIC:
        return add_gic(p, f, message);
    case DBELL_VERB_ITS:
        return add_its(p, f, message);
    case DBELL_VERB_GICV2M:
        return add_v2m(p, f, message);
    default:
        return add_map(p, f, message);
    }
}

/* What is not given follows the GIC, and the type of the vPE table what TYPER says. */
static void finish_its(const struct dbell_platform *p, struct dbell_platform_its *its)
{
    struct dbell_its_config standard = its->config;
    dbell_its_make_version(&standard, its->own_typer ? dbell_its_version(&its->config)
                                                     : (enum dbell_gic_version)p->gic.version);
    if (!its->own_typer)
        its->config.typer = standard.typer;
    if (!its->own_baser2)
        its->config.baser[2] = standard.baser[2];
    its->config.lpi_bits = p->gic.lpi_bits;
}

int dbell__platform_finish(struct dbell_platform *p, struct dbell_message *message)
{
    for (size_t i = 0; i < p->its_count; i++) {
        finish_its(p, &p->its[i]);
        p->gic.pta |= bit(p->its[i].config.typer, TYPER_PTA_BIT);
    }
    p->gic.redist_base = p->gic_redistributors;
    return dbell_platform_check(p, message);
}
