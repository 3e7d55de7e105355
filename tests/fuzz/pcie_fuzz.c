/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* libFuzzer harness for PCIe functions behind a Root Complex: an input is a program over
 * configuration space, device memory, jobs and messages, in records of 16 bytes. The first one
 * chooses the functions and what is between them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <doorbell/root.h>

#include "pcie_tce.h"
#include "records.h"

enum { FUNCTIONS = 3, ASKED = 64, SENT = 4096, BOUND = 200000 };

struct function {
    struct dbell_endpoint endpoint;
    struct dbell_endpoint_ports ports;
    struct dbell_endpoint_config config;
    void *state; /* from malloc: exactly as large as asked for */
    size_t size;
    uint32_t misbehaviours;
};

static struct world {
    struct dbell_root root;
    struct dbell_ats_port down;
    struct function functions[FUNCTIONS];
    unsigned count;
    struct dbell_page_request asked[ASKED]; /* that nobody has answered */
    unsigned asked_count;
    uint64_t sent, ended; /* invalidations that were taken, and that came back */
    uint8_t how;          /* the agent answers */
    unsigned answers;
    bool forgets; /* a reset may have lost an invalidation */
} world;

static _Noreturn void violated(int line, const char *what)
{
    fprintf(stderr, "%s:%d: violated: %s\n", __FILE__, line, what);
    abort();
}
#define MUST(condition)                     \
    do {                                    \
        if (!(condition))                   \
            violated(__LINE__, #condition); \
    } while (0)

/* RID 0x100 at a root port, 0x300 below a switch, 0x401 behind a bridge to PCI. */
static const uint32_t requesterids[FUNCTIONS] = {0x100, 0x300, 0x401};

static unsigned control(struct function *f, unsigned id, unsigned offset)
{
    const unsigned at = dbell_endpoint_extended_capability(&f->endpoint, id);
    return at ? dbell_endpoint_config_read(&f->endpoint, at + offset, 2) : 0;
}

static bool ats_is_on(struct function *f)
{
    return control(f, 0x0f, 6) >> 15;
}

/* --- the agent --- */

static bool power_of_two(uint64_t n)
{
    return n && !(n & (n - 1));
}

static struct function *sender(const struct dbell_sideband *side)
{
    for (unsigned i = 0; i < world.count; i++)
        if (requesterids[i] == side->requesterid)
            return &world.functions[i];
    return NULL;
}

static enum dbell_response take_access(void *ctx, struct dbell_transaction *t)
{
    struct function *f = sender(&t->side);
    (void)ctx;
    MUST(t->length && t->length <= 0x1000 && t->data);
    MUST(t->side.has_requesterid);
    MUST(!(t->side.substreamid >> 20));
    if (f && !f->misbehaviours) {
        MUST(dbell_endpoint_config_read(&f->endpoint, 4, 2) & 4); /* Bus Master Enable */
        MUST((t->address & 0xfff) + t->length <= 0x1000);
        MUST(t->side.at == DBELL_AT_UNTRANSLATED || ats_is_on(f));
    }
    if (world.how & 1 && !(t->address >> 12 & 3))
        return DBELL_RESPONSE_SLVERR;
    if (!dbell_op_writes(t->op))
        memset(t->data, 0x5a, t->length);
    if (t->trail)
        *t->trail = (struct dbell_trail){
            .reached = true, .outcome = DBELL_DONE, .address = t->address, .op = t->op};
    return DBELL_RESPONSE_OK;
}

static int take_request(void *ctx, const struct dbell_ats_request *request,
                        struct dbell_ats_completion *c)
{
    const unsigned n = world.answers++;
    (void)ctx;
    MUST(!(request->address & 0xfff));
    if (world.how & 2 && n % 5 == 0)
        return DBELL_E_BUSY;
    *c = (struct dbell_ats_completion){.size = UINT64_C(0x1000) << n % 3 * (world.how >> 4 & 3)};
    c->address = (request->address ^ UINT64_C(0x1234500000)) & ~(c->size - 1) & low(52);
    c->status = world.how & 4 && n % 7 == 0 ? DBELL_ATS_UR : DBELL_ATS_SUCCESS;
    c->read = !(world.how & 8) || n % 3;
    c->write = c->read && !request->no_write;
    c->untranslated_only = world.how >> 6 & (n >> 1) & 1;
    c->global = world.how >> 7 & n & 1;
    c->execute = request->side.instruction;
    return DBELL_OK;
}

static int take_page_request(void *ctx, const struct dbell_page_request *request)
{
    (void)ctx;
    MUST(request->group <= 0x1ff && !(request->address & 0xfff));
    if (world.asked_count == ASKED || (world.how & 2 && world.answers++ % 5 == 0))
        return DBELL_E_BUSY;
    if (!dbell_page_request_is_stop_marker(request))
        world.asked[world.asked_count++] = *request;
    return DBELL_OK;
}

static void take_end(void *ctx, uint32_t streamid, uint32_t tag, enum dbell_ats_end end)
{
    (void)ctx, (void)streamid, (void)tag;
    MUST(end == DBELL_ATS_INVALIDATED || end == DBELL_ATS_REFUSED || end == DBELL_ATS_TIMED_OUT);
    MUST(++world.ended <= world.sent);
}

/* --- set-up --- */

static struct dbell_endpoint_config choose_config(const struct record *r, unsigned i)
{
    struct dbell_endpoint_config config = dbell_endpoint_default_config();
    uint64_t d = r->d >> 16 * i;
    config.memory = take(&d, 1) ? 0x1000u << take(&d, 2) : 0;
    config.msi_vectors = take(&d, 1) ? (uint8_t)(take(&d, 3) % 6) : 0xff;
    config.msi_64 = r->a & 1;
    config.msi_masking = r->a & 2;
    config.msix_vectors = (uint16_t)(take(&d, 1) ? 1 + take(&d, 5) : 0);
    config.ats = !(r->a & 4);
    config.ats_queue_depth = (uint8_t)(1 + take(&d, 3));
    config.atc_entries = r->a & 8 ? 4 : 64;
    config.pri = config.ats && !(r->a & 16);
    config.pri_response_pasid = r->a & 32;
    config.pasid_bits = (uint8_t)(r->a & 64 ? 0 : 1 + (r->b & 15));
    config.total_vfs = r->b & 16 ? 4 : 0;
    config.vf_offset = config.vf_stride = r->b & 16 ? 1 : 0;
    if (r->b & 32) { /* seldom right */
        config.pri_capacity = r->c;
        config.ats_queue_depth = (uint8_t)r->c;
        config.atc_entries = r->c >> 16;
    }
    return config;
}

static bool add_function(const struct record *r, unsigned i)
{
    struct function *f = &world.functions[i];
    f->config = choose_config(r, i);
    f->size = dbell_endpoint_state_size(&f->config);
    if (!f->size)
        return false;
    f->state = malloc(f->size);
    if (!f->state)
        abort();
    memset(f->state, 0xa5, f->size);
    MUST(!dbell_root_add_function(&world.root, requesterids[i], &f->endpoint, &f->ports.up));
    MUST(!dbell_endpoint_init(&f->endpoint, f->state, f->size, &f->config, requesterids[i],
                              &f->ports));
    world.count++;
    return true;
}

static bool open_world(const struct record *r)
{
    static const struct dbell_agent agent = {.access = take_access,
                                             .translate = take_request,
                                             .page_request = take_page_request,
                                             .invalidated = take_end};
    const struct dbell_bridge_config bridges[] = {
        {DBELL_ROOT_PORT, 0x08, 1, 1, 0x5f},
        {DBELL_ROOT_PORT, 0x10, 2, 3, 0x5f},
        {DBELL_SWITCH_DOWNSTREAM, 0x200, 3, 3, 0x5f},
        {DBELL_PCIE_TO_PCI, 0x18, 4, 4, 0},
    };
    memset(&world, 0, sizeof world);
    static const struct dbell_rid_range lines[] = {{0, 0x10000, 0, 0x100, 7}};
    static const struct dbell_rid_map map = {lines, 1};
    dbell_root_init(&world.root, r->b & 64 ? &map : NULL, r->b & 128 ? &map : NULL);
    MUST(dbell_root_add_agent(&world.root, &agent) >= 0);
    world.down = dbell_root_ats_port(&world.root, 0);
    for (unsigned i = 0; i < sizeof bridges / sizeof bridges[0]; i++)
        MUST(dbell_root_add_bridge(&world.root, &bridges[i]) >= 0);
    for (unsigned i = 0; i < FUNCTIONS; i++)
        if (!add_function(r, i))
            return false;
    return true;
}

static void close_world(void)
{
    for (unsigned i = 0; i < world.count; i++)
        free(world.functions[i].state);
}

/* --- what happens --- */

static void configure(struct function *f, const struct record *r)
{
    static const uint16_t places[] = {0x04, 0x10, 0x14, 0x20, 0x24, 0x34, 0x40, 0x50, 0x100, 0x104};
    const uint64_t function = (uint64_t)dbell_endpoint_requesterid(&f->endpoint) << 12;
    const uint64_t at = r->a & 8 ? r->c & 0xfffffff : function | (r->c & 0xfff);
    const unsigned size = 1u << (r->a & 3);
    if (r->a & 16) {
        dbell_root_ecam_write(&world.root, function | places[r->c % 10], 4, (uint32_t)r->d);
        return;
    }
    if (r->a & 4)
        dbell_root_ecam_write(&world.root, at, size, (uint32_t)r->d);
    else
        (void)dbell_root_ecam_read(&world.root, at, size);
}

static void write_control(struct function *f, unsigned at, unsigned offset, unsigned size,
                          uint32_t value)
{
    if (at)
        dbell_endpoint_config_write(&f->endpoint, at + offset, size, value);
}

/* As a driver does, in the order that works, and some of it otherwise. */
static void enable(struct function *f, const struct record *r)
{
    struct dbell_endpoint *e = &f->endpoint;
    const uint32_t off = r->c & 0xff;
    write_control(f, 4, 0, 2, off & 1 ? r->b : 6);
    if (!(off & 2))
        write_control(f, dbell_endpoint_extended_capability(e, 0x1b), 6, 2, 1 | (r->b & 6));
    if (!(off & 4))
        write_control(f, dbell_endpoint_extended_capability(e, 0x0f), 6, 2, 0x8000 | (r->b & 3));
    if (!(off & 8)) {
        write_control(f, dbell_endpoint_extended_capability(e, 0x13), 12, 4, r->b >> 3 & 15);
        write_control(f, dbell_endpoint_extended_capability(e, 0x13), 4, 2, off & 16 ? 2 : 1);
    }
    if (!(off & 32))
        write_control(f, dbell_endpoint_capability(e, 0x11), 2, 2, 0x8000 | (off & 64) << 8);
    else
        write_control(f, dbell_endpoint_capability(e, 0x05), 2, 2, 1 | (r->b & 0x70));
}

static void access_memory(struct function *f, const struct record *r)
{
    uint8_t bytes[64];
    struct dbell_transaction t = {.address = r->a & 8 ? r->d : r->c & 0xffff,
                                  .length = 1u << (r->a & 3),
                                  .op = r->a & 4 ? DBELL_WRITE : DBELL_READ,
                                  .data = bytes};
    memset(bytes, r->b, sizeof bytes);
    if (r->a & 16)
        t.length = r->b & 63;
    if (r->a & 32)
        (void)dbell_root_memory(&world.root, &t);
    else
        (void)dbell_endpoint_bar_access(&f->endpoint, r->a & 64 ? r->b : 4, &t);
}

static void write_vector(struct function *f, const struct record *r)
{
    const uint32_t words[4] = {(uint32_t)r->d & ~3u, r->c & 0xff, r->b, r->a & 1};
    for (unsigned i = 0; i < 4; i++) {
        uint8_t bytes[4];
        memcpy(bytes, &words[i], 4);
        struct dbell_transaction t = {.address = (r->a >> 1 & 15) * 16u + i * 4,
                                      .length = 4,
                                      .op = DBELL_WRITE,
                                      .data = bytes};
        (void)dbell_endpoint_bar_access(&f->endpoint, 4, &t);
    }
}

static void submit(struct function *f, const struct record *r)
{
    struct dbell_job job = {.kind = (uint8_t)(r->a & 3),
                            .mode = r->a & 4 ? DBELL_THROUGH_ATC : DBELL_UNTRANSLATED,
                            .source = r->d & UINT64_C(0xffffffffff),
                            .destination = r->d >> 24,
                            .length = r->c & 0x3fff,
                            .block = r->a & 8 ? 1 + (r->c >> 16 & 0xff) : 0,
                            .stride = r->c >> 20,
                            .value = r->d,
                            .has_pasid = r->a & 16,
                            .pasid = r->b & 7,
                            .privileged = r->a & 32,
                            .execute = r->a & 64,
                            .interrupts = r->a & 128,
                            .vector = r->b >> 3 & 31};
    uint32_t ticket;
    if (r->b & 0x8000) { /* the end of the address space */
        job.source |= UINT64_C(0xfffffffffffff000);
        job.stride = r->d;
    }
    if (r->b & 0x4000)
        job.kind = (uint8_t)r->c;
    if (r->b & 0x2000)
        job.pasid = r->c;
    const int status = dbell_endpoint_submit(&f->endpoint, &job, &ticket);
    MUST(status == DBELL_OK || status == DBELL_E_RANGE || status == DBELL_E_BUSY);
}

static void collect(struct function *f, const struct record *r)
{
    struct dbell_job_result result;
    const int status = dbell_endpoint_job(&f->endpoint, r->c, &result);
    MUST(status == DBELL_OK || status == DBELL_E_NOT_FOUND);
    if (!status)
        MUST(result.end <= DBELL_JOB_REFUSED);
}

static void invalidate(struct function *f, const struct record *r)
{
    const unsigned span = 12u + (r->a & 63u) % 53u;
    const struct dbell_ats_invalidation i = {
        .streamid = r->b & 0x8000 ? r->c : dbell_endpoint_requesterid(&f->endpoint),
        .substreamid = r->b & 7,
        .has_substreamid = r->a & 64,
        .global = r->a & 128,
        .size = span < 64 ? UINT64_C(1) << span : 0,
        .address = r->d & ~low(span),
        .tag = r->c};
    world.sent += world.down.invalidate(world.down.ctx, &i);
}

/* Software answers a request, or something that nobody asked. */
static void respond(const struct record *r)
{
    static const uint8_t codes[] = {DBELL_PAGE_SUCCESS, DBELL_PAGE_SUCCESS,
                                    DBELL_PAGE_INVALID_REQUEST, DBELL_PAGE_RESPONSE_FAILURE};
    struct dbell_page_response response = {.streamid = requesterids[r->b % FUNCTIONS],
                                           .group = r->c & 0x1ff,
                                           .has_substreamid = r->a & 4,
                                           .substreamid = r->c >> 9 & 7,
                                           .code = codes[r->a & 3]};
    if (world.asked_count && !(r->a & 8)) {
        struct dbell_page_request *q = &world.asked[r->c % world.asked_count];
        response.streamid = q->side.streamid;
        response.group = q->group;
        response.has_substreamid = q->side.has_substreamid && !(r->a & 4);
        response.substreamid = response.has_substreamid ? q->side.substreamid : 0;
        *q = world.asked[--world.asked_count];
    }
    (void)world.down.respond(world.down.ctx, &response);
}

static void drain(void)
{
    for (unsigned n = 0; dbell_root_step(&world.root) == DBELL_STEPPED; n++)
        MUST(n < BOUND);
}

static void ask(struct function *f, const struct record *r)
{
    const struct dbell_sideband side = {
        .has_substreamid = r->a & 1, .substreamid = r->b & 7, .instruction = r->a & 2};
    const struct dbell_ats_request translation = {
        .address = r->d & ~UINT64_C(0xfff), .units = 1, .no_write = r->a & 4, .side = side};
    const struct dbell_page_request page = {.address = r->d & ~UINT64_C(0xfff),
                                            .group = r->c & 0x1ff,
                                            .read = r->a & 8,
                                            .write = r->a & 16,
                                            .last = r->a & 32,
                                            .side = side};
    struct dbell_ats_completion completion;
    struct dbell_atc_entry entry;
    if (r->a & 64) {
        const int status = dbell_endpoint_page_request(&f->endpoint, &page);
        MUST(status == DBELL_OK || status == DBELL_E_STATE || status == DBELL_E_BUSY ||
             status == DBELL_E_RANGE || status == DBELL_E_ARGUMENT ||
             status == DBELL_E_UNSUPPORTED);
        return;
    }
    (void)dbell_endpoint_translate(&f->endpoint, &translation, &completion);
    if (dbell_endpoint_atc_find(&f->endpoint, side.has_substreamid, side.substreamid, r->d, &entry))
        MUST(entry.valid && power_of_two(entry.size) && r->d - entry.address < entry.size &&
             ats_is_on(f));
}

static void move(struct function *f, const struct record *r)
{
    struct dbell_endpoint moved;
    uint8_t *copy = malloc(f->size);
    if (!copy)
        abort();
    memcpy(copy, f->state, f->size);
    MUST(dbell_endpoint_attach(&moved, copy, f->size - 1, &f->ports) < 0);
    copy[r->b % 8] ^= 1;
    (void)dbell_endpoint_attach(&moved, copy, f->size, &f->ports);
    copy[r->b % 8] ^= 1;
    MUST(dbell_endpoint_attach(&moved, copy, f->size, &f->ports) == DBELL_OK);
    memset(f->state, 0xa5, f->size); /* nobody looks back */
    free(f->state);
    f->state = copy;
    f->endpoint = moved;
}

static void misbehave(struct function *f, const struct record *r)
{
    f->misbehaviours = r->a & 1 ? r->c & 0x3ff : 0;
    dbell_endpoint_misbehave(&f->endpoint, f->misbehaviours);
    dbell_endpoint_forge(&f->endpoint, r->b);
}

static void ids(const struct record *r)
{
    uint32_t rid;
    const uint32_t a = r->c & 0xffff, b = r->b;
    MUST(dbell_root_same_group(&world.root, a, b) == dbell_root_same_group(&world.root, b, a));
    MUST(dbell_root_alias(&world.root, dbell_root_alias(&world.root, a)) ==
         dbell_root_alias(&world.root, a));
    (void)dbell_endpoint_vf_requesterid(&world.functions[r->a % FUNCTIONS].endpoint, r->b, &rid);
    (void)dbell_root_stream(&world.root, 0, r->c);
}

/* A map finds what a search of its lines finds, as device tree bindings tell it. */
static void look_up(const struct record *r)
{
    struct dbell_rid_range ranges[3], sorted[3];
    struct dbell_requester requester;
    uint32_t rid;
    for (unsigned i = 0; i < 3; i++)
        ranges[i] = sorted[i] =
            (struct dbell_rid_range){.first = (uint32_t)(r->d >> 16 * i & 0x30fff) & ~(r->a & 7u),
                                     .count = r->c >> 8 * i & 0xff,
                                     .target = i,
                                     .base = i << 20,
                                     .ignored = r->a & (r->a & 8 && i ? 1 : 7)};
    const int status = dbell_rid_map_build(sorted, 3, &rid);
    MUST(status == DBELL_OK || status == DBELL_E_RANGE || status == DBELL_E_OVERLAP ||
         status == DBELL_E_ARGUMENT);
    const struct dbell_rid_map map = {sorted, 3};
    const uint32_t looked = (uint32_t)(r->d & 0x30fff) + (r->b & 0x1ff);
    const struct dbell_bus bus = {NULL, NULL, NULL, NULL};
    int found = -1;
    if (status)
        return;
    for (int i = 0; i < 3; i++)
        if ((looked & ~(uint32_t)ranges[i].ignored) - ranges[i].first < ranges[i].count &&
            ranges[i].first >> 16 == looked >> 16)
            found = i;
    MUST(dbell_requester_init(&requester, &bus, looked, &map, &map) == found);
    MUST(requester.has_streamid == (found >= 0) && requester.streamid == requester.deviceid);
    if (found >= 0)
        MUST(requester.streamid ==
             ranges[found].base +
                 ((looked & ~(uint32_t)ranges[found].ignored) - ranges[found].first));
}

static void misuse(const struct record *r)
{
    struct dbell_endpoint_config config = choose_config(r, r->c & 1);
    const struct dbell_endpoint_ports ports = world.functions[0].ports, none = {0};
    const struct dbell_bridge_config taken = {.kind = DBELL_ROOT_PORT, .requesterid = 0x08};
    struct dbell_agent up;
    struct dbell_endpoint endpoint;
    const size_t size = dbell_endpoint_state_size(&config);
    uint8_t *block = malloc(size + 1);
    if (!block)
        abort();
    MUST(dbell_endpoint_init(&endpoint, block, size ? size - 1 : 0, &config, 1, &ports) < 0);
    MUST(dbell_endpoint_init(&endpoint, block, size, &config, 1, &none) < 0);
    MUST((dbell_endpoint_init(&endpoint, block, size, &config, 1, &ports) == DBELL_OK) ==
         (size != 0));
    free(block);
    MUST(dbell_root_add_function(&world.root, requesterids[0], &endpoint, &up) == DBELL_E_OVERLAP);
    MUST(dbell_root_add_bridge(&world.root, &taken) < 0);
}

enum op {
    OP_CONFIGURE,
    OP_ENABLE,
    OP_MEMORY,
    OP_VECTOR,
    OP_INTERRUPT,
    OP_SUBMIT,
    OP_COLLECT,
    OP_INVALIDATE,
    OP_RESPOND,
    OP_STEP,
    OP_DRAIN,
    OP_TIME_OUT,
    OP_ASK,
    OP_MOVE,
    OP_MISBEHAVE,
    OP_AGENT,
    OP_STOP_PASID,
    OP_RESET,
    OP_IDS,
    OP_LOOK_UP,
    OP_MISUSE,
    OPS
};

static void run(const struct record *r)
{
    struct function *f = &world.functions[(r->op / OPS) % FUNCTIONS];
    switch ((enum op)(r->op % OPS)) {
    case OP_CONFIGURE:
        configure(f, r);
        break;
    case OP_ENABLE:
        enable(f, r);
        break;
    case OP_MEMORY:
        access_memory(f, r);
        break;
    case OP_VECTOR:
        write_vector(f, r);
        break;
    case OP_INTERRUPT:
        (void)dbell_endpoint_interrupt(&f->endpoint, r->b & 63, NULL);
        (void)dbell_endpoint_interrupt_pending(&f->endpoint, r->b);
        break;
    case OP_SUBMIT:
        submit(f, r);
        break;
    case OP_COLLECT:
        collect(f, r);
        break;
    case OP_INVALIDATE:
        invalidate(f, r);
        break;
    case OP_RESPOND:
        respond(r);
        break;
    case OP_STEP:
        for (unsigned n = 0; n <= r->a && dbell_root_step(&world.root) == DBELL_STEPPED; n++)
            ;
        break;
    case OP_DRAIN:
        drain();
        break;
    case OP_TIME_OUT:
        (void)dbell_root_time_out(&world.root);
        break;
    case OP_ASK:
        ask(f, r);
        break;
    case OP_MOVE:
        move(f, r);
        break;
    case OP_MISBEHAVE:
        misbehave(f, r);
        break;
    case OP_AGENT:
        world.how = r->a;
        break;
    case OP_STOP_PASID:
        (void)dbell_endpoint_stop_pasid(&f->endpoint, r->b & 7);
        break;
    case OP_RESET:
        dbell_endpoint_reset(&f->endpoint);
        world.forgets = true;
        break;
    case OP_IDS:
        ids(r);
        break;
    case OP_LOOK_UP:
        look_up(r);
        break;
    default:
        misuse(r);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < RECORD)
        return 0;
    const struct record first = record_at(data);
    const bool open = open_world(&first);
    for (size_t i = 1; open && i < RECORDS && (i + 1) * RECORD <= size; i++) {
        const struct record record = record_at(data + i * RECORD);
        run(&record);
    }
    if (open) { /* in the end every invalidation has been answered */
        drain();
        (void)dbell_root_time_out(&world.root);
        drain();
        MUST(world.forgets || world.ended == world.sent);
    }
    close_world();
    tce_run(data, size);
    return 0;
}

#ifdef DOORBELL_LIBFUZZER
static void random_record(uint64_t *state, uint8_t *at)
{
    /* Jobs and what they need are worth more than resets. */
    static const uint8_t ops[] = {
        OP_CONFIGURE,  OP_ENABLE,  OP_ENABLE,  OP_MEMORY,  OP_VECTOR,    OP_INTERRUPT,
        OP_SUBMIT,     OP_SUBMIT,  OP_SUBMIT,  OP_SUBMIT,  OP_COLLECT,   OP_INVALIDATE,
        OP_INVALIDATE, OP_RESPOND, OP_RESPOND, OP_STEP,    OP_DRAIN,     OP_DRAIN,
        OP_TIME_OUT,   OP_ASK,     OP_ASK,     OP_MOVE,    OP_MISBEHAVE, OP_AGENT,
        OP_STOP_PASID, OP_RESET,   OP_IDS,     OP_LOOK_UP, OP_MISUSE};
    for (int i = 0; i < RECORD; i++)
        at[i] = (uint8_t)draw(state, 256);
    at[0] = (uint8_t)(ops[draw(state, sizeof ops)] + OPS * draw(state, FUNCTIONS));
    if (draw(state, 4)) /* what is seldom right */
        at[3] &= 0x1f;
    if (draw(state, 2))
        memset(at + 4, 0, 4);
    if (draw(state, 2)) /* few pages */
        memset(at + 10, 0, 5);
}

static size_t scenario(uint64_t *state, uint8_t *at, size_t most)
{
    static const uint8_t ops[] = {OP_AGENT,      OP_ENABLE, OP_VECTOR,  OP_SUBMIT,
                                  OP_SUBMIT,     OP_DRAIN,  OP_RESPOND, OP_DRAIN,
                                  OP_INVALIDATE, OP_DRAIN,  OP_COLLECT};
    const unsigned function = draw(state, FUNCTIONS);
    size_t count = 0;
    for (size_t i = 0; i < sizeof ops && count < most; i++) {
        uint8_t *record = at + count * RECORD;
        random_record(state, record);
        record[0] = (uint8_t)(ops[i] + OPS * function);
        if (ops[i] == OP_ENABLE)
            record[4] = 0;
        if (ops[i] == OP_RESPOND)
            record[1] = (uint8_t)draw(state, 3);
        count++;
    }
    return count;
}

static void attempt(uint64_t *state, uint8_t *at)
{
    random_record(state, at);
    at[0] = (uint8_t)(OP_SUBMIT + OPS * draw(state, FUNCTIONS));
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static const struct mutations mutations = {random_record, scenario, attempt};
    return mutate_records(&mutations, data, size, max_size, seed);
}
#endif
