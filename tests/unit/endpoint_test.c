/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The translation cache, page requests and DMA engine of a function (PCIe 5.0: 2.2.7, 10.2 to
 * 10.5). */
#include <string.h>

#include "dbell_test.h"
#include "function.h"

#define VA UINT64_C(0x7f0000005000)
#define PA UINT64_C(0x90205000)

static struct dbell_ats_request request_for(uint64_t address, bool has_pasid, uint32_t pasid)
{
    return (struct dbell_ats_request){.address = address,
                                      .units = 1,
                                      .side = {.has_substreamid = has_pasid, .substreamid = pasid}};
}

static struct dbell_ats_completion page(uint64_t address, uint64_t size, bool read, bool write)
{
    return (struct dbell_ats_completion){
        .address = address, .size = size, .read = read, .write = write};
}

/* Puts a translation into the cache. */
static void fill(struct function *f, uint64_t address, bool has_pasid, uint32_t pasid,
                 struct dbell_ats_completion completion)
{
    const struct dbell_ats_request request = request_for(address, has_pasid, pasid);
    f->completion = completion;
    f->identity = false;
    CHECK_EQ(dbell_endpoint_translate(&f->endpoint, &request, &completion), DBELL_OK);
}

static bool holds(struct function *f, bool has_pasid, uint32_t pasid, uint64_t address)
{
    struct dbell_atc_entry entry;
    return dbell_endpoint_atc_find(&f->endpoint, has_pasid, pasid, address, &entry);
}

/* --- translations --- */

TEST(atc, a_completion_is_held_for_its_range_and_pasid_10_2_3)
{
    struct function f;
    struct dbell_atc_entry entry;
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 0);
    fill(&f, 0x7f0000200000, true, 0x412, page(0x90200000, 0x200000, true, true));
    CHECK_EQ(f.request.side.at, DBELL_AT_TRANSLATION_REQUEST);
    CHECK_EQ(f.request.side.requesterid, 0x100);
    CHECK(dbell_endpoint_atc_find(&f.endpoint, true, 0x412, 0x7f00003fffff, &entry));
    CHECK_EQ(entry.translated, 0x90200000);
    CHECK_EQ(entry.size, 0x200000);
    CHECK(!holds(&f, true, 0x412, 0x7f0000400000));
    CHECK(!holds(&f, true, 0x412, 0x7f00001fffff));
    CHECK(!holds(&f, true, 0x411, 0x7f0000200000));
    CHECK(!holds(&f, false, 0, 0x7f0000200000));
    function_close(&f);
}

TEST(atc, what_gives_no_access_is_not_held_10_2_3)
{
    struct dbell_ats_completion none[4] = {
        page(PA, 0x1000, false, false), page(PA, 0x1000, true, true), page(PA, 0x1000, true, true),
        page(PA, 0x3000, true, true)}; /* no such size */
    none[1].status = DBELL_ATS_UR;
    none[2].untranslated_only = true; /* 10.2.3.1 */
    for (unsigned i = 0; i < 4; i++) {
        struct function f;
        REQUIRE(function_open(&f, NULL));
        function_enable(&f, true, true, 0);
        fill(&f, VA, false, 0, none[i]);
        CHECK(!holds(&f, false, 0, VA));
        function_close(&f);
    }
}

TEST(atc, a_newer_completion_replaces_what_overlaps)
{
    struct function f;
    struct dbell_atc_entry entry;
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, false, true, 0);
    fill(&f, 0x5000, false, 0, page(0x90005000, 0x1000, true, false));
    fill(&f, 0x5000, false, 0, page(0xa0005000, 0x1000, true, true));
    CHECK(dbell_endpoint_atc_find(&f.endpoint, false, 0, 0x5000, &entry));
    CHECK_EQ(entry.translated, 0xa0005000);
    CHECK(entry.write);
    CHECK(!dbell_endpoint_atc(&f.endpoint, 1, &entry));
    function_close(&f);
}

TEST(atc, a_full_one_gives_up_its_entries_in_turn)
{
    struct dbell_endpoint_config config = dbell_endpoint_default_config();
    struct function f;
    config.atc_entries = 2;
    REQUIRE(function_open(&f, &config));
    function_enable(&f, false, true, 0);
    for (uint64_t i = 0; i < 3; i++)
        fill(&f, i << 12, false, 0, page(0x90000000 + (i << 12), 0x1000, true, true));
    CHECK(!holds(&f, false, 0, 0));
    CHECK(holds(&f, false, 0, 0x1000));
    CHECK(holds(&f, false, 0, 0x2000));
    function_close(&f);
}

TEST(atc, requests_need_ats_and_pasid_enabled_10_5_1)
{
    struct function f;
    struct dbell_ats_completion completion;
    struct dbell_ats_request request = request_for(VA, false, 0);
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, false, false, 0);
    CHECK(dbell_endpoint_translate(&f.endpoint, &request, &completion) == DBELL_E_STATE);
    function_enable(&f, false, true, 0);
    CHECK_EQ(dbell_endpoint_translate(&f.endpoint, &request, &completion), DBELL_OK);
    request = request_for(VA, true, 1);
    CHECK(dbell_endpoint_translate(&f.endpoint, &request, &completion) == DBELL_E_STATE);
    CHECK_EQ(f.requests, 1);
    function_close(&f);
}

TEST(atc, an_agent_without_ats_answers_ur)
{
    struct function f;
    struct dbell_ats_completion completion;
    const struct dbell_ats_request request = request_for(VA, false, 0);
    REQUIRE(function_open(&f, NULL));
    f.endpoint.ports.up.translate = NULL;
    function_enable(&f, false, true, 0);
    CHECK_EQ(dbell_endpoint_translate(&f.endpoint, &request, &completion), DBELL_OK);
    CHECK_EQ(completion.status, DBELL_ATS_UR);
    function_close(&f);
}

/* --- invalidation --- */

TEST(atc, an_invalidation_takes_exactly_what_it_covers_10_3_1_10_3_8)
{
    static const struct {
        struct dbell_ats_invalidation what;
        bool left[5]; /* of the translations below */
    } cases[] = {
        {{.has_substreamid = true, .substreamid = 0x412, .address = VA, .size = 0x1000},
         {false, true, true, true, true}},
        {{.has_substreamid = true,
          .substreamid = 0x412,
          .address = 0x7f0000000000,
          .size = 0x200000},
         {false, true, true, true, true}},
        {{.has_substreamid = true, .substreamid = 0x412, .address = 0x7f0000201000, .size = 0x1000},
         {true, false, true, true, true}},
        {{.has_substreamid = true, .substreamid = 0x412}, {false, false, false, true, true}},
        {{.has_substreamid = true,
          .substreamid = 0x412,
          .global = true,
          .address = VA,
          .size = 0x1000},
         {false, true, true, false, true}},
        {{.address = VA, .size = 0x1000}, {true, true, true, true, false}},
        {{.address = 0}, {true, true, true, true, false}},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct function f;
        REQUIRE(function_open(&f, NULL));
        function_enable(&f, true, true, 0);
        fill(&f, VA, true, 0x412, page(PA, 0x1000, true, true));
        fill(&f, 0x7f0000200000, true, 0x412, page(0x90200000, 0x200000, true, true));
        fill(&f, UINT64_C(0xfffffffffffff000), true, 0x412, page(PA, 0x1000, true, true));
        fill(&f, VA, true, 0x413, page(PA, 0x1000, true, true));
        fill(&f, VA, false, 0, page(PA, 0x1000, true, true));
        CHECK(dbell_endpoint_invalidate(&f.endpoint, &cases[i].what));
        CHECK(holds(&f, true, 0x412, VA)); /* noted, not done */
        function_settle(&f);
        const bool left[5] = {holds(&f, true, 0x412, VA), holds(&f, true, 0x412, 0x7f0000200000),
                              holds(&f, true, 0x412, UINT64_C(0xfffffffffffff000)),
                              holds(&f, true, 0x413, VA), holds(&f, false, 0, VA)};
        for (unsigned n = 0; n < 5; n++)
            if (left[n] != cases[i].left[n])
                dbell_test_check_eq(__FILE__, __LINE__, "case", "translation", i, n);
        CHECK_EQ(f.ended_count, 1);
        CHECK_EQ(f.ended[0], DBELL_ATS_INVALIDATED);
        function_close(&f);
    }
}

TEST(atc, as_many_invalidations_as_its_queue_holds_10_5_1_2)
{
    struct dbell_endpoint_config config = dbell_endpoint_default_config();
    struct function f;
    config.ats_queue_depth = 3;
    REQUIRE(function_open(&f, &config));
    CHECK_EQ(function_read(&f, dbell_endpoint_extended_capability(&f.endpoint, 0xf) + 4, 2), 0x63);
    function_enable(&f, false, true, 0);
    struct dbell_ats_invalidation what = {.size = 0x1000};
    for (what.tag = 0; what.tag < 3; what.tag++)
        CHECK(dbell_endpoint_invalidate(&f.endpoint, &what));
    CHECK(!dbell_endpoint_invalidate(&f.endpoint, &what));
    function_settle(&f);
    CHECK_EQ(f.ended_count, 3);
    CHECK_EQ(f.ended_tag[2], 2);
    CHECK(dbell_endpoint_invalidate(&f.endpoint, &what));
    function_close(&f);
}

TEST(atc, without_ats_enabled_an_invalidation_is_an_unsupported_request_10_3_1)
{
    struct function f;
    const struct dbell_ats_invalidation what = {.tag = 5};
    REQUIRE(function_open(&f, NULL));
    CHECK(dbell_endpoint_invalidate(&f.endpoint, &what));
    function_settle(&f);
    CHECK_EQ(f.ended_count, 1);
    CHECK_EQ(f.ended_tag[0], 5);
    CHECK_EQ(f.ended[0], DBELL_ATS_REFUSED);
    function_close(&f);
}

TEST(atc, disabling_ats_or_pasid_forgets_translations_10_3_5_10_3_8)
{
    for (unsigned i = 0; i < 2; i++) {
        struct function f;
        struct dbell_atc_entry entry;
        REQUIRE(function_open(&f, NULL));
        function_enable(&f, true, true, 0);
        fill(&f, VA, true, 1, page(PA, 0x1000, true, true));
        function_write(&f, dbell_endpoint_extended_capability(&f.endpoint, 0xf) + 6, 2, 0);
        CHECK(!dbell_endpoint_atc(&f.endpoint, 0, &entry));
        function_close(&f);
    }
}

TEST(atc, misbehaviours_of_invalidation)
{
    static const struct {
        uint32_t how;
        uint8_t end; /* of the invalidation; 0xff: none */
        bool left;
    } cases[] = {
        {0, DBELL_ATS_INVALIDATED, false},
        {DBELL_REFUSES_INVALIDATION, DBELL_ATS_REFUSED, true},
        {DBELL_KEEPS_TRANSLATIONS, DBELL_ATS_INVALIDATED, true},
        {DBELL_MUTE_ATC, UINT8_MAX, true},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct function f;
        const struct dbell_ats_invalidation what = {.address = VA, .size = 0x1000};
        REQUIRE(function_open(&f, NULL));
        function_enable(&f, false, true, 0);
        fill(&f, VA, false, 0, page(PA, 0x1000, true, true));
        dbell_endpoint_misbehave(&f.endpoint, cases[i].how);
        CHECK(dbell_endpoint_invalidate(&f.endpoint, &what));
        function_settle(&f);
        CHECK_EQ(f.ended_count, cases[i].end != UINT8_MAX);
        if (f.ended_count)
            CHECK_EQ(f.ended[0], cases[i].end);
        CHECK_EQ(holds(&f, false, 0, VA), cases[i].left);
        CHECK_EQ(dbell_endpoint_step(&f.endpoint), f.ended_count ? DBELL_IDLE : DBELL_NOT_YET);
        const bool mute = !f.ended_count;
        CHECK_EQ(dbell_endpoint_time_out(&f.endpoint), mute);
        if (cases[i].end == UINT8_MAX)
            CHECK_EQ(f.ended[0], DBELL_ATS_TIMED_OUT);
        function_close(&f);
    }
}

/* --- page requests --- */

static struct dbell_page_request page_of(uint16_t group, bool last)
{
    return (struct dbell_page_request){.address = VA,
                                       .group = group,
                                       .write = true,
                                       .last = last,
                                       .side = {.has_substreamid = true, .substreamid = 0x412}};
}

static unsigned pri_status(struct function *f)
{
    return function_read(f, dbell_endpoint_extended_capability(&f->endpoint, 0x13) + 6, 2);
}

static void answer(struct function *f, uint16_t group, uint8_t code)
{
    const struct dbell_page_response response = {
        .has_substreamid = true, .substreamid = 0x412, .group = group, .code = code};
    CHECK(dbell_endpoint_respond(&f->endpoint, &response));
    function_settle(f);
}

TEST(page_request, no_more_than_were_allocated_10_4_1_10_5_2_5)
{
    struct function f;
    const struct dbell_page_request one = page_of(5, false), other = page_of(5, true);
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 2);
    CHECK_EQ(dbell_endpoint_page_request(&f.endpoint, &one), DBELL_OK);
    CHECK_EQ(dbell_endpoint_page_request(&f.endpoint, &other), DBELL_OK);
    CHECK(dbell_endpoint_page_request(&f.endpoint, &other) == DBELL_E_BUSY);
    CHECK_EQ(f.page_count, 2);
    answer(&f, 5, DBELL_PAGE_SUCCESS); /* for both */
    CHECK_EQ(dbell_endpoint_page_request(&f.endpoint, &other), DBELL_OK);
    CHECK_EQ(pri_status(&f), 1 << 15); /* PASID required, no error */
    dbell_endpoint_misbehave(&f.endpoint, DBELL_OVERRUNS_PRI);
    for (unsigned i = 0; i < 6; i++)
        CHECK_EQ(dbell_endpoint_page_request(&f.endpoint, &other), DBELL_OK);
    function_close(&f);
}

TEST(page_request, needs_pri_enabled_and_its_pasid)
{
    struct function f;
    struct dbell_page_request one = page_of(0, true);
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 0);
    CHECK(dbell_endpoint_page_request(&f.endpoint, &one) == DBELL_E_STATE);
    CHECK_EQ(pri_status(&f), 1 << 15 | 1 << 8); /* stopped */
    function_enable(&f, true, true, 1);
    one.side.substreamid = 1u << 20;
    CHECK(dbell_endpoint_page_request(&f.endpoint, &one) == DBELL_E_STATE);
    one = page_of(512, true);
    CHECK(dbell_endpoint_page_request(&f.endpoint, &one) == DBELL_E_RANGE);
    f.page_status = DBELL_E_BUSY;
    one = page_of(1, true);
    CHECK(dbell_endpoint_page_request(&f.endpoint, &one) == DBELL_E_BUSY);
    f.page_status = 0;
    CHECK_EQ(dbell_endpoint_page_request(&f.endpoint, &one), DBELL_OK); /* no credit was lost */
    function_close(&f);
}

TEST(page_request, as_many_answers_as_its_queue_holds)
{
    struct function f;
    const struct dbell_page_response nobody = {.group = 1};
    unsigned held = 0;
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 4);
    while (held < 1000 && dbell_endpoint_respond(&f.endpoint, &nobody))
        held++;
    CHECK_EQ(held, 64);
    function_settle(&f);
    CHECK_EQ(f.found_count, 64); /* each is unexpected, none was lost */
    CHECK(dbell_endpoint_respond(&f.endpoint, &nobody));
    function_close(&f);
}

TEST(page_request, a_stop_marker_needs_no_credit_10_4_1_2_1)
{
    struct function f;
    const struct dbell_page_request one = page_of(5, true);
    const struct dbell_page_request marker = {.last = true,
                                              .side = {.has_substreamid = true, .substreamid = 7}};
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 1);
    CHECK_EQ(dbell_endpoint_page_request(&f.endpoint, &one), DBELL_OK);
    CHECK(dbell_endpoint_page_request(&f.endpoint, &one) == DBELL_E_BUSY);
    CHECK_EQ(dbell_endpoint_page_request(&f.endpoint, &marker), DBELL_OK);
    CHECK_EQ(f.page_count, 2);
    answer(&f, 0, DBELL_PAGE_SUCCESS); /* a marker has no group to answer */
    CHECK_EQ(pri_status(&f) & 3, 2);
    function_close(&f);
}

TEST(page_request, a_pasid_that_is_not_enabled_cannot_be_stopped)
{
    struct function f;
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, false, true, 4);
    CHECK(dbell_endpoint_stop_pasid(&f.endpoint, 7) == DBELL_E_STATE);
    CHECK_EQ(f.page_count, 0);
    function_close(&f);
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, false, true, 0);
    CHECK(dbell_endpoint_stop_pasid(&f.endpoint, 7) == DBELL_E_STATE);
    function_close(&f);
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 0); /* without page requests there is no marker */
    CHECK_EQ(dbell_endpoint_stop_pasid(&f.endpoint, 7), DBELL_OK);
    CHECK_EQ(f.page_count, 0);
    function_close(&f);
}

TEST(page_request, a_failure_stops_them_until_reset_10_4_2_1_10_5_2)
{
    struct function f;
    const struct dbell_page_request one = page_of(3, true);
    REQUIRE(function_open(&f, NULL));
    const unsigned pri = dbell_endpoint_extended_capability(&f.endpoint, 0x13);
    function_enable(&f, true, true, 4);
    CHECK_EQ(dbell_endpoint_page_request(&f.endpoint, &one), DBELL_OK);
    answer(&f, 3, DBELL_PAGE_RESPONSE_FAILURE);
    CHECK_EQ(pri_status(&f) & 3, 1); /* Response Failure */
    CHECK(dbell_endpoint_page_request(&f.endpoint, &one) == DBELL_E_STATE);
    function_write(&f, pri + 4, 2, 3); /* RESET does nothing while enabled */
    CHECK_EQ(pri_status(&f) & 3, 1);
    function_write(&f, pri + 4, 2, 0);
    CHECK_EQ(pri_status(&f) & 0x100, 0x100);
    function_write(&f, pri + 4, 2, 2);
    CHECK_EQ(pri_status(&f) & 3, 0);
    function_write(&f, pri + 4, 2, 1);
    CHECK_EQ(dbell_endpoint_page_request(&f.endpoint, &one), DBELL_OK);
    function_close(&f);
}

TEST(page_request, a_response_for_no_group_is_unexpected_10_5_2_3)
{
    struct function f;
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 4);
    answer(&f, 9, DBELL_PAGE_SUCCESS);
    CHECK_EQ(pri_status(&f) & 3, 2);
    CHECK(function_has_found(&f, DBELL_FINDING_UNEXPECTED_RESPONSE));
    function_write(&f, dbell_endpoint_extended_capability(&f.endpoint, 0x13) + 6, 2, 2); /* RW1C */
    CHECK_EQ(pri_status(&f) & 3, 0);
    const struct dbell_page_request one = page_of(1, true);
    CHECK_EQ(dbell_endpoint_page_request(&f.endpoint, &one), DBELL_OK);
    const struct dbell_page_response wrong = {
        .has_substreamid = true, .substreamid = 1, .group = 1};
    CHECK(dbell_endpoint_respond(&f.endpoint, &wrong));
    function_settle(&f);
    CHECK_EQ(pri_status(&f) & 3, 2);
    function_close(&f);
}

TEST(page_request, a_response_before_last_is_found_10_4_2)
{
    struct function f;
    const struct dbell_page_request first = page_of(7, false);
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 4);
    CHECK_EQ(dbell_endpoint_page_request(&f.endpoint, &first), DBELL_OK);
    answer(&f, 7, DBELL_PAGE_SUCCESS);
    CHECK(function_has_found(&f, DBELL_FINDING_EARLY_RESPONSE));
    function_close(&f);
}

TEST(page_request, a_stopped_pasid_ends_with_a_marker_10_4_1_2_1)
{
    struct function f;
    const struct dbell_page_request one = page_of(2, true);
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 4);
    fill(&f, VA, true, 0x412, page(PA, 0x1000, true, true));
    CHECK_EQ(dbell_endpoint_page_request(&f.endpoint, &one), DBELL_OK);
    CHECK(dbell_endpoint_stop_pasid(&f.endpoint, 0x412) == DBELL_E_BUSY);
    CHECK(!holds(&f, true, 0x412, VA));
    answer(&f, 2, DBELL_PAGE_SUCCESS);
    CHECK_EQ(dbell_endpoint_stop_pasid(&f.endpoint, 0x412), DBELL_OK);
    REQUIRE(f.page_count == 2);
    CHECK(dbell_page_request_is_stop_marker(&f.pages[1]));
    CHECK_EQ(f.pages[1].side.substreamid, 0x412);
    CHECK_EQ(f.found_count, 0);
    function_close(&f);
}

TEST(page_request, an_answer_to_a_former_life_of_a_pasid_is_found)
{
    struct function f;
    const struct dbell_page_request one = page_of(2, true);
    const struct dbell_job job = {
        .kind = DBELL_JOB_TOUCH, .length = 4, .has_pasid = true, .pasid = 0x412};
    uint32_t ticket;
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 4);
    CHECK_EQ(dbell_endpoint_page_request(&f.endpoint, &one), DBELL_OK);
    CHECK(dbell_endpoint_stop_pasid(&f.endpoint, 0x412) == DBELL_E_BUSY);
    CHECK_EQ(dbell_endpoint_submit(&f.endpoint, &job, &ticket), DBELL_OK); /* too early */
    answer(&f, 2, DBELL_PAGE_SUCCESS);
    CHECK(function_has_found(&f, DBELL_FINDING_STALE_PASID));
    function_close(&f);
}

TEST(page_request, never_last)
{
    struct function f;
    const struct dbell_page_request one = page_of(2, true);
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 4);
    dbell_endpoint_misbehave(&f.endpoint, DBELL_NEVER_LAST);
    CHECK_EQ(dbell_endpoint_page_request(&f.endpoint, &one), DBELL_OK);
    REQUIRE(f.page_count == 1);
    CHECK(!f.pages[0].last);
    function_close(&f);
}

/* --- jobs --- */

static struct dbell_job copy_of(uint64_t from, uint64_t to, uint64_t length)
{
    return (struct dbell_job){
        .kind = DBELL_JOB_COPY, .source = from, .destination = to, .length = length};
}

TEST(engine, copies_fills_and_sums)
{
    struct function f;
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, false, false, 0);
    const struct dbell_job fill_job = {.kind = DBELL_JOB_FILL,
                                       .destination = 0x1003,
                                       .length = 700,
                                       .value = UINT64_C(0x0807060504030201)};
    CHECK_EQ(function_run(&f, &fill_job).end, DBELL_JOB_DONE);
    for (unsigned i = 0; i < 700; i++)
        REQUIRE(f.ram[0x1003 + i] == i % 8 + 1);
    CHECK_EQ(f.ram[0x1002] | f.ram[0x1003 + 700], 0);
    const struct dbell_job copy = copy_of(0x1003, 0x5ff1, 700);
    CHECK_EQ(function_run(&f, &copy).end, DBELL_JOB_DONE);
    CHECK(!memcmp(&f.ram[0x1003], &f.ram[0x5ff1], 700));
    memset(f.ram, 0, sizeof f.ram);
    for (unsigned i = 0; i < 0x1000; i += 8)
        f.ram[0x2000 + i] = 1;
    const struct dbell_job sum = {.kind = DBELL_JOB_SUM, .source = 0x2000, .length = 0x1000};
    const struct dbell_job_result result = function_run(&f, &sum);
    CHECK_EQ(result.end, DBELL_JOB_DONE);
    CHECK_EQ(result.value, 0x200);
    function_close(&f);
}

TEST(engine, a_strided_job_moves_block_after_block)
{
    struct function f;
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, false, false, 0);
    for (unsigned i = 0; i < 0x400; i++)
        f.ram[0x1000 + i] = (uint8_t)(i / 0x100 + 1);
    struct dbell_job job = copy_of(0x1000, 0x8000, 10);
    job.block = 4;
    job.stride = 0x100;
    CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_DONE);
    for (unsigned block = 0; block < 3; block++)
        for (unsigned i = 0; i < 5; i++)
            CHECK_EQ(f.ram[0x8000 + block * 0x100 + i], i < (block < 2 ? 4u : 2u) ? block + 1 : 0);
    function_close(&f);
}

TEST(engine, no_access_crosses_4k_unless_it_misbehaves_2_2_7)
{
    for (unsigned bad = 0; bad < 2; bad++) {
        struct function f;
        bool crossed = false;
        REQUIRE(function_open(&f, NULL));
        function_enable(&f, false, false, 0);
        dbell_endpoint_misbehave(&f.endpoint, bad ? DBELL_CROSSES_4K : 0);
        const struct dbell_job job = copy_of(0x1f80, 0x4fc0, 0x100);
        CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_DONE);
        for (unsigned i = 0; i < f.sent_count; i++)
            crossed |= (f.sent[i].address & 0xfff) + f.sent[i].length > 0x1000;
        CHECK_EQ(crossed, bad);
        function_close(&f);
    }
}

TEST(engine, an_abort_ends_it_where_it_happened)
{
    struct function f;
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, false, false, 0);
    f.refuses = 0x8100;
    const struct dbell_job job = copy_of(0x1000, 0x8000, 0x400);
    const struct dbell_job_result result = function_run(&f, &job);
    CHECK_EQ(result.end, DBELL_JOB_ERROR);
    CHECK_EQ(result.address, 0x8100);
    CHECK_EQ(result.response, DBELL_RESPONSE_SLVERR);
    CHECK_EQ(result.done, 0x100);
    function_close(&f);
}

TEST(engine, what_software_has_not_enabled_is_refused)
{
    struct function f;
    struct dbell_job job = copy_of(0x1000, 0x2000, 8);
    REQUIRE(function_open(&f, NULL));
    CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_REFUSED); /* no bus master */
    function_enable(&f, false, false, 0);
    job.mode = DBELL_THROUGH_ATC;
    CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_REFUSED);
    job.mode = DBELL_UNTRANSLATED;
    job.has_pasid = true;
    CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_REFUSED);
    CHECK_EQ(f.sent_count, 0);
    static const struct dbell_job bad[] = {
        {.kind = DBELL_JOBS, .length = 8},
        {.kind = DBELL_JOB_FILL},
        {.kind = DBELL_JOB_SUM, .length = 4},
        {.kind = DBELL_JOB_SUM, .length = 8, .source = 4},
        {.kind = DBELL_JOB_FILL, .length = UINT64_C(1) << 48},
        {.kind = DBELL_JOB_FILL, .length = 8, .has_pasid = true, .pasid = 1u << 20},
        {.kind = DBELL_JOB_FILL, .length = 8, .mode = 2},
    };
    uint32_t ticket;
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(dbell_endpoint_submit(&f.endpoint, &bad[i], &ticket) == DBELL_E_RANGE);
    function_close(&f);
}

TEST(engine, holds_so_many_jobs_and_names_them)
{
    struct function f;
    const struct dbell_job job = copy_of(0x1000, 0x2000, 8);
    struct dbell_job_result result;
    enum { JOBS = 16 };
    uint32_t ticket[JOBS + 1];
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, false, false, 0);
    for (unsigned i = 0; i < JOBS; i++)
        CHECK_EQ(dbell_endpoint_submit(&f.endpoint, &job, &ticket[i]), DBELL_OK);
    CHECK(dbell_endpoint_submit(&f.endpoint, &job, &ticket[JOBS]) == DBELL_E_BUSY);
    CHECK_EQ(dbell_endpoint_job(&f.endpoint, ticket[3], &result), DBELL_OK);
    CHECK_EQ(result.end, DBELL_JOB_RUNS);
    function_settle(&f);
    CHECK_EQ(dbell_endpoint_job(&f.endpoint, ticket[3], &result), DBELL_OK);
    CHECK_EQ(result.end, DBELL_JOB_DONE);
    CHECK(dbell_endpoint_job(&f.endpoint, ticket[3], &result) == DBELL_E_NOT_FOUND);
    CHECK_EQ(dbell_endpoint_submit(&f.endpoint, &job, &ticket[3]), DBELL_OK);
    function_close(&f);
}

TEST(engine, its_message_comes_after_the_data_2_4_1)
{
    for (unsigned bad = 0; bad < 2; bad++) {
        struct function f;
        struct dbell_job job = {.kind = DBELL_JOB_FILL,
                                .destination = 0x1000,
                                .length = 0x200,
                                .interrupts = true,
                                .vector = 2};
        REQUIRE(function_open(&f, NULL));
        function_enable(&f, false, false, 0);
        function_write(&f, dbell_endpoint_capability(&f.endpoint, 0x11) + 2, 2, 0x8000);
        function_msix_write(&f, 32, 0xf000);
        function_msix_write(&f, 44, 0);
        dbell_endpoint_misbehave(&f.endpoint, bad ? DBELL_MSI_FIRST : 0);
        CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_DONE);
        REQUIRE(f.sent_count == 3);
        CHECK_EQ(f.sent[bad ? 0 : 2].address, 0xf000);
        CHECK(f.sent[bad ? 0 : 2].side.message);
        CHECK_EQ(function_has_found(&f, DBELL_FINDING_MSI_FIRST), bad);
        function_close(&f);
    }
}

TEST(engine, forged_identity_and_address_type)
{
    struct function f;
    const struct dbell_job job = copy_of(0x1000, 0x2000, 8);
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, false, false, 0);
    dbell_endpoint_forge(&f.endpoint, 0x200);
    dbell_endpoint_misbehave(&f.endpoint, DBELL_FORGES_REQUESTERID | DBELL_FORGES_TRANSLATED);
    CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_DONE);
    CHECK_EQ(f.sent[0].side.requesterid, 0x200);
    CHECK_EQ(f.sent[0].side.at, DBELL_AT_TRANSLATED);
    CHECK_EQ(f.requests, 0);
    function_close(&f);
}

/* --- jobs through the translation cache --- */

static struct dbell_job through_atc(enum dbell_job_kind kind, uint64_t length)
{
    return (struct dbell_job){.kind = (uint8_t)kind,
                              .mode = DBELL_THROUGH_ATC,
                              .source = VA,
                              .destination = VA,
                              .length = length,
                              .value = 0x55,
                              .has_pasid = true,
                              .pasid = 0x412};
}

/* What a function does that it should not, one bit each, as enum dbell_misbehaviour has them. */
static unsigned misdeeds(uint32_t asked)
{
    struct function f;
    unsigned seen = 0;
    const struct dbell_ats_invalidation what = {.address = VA, .size = 0x1000};
    const struct dbell_page_request one = page_of(2, true), other = page_of(3, true);
    struct dbell_ats_completion untranslated = page(PA, 0x1000, true, true);
    struct dbell_job job = copy_of(0x1f80, 0x4fc0, 0x100);
    if (!function_open(&f, NULL))
        return UINT32_MAX;
    function_enable(&f, true, true, 1);
    function_write(&f, dbell_endpoint_capability(&f.endpoint, 0x11) + 2, 2, 0x8000);
    function_msix_write(&f, 0, 0xf000);
    function_msix_write(&f, 12, 0);
    dbell_endpoint_forge(&f.endpoint, 0x200);
    dbell_endpoint_misbehave(&f.endpoint, asked);
    job.interrupts = true;
    CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_DONE);
    seen |= f.sent[1].side.requesterid == 0x200 ? 1u : 0;
    seen |= f.sent[1].side.at == DBELL_AT_TRANSLATED ? 2u : 0;
    seen |= f.sent[0].address == 0xf000 ? 0x80u : 0;
    for (unsigned i = 0; i < f.sent_count; i++)
        seen |= (f.sent[i].address & 0xfff) + f.sent[i].length > 0x1000 ? 0x200u : 0;
    fill(&f, VA, false, 0, page(PA, 0x1000, true, true));
    CHECK(dbell_endpoint_invalidate(&f.endpoint, &what));
    function_settle(&f);
    if (!f.ended_count)
        seen |= 4;
    else if (f.ended[0] != DBELL_ATS_INVALIDATED)
        seen |= 8;
    else if (holds(&f, false, 0, VA))
        seen |= 0x10;
    untranslated.untranslated_only = true;
    fill(&f, VA + 0x1000, false, 0, untranslated);
    seen |= holds(&f, false, 0, VA + 0x1000) ? 0x100u : 0;
    CHECK_EQ(dbell_endpoint_page_request(&f.endpoint, &one), DBELL_OK);
    seen |= f.pages[0].last ? 0 : 0x40u;
    seen |= dbell_endpoint_page_request(&f.endpoint, &other) == DBELL_OK ? 0x20u : 0;
    function_close(&f);
    return seen;
}

TEST(misbehaviour, each_is_of_one_kind)
{
    CHECK_EQ(misdeeds(0), 0);
    for (unsigned bit = 0; bit < 10; bit++)
        CHECK_EQ(misdeeds(1u << bit), 1u << bit);
    CHECK_EQ(misdeeds(DBELL_FORGES_REQUESTERID | DBELL_FORGES_TRANSLATED |
                      DBELL_KEEPS_TRANSLATIONS | DBELL_OVERRUNS_PRI | DBELL_NEVER_LAST |
                      DBELL_MSI_FIRST | DBELL_CACHES_UNTRANSLATED | DBELL_CROSSES_4K),
             0x3f3);
}

TEST(engine, one_request_for_each_page_and_permission_10_2_2)
{
    struct function f;
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 0);
    f.completion = page(0x3000, 0x1000, true, false);
    struct dbell_job job = through_atc(DBELL_JOB_TOUCH, 0x1000);
    CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_DONE);
    CHECK_EQ(f.requests, 1); /* 16 pieces */
    CHECK_EQ(f.uses, 16);
    CHECK(f.request.no_write);
    CHECK_EQ(f.sent[0].address, 0x3000);
    CHECK_EQ(f.sent[0].side.at, DBELL_AT_TRANSLATED);
    CHECK_EQ(f.sent[15].address, 0x3f00);
    f.completion.write = true;
    job = through_atc(DBELL_JOB_FILL, 16);
    CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_DONE); /* it was held without W */
    CHECK_EQ(f.requests, 2);
    CHECK(!f.request.no_write);
    CHECK_EQ(f.ram[0x3000], 0x55);
    function_close(&f);
}

TEST(engine, untranslated_only_goes_untranslated_10_2_3_1)
{
    for (unsigned bad = 0; bad < 2; bad++) {
        struct function f;
        const struct dbell_job job = through_atc(DBELL_JOB_TOUCH, 8);
        REQUIRE(function_open(&f, NULL));
        function_enable(&f, true, true, 0);
        f.completion = page(0x3000, 0x1000, true, true);
        f.completion.untranslated_only = true;
        dbell_endpoint_misbehave(&f.endpoint, bad ? DBELL_CACHES_UNTRANSLATED : 0);
        CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_DONE);
        CHECK_EQ(f.sent[0].side.at, bad ? DBELL_AT_TRANSLATED : DBELL_AT_UNTRANSLATED);
        CHECK_EQ(f.sent[0].address, bad ? 0x3000 : VA);
        function_close(&f);
    }
}

TEST(engine, a_page_that_is_not_there_is_asked_for_and_tried_again_10_4)
{
    struct function f;
    struct dbell_job_result result;
    uint32_t ticket;
    const struct dbell_job job = through_atc(DBELL_JOB_FILL, 8);
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 4);
    f.completion = page(0, 0x1000, false, false);
    CHECK_EQ(dbell_endpoint_submit(&f.endpoint, &job, &ticket), DBELL_OK);
    function_settle(&f);
    REQUIRE(f.page_count == 1);
    CHECK_EQ(f.pages[0].address, VA);
    CHECK(f.pages[0].write && !f.pages[0].read && f.pages[0].last);
    CHECK_EQ(f.pages[0].side.substreamid, 0x412);
    CHECK_EQ(dbell_endpoint_step(&f.endpoint), DBELL_NOT_YET);
    f.completion = page(0x3000, 0x1000, true, true);
    answer(&f, f.pages[0].group, DBELL_PAGE_SUCCESS);
    CHECK_EQ(dbell_endpoint_job(&f.endpoint, ticket, &result), DBELL_OK);
    CHECK_EQ(result.end, DBELL_JOB_DONE);
    CHECK_EQ(result.pages, 1);
    CHECK_EQ(f.ram[0x3000], 0x55);
    function_close(&f);
}

TEST(engine, a_page_that_is_denied_ends_the_job_10_4_2_1)
{
    static const uint8_t codes[] = {DBELL_PAGE_INVALID_REQUEST, DBELL_PAGE_RESPONSE_FAILURE, 2};
    for (unsigned i = 0; i < sizeof codes; i++) {
        struct function f;
        struct dbell_job_result result;
        uint32_t ticket;
        const struct dbell_job job = through_atc(DBELL_JOB_FILL, 8);
        REQUIRE(function_open(&f, NULL));
        function_enable(&f, true, true, 4);
        CHECK_EQ(dbell_endpoint_submit(&f.endpoint, &job, &ticket), DBELL_OK);
        function_settle(&f);
        answer(&f, 0, codes[i]);
        CHECK_EQ(dbell_endpoint_job(&f.endpoint, ticket, &result), DBELL_OK);
        CHECK_EQ(result.end, DBELL_JOB_DENIED);
        CHECK_EQ(result.address, VA);
        CHECK_EQ(pri_status(&f) & 3, i ? 1 : 0);
        function_close(&f);
    }
}

TEST(engine, success_that_maps_nothing_is_given_up)
{
    struct function f;
    struct dbell_job_result result;
    uint32_t ticket;
    const struct dbell_job job = through_atc(DBELL_JOB_FILL, 8);
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 4);
    CHECK_EQ(dbell_endpoint_submit(&f.endpoint, &job, &ticket), DBELL_OK);
    function_settle(&f);
    for (unsigned i = 0; i < 16; i++)
        answer(&f, 0, DBELL_PAGE_SUCCESS);
    CHECK_EQ(dbell_endpoint_job(&f.endpoint, ticket, &result), DBELL_OK);
    CHECK_EQ(result.end, DBELL_JOB_DENIED);
    CHECK_EQ(result.pages, 16);
    function_close(&f);
}

TEST(engine, without_pri_a_missing_page_ends_the_job)
{
    struct function f;
    const struct dbell_job job = through_atc(DBELL_JOB_FILL, 8);
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 0);
    CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_DENIED);
    CHECK_EQ(f.page_count, 0);
    f.completion.status = DBELL_ATS_CA;
    CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_DENIED);
    function_close(&f);
}

TEST(engine, an_agent_that_is_busy_is_asked_again)
{
    struct function f;
    struct dbell_job_result result;
    uint32_t ticket;
    const struct dbell_job job = through_atc(DBELL_JOB_FILL, 8);
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 4);
    f.completion = page(0x3000, 0x1000, true, true);
    f.translate_status = DBELL_E_BUSY;
    CHECK_EQ(dbell_endpoint_submit(&f.endpoint, &job, &ticket), DBELL_OK);
    function_settle(&f);
    CHECK_EQ(dbell_endpoint_job(&f.endpoint, ticket, &result), DBELL_OK);
    CHECK_EQ(result.end, DBELL_JOB_RUNS);
    f.translate_status = 0;
    function_settle(&f);
    CHECK_EQ(dbell_endpoint_job(&f.endpoint, ticket, &result), DBELL_OK);
    CHECK_EQ(result.end, DBELL_JOB_DONE);
    CHECK_EQ(f.ram[0x3000], 0x55);
    /* One that cannot, one that says so by its completion, and one that is no longer asked. */
    const unsigned at = dbell_endpoint_extended_capability(&f.endpoint, 0xf) + 6;
    function_write(&f, at, 2, 0); /* forgets what it had */
    function_write(&f, at, 2, 0x8000);
    f.translate_status = DBELL_E_UNSUPPORTED;
    CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_DENIED);
    f.translate_status = 0;
    f.completion.status = DBELL_ATS_UR;
    CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_DENIED);
    f.translate_status = DBELL_E_BUSY;
    CHECK_EQ(dbell_endpoint_submit(&f.endpoint, &job, &ticket), DBELL_OK);
    function_settle(&f);
    function_write(&f, at, 2, 0);
    function_settle(&f);
    CHECK_EQ(dbell_endpoint_job(&f.endpoint, ticket, &result), DBELL_OK);
    CHECK_EQ(result.end, DBELL_JOB_REFUSED);
    CHECK_EQ(f.page_count, 0); /* there is nobody to ask for a page */
    function_close(&f);
}

TEST(engine, without_credit_a_page_is_asked_for_later_10_5_2_5)
{
    struct function f;
    struct dbell_job_result result;
    uint32_t tickets[2];
    struct dbell_job job = through_atc(DBELL_JOB_FILL, 8);
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 1);
    CHECK_EQ(dbell_endpoint_submit(&f.endpoint, &job, &tickets[0]), DBELL_OK);
    job.destination += 0x10000;
    CHECK_EQ(dbell_endpoint_submit(&f.endpoint, &job, &tickets[1]), DBELL_OK);
    function_settle(&f);
    CHECK_EQ(f.page_count, 1);
    for (unsigned i = 0; i < 64; i++) /* waiting costs no try */
        (void)dbell_endpoint_step(&f.endpoint);
    f.identity = true;
    answer(&f, f.pages[0].group, DBELL_PAGE_SUCCESS);
    f.identity = false;
    function_settle(&f);
    for (unsigned i = 0; i < 2; i++) {
        CHECK_EQ(dbell_endpoint_job(&f.endpoint, tickets[i], &result), DBELL_OK);
        CHECK(result.end != DBELL_JOB_DENIED);
    }
    function_close(&f);
}

/* The agent takes no page request at all. */
TEST(engine, without_a_free_group_a_page_is_asked_for_later_10_4_1)
{
    struct function f;
    struct dbell_endpoint_config config = dbell_endpoint_default_config();
    struct dbell_job_result result;
    uint32_t ticket;
    config.pri_capacity = 1000;
    REQUIRE(function_open(&f, &config));
    function_enable(&f, true, true, 1000);
    for (uint16_t group = 0; group < 512; group++) {
        const struct dbell_page_request one = page_of(group, true);
        CHECK_EQ(dbell_endpoint_page_request(&f.endpoint, &one), DBELL_OK);
    }
    struct dbell_job job = copy_of(0, 0x1000, 16);
    job.mode = DBELL_THROUGH_ATC;
    CHECK_EQ(dbell_endpoint_submit(&f.endpoint, &job, &ticket), DBELL_OK);
    function_settle(&f);
    CHECK_EQ(dbell_endpoint_job(&f.endpoint, ticket, &result), DBELL_OK);
    CHECK_EQ(result.end, DBELL_JOB_RUNS);
    f.identity = true;
    answer(&f, 77, DBELL_PAGE_SUCCESS);
    dbell_endpoint_job(&f.endpoint, ticket, &result);
    CHECK_EQ(result.end, DBELL_JOB_DONE);
    function_close(&f);
}

TEST(engine, an_agent_that_fails_ends_the_job)
{
    struct function f;
    struct dbell_job job = copy_of(0, 0x1000, 16);
    job.mode = DBELL_THROUGH_ATC;
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 0);
    f.translate_status = DBELL_E_STATE;
    CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_REFUSED);
    CHECK_EQ(f.requests, 1);
    function_close(&f);
}

TEST(engine, a_page_that_cannot_be_asked_for_ends_the_job_10_4)
{
    struct function f;
    const struct dbell_job job = through_atc(DBELL_JOB_FILL, 8);
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 4);
    f.page_status = DBELL_E_UNSUPPORTED;
    CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_DENIED);
    function_close(&f);
}

TEST(engine, stopping_a_pasid_stops_its_running_jobs_only)
{
    struct function f;
    struct dbell_job_result result;
    struct dbell_job job = through_atc(DBELL_JOB_FILL, 8);
    uint32_t tickets[3];
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 4);
    f.completion = page(0x3000, 0x1000, true, true);
    CHECK_EQ(dbell_endpoint_submit(&f.endpoint, &job, &tickets[0]), DBELL_OK);
    function_settle(&f); /* done, and not collected */
    f.translate_status = DBELL_E_BUSY;
    job.destination += 0x100000;
    CHECK_EQ(dbell_endpoint_submit(&f.endpoint, &job, &tickets[1]), DBELL_OK);
    job.pasid = 0x413;
    CHECK_EQ(dbell_endpoint_submit(&f.endpoint, &job, &tickets[2]), DBELL_OK);
    function_settle(&f);
    CHECK_EQ(dbell_endpoint_stop_pasid(&f.endpoint, 0x412), DBELL_OK);
    f.translate_status = 0;
    f.completion = page(0x4000, 0x1000, true, true);
    function_settle(&f);
    static const uint8_t ends[] = {DBELL_JOB_DONE, DBELL_JOB_REFUSED, DBELL_JOB_DONE};
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(dbell_endpoint_job(&f.endpoint, tickets[i], &result), DBELL_OK);
        CHECK_EQ(result.end, ends[i]);
    }
    function_close(&f);
}

TEST(engine, an_act_does_not_begin_within_another)
{
    struct function f;
    const struct dbell_job job = copy_of(0x1000, 0x2000, 8);
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, false, false, 0);
    f.steps_again = true;
    CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_DONE);
    CHECK_EQ(f.step_again_status, DBELL_E_BUSY);
    function_close(&f);
}

TEST(engine, a_job_that_waits_for_a_page_lets_others_pass)
{
    struct function f;
    struct dbell_job_result result;
    uint32_t waits, passes;
    const struct dbell_job job = through_atc(DBELL_JOB_FILL, 8), plain = copy_of(0x1000, 0x2000, 8);
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 4);
    CHECK_EQ(dbell_endpoint_submit(&f.endpoint, &job, &waits), DBELL_OK);
    CHECK_EQ(dbell_endpoint_submit(&f.endpoint, &plain, &passes), DBELL_OK);
    function_settle(&f);
    CHECK_EQ(dbell_endpoint_job(&f.endpoint, waits, &result), DBELL_OK);
    CHECK_EQ(result.end, DBELL_JOB_RUNS);
    CHECK_EQ(dbell_endpoint_job(&f.endpoint, passes, &result), DBELL_OK);
    CHECK_EQ(result.end, DBELL_JOB_DONE);
    function_close(&f);
}

TEST(engine, execute_and_privilege_go_with_a_pasid_only)
{
    struct function f;
    struct dbell_job job = through_atc(DBELL_JOB_TOUCH, 8);
    job.execute = job.privileged = job.no_snoop = job.relaxed = true;
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 0);
    f.completion = page(0x3000, 0x1000, true, true);
    CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_DENIED); /* Exe was not granted */
    CHECK(f.request.side.instruction && f.request.side.privileged);
    f.completion.execute = true;
    CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_DONE);
    CHECK(f.sent[0].side.nosnoop && f.sent[0].side.relaxed);
    job.has_pasid = false;
    job.mode = DBELL_UNTRANSLATED;
    CHECK_EQ(function_run(&f, &job).end, DBELL_JOB_DONE);
    CHECK(!f.sent[1].side.instruction && !f.sent[1].side.privileged);
    function_close(&f);
}
