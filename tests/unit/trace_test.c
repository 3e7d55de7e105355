/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The trace format: strictness, errors, expectations; platforms from lines and device trees; what
 * random and hostile input does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libfdt.h>

#include "dbell_test.h"
#include "lab.h"
#include "replay_support.h"

/* The format's cp: ascending, so that an overlap repeats what lies between source and target. */
TEST(trace, cp_over_itself_repeats)
{
    static const char text[] =
        "trace version=1\nram at=0x40000000 len=0x100000\n"
        "st at=0x40000ffe hex=112233\n"
        "cp to=0x40001001 from=0x40000ffe len=20000\n"
        "ld at=0x40001001 size=4 -> val=0x11332211\n"
        "ld at=0x40003ffe size=4 -> val=0x11332211\n" /* 0x3000 = 3 * 0x1000 */
        "ld at=0x40005e1e size=4 -> val=0x221133\n"   /* its last three bytes */
        "cp to=0x40008000 from=0x40001001 len=3\n"
        "ld at=0x40008000 size=4 -> val=0x332211\n"
        "cp to=0x40008000 from=0x40008001 len=2\n"
        "ld at=0x40008000 size=4 -> val=0x333322\n";
    struct test_replay t;
    uint64_t line;
    REQUIRE(test_replay_open(&t, NULL));
    CHECK_EQ(test_replay_text(&t, text, &line), DBELL_OK);
    if (t.failed_count)
        dbell_test_fail(__FILE__, __LINE__, t.first);
    test_replay_close(&t);
}

TEST(trace, cpus_and_intids_that_do_not_exist_are_errors)
{
    static const struct {
        const char *line, *says;
    } cases[] = {{"ack cpu=1 -> intid=1023\n", "cpu"},
                 {"lpi cpu=1 intid=8192 -> pending=0\n", "cpu"},
                 {"lpi cpu=0 intid=5 -> pending=0\n", "intid"},
                 {"lpi cpu=0 intid=65536 -> pending=0\n", "intid"}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[256];
        struct test_replay t;
        uint64_t line;
        snprintf(
            text, sizeof text,
            "trace version=1\nram at=0 len=4096\ngic dist=0x8000000 redist=0x80a0000 cpus=1\n%s",
            cases[i].line);
        REQUIRE(test_replay_open(&t, NULL));
        CHECK_EQ((uint64_t)(int64_t)test_replay_text(&t, text, &line),
                 (uint64_t)(int64_t)DBELL_E_RANGE);
        CHECK_EQ(line, 4);
        CHECK(strstr(t.message.text, cases[i].says) == t.message.text);
        test_replay_close(&t);
    }
}

TEST(trace, an_expected_cpu_is_checked_without_its_lpi_too)
{
    struct test_replay t;
    uint64_t line;
    REQUIRE(test_replay_open(&t, NULL));
    CHECK_EQ(test_replay_text(&t,
                              "trace version=1\nram at=0 len=4096\n"
                              "dma rid=8 op=w iova=0 -> cpu=3\n",
                              &line),
             DBELL_OK);
    CHECK_EQ(t.failed_count, 1);
    test_replay_close(&t);
}

/* A line that must be refused, and what the message names. */
TEST(trace, malformed_lines_name_their_key)
{
    static const struct {
        const char *line, *says;
    } cases[] = {
        {"frobnicate at=1", "frobnicate"},
        {"ram at=0x40000000", "len"},
        {"ram at=0x40000000 len=1 len=2", "len: given twice"},
        {"ram at=0x40000000 len=0x10000000000000000", "len"},
        {"ram at=0x40000000 len=12k", "len"},
        {"ram at=0x40000000 length=12", "length"},
        {"st at=1 size=3 val=0", "size"},
        {"st at=1 size=1 val=256", "val"},
        {"st at=1 size=4 val=1 hex=00", "at"},
        {"st at=1 len=0x400000001 fill=0", "len"},
        {"cp to=1 from=2 len=0x400000001", "len"},
        {"st at=1 hex=0", "hex"},
        {"st at=1 hex=0g", "hex"},
        {"dma rid=1 op=x iova=0", "op"},
        {"dma op=r iova=0", "rid"},
        {"dma rid=1 sid=1 op=r iova=0", "rid"},
        {"dma rid=1 op=r iova=0 hex=00", "hex"},
        {"dma rid=1 op=w iova=0 len=2 hex=00", "hex"},
        {"dma rid=1 op=r iova=0xffe len=4", "len"},
        {"dma rid=1 ssid=0x100000 op=r iova=0", "ssid"},
        {"dma rid=1 op=r iova=0 ->", "->"},
        {"dma rid=1 op=r iova=0 -> pa=1 -> pa=2", "->"},
        {"dma rid=1 op=r iova=0 -> colour=1", "colour"},
        {"ld at=0 size=4 -> mask=1", "mask"},
        {"smmu name=S at=0", "name"},
        {"smmu name=smmu0 at=0 its=its0", "its"},
        {"map rid=0 count=1 smmu=smmu0", "smmu"},
        {"dtb file=/etc/passwd", "file"},
        {"dtb file=a/../b", "file"},
        {"@x ld at=0 size=4", "@"},
        {"lpi cpu=0 intid", "intid"},
        {"reset\rreset", "carriage return"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dbell_record record;
        struct dbell_message message = {""};
        CHECK(dbell_trace_parse(cases[i].line, strlen(cases[i].line), &record, &message) ==
              DBELL_E_FORMAT);
        if (!strstr(message.text, cases[i].says))
            dbell_test_fail(__FILE__, __LINE__, message.text);
    }
}

TEST(trace, good_lines_parse)
{
    struct dbell_record r;
    struct dbell_message message;
    const char *line = "  @12 dma rid=0x100 op=w iova=0xfee00040 hex=0A0b -> pa=5 lpi=none # why";
    REQUIRE(dbell_trace_parse(line, strlen(line), &r, &message) == DBELL_OK);
    CHECK_EQ(r.verb, DBELL_VERB_DMA);
    CHECK(r.has_cycle && r.cycle == 12 && r.expects);
    CHECK_EQ(r.stimulus.number[DBELL_KEY_RID], 0x100);
    uint8_t bytes[2];
    CHECK_EQ(dbell_trace_hex(&r.stimulus, DBELL_KEY_HEX, bytes), 2);
    CHECK_EQ(bytes[0] << 8 | bytes[1], 0x0a0b);
    CHECK_EQ(r.expectation.number[DBELL_KEY_PA], 5);
    REQUIRE(dbell_trace_parse("# only this", 11, &r, &message) == DBELL_OK);
    CHECK_EQ(r.verb, DBELL_VERB_NONE);
}

/* The status and line where a text stops. */
static void stops(const char *text, int status, uint64_t at, const char *says)
{
    struct test_replay t;
    uint64_t line;
    REQUIRE(test_replay_open(&t, "x.trace"));
    int got = test_replay_text(&t, text, &line);
    CHECK_EQ((uint64_t)(int64_t)got, (uint64_t)(int64_t)status);
    CHECK_EQ(line, at);
    if (!strstr(t.message.text, says))
        dbell_test_fail(__FILE__, __LINE__, t.message.text);
    test_replay_close(&t);
}

#define HEAD "trace version=1\nram at=0x40000000 len=0x1000000\n"

TEST(trace, lines_in_the_wrong_place_and_bad_platforms_stop_with_a_reason)
{
    stops("ram at=0 len=1\n", DBELL_E_FORMAT, 1, "trace");
    stops("", DBELL_E_FORMAT, 0, "trace");
    stops("trace version=2\n", DBELL_E_FORMAT, 1, "version");
    stops(HEAD "trace version=1\n", DBELL_E_FORMAT, 3, "trace");
    stops(HEAD "st at=0x40000000 size=4 val=1\nram at=0 len=16\n", DBELL_E_FORMAT, 4, "ram");
    stops(HEAD "ram at=0x40fffff0 len=32\nreset\n", DBELL_E_OVERLAP, 4, "overlaps");
    stops(HEAD "smmu name=smmu0 at=0x9050000 its=its7 devid=1\nreset\n", DBELL_E_NOT_FOUND, 4,
          "its7");
    stops(HEAD "map rid=0 count=1 smmu=smmu0 sid=0\n", DBELL_E_NOT_FOUND, 3, "smmu");
    stops(HEAD "smmu name=smmu0 at=0x9050000\nmap rid=0 count=4 smmu=smmu0 sid=0\n"
               "map rid=3 count=4 smmu=smmu0 sid=9\nreset\n",
          DBELL_E_OVERLAP, 6, "0x3");
    stops(HEAD "smmu name=smmu0 at=0x9050000\nmap rid=0 count=4 smmu=smmu0 sid=0\n"
               "dma rid=7 op=r iova=0\n",
          DBELL_E_NOT_FOUND, 5, "0x7");
    stops(HEAD "@5 reset\n@4 reset\n", DBELL_E_FORMAT, 4, "@");
    stops(HEAD "stat name=smmu0.nonsense\n", DBELL_E_NOT_FOUND, 3, "nonsense");
    stops(HEAD "wire name=smmu0.eventq\n", DBELL_E_NOT_FOUND, 3, "wire");
    stops(HEAD "done id=3\n", DBELL_E_NOT_FOUND, 3, "id");
    stops(HEAD "its name=its0 at=0x8080000\nreset\n", DBELL_E_ARGUMENT, 4, "GIC");
    stops(HEAD "gic dist=0x8000000 redist=0x80a0000 cpus=1\n"
               "its name=its0 at=0x8080000 typer=0x31\nreset\n",
          DBELL_E_RANGE, 5, "its0: typer: ITT_entry_size is too small: an entry has 8 bytes");
    stops(HEAD "gic dist=0x8000000 redist=0x80a0000 cpus=1\n"
               "its name=its0 at=0x8080000 baser1=0x0406000000000000\nreset\n",
          DBELL_E_RANGE, 5, "its0: baser1: ");
    stops(HEAD "its name=its0 at=0x8080000 errors=maybe\n", DBELL_E_FORMAT, 3, "errors");
    stops(HEAD "gic dist=0x8000000 redist=0x80a0000 cpus=1\n"
               "its name=its0 at=0x8080000\nwire name=its0.eventq\n",
          DBELL_E_NOT_FOUND, 5, "wire");
    stops(HEAD "dtb file=missing.dtb\n", DBELL_E_IO, 3, "missing.dtb");
}

TEST(trace, what_is_not_supported_yet_is_counted_and_never_a_pass)
{
    struct test_replay t;
    uint64_t line;
    REQUIRE(test_replay_open(&t, "x.trace"));
    CHECK_EQ(test_replay_text(&t,
                              HEAD "smmu name=smmu0 at=0x9050000 idr0=0x1b\n"
                                   "ats rid=1 iova=0 -> fault=ur\n"
                                   "dma rid=1 op=r iova=0x40000000 translated=1 -> pa=1\n",
                              &line),
             DBELL_OK);
    CHECK_EQ(dbell_replay_results(t.replay)->unsupported, 1); /* IDR0.ATS is 0 */
    CHECK_EQ(dbell_replay_results(t.replay)->first_failed, 5);
    CHECK_EQ(dbell_replay_results(t.replay)->checked[DBELL_VERB_DMA], 0);
    test_replay_close(&t);
}

TEST(trace, an_access_where_nothing_decodes_is_a_failed_line_unless_expected)
{
    struct test_replay t;
    uint64_t line;
    REQUIRE(test_replay_open(&t, "x.trace"));
    CHECK_EQ(test_replay_text(&t,
                              HEAD "ld at=0 size=4\nld at=0 size=4 -> fault=bus\n"
                                   "dma rid=0 op=r iova=0 -> fault=bus\n"
                                   "dma rid=0 op=w iova=0x40000000 hex=01020304 -> pa=0x40000000\n"
                                   "dma rid=0 op=r iova=0x40000001 len=2 -> hex=0203\n"
                                   "cp to=0x40000100 from=0x40000000 len=4\n"
                                   "ld at=0x40000100 size=4 -> val=0x04030201\n",
                              &line),
             DBELL_OK);
    CHECK_EQ(dbell_replay_results(t.replay)->failed, 1);
    CHECK_EQ(dbell_replay_results(t.replay)->first_failed, 3);
    test_replay_close(&t);
}

TEST(reader, a_truncated_zst_is_an_error_with_what_came_before_replayed)
{
    struct test_replay t;
    char path[] = "/tmp/doorbell-truncated-XXXXXX";
    int fd = mkstemp(path);
    FILE *from = fopen(test_trace_path("conformance/e2e/random_e2e_0001.trace.zst"), "rb");
    REQUIRE(fd >= 0 && from);
    char *bytes = malloc(1 << 16);
    size_t n = fread(bytes, 1, 1 << 16, from);
    REQUIRE(n > 100 && write(fd, bytes, n - 7) == (ssize_t)(n - 7));
    fclose(from);
    close(fd);
    free(bytes);
    REQUIRE(test_replay_open(&t, path));
    CHECK(test_replay_file(&t, path) == DBELL_E_FORMAT);
    CHECK(strstr(t.message.text, "truncated") != NULL);
    test_replay_close(&t);
    unlink(path);
}

TEST(reader, a_line_over_1_mib_is_refused)
{
    struct test_replay t;
    char path[] = "/tmp/doorbell-long-XXXXXX";
    int fd = mkstemp(path);
    REQUIRE(fd >= 0);
    FILE *file = fdopen(fd, "w");
    fputs("trace version=1\n#", file);
    for (unsigned i = 0; i < (1 << 20) + 16; i++)
        fputc('x', file);
    fclose(file);
    REQUIRE(test_replay_open(&t, path));
    CHECK(test_replay_file(&t, path) == DBELL_E_FORMAT);
    CHECK(strstr(t.message.text, "1 MiB") != NULL);
    test_replay_close(&t);
    unlink(path);
}

/* --- device trees --- */

static uint32_t random_state = 1;
static uint32_t random_number(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

TEST(devicetree, random_bytes_and_damaged_trees_are_errors_or_platforms)
{
    size_t size = 0, room = 1 << 16;
    uint8_t *good = malloc(room), *bad = malloc(room);
    FILE *file = fopen(test_trace_path("linux/linux-6.1-both-stages.dtb"), "rb");
    struct dbell_platform *p = malloc(sizeof *p);
    struct dbell_message message;
    REQUIRE(good && bad && file && p);
    size = fread(good, 1, room, file);
    fclose(file);
    for (unsigned i = 0; i < 2000; i++) {
        memset(p, 0, sizeof *p);
        memcpy(bad, good, size);
        if (i % 4 == 0) {
            for (size_t n = 0; n < size; n++)
                bad[n] = (uint8_t)random_number();
        } else {
            for (unsigned n = 0; n < i % 32; n++)
                bad[random_number() % size] = (uint8_t)random_number();
        }
        int status = dbell_platform_add_device_tree(p, bad, size, &message);
        if (!status)
            dbell_platform_check(p, &message);
        else
            CHECK(message.text[0] != 0);
    }
    memset(p, 0, sizeof *p);
    CHECK_EQ(dbell_platform_add_device_tree(p, good, size, &message), DBELL_OK);
    CHECK_EQ(p->smmu_count, 1);
    CHECK_EQ(p->smmu[0].base, 0x9050000);
    CHECK_EQ(p->its[0].base, 0x8080000);
    CHECK_EQ(p->gic.cpus, 2);
    CHECK_EQ(p->ram[0].size, 0x20000000);
    CHECK_EQ(p->streams[0].count, 0x10000);
    CHECK_EQ(p->devices[0].count, 0x10000);
    free(good);
    free(bad);
    free(p);
}

/* A tree that is not QEMU's: an ITS below a GIC with ranges, two bridges in two segments, an SMMU
 * with its own MSIs, names that say nothing. */
TEST(devicetree, parts_are_found_by_compatible_through_ranges_and_segments)
{
    static uint8_t blob[8192];
    struct dbell_platform *p = calloc(1, sizeof *p);
    struct dbell_message message = {""};
    REQUIRE(p != NULL);
    fdt_create(blob, sizeof blob);
    fdt_finish_reservemap(blob);
    fdt_begin_node(blob, "");
    fdt_property_u32(blob, "#address-cells", 2);
    fdt_property_u32(blob, "#size-cells", 1);
    for (unsigned i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "c%u", i);
        fdt_begin_node(blob, name);
        fdt_property_string(blob, "device_type", "cpu");
        fdt_end_node(blob);
    }
    fdt_begin_node(blob, "interrupts-a");
    fdt_property_string(blob, "compatible", "arm,gic-v3");
    fdt_property_u32(blob, "#address-cells", 1);
    fdt_property_u32(blob, "#size-cells", 1);
    const uint32_t gic[] = {0, 0x2f000000, 0x10000, 0, 0x2f100000, 0x60000};
    const uint32_t ranges[] = {0x1000, 0, 0x2f020000, 0x20000};
    uint32_t cells[8];
    void *placed;
    for (unsigned i = 0; i < 6; i++)
        cells[i] = cpu_to_fdt32(gic[i]);
    fdt_property(blob, "reg", cells, 24);
    for (unsigned i = 0; i < 4; i++)
        cells[i] = cpu_to_fdt32(ranges[i]);
    fdt_property(blob, "ranges", cells, 16);
    fdt_begin_node(blob, "x");
    fdt_property_string(blob, "compatible", "arm,gic-v3-its");
    fdt_property_u32(blob, "phandle", 7);
    cells[0] = cpu_to_fdt32(0x1000);
    cells[1] = cpu_to_fdt32(0x20000);
    fdt_property(blob, "reg", cells, 8);
    fdt_end_node(blob);
    fdt_end_node(blob);
    for (unsigned segment = 0; segment < 2; segment++) {
        fdt_begin_node(blob, segment ? "bridge-b" : "bridge-a");
        fdt_property_string(blob, "compatible", "pci-host-ecam-generic");
        fdt_property_u32(blob, "linux,pci-domain", segment);
        /* ECAM; IO space, 32-bit memory that is elsewhere on the bus, 64-bit memory. */
        const uint32_t windows[] = {
            0x01000000, 0,          0,          0,    0x3eff0000, 0, 0x10000,
            0x02000000, 0,          0x10000000, 0,    0x50000000, 0, 0x8000000,
            0x43000000, 0x00000080, 0,          0x80, 0,          1, 0};
        fdt_property_u32(blob, "#address-cells", 3);
        fdt_property_u32(blob, "#size-cells", 2);
        cells[0] = 0;
        cells[1] = cpu_to_fdt32(0x40000000 + (segment << 28));
        cells[2] = cpu_to_fdt32(0x8000000);
        fdt_property(blob, "reg", cells, 12);
        fdt_property_placeholder(blob, "ranges", sizeof windows, &placed);
        for (unsigned i = 0; i < sizeof windows / 4; i++)
            ((uint32_t *)placed)[i] = cpu_to_fdt32(windows[i]);
        if (segment)
            fdt_property_u32(blob, "iommu-map-mask", 0xfff8);
        fdt_property_placeholder(blob, "iommu-map", 16, &placed);
        const uint32_t map[] = {0x100, 9, segment << 16 | 0x400, 0x80};
        for (unsigned i = 0; i < 4; i++)
            ((uint32_t *)placed)[i] = cpu_to_fdt32(map[i]);
        fdt_end_node(blob);
    }
    fdt_begin_node(blob, "translates");
    fdt_property_string(blob, "compatible", "arm,smmu-v3");
    fdt_property_u32(blob, "phandle", 9);
    cells[0] = 0;
    cells[1] = cpu_to_fdt32(0x2b400000);
    cells[2] = cpu_to_fdt32(0x20000);
    fdt_property(blob, "reg", cells, 12);
    cells[0] = cpu_to_fdt32(7);
    cells[1] = cpu_to_fdt32(0x10000);
    fdt_property(blob, "msi-parent", cells, 8);
    fdt_end_node(blob);
    fdt_end_node(blob);
    REQUIRE(fdt_finish(blob) == 0);
    if (dbell_platform_add_device_tree(p, blob, sizeof blob, &message))
        dbell_test_fail(__FILE__, __LINE__, message.text);
    CHECK_EQ(dbell_platform_check(p, &message), DBELL_OK);
    CHECK_EQ(p->gic.cpus, 3);
    CHECK_EQ(p->its[0].base, 0x2f020000);
    CHECK_EQ(p->smmu[0].base, 0x2b400000);
    CHECK_TEXT(p->smmu[0].its, "its0");
    CHECK_EQ(p->smmu[0].config.deviceid, 0x10000);
    CHECK_EQ(p->pcie.ecam, 0x40000000); /* of the first */
    CHECK_EQ(p->pcie.ecam_size, 0x8000000);
    REQUIRE(p->pcie.memory_count == 2);
    CHECK_EQ(p->pcie.memory[0].base, 0x50000000);
    CHECK_EQ(p->pcie.memory[0].bus, 0x10000000);
    CHECK_EQ(p->pcie.memory[0].size, 0x8000000);
    CHECK_EQ(p->pcie.memory[1].base, UINT64_C(0x8000000000));
    CHECK_EQ(p->pcie.memory[1].bus, UINT64_C(0x8000000000));
    CHECK_EQ(p->pcie.memory[1].size, UINT64_C(0x100000000));
    const struct dbell_rid_map map = {p->streams, p->stream_count};
    const struct dbell_rid_range *range = dbell_rid_map_find(&map, 0x10105);
    REQUIRE(range != NULL);
    CHECK_EQ(dbell_rid_range_id(range, 0x10105), 0x10400); /* by the mask */
    range = dbell_rid_map_find(&map, 0x105);
    REQUIRE(range != NULL);
    CHECK_EQ(dbell_rid_range_id(range, 0x105), 0x405);
    free(p);
}

/* --- hostile guests --- */

TEST(hostile, command_queues_of_random_bytes)
{
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    lab_its_on(&lab);
    for (unsigned i = 0; i < 4000; i++) {
        for (unsigned n = 0; n < 4; n++) {
            dbell_host_store(&lab.bus, lab.cmdq + i % 32 * 16 + 4 * n, 4, random_number());
            dbell_host_store(&lab.bus, lab.its_queue + i % 128 * 32 + 4 * n, 4, random_number());
        }
        /* Often a real opcode, so that its fields are random. */
        dbell_host_store(&lab.bus, lab.cmdq + i % 32 * 16, 1, random_number() % 0x50);
        dbell_host_store(&lab.bus, lab.its_queue + i % 128 * 32, 1, random_number() % 16);
        lab_write(&lab, LAB_SMMU + 0x98, 4, (i + 1) % 64);
        lab_write(&lab, LAB_SMMU + 0x64, 4, lab_read(&lab, LAB_SMMU + 0x60, 4));
        lab_write(&lab, LAB_ITS + 0x88, 8, ((i + 1) % 128 * 32) | 1);
        lab_dma(&lab, random_number() & 0x1ff, random_number() & 1, random_number(), NULL);
    }
    lab_close(&lab);
}

TEST(hostile, random_structures_and_tables)
{
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t at = lab.strtab + random_number() % (256 * 64) / 8 * 8;
        uint64_t word =
            (uint64_t)random_number() << 40 ^ (uint64_t)random_number() << 16 ^ random_number();
        if (i % 3)
            word = (word & 0x00fffffffffffull) | LAB_RAM | 0x0b; /* valid, and near */
        dbell_host_store(&lab.bus, at, 8, word);
        if (i % 64 == 0)
            lab_command(&lab, dbell_host_cfgi_all());
        lab_dma(&lab, random_number() & 0xff, random_number() & 1,
                (uint64_t)random_number() << (random_number() % 40), NULL);
    }
    lab_close(&lab);
}

TEST(hostile, registers_at_random)
{
    struct lab lab;
    static const uint64_t bases[] = {LAB_SMMU, LAB_PAGE1, LAB_GICD,
                                     LAB_GICR, LAB_ITS,   LAB_ITS + 0x10000};
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    lab_its_on(&lab);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned size = 1u << random_number() % 4;
        uint64_t at = bases[random_number() % 6] + random_number() % 0x400;
        if (random_number() & 1)
            lab_write(&lab, at, size, random_number() | (uint64_t)random_number() << 32);
        else
            lab_read(&lab, at, size);
    }
    lab_close(&lab);
}

TEST(hostile, a_stream_table_that_points_nowhere)
{
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    static const uint64_t nowhere[] = {0, 0x10000000, UINT64_C(0x000fffffffffffc0)};
    for (unsigned i = 0; i < 3; i++) {
        lab_write(&lab, LAB_SMMU + 0x20, 4, 0xc);
        lab_write(&lab, LAB_SMMU + 0x80, 8, nowhere[i]);
        lab_write(&lab, LAB_SMMU + 0x88, 4, i ? 0x10210 : 8);
        lab_write(&lab, LAB_SMMU + 0x20, 4, 0xd);
        CHECK_EQ(lab_fault(&lab, 5, 0), DBELL_EVENT_F_STE_FETCH);
    }
    lab_close(&lab);
}
