/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Two ITSes with the caller's own redistributor behind them. */
#include <stdlib.h>
#include <string.h>

#include <doorbell/its.h>

struct board {
    struct dbell_its its;
    uint32_t pending; /* the redistributor: the last LPI that was set */
    uint8_t memory[0x11000];
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

static bool ask(void *ctx, const struct dbell_lpi_request *request,
                struct dbell_itinerary *itinerary)
{
    if (request->kind == DBELL_LPI_SET)
        ((struct board *)ctx)->pending = request->rdbase || itinerary ? 0 : request->intid;
    return true;
}

static void ring(struct board *board, uint64_t lpi) /* EventID 2 of DeviceID 5 */
{
    const struct dbell_its_config config = dbell_its_default_config();
    const struct dbell_its_ports ports = {.tables = {board, bus}, .lpi = {board, ask}};
    const size_t size = dbell_its_state_size(&config);
    const uint64_t valid = UINT64_C(1) << 63, device = UINT64_C(5) << 32;
    const uint64_t commands[][4] = {{9, 0, valid},                   /* MAPC */
                                    {device | 8, 1, valid | 0x3000}, /* MAPD */
                                    {device | 10, lpi << 32 | 2}};   /* MAPTI */
    memcpy(board->memory + 0x10000, commands, sizeof commands);
    if (dbell_its_init(&board->its, aligned_alloc(16, size), size, &config, &ports) < 0)
        exit(2);
    dbell_its_write(&board->its, 0x100, 8, valid);          /* GITS_BASER0: devices */
    dbell_its_write(&board->its, 0x108, 8, valid | 0x1000); /* GITS_BASER1: collections */
    dbell_its_write(&board->its, 0x80, 8, valid | 0x10000); /* GITS_CBASER */
    dbell_its_write(&board->its, 0x0, 4, 1);                /* GITS_CTLR.Enabled */
    dbell_its_write(&board->its, 0x88, 8, sizeof commands); /* GITS_CWRITER */
    while (dbell_its_step(&board->its, NULL) == DBELL_STEPPED)
        ;
    struct dbell_transaction msi = {.op = DBELL_WRITE, .length = 2, .data = (uint8_t[]){2, 0}};
    msi.side = (struct dbell_sideband){.has_deviceid = true, .deviceid = 5};
    dbell_its_msi(&board->its, &msi, &(struct dbell_msi_result){0});
}

int main(void)
{
    static struct board a, b;
    ring(&a, 8192), ring(&b, 9000);
    return a.pending != 8192 || b.pending != 9000;
}
