// SPDX-License-Identifier: Apache-2.0 OR MIT
// The clockwork's ports: what accesses and the parts' own acts come to at their cycle.
#include <cstring>

#include <doorbell/systemc_time.hpp>

namespace doorbell
{

// While it is being looked ahead, tables are read through the debug transport.
class clockwork::ahead
{
  public:
    explicit ahead(smmu &unit) : unit_(unit)
    {
        unit_.looking_ = true;
    }
    ~ahead()
    {
        unit_.looking_ = false;
    }

  private:
    smmu &unit_;
};

bool clockwork::decided(const dbell_journey &journey)
{
    access &a = *accesses_[journey.user];
    const dbell_transaction t = foreseen(a);
    return !a.entry->unit || dbell_smmu_decides(&a.entry->unit->core(), &t);
}

dbell_transaction clockwork::foreseen(const access &a)
{
    if (!a.message)
        return a.t;
    dbell_transaction t{};
    t.address = a.message->request.address;
    t.op = a.message->request.no_write ? DBELL_READ : DBELL_WRITE;
    t.side = a.message->request.side;
    t.side.at = DBELL_AT_TRANSLATION_REQUEST;
    return t;
}

void clockwork::foresee(const dbell_journey &journey, dbell_foreseen &out)
{
    access &a = *accesses_[journey.user];
    const dbell_transaction t = foreseen(a);
    const ahead looking(*a.entry->unit);
    dbell_parts_foresee(&a.entry->unit->core(), &t, &out);
}

int clockwork::its_at(std::uint64_t address) const
{
    for (unsigned i = 0; i < itses_.size(); i++)
        if (address == itses_[i].base + DBELL_ITS_TRANSLATER)
            return static_cast<int>(i);
    return -1;
}

dbell_clockwork_verdict clockwork::goes(access &a, std::uint64_t address, dbell_translated &out)
{
    const bool may = dbell_op_writes(a.t.op) && (a.t.length == 2 || a.t.length == 4) && a.t.data;
    const int part = may ? its_at(address) : -1;
    out.address = address;
    out.its = static_cast<std::uint16_t>(part);
    a.is_message = part >= 0;
    return part < 0 ? DBELL_CW_GOES : DBELL_CW_MESSAGE;
}

void clockwork::read_as_zero(access &a)
{
    if (a.payload && (a.width != a.length || a.payload->get_byte_enable_ptr()))
        doorbell::read_as_zero(*a.payload);
    else
        std::memset(a.t.data, 0, a.t.length);
}

dbell_clockwork_verdict clockwork::translated(access &a, int outcome, dbell_translated &out)
{
    a.trail = dbell_smmu_trail(&a.result);
    switch (outcome) {
    case DBELL_DONE:
        if (a.result.op == DBELL_NO_OP)
            return DBELL_CW_ENDS;
        dbell_parts_translated(&a.result, &out);
        return goes(a, a.result.address, out);
    case DBELL_PENDING:
        a.token = a.first_token = a.result.token;
        return DBELL_CW_PARKS;
    default:
        if (a.result.razwi && dbell_op_reads(a.t.op) && a.t.data)
            read_as_zero(a);
        a.response = a.result.razwi ? DBELL_RESPONSE_OK : DBELL_RESPONSE_SLVERR;
        a.refused = true;
        return DBELL_CW_ENDS;
    }
}

dbell_clockwork_verdict clockwork::translate(const dbell_journey &journey, dbell_translated &out)
{
    access &a = *accesses_[journey.user];
    if (a.given_up) {
        a.response = DBELL_RESPONSE_SLVERR;
        a.refused = true;
        return DBELL_CW_ENDS;
    }
    if (!a.entry->unit) {
        a.trail = dbell_trail{};
        a.trail.address = a.t.address;
        a.trail.outcome = DBELL_DONE;
        a.trail.reached = true;
        a.trail.attr = a.t.side.attr;
        a.trail.sh = a.t.side.sh;
        a.trail.op = a.t.op;
        a.trail.privileged = a.t.side.privileged;
        a.trail.instruction = a.t.side.instruction;
        return goes(a, a.t.address, out);
    }
    dbell_smmu *core = &a.entry->unit->core();
    if (a.message) {
        a.status = dbell_smmu_ats(core, &a.message->request, &a.message->completion);
        return a.status == DBELL_E_BUSY ? DBELL_CW_AGAIN : DBELL_CW_ENDS;
    }
    const int outcome = dbell_smmu_translate(core, &a.t, &a.result);
    if (outcome == DBELL_E_BUSY)
        return DBELL_CW_AGAIN;
    if (outcome < 0) {
        a.trail = dbell_smmu_trail(&a.result);
        a.trail.outcome = UINT8_MAX;
        a.trail.token = static_cast<std::uint32_t>(-outcome);
        a.response = DBELL_RESPONSE_SLVERR;
        a.refused = true;
        return DBELL_CW_ENDS;
    }
    const dbell_clockwork_verdict verdict = translated(a, outcome, out);
    if (verdict != DBELL_CW_PARKS)
        return verdict;
    a.parked = true;
    a.response = DBELL_RESPONSE_PENDING;
    tell(a, true);
    if (a.extension && a.extension->may_pend && a.t.length == a.width) {
        a.pends = true;
        detach(a);
    }
    return verdict;
}

// A stalled access that software has answered.
void clockwork::completed(smmu &unit, std::uint32_t token, const dbell_translation &result)
{
    for (std::uint32_t i = 0; i < accesses_.size(); i++) {
        access *a = accesses_[i].get();
        if (!a->used || !a->parked || a->entry->unit != &unit || a->token != token)
            continue;
        a->result = result;
        if (result.outcome == DBELL_PENDING) { // it stalls again, under a new token
            a->token = result.token;
            return;
        }
        dbell_translated out{};
        a->response = DBELL_RESPONSE_OK;
        a->parked = false;
        const dbell_clockwork_verdict verdict = translated(*a, result.outcome, out);
        dbell_clockwork_resume(&core_, i, verdict, &out);
        return;
    }
}

void clockwork::foresee_message(const dbell_journey &journey, unsigned part,
                                dbell_foreseen_message &out)
{
    dbell_transaction t{};
    if (journey.kind == DBELL_JOURNEY_ACT) {
        const smmu &unit = *smmus_[journey.smmu];
        t.side.has_deviceid = unit.config_.has_deviceid;
        t.side.deviceid = unit.config_.deviceid;
        t.length = 4;
    } else {
        t = accesses_[journey.user]->t;
    }
    dbell_parts_foresee_message(&itses_[part].unit->core(),
                                redistributors_ ? &redistributors_->core() : nullptr, cpus_, &t,
                                &out);
}

dbell_transaction clockwork::onward(const access &a)
{
    dbell_transaction t = a.t;
    if (a.entry->unit)
        dbell_smmu_forward(&a.result, &t);
    return t;
}

void clockwork::move(const dbell_journey &journey)
{
    access &a = *accesses_[journey.user];
    dbell_transaction t = onward(a);
    sc_core::sc_time none = sc_core::SC_ZERO_TIME;
    if (a.is_message && moving)
        moving(a.user, true);
    if (a.sent) {
        a.answered = true;
    } else if (a.payload) {
        address_downstream(a, t);
        a.entry->downstream()->b_transport(*a.payload, none);
        a.answered = true;
    } else {
        a.response = doorbell::transport(*a.entry->downstream(), t, none);
    }
    if (a.answered) {
        a.answer = a.payload->get_response_status();
        a.response = as_response(a.answer);
    }
    if (a.is_message && moving)
        moving(a.user, false);
    a.sent = false;
}

// An ITS has taken the message in: a posted write is over.
void clockwork::taken_in(const dbell_journey &journey)
{
    access &a = *accesses_[journey.user];
    if (accepted && !a.given_up)
        accepted(a.user);
    if (!a.pends) {
        a.response = DBELL_RESPONSE_OK;
        a.answered = false;
        detach(a);
    }
}

void clockwork::end(const dbell_journey &journey, const dbell_access_times &times)
{
    access &a = *accesses_[journey.user];
    a.times = times;
    if (a.payload && !a.message && !a.refused && a.response == DBELL_RESPONSE_OK &&
        a.width == a.length && a.t.data && a.done + a.t.length < a.length) {
        const dbell_sideband side = a.t.side;
        a.done += a.t.length;
        a.answered = false;
        address_upstream(a);
        aim(a);
        a.t.side = side;
        continued_.push_back(static_cast<std::uint32_t>(journey.user));
        return;
    }
    tell(a, false);
    if (a.pends)
        completions_.push_back({a.entry->unit, a.first_token, a.response, a.trail,
                                dbell_op_reads(a.t.op) && a.response == DBELL_RESPONSE_OK
                                    ? a.own
                                    : std::vector<unsigned char>{}});
    a.parked = false;
    if (!a.over)
        finish(a);
    release(static_cast<std::uint32_t>(journey.user));
}

// --- the parts' own acts ---

bool clockwork::work(dbell_clockwork_actor actor, unsigned part)
{
    if (actor < DBELL_SMMU_ACTORS)
        return dbell_smmu_work(&smmus_[part]->core()) >> actor & 1;
    if (actor == DBELL_ACTOR_ITS)
        return dbell_its_work(&itses_[part].unit->core());
    for (const smmu *unit : smmus_)
        for (const ats_message &message : unit->messages_)
            if (message.what == ats_message::kind::invalidation)
                return !delivering_;
    return false;
}

void clockwork::foresee_act(dbell_clockwork_actor actor, unsigned part, dbell_foreseen_act &out)
{
    if (actor < DBELL_SMMU_ACTORS) {
        const ahead looking(*smmus_[part]);
        dbell_parts_foresee_act(&smmus_[part]->core(), static_cast<dbell_smmu_unit>(actor), &out);
        const int to = actor == DBELL_ACTOR_MSIS && out.write ? its_at(out.write_address) : -1;
        out.has_message = to >= 0;
        out.its = static_cast<std::uint16_t>(to < 0 ? 0 : to);
    } else if (actor == DBELL_ACTOR_ITS) {
        dbell_parts_foresee_command(&itses_[part].unit->core(), &itses_[part].command, &out);
    } else {
        out.cost = DBELL_T_DEVICE_LATENCY;
    }
}

dbell_clockwork_verdict clockwork::act(dbell_clockwork_actor actor, unsigned part,
                                       dbell_itinerary &steps)
{
    int progress = DBELL_STEPPED;
    if (actor < DBELL_SMMU_ACTORS) {
        progress = dbell_smmu_step_unit(&smmus_[part]->core(), static_cast<dbell_smmu_unit>(actor),
                                        &steps);
        smmus_[part]->moves_ += progress == DBELL_STEPPED;
    } else if (actor == DBELL_ACTOR_ITS) {
        progress = dbell_its_step(&itses_[part].unit->core(), &steps);
        if (progress == DBELL_STEPPED)
            dbell_parts_executed(&core_, part, static_cast<unsigned>(itses_.size()),
                                 &itses_[part].command);
    } else {
        delivering_ = true; // devices hear of it when the clockwork's call has returned
    }
    return progress == DBELL_NOT_YET || progress == DBELL_E_BUSY ? DBELL_CW_AGAIN : DBELL_CW_ENDS;
}

void clockwork::invalidated(smmu &unit, const dbell_smmu_invalidation &what)
{
    for (unsigned i = 0; i < smmus_.size(); i++)
        if (smmus_[i] == &unit)
            dbell_parts_invalidated(&core(), i, &what);
}

void clockwork::lpis_changed()
{
    dbell_clockwork_invalidate_lpi(&core(), UINT32_MAX);
}

// --- for C ---

dbell_clockwork_ports clockwork::ports()
{
    dbell_clockwork_ports p{};
    p.ctx = this;
    p.decided = [](void *ctx, const dbell_journey *j) {
        return static_cast<clockwork *>(ctx)->decided(*j);
    };
    p.foresee = [](void *ctx, const dbell_journey *j, dbell_foreseen *out) {
        static_cast<clockwork *>(ctx)->foresee(*j, *out);
    };
    p.translate = [](void *ctx, const dbell_journey *j, dbell_translated *out) {
        return static_cast<clockwork *>(ctx)->translate(*j, *out);
    };
    p.foresee_message = [](void *ctx, const dbell_journey *j, unsigned part,
                           dbell_foreseen_message *out) {
        static_cast<clockwork *>(ctx)->foresee_message(*j, part, *out);
    };
    p.move = [](void *ctx, const dbell_journey *j) { static_cast<clockwork *>(ctx)->move(*j); };
    p.accepted = [](void *ctx, const dbell_journey *j) {
        static_cast<clockwork *>(ctx)->taken_in(*j);
    };
    p.end = [](void *ctx, const dbell_journey *j, const dbell_access_times *times) {
        static_cast<clockwork *>(ctx)->end(*j, *times);
    };
    p.work = [](void *ctx, dbell_clockwork_actor actor, unsigned part) {
        return static_cast<clockwork *>(ctx)->work(actor, part);
    };
    p.foresee_act = [](void *ctx, dbell_clockwork_actor actor, unsigned part,
                       dbell_foreseen_act *out) {
        static_cast<clockwork *>(ctx)->foresee_act(actor, part, *out);
    };
    p.act = [](void *ctx, dbell_clockwork_actor actor, unsigned part, dbell_itinerary *steps) {
        return static_cast<clockwork *>(ctx)->act(actor, part, *steps);
    };
    p.request = [](void *ctx, const dbell_clockwork_request *request) {
        return static_cast<clockwork *>(ctx)->requested(*request);
    };
    if (span)
        p.span = [](void *ctx, const dbell_clockwork_span *s) {
            static_cast<clockwork *>(ctx)->span(*s);
        };
    return p;
}

} // namespace doorbell
