# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Writes traces/attributes and traces/reads.

    python3 tests/attributes/generate.py [FOLDER]

FOLDER is the traces folder, that of this tree by default.

What the traces expect comes from chapter 13 of the SMMU architecture (IHI 0070) and D8.6 of the Arm
ARM, and for the numbers of reads from counting levels; nothing here is shared with the model. Traces
above 200 KB are compressed with the zstd program."""
import os
import subprocess
import sys

NONE, OUTER, INNER = 0, 2, 3  # shareability
SHARE = (NONE, OUTER, INNER)

# ---- memory types -------------------------------------------------------------------------------
# Device: ("nGnRnE",). Normal: ((outer, hints), (inner, hints)), cacheability NC, WT or WB, and hints
# a string of R (read-allocate), W (write-allocate), T (transient).
DEVICES = ("nGnRnE", "nGnRE", "nGRE", "GRE")
CACHES = ("NC", "WT", "WB")
ALL = "RW"


def device(name):
    return (name,)


def normal(outer, inner, hints=ALL):
    return ((outer, hints if outer != "NC" else ""), (inner, hints if inner != "NC" else ""))


def is_device(t):
    return len(t) == 1


def is_cacheable(t):
    return not is_device(t) and any(cache != "NC" for cache, _ in t)


def mair(t):
    """The byte of a type, made consistent (13.1.7)."""
    if is_device(t):
        return DEVICES.index(t[0]) * 4
    byte = 0
    for cache, hints in t:
        rw = ("R" in hints) * 2 + ("W" in hints)
        if cache == "NC":
            nibble = 0b0100
        elif cache == "WB":
            nibble = (0b0100 if "T" in hints and rw else 0b1100) + rw
        else:
            nibble = (0b0000 if "T" in hints and rw else 0b1000) + rw
        byte = byte * 16 + nibble
    return byte


STAGE1 = (
    [device(d) for d in DEVICES]
    + [normal(o, i) for o in CACHES for i in CACHES]
    + [normal("WB", "WB", h) for h in ("", "R", "W", "RWT", "RT", "WT")]
    + [normal("WT", "WT", h) for h in ("", "R", "W", "RWT", "RT")]
)
INPUTS = [device("nGnRnE"), device("GRE"), normal("NC", "NC"), normal("WB", "WB"), normal("WT", "WT"),
          normal("WB", "WB", "R"), normal("WB", "WB", "RWT"), normal("WT", "WT", "WT"),
          normal("WB", "WB", "")]


def memattr(value):
    """MemAttr[3:0] of stage 2, of STE and GBPA, without FWB (D8.6.5; 5.2: reserved ones)."""
    if value >> 2 == 0:
        return device(DEVICES[value])
    if value & 3 == 0:
        return device("nGnRnE")
    return normal(CACHES[(value >> 2) - 1], CACHES[(value & 3) - 1])


MEMATTR = [v for v in range(16) if v not in (4, 8, 12)]  # not reserved
FWB = [0, 1, 2, 3, 5, 6, 7]


def combine(t, s2):
    """13.1.5: the stronger of both; hints come from before stage 2."""
    if is_device(t) and is_device(s2):
        return min(t, s2, key=lambda d: DEVICES.index(d[0]))
    if is_device(t) or is_device(s2):
        return t if is_device(t) else s2
    out = []
    for (cache, hints), (limit, _) in zip(t, s2):
        cache = min(cache, limit, key=CACHES.index)
        out.append((cache, hints if cache != "NC" else ""))
    return tuple(out)


def combine_fwb(t, value):
    """13.1.6, D8.6.6."""
    if value < 4:
        return combine(t, device(DEVICES[value]))
    if value == 5:
        return t if is_device(t) else normal("NC", "NC")
    if value == 6:
        return tuple(("WB", hints) for _, hints in t) if is_cacheable(t) else normal("WB", "WB")
    return t  # 7


def combine_sh(a, b):
    return OUTER if OUTER in (a, b) else max(a, b)


def output(t, sh):
    """13.1.7: any Device and Normal iNC-oNC are Outer Shareable. sh None: not said."""
    if not is_cacheable(t):
        sh = OUTER
    return " attr=0x%02x" % mair(t) + ("" if sh is None else " sh=%d" % sh)


def through_stage1(t, s1):
    """13.4.2: hints of a cacheable input are combined with those of stage 1."""
    if not is_cacheable(t) or is_device(s1):
        return s1
    out = []
    for (_, before), (cache, hints) in zip(t, s1):
        merged = "".join(h for h in ALL if h in before and h in hints)
        out.append((cache, merged + ("T" if "T" in before or "T" in hints else "")))
    return tuple(out)


def replace(t, sh, mtcfg=0, value=0, alloccfg=0, shcfg=1):
    """13.1.4."""
    if not is_cacheable(t):
        sh = OUTER
    new = t
    if mtcfg:
        new = memattr(value)
        if not is_device(new):
            hints = t[0][1] if is_cacheable(t) else ALL
            new = normal(new[0][0], new[1][0], hints)
    if alloccfg >= 8 and not is_device(new):
        hints = "R" * (alloccfg >> 2 & 1) + "W" * (alloccfg >> 1 & 1) + "T" * (alloccfg & 1)
        new = normal(new[0][0], new[1][0], hints)
    return new, sh if shcfg == 1 else shcfg


# ---- what software writes -------------------------------------------------------------------------
RAM, SMMU = 0x40000000, 0x9050000
STRTAB, EVENTQ, CMDQ, CDS = RAM + 0x100000, RAM + 0x200000, RAM + 0x210000, RAM + 0x220000
S1, S2, TARGET = RAM + 0x400000, RAM + 0x800000, RAM + 0x8000000


def put(value, high, low):
    assert 0 <= value < 1 << (high - low + 1), (value, high, low)
    return value << low


def ste(config, cd=0, s1fmt=0, s1cdmax=0, s1dss=0, s2=None, mtcfg=0, value=0, alloccfg=0, shcfg=1,
        fwb=0, ptw=0, privcfg=0, instcfg=0, vmid=1):
    """5.2; s2 is (T0SZ, SL0, TG, TTB)."""
    w = [1 | put(config, 3, 1) | put(s1fmt, 5, 4) | cd | put(s1cdmax, 63, 59),
         put(s1dss, 1, 0) | put(1, 3, 2) | put(1, 5, 4) | put(3, 7, 6) | put(fwb, 25, 25)
         | put(value, 35, 32) | put(mtcfg, 36, 36) | put(alloccfg, 40, 37) | put(shcfg, 45, 44)
         | put(privcfg, 49, 48) | put(instcfg, 51, 50), 0, 0, 0, 0, 0, 0]
    if s2:
        t0sz, sl0, tg, ttb = s2
        w[2] = (put(vmid, 15, 0) | put(t0sz, 37, 32) | put(sl0, 39, 38) | put(1, 41, 40) | put(1, 43, 42)
                | put(3, 45, 44) | put(tg, 47, 46) | put(5, 50, 48) | put(1, 51, 51)
                | put(ptw, 54, 54) | put(1, 58, 58))
        w[3] = ttb
    return w


def cd(ttb, t0sz, tg=0, mairs=0xff, asid=1):
    """5.4: little endian, TTB1 off, AArch64, 48 bits, abort and record."""
    return [put(t0sz, 5, 0) | put(tg, 7, 6) | put(1, 9, 8) | put(1, 11, 10) | put(3, 13, 12)
            | put(1, 30, 30) | put(1, 31, 31) | put(5, 34, 32) | put(1, 41, 41) | put(1, 45, 45)
            | put(1, 46, 46) | put(asid, 63, 48), ttb, 0, mairs, 0, 0, 0, 0]


S1_PAGE, S2_PAGE = 0xc43, 0x4c3  # AF; nG, EL0 read and write; S2AP read and write


class Trace:
    def __init__(self, title, sections, keys=""):
        self.lines = ["# SPDX-License-Identifier: Apache-2.0 OR MIT", "# " + title,
                      "# Source: " + sections + ". Written by tests/attributes/generate.py.",
                      "trace version=1", "ram at=0x%x len=0x10000000" % RAM,
                      "smmu name=smmu0 at=0x%x%s" % (SMMU, keys)]

    def say(self, text):
        self.lines.append(text)

    def words(self, at, words):
        """Stores, in one line per run that is not zero (RAM is zero at first)."""
        for i in range(0, len(words), 512):
            part = words[i:i + 512]
            while part and part[-1] == 0:
                part = part[:-1]
            skip = 0
            while part and part[0] == 0:
                part, skip = part[1:], skip + 1
            if part:
                self.say("st at=0x%x hex=%s" % (at + 8 * (i + skip),
                                                 b"".join(w.to_bytes(8, "little") for w in part).hex()))

    def reg(self, offset, value, size=4):
        self.say("st at=0x%x size=%d val=0x%x" % (SMMU + offset, size, value))

    def on(self, log2size=8, two_level=False):
        self.reg(0x2c, 2)
        self.reg(0x28, 0xd75)
        self.reg(0x80, STRTAB | 1 << 62, 8)
        self.reg(0x88, log2size | (1 << 16 | 6 << 6 if two_level else 0))
        self.reg(0x90, CMDQ | 1 << 62 | 8, 8)
        self.reg(0xa0, EVENTQ | 1 << 62 | 8, 8)
        self.reg(0x20, 0xd)
        self.say("ld at=0x%x size=4 -> val=0xd" % (SMMU + 0x24))

    def dma(self, sid, iova, expected, extra="", op="r"):
        self.say("dma rid=%d op=%s iova=0x%x%s -> %s" % (sid, op, iova, extra, expected))

    def stats(self, **reads):
        for name in ("l1std", "ste", "l1cd", "cd", "s1", "s2"):
            self.say("stat name=smmu0.reads.%s -> val=%d" % (name, reads.get(name, 0)))

    def write(self, folder, name):
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, name + ".trace")
        text = "\n".join(self.lines) + "\n"
        for old in (path, path + ".zst"):
            if os.path.exists(old):
                os.remove(old)
        with open(path, "w", encoding="ascii") as out:
            out.write(text)
        if len(text) > 200000:
            subprocess.run(["zstd", "-q", "-19", "--rm", path], check=True)
        checks = sum(line.startswith("dma") or line.startswith("stat") for line in self.lines)
        print("%-28s %5d lines checked" % (name, checks))


# ---- tables with one page for each kind ------------------------------------------------------------
# Both stages 39 bits, 4 KB, from level 1. Stage 2 maps IPA 1 GiB (RAM) to itself, write-back, and the
# pages from IPA_BASE on, one for each (MemAttr, SH), to the pages from TARGET on.
VA_BASE, IPA_BASE = 0x10000000, 0x200000


def stage2_tables(trace, kinds):
    trace.words(S2, [S2 + 0x1000 | 3, RAM | S2_PAGE & ~2 | 15 << 2 | INNER << 8])
    trace.words(S2 + 0x1000, [0, S2 + 0x2000 | 3])
    trace.words(S2 + 0x2000, [TARGET + 0x1000 * n | S2_PAGE | value << 2 | sh << 8
                              for n, (value, sh) in enumerate(kinds)])
    return (25, 1, 0, S2)


def stage1_tables(trace, pages):
    """pages: (output page, AttrIndx, SH)."""
    tables = (len(pages) + 511) // 512
    trace.words(S1, [S1 + 0x1000 | 3])
    trace.words(S1 + 0x1000, [0] * (VA_BASE >> 21) + [S1 + 0x1000 * (2 + n) | 3 for n in range(tables)])
    leaves = [out | S1_PAGE | index << 2 | sh << 8 for out, index, sh in pages]
    for n in range(tables):
        trace.words(S1 + 0x1000 * (2 + n), leaves[512 * n:512 * n + 512])


def contexts(trace, types):
    """A CD for each eight types; CDs are 64 bytes apart."""
    for n in range(0, len(types), 8):
        byte = sum(mair(t) << 8 * i for i, t in enumerate(types[n:n + 8]))
        trace.words(CDS + 8 * n, cd(S1, 25, mairs=byte, asid=1 + n // 8))


def with_input(t, sh):
    return " attr=0x%02x sh=%d" % (mair(t), sh)


def stage1_only(folder):
    trace = Trace("Stage 1 only: its types and shareability replace those of the access, hints combine",
                  "13.1.4, 13.4.2, 13.1.7")
    stage1_tables(trace, [(TARGET + 0x1000 * n, n % 8, SHARE[n // 8]) for n in range(24)])
    contexts(trace, STAGE1)
    groups = (len(STAGE1) + 7) // 8
    for g in range(groups):
        trace.words(STRTAB + 64 * g, ste(5, CDS + 64 * g))
    trace.on()
    for i, t in enumerate(STAGE1):
        for s, sh in enumerate(SHARE):
            page = s * 8 + i % 8
            for n, given in enumerate(INPUTS):
                trace.dma(i // 8, VA_BASE + 0x1000 * page, "pa=0x%x" % (TARGET + 0x1000 * page)
                          + output(through_stage1(given, t), sh), with_input(given, SHARE[n % 3]))
            # Nothing supplied: write-back, allocating (13.1.3).
            trace.dma(i // 8, VA_BASE + 0x1000 * page + 4, "pa=0x%x" % (TARGET + 0x1000 * page + 4)
                      + output(t, sh), "", "w")
    trace.write(folder, "stage1")


def stage2_only(folder):
    kinds = [(v, sh) for v in MEMATTR for sh in SHARE]
    trace = Trace("Stage 2 only: combined with what the access has", "13.1.5, 13.4.3, D8.6.5, D8.6.7")
    s2 = stage2_tables(trace, kinds)
    trace.words(STRTAB, ste(6, s2=s2))
    trace.on()
    for t in STAGE1:
        for sh in SHARE:
            for n, (value, s2sh) in enumerate(kinds):
                trace.dma(0, IPA_BASE + 0x1000 * n, "pa=0x%x" % (TARGET + 0x1000 * n)
                          + output(combine(t, memattr(value)), combine_sh(sh, s2sh)), with_input(t, sh))
    trace.write(folder, "stage2")


def nested(folder, fwb):
    kinds = [(v, sh) for v in (FWB if fwb else MEMATTR) for sh in SHARE]
    trace = Trace("Stage 1 then stage 2%s: types and shareability combined" % (", S2FWB" if fwb else ""),
                  "13.1.6, D8.6.6" if fwb else "13.1.5, D8.6.5, D8.6.7")
    s2 = stage2_tables(trace, kinds)
    pages = [(IPA_BASE + 0x1000 * k, i, sh) for sh in SHARE for i in range(8) for k in range(len(kinds))]
    stage1_tables(trace, pages)
    contexts(trace, STAGE1)
    for g in range((len(STAGE1) + 7) // 8):
        trace.words(STRTAB + 64 * g, ste(7, CDS + 64 * g, s2=s2, fwb=fwb))
    trace.on()
    for i, t in enumerate(STAGE1):
        for s, sh in enumerate(SHARE):
            for k, (value, s2sh) in enumerate(kinds):
                page = (s * 8 + i % 8) * len(kinds) + k
                said = combine_sh(sh, s2sh)
                if fwb and value == 6 and is_cacheable(t) and "NC" in (t[0][0], t[1][0]):
                    continue  # D8.6.6: hints of the level that was not cacheable are not said
                if fwb and value == 6 and not is_cacheable(t) and said != OUTER:
                    said = None  # D8.6.2: may count as Outer Shareable
                out = combine_fwb(t, value) if fwb else combine(t, memattr(value))
                trace.dma(i // 8, VA_BASE + 0x1000 * page, "pa=0x%x" % (TARGET + 0x1000 * k)
                          + output(out, said))
    trace.write(folder, "nested" + ("_fwb" if fwb else ""))


def stage2_fwb(folder):
    kinds = [(v, sh) for v in FWB for sh in SHARE]
    trace = Trace("Stage 2 only with S2FWB", "13.1.6, D8.6.6")
    s2 = stage2_tables(trace, kinds)
    trace.words(STRTAB, ste(6, s2=s2, fwb=1))
    trace.on()
    for t in STAGE1:
        for sh in SHARE if is_cacheable(t) else (OUTER,):
            for n, (value, s2sh) in enumerate(kinds):
                if value == 6 and is_cacheable(t) and "NC" in (t[0][0], t[1][0]):
                    continue
                trace.dma(0, IPA_BASE + 0x1000 * n, "pa=0x%x" % (TARGET + 0x1000 * n)
                          + output(combine_fwb(t, value), combine_sh(sh, s2sh)), with_input(t, sh))
    trace.write(folder, "stage2_fwb")


def override_cases(alloc_needs_mtcfg):
    cases = [(0, 0, 0, sh) for sh in range(4)]
    if not alloc_needs_mtcfg:
        cases += [(0, 0, alloc, 3) for alloc in range(8, 16)]
    for value in range(16):
        cases += [(1, value, 0, sh) for sh in range(4)]
        cases += [(1, value, alloc, (alloc & 1) + 2) for alloc in range(8, 16)]
    return cases


def bypass(folder):
    cases = override_cases(True)
    trace = Trace("STE bypass: MTCFG, MemAttr, ALLOCCFG and SHCFG replace what the access has",
                  "13.1.4, 13.3, 5.2")
    for n, (mtcfg, value, alloc, shcfg) in enumerate(cases):
        trace.words(STRTAB + 64 * n, ste(4, mtcfg=mtcfg, value=value, alloccfg=alloc, shcfg=shcfg))
    trace.on()
    for n, case in enumerate(cases):
        for k, given in enumerate(INPUTS):
            sh = SHARE[(n + k) % 3] if is_cacheable(given) else OUTER
            trace.dma(n, TARGET, "pa=0x%x" % TARGET + output(*replace(given, sh, *case)),
                      with_input(given, sh))
    trace.write(folder, "bypass")


def global_bypass(folder):
    trace = Trace("Global bypass: the same fields of GBPA", "13.2, 6.3.14")
    for n, case in enumerate(override_cases(False)):
        mtcfg, value, alloc, shcfg = case
        trace.reg(0x44, 1 << 31 | shcfg << 12 | alloc << 8 | mtcfg << 4 | value)
        for k, given in enumerate(INPUTS):
            sh = SHARE[(n + k) % 3] if is_cacheable(given) else OUTER
            trace.dma(0, TARGET, "pa=0x%x" % TARGET + output(*replace(given, sh, *case)),
                      with_input(given, sh))
    trace.write(folder, "gbpa")


def no_overrides(folder):
    """IDR1.ATTR_TYPES_OVR == 0 and ATTR_PERMS_OVR == 0: an SMMUv3.1 with both stages."""
    trace = Trace("Without ATTR_TYPES_OVR and ATTR_PERMS_OVR nothing is replaced", "6.3.2, 5.2, 6.3.14",
                  " idr0=0x080c121b idr1=0x02730010 idr3=0x14 idr5=0x00010075 aidr=1")
    cases = override_cases(True)[:60]
    for n, (mtcfg, value, alloc, shcfg) in enumerate(cases):
        trace.words(STRTAB + 64 * n, ste(4, mtcfg=mtcfg, value=value, alloccfg=alloc, shcfg=shcfg,
                                         privcfg=3 - n % 2, instcfg=2 + n % 2))
    trace.reg(0x44, 0x800f3f1f)
    for given in INPUTS:
        sh = NONE if is_cacheable(given) else OUTER
        trace.dma(0, TARGET, "pa=0x%x priv=0 inst=0" % TARGET + output(given, sh), with_input(given, sh))
    trace.on()
    for n in range(len(cases)):
        for k, given in enumerate(INPUTS):
            sh = SHARE[(n + k) % 3] if is_cacheable(given) else OUTER
            trace.dma(n, TARGET, "pa=0x%x priv=%d inst=%d" % (TARGET, k & 1, k >> 1 & 1)
                      + output(given, sh), with_input(given, sh) + " priv=%d inst=%d" % (k & 1, k >> 1 & 1))
    trace.write(folder, "no_overrides")


def permissions(folder):
    """INSTCFG and PRIVCFG; writes are Data whatever they say (13.1.2)."""
    trace = Trace("INSTCFG and PRIVCFG of STE and of GBPA", "13.1.2, 13.1.4, 13.2")

    def want(n, priv, inst, op):
        privcfg, instcfg = n & 3, n >> 2
        priv = privcfg == 3 if privcfg >= 2 else priv
        inst = 0 if op == "w" else instcfg == 3 if instcfg >= 2 else inst
        return "pa=0x%x priv=%d inst=%d" % (TARGET, priv, inst)

    for n in range(16):
        trace.words(STRTAB + 64 * n, ste(4, privcfg=n & 3, instcfg=n >> 2))
    for enabled in range(2):
        if enabled:
            trace.on()
        for n in range(16):
            if not enabled:
                trace.reg(0x44, 1 << 31 | 1 << 12 | n >> 2 << 18 | (n & 3) << 16)
            for k in range(8):
                op = "w" if k & 4 else "r"
                trace.dma(n if enabled else 0, TARGET, want(n, k & 1, k >> 1 & 1, op),
                          " priv=%d inst=%d" % (k & 1, k >> 1 & 1), op)
    trace.write(folder, "permissions")


def overrides_and_stages(folder):
    """STE overrides before stage 1 (hints only) and before stage 2."""
    cases = override_cases(True)
    kinds = [(v, sh) for v in MEMATTR for sh in (NONE, INNER)]
    types = [normal("WB", "WB"), normal("WT", "WT"), normal("WB", "WB", "RT"), normal("NC", "NC"),
             normal("WB", "WB", "W"), device("nGRE"), normal("WT", "WT", "RWT"), normal("WB", "WB", "")]
    trace = Trace("STE overrides, then stage 1 or stage 2", "13.4, 13.5")
    s2 = stage2_tables(trace, kinds)
    stage1_tables(trace, [(TARGET + 0x1000 * i, i, INNER) for i in range(8)])
    contexts(trace, types)
    for n, (mtcfg, value, alloc, shcfg) in enumerate(cases):
        for config in (5, 6):
            trace.words(STRTAB + 64 * (2 * n + config - 5),
                        ste(config, CDS if config == 5 else 0, s2=s2 if config == 6 else None, mtcfg=mtcfg,
                            value=value, alloccfg=alloc, shcfg=shcfg))
    trace.on(9)
    for n, case in enumerate(cases):
        given, sh = replace(normal("WB", "WB"), NONE, *case)
        mixed = is_cacheable(given) and "NC" in (given[0][0], given[1][0])
        for i, t in enumerate(types):
            if mixed:  # 13.4.2: which hints its non-cacheable level gives is not said
                continue
            trace.dma(2 * n, VA_BASE + 0x1000 * i, "pa=0x%x" % (TARGET + 0x1000 * i)
                      + output(through_stage1(given, t), INNER))
        for k, (value, s2sh) in enumerate(kinds):
            trace.dma(2 * n + 1, IPA_BASE + 0x1000 * k, "pa=0x%x" % (TARGET + 0x1000 * k)
                      + output(combine(given, memattr(value)),
                               combine_sh(sh if is_cacheable(given) else OUTER, s2sh)))
    trace.write(folder, "overrides")


def protected_walks(folder):
    """S2PTW: CD, level 1 and leaf tables of stage 1 in a Device page of stage 2, one stream each."""
    trace = Trace("S2PTW: tables and CDs that stage 2 maps as Device", "5.2, 7.3.16")
    sid, expected = 0, []
    trace.words(S1, [S1 + 0x1000 | 3])
    trace.words(S1 + 0x1000, [0] * (VA_BASE >> 21) + [S1 + 0x2000 | 3])
    trace.words(S1 + 0x2000, [TARGET | S1_PAGE | INNER << 8])
    trace.words(CDS, cd(S1, 25))
    places = (("cd", CDS), ("tt", S1), ("tt", S1 + 0x1000), ("tt", S1 + 0x2000))
    for where, page in places:
        for value in MEMATTR:
            for ptw in range(2):
                table = S2 + 0x8000 * sid  # its own stage 2: RAM is itself but for one page
                block = page >> 21
                trace.words(table + 8, [table + 0x1000 | 3])
                trace.words(table + 0x1000,
                            [RAM + (n << 21) | S2_PAGE & ~2 | 15 << 2 | INNER << 8
                             if RAM + (n << 21) >> 21 != block else table + 0x2000 | 3
                             for n in range(128)])
                first = block << 21
                trace.words(table + 0x2000,
                            [first + 0x1000 * n | S2_PAGE | INNER << 8
                             | (value if first + 0x1000 * n == page else 15) << 2 for n in range(512)])
                trace.words(STRTAB + 64 * sid, ste(7, CDS, s2=(25, 1, 0, table), ptw=ptw, vmid=1 + sid))
                expected.append((sid, where, ptw and value < 4, page))
                sid += 1
    trace.on()
    index = 0
    for stream, where, faults, page in expected:
        if not faults:
            trace.dma(stream, VA_BASE, "pa=0x%x attr=0xff sh=3" % TARGET)
            continue
        trace.dma(stream, VA_BASE, "fault=0x13")
        record = EVENTQ + 32 * index
        trace.say("ld at=0x%x size=8 -> val=0x%x mask=0xffffffff000000ff" % (record, stream << 32 | 0x13))
        # S2, CLASS: 0 CD, 1 TT
        trace.say("ld at=0x%x size=8 -> val=0x%x mask=0x38000000000"
                  % (record + 8, (1 if where == "tt" else 0) << 40 | 1 << 39))
        trace.say("ld at=0x%x size=8 -> val=0x%x" % (record + 16, VA_BASE))
        trace.say("ld at=0x%x size=8 -> val=0x%x mask=0xfffffffffffff000" % (record + 24, page))
        index += 1
    trace.write(folder, "s2ptw")


# ---- numbers of reads ---------------------------------------------------------------------------
PAGE = {12: 0x1000, 14: 0x4000, 16: 0x10000}


def walk(trace, root, granule, bits, address, leaf_level, leaf, start=None, size=None):
    """Tables from `root` on for one address; levels by the number of bits, or from `start`."""
    step = granule - 3
    levels = 4 - -(-(bits - granule) // step)  # the start level
    level = levels if start is None else start
    at, used = root, root + (size or PAGE[granule])
    while True:
        shift = granule + step * (3 - level)
        width = bits - shift if at == root else step
        index = address >> shift & ((1 << width) - 1)
        if level == leaf_level:
            trace.words(at + 8 * index, [leaf & ~(0 if level == 3 else 2)])
            return used
        trace.words(at + 8 * index, [used | 3])
        at, used, level = used, used + PAGE[granule], level + 1


TG = {12: 0, 16: 1, 14: 2}


def reads(folder, name, title, stage1=None, stage2=None, two_level_strtab=False, cds="one", ssid=None,
          address=0x8345678, expected="", s1dss=0, repeat=1, config=None, access=None, **counts):
    """stage1, stage2: (granule, bits, leaf level[, start level]) ; identity of IPA is by level 1 blocks
    in page tables of stage 2 at the given depth."""
    trace = Trace(title, "3.3, 3.12, 5.3, Arm ARM D8.2", " caches=0")
    s2 = None
    out = TARGET | address & 0xfff
    root = RAM + 0x1000000
    if stage1:
        granule, bits, leaf = stage1
        step = granule - 3
        block = granule + step * (3 - leaf)
        base = TARGET >> block << block if leaf != 1 else RAM
        out = base | address & ((1 << block) - 1)
        walk(trace, root, granule, bits, address, leaf, base | S1_PAGE | INNER << 8)
        trace.words(CDS + 64 * (ssid or 0), cd(root, 64 - bits, TG[granule]))
    if stage2:
        granule, bits, leaf, start, sl0 = stage2
        block = granule + (granule - 3) * (3 - leaf)
        table = RAM + 0x2000000
        used = table + 16 * PAGE[granule]
        # Every page of the first 32 MiB of RAM that may be read, and the target.
        tables = {}
        wanted = [RAM + n * 0x200000 for n in range(16)] + [out]

        def leaf_for(page):
            nonlocal used
            at, level = table, start
            while True:
                shift = granule + (granule - 3) * (3 - level)
                width = bits - shift if at == table else granule - 3
                index = page >> shift & ((1 << width) - 1)
                if level == leaf:
                    tables[at + 8 * index] = (page >> shift << shift | S2_PAGE & ~(0 if level == 3 else 2)
                                              | 15 << 2 | INNER << 8)
                    return
                if at + 8 * index not in tables:
                    tables[at + 8 * index] = used | 3
                    used += PAGE[granule]
                at, level = tables[at + 8 * index] & ~3, level + 1

        if leaf == 3:
            wanted = [CDS, RAM + 0x300000, out]
            wanted += [root + n * PAGE[granule] for n in range(0x80000 // PAGE[granule])]
        for page in wanted:
            leaf_for(page)
        for at in sorted(tables):
            trace.words(at, [tables[at]])
        s2 = (64 - bits, sl0, TG[granule], table)
    pointer, fmt, cdmax = CDS, 0, 0
    if cds == "linear":
        cdmax = 6
    if cds == "two":
        fmt, cdmax, pointer = 1, 10, RAM + 0x300000
        trace.words(pointer, [CDS | 1])
    if config is None:
        config = 4 | bool(stage1) | bool(stage2) << 1
    at = STRTAB
    if two_level_strtab:
        at = STRTAB + 0x10000
        trace.words(STRTAB, [at | 7])
    sid = 5
    trace.words(at + 64 * sid, ste(config, pointer if config & 1 else 0, fmt, cdmax, s1dss, s2))
    trace.on(8, two_level_strtab)
    trace.stats()
    for _ in range(repeat):
        trace.dma(sid, address if access is None else access, expected or "pa=0x%x" % out, "" if ssid is None else " ssid=%d" % ssid)
    trace.stats(**counts)
    trace.write(folder, name)


def all_reads(folder):
    four = (12, 48, 3)
    # (granule, bits, leaf level, start level, SL0)
    s2_four = (12, 48, 3, 0, 2)
    reads(folder, "s1_4k_48", "Stage 1, 4 KB, 48 bits: levels 0 to 3", four, ste=1, cd=1, s1=4)
    reads(folder, "s1_4k_48_twice", "Nothing is kept: the second access reads all again", four, repeat=2,
          ste=2, cd=2, s1=8)
    reads(folder, "s1_4k_39", "Stage 1, 4 KB, 39 bits: levels 1 to 3", (12, 39, 3), ste=1, cd=1, s1=3)
    reads(folder, "s1_4k_30", "Stage 1, 4 KB, 30 bits: levels 2 and 3", (12, 30, 3), ste=1, cd=1, s1=2)
    reads(folder, "s1_4k_2m_block", "A block of 2 MB ends the walk at level 2", (12, 48, 2), ste=1, cd=1,
          s1=3)
    reads(folder, "s1_4k_1g_block", "A block of 1 GB ends the walk at level 1", (12, 48, 1), ste=1, cd=1,
          s1=2)
    reads(folder, "s1_16k_48", "Stage 1, 16 KB, 48 bits: level 0 has two entries", (14, 48, 3), ste=1,
          cd=1, s1=4)
    reads(folder, "s1_16k_47", "Stage 1, 16 KB, 47 bits: levels 1 to 3", (14, 47, 3), ste=1, cd=1, s1=3)
    reads(folder, "s1_16k_32m_block", "A block of 32 MB ends the walk at level 2", (14, 47, 2), ste=1,
          cd=1, s1=2)
    reads(folder, "s1_64k_48", "Stage 1, 64 KB, 48 bits: levels 1 to 3", (16, 48, 3), ste=1, cd=1, s1=3)
    reads(folder, "s1_64k_42", "Stage 1, 64 KB, 42 bits: levels 2 and 3", (16, 42, 3), ste=1, cd=1, s1=2)
    reads(folder, "s1_two_level_strtab", "A two-level stream table: its descriptor as well", four,
          two_level_strtab=True, l1std=1, ste=1, cd=1, s1=4)
    reads(folder, "s1_linear_cds", "A linear CD table: one CD by its index", four, cds="linear", ssid=9,
          ste=1, cd=1, s1=4)
    reads(folder, "s1_two_level_cds", "A two-level CD table: its descriptor as well", four, cds="two",
          ssid=9, ste=1, l1cd=1, cd=1, s1=4)
    reads(folder, "s1_fault_level_0", "Nothing is mapped at level 0: one descriptor is read", four,
          access=0x800008345678, expected="fault=0x10", ste=1, cd=1, s1=1)
    reads(folder, "s1_fault_level_2", "Nothing is mapped at level 2: three are read", four,
          access=0x8545678, expected="fault=0x10", ste=1, cd=1, s1=3)
    reads(folder, "s1_fault_epd1", "CD.EPD1: no walk", four, access=0xffffffff08345678,
          expected="fault=0x10", ste=1, cd=1)
    reads(folder, "s1_fault_hole", "Between the ranges of TTB0 and TTB1: no walk", four,
          access=0x0100000008345678, expected="fault=0x10", ste=1, cd=1)
    reads(folder, "bypass", "STE bypass: the STE alone", address=TARGET + 0x40, ste=1,
          expected="pa=0x%x" % (TARGET + 0x40))
    reads(folder, "disabled_stream", "STE.Config 0b000: the STE alone, no event", config=0, ste=1,
          expected="fault=silent")
    reads(folder, "s2_4k_48", "Stage 2, 4 KB, 48 bits: levels 0 to 3, no CD", None, s2_four,
          address=TARGET + 0x678, ste=1, s2=4)
    reads(folder, "s2_4k_40_concatenated", "Stage 2, 4 KB, 40 bits from level 1: two tables side by side",
          None, (12, 40, 3, 1, 1), address=TARGET + 0x678, ste=1, s2=3)
    reads(folder, "s2_4k_43_concatenated", "Stage 2, 4 KB, 43 bits from level 1: sixteen tables", None,
          (12, 43, 3, 1, 1), address=TARGET + 0x678, ste=1, s2=3)
    reads(folder, "s2_4k_34_concatenated", "Stage 2, 4 KB, 34 bits from level 2: sixteen tables", None,
          (12, 34, 3, 2, 0), address=TARGET + 0x678, ste=1, s2=2)
    reads(folder, "s2_16k_48_concatenated", "Stage 2, 16 KB, 48 bits from level 1: two tables", None,
          (14, 48, 3, 1, 2), address=TARGET + 0x678, ste=1, s2=3)
    reads(folder, "s2_64k_46_concatenated", "Stage 2, 64 KB, 46 bits from level 2: sixteen tables", None,
          (16, 46, 3, 2, 1), address=TARGET + 0x678, ste=1, s2=2)
    reads(folder, "s2_4k_2m_blocks", "Stage 2 with blocks of 2 MB: levels 0 to 2", None,
          (12, 48, 2, 0, 2), address=TARGET + 0x678, ste=1, s2=3)
    # Nested. CD 1 + 4, stage 1 4 x (1 + 4), the page 4, and the STE: 30 in all.
    reads(folder, "nested_4k_48", "Nested, four levels each: 30 reads", four, s2_four, ste=1, cd=1, s1=4,
          s2=24)
    reads(folder, "nested_two_level_strtab", "The same with a two-level stream table: 31", four, s2_four,
          two_level_strtab=True, l1std=1, ste=1, cd=1, s1=4, s2=24)
    reads(folder, "nested_two_level_cds", "The same with a two-level CD table: 35", four, s2_four,
          cds="two", ssid=9, ste=1, l1cd=1, cd=1, s1=4, s2=28)
    reads(folder, "nested_2m_blocks", "Nested, blocks of 2 MB at both: 1 + 1 + 3 + 3 x 5", (12, 48, 2),
          (12, 48, 2, 0, 2), ste=1, cd=1, s1=3, s2=15)
    reads(folder, "nested_39_40", "Nested, 39 bits over 40 with concatenation: 1 + 1 + 3 + 3 x 5",
          (12, 39, 3), (12, 40, 3, 1, 1), ste=1, cd=1, s1=3, s2=15)
    reads(folder, "nested_64k", "Nested, 64 KB: 42 bits over 46: 1 + 1 + 2 + 2 x 4", (16, 42, 3),
          (16, 46, 3, 2, 1), ste=1, cd=1, s1=2, s2=8)
    reads(folder, "nested_s1dss_bypass", "S1DSS bypass: no CD is read", four, s2_four, cds="linear",
          s1dss=1, address=TARGET + 0x678, expected="pa=0x%x" % (TARGET + 0x678), ste=1, s2=4)
    reads(folder, "nested_stream_disabled", "S1DSS terminate: the STE alone", four, s2_four, cds="linear",
          s1dss=0, expected="fault=0x06", ste=1)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    traces = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "traces")
    folder = os.path.join(traces, "attributes")
    stage1_only(folder)
    stage2_only(folder)
    nested(folder, 0)
    nested(folder, 1)
    stage2_fwb(folder)
    bypass(folder)
    global_bypass(folder)
    no_overrides(folder)
    permissions(folder)
    overrides_and_stages(folder)
    protected_walks(folder)
    all_reads(os.path.join(traces, "reads"))


if __name__ == "__main__":
    main()
