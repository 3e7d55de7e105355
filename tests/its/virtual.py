# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Writes traces/virtual: MSIs of devices that go to the vPEs of guests (GICv4.0, GICv4.1).

    python3 tests/its/virtual.py [FOLDER]

FOLDER is the traces folder, that of this tree by default. Commands are encoded here from IHI 0069
5.3; nothing is shared with the model."""
import os
import sys

DIST, REDIST, ITSES, RAM = 0x8000000, 0x9000000, (0x8080000, 0x80C0000), 0x40000000
CONFIG, PENDING, VCONF, VPES, VPT = (
    0x41000000, 0x41100000, 0x41200000, 0x41300000, 0x42000000)
VALID, NONE = 1 << 63, 1023


class Trace:
    def __init__(self, name, about, version, cpus=2, itses=1, typer=None):
        self.name, self.version, self.slots = name, version, [0] * itses
        self.lines = [f"# {about}", "# SPDX-License-Identifier: Apache-2.0 OR MIT", "trace version=1",
                      f"ram at={RAM:#x} len=0x10000000",
                      f"gic dist={DIST:#x} redist={REDIST:#x} cpus={cpus} v4={version}"]
        for n in range(itses):
            self(f"its name=its{n} at={ITSES[n]:#x}" + (f" typer={typer:#x}" if typer else ""))
        for n in range(itses):
            self(f"map rid={n * 256:#x} count=256 its=its{n} devid={n * 256:#x}")
        self.store(DIST, 4, 0x12)
        for cpu in range(cpus):
            rd = self.rd(cpu)
            self.store(rd + 0x14, 4, 0)
            self.store(rd + 0x70, 8, CONFIG | 13)
            self.store(rd + 0x78, 8, PENDING + cpu * 0x10000)
            self.store(rd, 4, 1)
            if version == 1:
                self.store(rd + 0x20070, 8, VCONF | 13)
            else:  # the vPE configuration table: one page of 64 KB, all zero
                self.store(rd + 0x20070, 8, VALID | 2 << 53 | 1 << 52 | VPES + 0x80000)
        for n in range(itses):
            base = ITSES[n]
            self.store(base + 0x100, 8, VALID | 0x200 | self.of_its(n) + 0x0000)
            self.store(base + 0x108, 8, VALID | 0x200 | self.of_its(n) + 0x10000)
            self.store(base + 0x110, 8, VALID | 0x200 | self.of_its(n) + 0x20000)
            self.store(base + 0x80, 8, VALID | 15 | self.of_its(n) + 0x30000)
            self.store(base, 4, 1 | n << 4)

    def __call__(self, line):
        self.lines.append(line)

    def say(self, text):
        self(f"# {text}")

    @staticmethod
    def rd(cpu):
        return REDIST + cpu * 0x40000

    @staticmethod
    def of_its(n):
        return 0x43000000 + n * 0x100000

    def store(self, at, size, value):
        self(f"st at={at:#x} size={size} val={value:#x}")

    def load(self, at, size, value, mask=None):
        self(f"ld at={at:#x} size={size} -> val={value:#x}" + (f" mask={mask:#x}" if mask else ""))

    def post(self, its, what, *words):
        data = b"".join(w.to_bytes(8, "little") for w in words + (0,) * (4 - len(words)))
        self(f"st at={self.of_its(its) + 0x30000 + self.slots[its]:#x} hex={data.hex()} # {what}")
        self.slots[its] += 32
        self.store(ITSES[its] + 0x88, 8, self.slots[its])

    def done(self, its):
        self.load(ITSES[its] + 0x90, 8, self.slots[its])

    def command(self, its, what, *words):
        self.post(its, what, *words)
        self.done(its)

    def mapd(self, its, device):
        self.command(its, f"MAPD {device}, 32 events", 8 | device << 32, 4,
                     VALID | self.of_its(its) + 0x40000 + device % 256 * 0x1000)

    def vmapp(self, its, vpe, cpu, bell=NONE, alloc=1):
        word = 0x29 | (alloc << 8 | VCONF if self.version == 2 else 0)
        self.command(its, f"VMAPP vPE {vpe} to CPU {cpu}", word,
                     vpe << 32 | (bell if self.version == 2 else 0), VALID | cpu << 16,
                     13 | VPT + vpe * 0x10000)

    def vmapti(self, its, device, event, vintid, vpe, bell=NONE):
        self.command(its, f"VMAPTI {device}/{event} to vLPI {vintid} of vPE {vpe}, doorbell {bell}",
                     0x2A | device << 32, event | vpe << 32, vintid | bell << 32)

    def vsync(self, its, vpe):
        self.command(its, f"VSYNC {vpe}", 0x25, vpe << 32)

    def configure(self, *vintids, byte=0xA3):
        for vintid in vintids:
            self.store(VCONF + vintid - 8192, 1, byte)

    def lpi(self, *intids):
        for intid in intids:
            self.store(CONFIG + intid - 8192, 1, 0xA3)

    def schedule(self, cpu, vpe):
        self.store(self.rd(cpu) + 0x20078, 8,
                   VALID | (VPT + vpe * 0x10000 if self.version == 1 else 3 << 58 | vpe))
        self.load(self.rd(cpu) + 0x20078, 8, VALID, VALID | 1 << 60)

    def deschedule(self, cpu, vpe, pending, bell=False):
        self.store(self.rd(cpu) + 0x20078, 8,
                   VPT + vpe * 0x10000 if self.version == 1 else 3 << 58 | vpe | bell << 62)
        self.load(self.rd(cpu) + 0x20078, 8, int(pending) << 61, VALID | 1 << 61 | 1 << 60)

    def msi(self, its, device, event, expected):
        self(f"dma rid={device} op=w iova={ITSES[its] + 0x10040:#x} hex={event.to_bytes(4, 'little').hex()}"
             f" -> {expected}")

    def vack(self, cpu, *intids):
        for intid in intids + (NONE,):
            self(f"vack cpu={cpu} -> intid={intid}")

    def ack(self, cpu, *intids):
        for intid in intids + (NONE,):
            self(f"ack cpu={cpu} -> intid={intid}")

    def write(self, folder):
        with open(os.path.join(folder, self.name + ".trace"), "w", encoding="ascii") as f:
            f.write("\n".join(self.lines) + "\n")


def direct_injection():
    t = Trace("direct_injection", "GICv4.0: the MSIs of a device reach the guest's vPE without the "
              "hypervisor where it runs, and ring a doorbell where it does not.", 1)
    t.configure(8200, 8201, 8202)
    t.configure(8201, byte=0x43)
    t.lpi(8300)
    t.mapd(0, 5)
    t.vmapp(0, 1, 0)
    t.vmapp(0, 2, 0)
    t.vmapti(0, 5, 0, 8200, 1, 8300)
    t.vmapti(0, 5, 1, 8201, 1)
    t.vmapti(0, 5, 2, 8202, 2)
    t.vsync(0, 1)
    t.say("vPE 1 runs on CPU 0.")
    t.schedule(0, 1)
    t.msi(0, 5, 0, "vlpi=8200 vpe=1 lpi=none")
    t.msi(0, 5, 1, "vlpi=8201 vpe=1 lpi=none")
    t("vlpi cpu=0 intid=8200 -> pending=1")
    t("vlpi cpu=1 intid=8200 -> pending=0")
    t.vack(0, 8201, 8200)
    t.ack(0)
    t.say("That of vPE 2, which does not run, waits in its table: vLPI 8202 is bit 10 of byte 1025.")
    t.msi(0, 5, 2, "vlpi=8202 vpe=2 lpi=none")
    t.load(VPT + 0x20000 + 1025, 1, 1 << 2)
    t.vack(0)
    t.deschedule(0, 1, False)
    t.say("A doorbell where there is one.")
    t.msi(0, 5, 1, "vlpi=8201 vpe=1 lpi=none")
    t.msi(0, 5, 0, "vlpi=8200 vpe=1 lpi=8300 cpu=0")
    t.ack(0, 8300)
    t.schedule(0, 2)
    t.vack(0, 8202)
    t.deschedule(0, 2, False)
    t.schedule(0, 1)
    t.vack(0, 8201, 8200)
    t.msi(0, 5, 1, "vlpi=8201 vpe=1")
    t.deschedule(0, 1, True)
    t.say("To CPU 1: its doorbell rings there, and so does the vPE run there.")
    t.command(0, "VMOVP 1 to CPU 1", 0x22, 1 << 32, 1 << 16)
    t.vsync(0, 1)
    t.msi(0, 5, 0, "vlpi=8200 vpe=1 lpi=8300 cpu=1")
    t.schedule(1, 1)
    t.vack(1, 8201, 8200)
    t.say("DISCARD, and the vPE goes.")
    t.deschedule(1, 1, False)
    t.command(0, "DISCARD 5/0", 15 | 5 << 32, 0)
    t.command(0, "VMAPP 1 V=0", 0x29, 1 << 32)
    t.msi(0, 5, 0, "vlpi=none lpi=none")
    t.msi(0, 5, 1, "vlpi=none lpi=none")
    return t


def default_doorbell():
    t = Trace("default_doorbell", "GICv4.1: a vPE is known by its number, has one doorbell for all, "
              "and gets its SGIs from the ITS.", 2)
    t.configure(8200, 8201)
    t.configure(8201, byte=0xA2)
    t.lpi(8301)
    t.mapd(0, 5)
    t.vmapp(0, 1, 0, 8301)
    t.vmapti(0, 5, 0, 8200, 1)
    t.vmapti(0, 5, 1, 8201, 1)
    t.command(0, "VSGI 1/3: enabled, Group 1, priority 0x40", 0x23 | 1 << 8 | 1 << 10 | 4 << 20 | 3 << 32,
              1 << 32)
    t.vsync(0, 1)
    t.say("It runs on CPU 1, though it is mapped to CPU 0.")
    t.schedule(1, 1)
    t.msi(0, 5, 0, "vlpi=8200 vpe=1 lpi=none")
    t.store(ITSES[0] + 0x20020, 8, 1 << 32 | 3)
    t.vack(1, 3, 8200)
    t.deschedule(1, 1, False, bell=True)
    t.say("A disabled one does not ring, an enabled one does, once.")
    t.msi(0, 5, 1, "vlpi=8201 vpe=1 lpi=none")
    t.msi(0, 5, 0, "vlpi=8200 vpe=1 lpi=8301 cpu=0")
    t.store(ITSES[0] + 0x20020, 8, 1 << 32 | 3)
    t.ack(0, 8301)
    t.store(t.rd(0) + 0x20080, 4, 1)
    t.load(t.rd(0) + 0x20088, 4, 8)
    t.schedule(0, 1)
    t.vack(0, 3, 8200)
    t.say("8201 is enabled, and its byte read again.")
    t.configure(8201)
    t.vack(0)
    t.store(t.rd(0) + 0xA0, 8, VALID | 1 << 32 | 8201)
    t.vack(0, 8201)
    t.say("What is pending when it goes makes a doorbell unnecessary.")
    t.msi(0, 5, 0, "vlpi=8200 vpe=1 lpi=none")
    t.deschedule(0, 1, True, bell=True)
    t.msi(0, 5, 1, "vlpi=8201 vpe=1 lpi=none")
    t.say("The last VMAPP puts all of it into its table.")
    t.command(0, "VMAPP 1 V=0 Alloc=1", 0x29 | 1 << 8, 1 << 32)
    t.load(VPT + 0x10000 + 1025, 1, 3)
    t.msi(0, 5, 0, "vlpi=none lpi=none")
    return t


def vmovp_list():
    typer = 0x1F0001EFB3  # Virtual, VMOVP 0
    t = Trace("vmovp_list", "GICv4.0 with two ITSes that each get a VMOVP (GITS_TYPER.VMOVP 0): "
              "neither goes on before the other has come to it.", 1, itses=2, typer=typer)
    t.configure(8200, 8201)
    t.lpi(8300)
    for n in range(2):
        t.mapd(n, 5 + 256 * n)
        t.vmapp(n, 1, 0)
        t.vmapti(n, 5 + 256 * n, 0, 8200 + n, 1, 8300)
    words = (0x22 | 7 << 32, 3 | 1 << 32, 1 << 16)
    t.post(0, "VMOVP 1 to CPU 1, ITSes 0 and 1, sequence number 7", *words)
    t.load(ITSES[0] + 0x90, 8, t.slots[0] - 32)
    t.msi(0, 5, 0, "vlpi=8200 vpe=1 lpi=8300 cpu=0")
    t.ack(0, 8300)
    t.post(1, "the same for ITS 1", *words)
    t.done(0)
    t.done(1)
    t.msi(0, 5, 0, "vlpi=8200 vpe=1 lpi=8300 cpu=1")
    t.ack(1, 8300)
    t.msi(1, 261, 0, "vlpi=8201 vpe=1 lpi=8300 cpu=1")
    t.schedule(1, 1)
    t.vack(1, 8200, 8201)
    return t


def vmovp_one():
    t = Trace("vmovp_one", "GICv4.1 with two ITSes of which one gets a VMOVP for both "
              "(GITS_TYPER.VMOVP 1).", 2, itses=2)
    t.configure(8200, 8201)
    t.lpi(8300, 8301)
    for n in range(2):
        t.mapd(n, 5 + 256 * n)
        t.vmapp(n, 1, 0, 8300, alloc=1 - n)
        t.vmapti(n, 5 + 256 * n, 0, 8200 + n, 1)
    t.command(0, "VMOVP 1 to CPU 1, default doorbell 8301", 0x22, 1 << 32, VALID | 1 << 16, 8301)
    t.vsync(0, 1)
    t.schedule(0, 1)
    t.deschedule(0, 1, False, bell=True)
    t.msi(1, 261, 0, "vlpi=8201 vpe=1 lpi=8301 cpu=1")
    t.ack(0)
    t.ack(1, 8301)
    return t


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    traces = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "traces")
    folder = os.path.join(traces, "virtual")
    os.makedirs(folder, exist_ok=True)
    for trace in (direct_injection(), default_doorbell(), vmovp_list(), vmovp_one()):
        trace.write(folder)


main()
