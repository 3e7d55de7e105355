/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What an access that faulted would have needed: the mapping that is missing, or what the one that
 * is there does not grant (IHI 0070 7.3.13-7.3.16). */
#include "explain_fault.h"

#include <inttypes.h>
#include <stdio.h>

#include <doorbell/smmu.h>

#include "base/field.h"
#include "report.h"

/* The last descriptor that was read before the decision, of a stage or of any. */
static const struct dbell_step *last_descriptor(const struct dbell_itinerary *it, uint32_t decision,
                                                int stage)
{
    for (uint32_t i = decision; i-- > 0;) {
        const struct dbell_step *s = &it->steps[i];
        if (s->kind == DBELL_STEP_READ && ((stage != 2 && s->object == DBELL_OBJECT_STAGE1) ||
                                           (stage != 1 && s->object == DBELL_OBJECT_STAGE2)))
            return s;
    }
    return NULL;
}

static bool leaf(const struct dbell_step *s)
{
    return s->value & 1 && (s->level == 3 || !(s->value & 2));
}

/* What lies at the IPA that stage 2 was asked for. */
static const char *what_of(const struct dbell_itinerary *it, uint32_t decision)
{
    const struct dbell_step *stage1 = last_descriptor(it, decision, 1);
    for (uint32_t i = decision; i-- > 0;)
        if (it->steps[i].object == DBELL_OBJECT_CD || it->steps[i].hit) {
            if (!stage1)
                return "the stage 1 table lies there";
            return leaf(stage1) ? "stage 1 leads there" : "the next stage 1 table lies there";
        }
    return stage1 ? "stage 1 leads there" : "the CD lies there, or the access goes there";
}

static void print_access(uint64_t descriptor, bool stage2)
{
    if (stage2)
        printf("S2AP allows %s",
               (const char *const[]){"nothing", "reads", "writes", "both"}[bits(descriptor, 7, 6)]);
    else
        printf("AP is 0b%" PRIu64 "%" PRIu64 ": %s, %s", bits(descriptor, 7, 7),
               bits(descriptor, 6, 6), bit(descriptor, 7) ? "read-only" : "read and write",
               bit(descriptor, 6) ? "unprivileged too" : "privileged only");
    printf(", XN bits [54:53] are 0b%" PRIu64 "%" PRIu64, bits(descriptor, 54, 54),
           bits(descriptor, 53, 53));
}

void explain_fault(const struct dbell_itinerary *it, uint32_t decision)
{
    const uint8_t event = it->steps[decision].fault;
    const struct dbell_step *s = last_descriptor(it, decision, 0);
    if (event < DBELL_EVENT_F_TRANSLATION || event > DBELL_EVENT_F_PERMISSION || !s)
        return;
    const bool stage2 = s->object == DBELL_OBJECT_STAGE2;
    const uint64_t first = s->input >> s->span << s->span;
    printf("\n     ");
    if (event == DBELL_EVENT_F_TRANSLATION && s->value & 1 && !leaf(s))
        printf("missing: the tables do not reach this address");
    else if (event == DBELL_EVENT_F_TRANSLATION)
        printf("missing: a stage %d mapping of %s 0x%" PRIx64
               "; its level %d descriptor at 0x%" PRIx64 " (for 0x%" PRIx64 " to 0x%" PRIx64
               ") is 0x%" PRIx64,
               stage2 ? 2 : 1, stage2 ? "IPA" : "VA", s->input, s->level, s->address, first,
               first | ones(s->span), s->value);
    else
        printf("the stage %d mapping of %s 0x%" PRIx64 " is the level %d descriptor at 0x%" PRIx64
               ": ",
               stage2 ? 2 : 1, stage2 ? "IPA" : "VA", s->input, s->level, s->address);
    if (event == DBELL_EVENT_F_ADDR_SIZE)
        printf("its address 0x%" PRIx64 " is too large", s->value & ones(48) & ~ones(12));
    else if (event == DBELL_EVENT_F_ACCESS)
        printf("AF, bit 10, is 0");
    else if (event == DBELL_EVENT_F_PERMISSION)
        print_access(s->value, stage2);
    if (stage2)
        printf("; %s", what_of(it, decision));
}

/* An MSI between two stages that were not told of each other. Which of the two has the doorbell
 * under which address says who has to be told of what. */
void explain_missed(struct dbell_machine *machine, const struct dbell_dma *access)
{
    struct dbell_missed missed;
    char text[64];
    const struct dbell_platform *p = dbell_machine_platform(machine);
    if (dbell_machine_missed(machine, access, &missed))
        return;
    if (missed.stage2.known) {
        printf("\n     stage 2 has %s at IPA 0x%" PRIx64 ", the address that the device was given; "
               "stage 1 ",
               dbell__report_doorbell(p, missed.stage2.doorbell, missed.stage2.index, text,
                                      sizeof text),
               missed.stage2.iova);
        if (missed.leads_nowhere)
            printf("does not have it,\n     and leads from 0x%" PRIx64 " to IPA 0x%" PRIx64
                   ", where stage 2 has nothing: two mappings of a doorbell that are not tied",
                   missed.from, missed.ipa);
        else
            printf(
                "does not have it,\n     and leads to no other: whoever owns stage 1 did not map "
                "this reserved region (RMR) to itself");
    } else if (missed.elsewhere.known) {
        printf("\n     %s is at IOVA 0x%" PRIx64
               " for this device, through both stages; nobody maps "
               "0x%" PRIx64 ":\n     the device was given another address than the one that was "
               "mapped",
               dbell__report_doorbell(p, missed.elsewhere.doorbell, missed.elsewhere.index, text,
                                      sizeof text),
               missed.elsewhere.iova, access->address);
    }
}
