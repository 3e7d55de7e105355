# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Writes traces/kvm-unit-tests: the five ITS tests of kvm-unit-tests, as stimulus and expectation.

    python3 tests/its/kvm_unit_tests.py [FOLDER]

FOLDER is the traces folder, that of this tree by default. Commands are encoded here from IHI 0069
5.3; nothing is shared with the model."""
import os
import sys

DIST, REDIST, ITS = 0x8000000, 0x80A0000, 0x8080000
CONFIG, PENDING, DEVICES, COLLECTIONS, QUEUE, ITT = (
    0x41000000, 0x41100000, 0x41200000, 0x41300000, 0x41400000, 0x41500000)
CPUS = 4
VALID = 1 << 63
# The tests find the tables by their type, and expect pages of 64 KB before any write.
BASERS = "baser0=0x0107000000000200 baser1=0x0407000000000200"


class Trace:
    def __init__(self, name, about):
        self.name, self.slot = name, 0
        self.lines = [f"# {about}", "# SPDX-License-Identifier: Apache-2.0 OR MIT", "trace version=1",
                      "ram at=0x40000000 len=0x10000000",
                      f"gic dist={DIST:#x} redist={REDIST:#x} cpus={CPUS}",
                      f"its name=its0 at={ITS:#x} {BASERS}"]

    def __call__(self, line):
        self.lines.append(line)

    def store(self, at, size, value):
        self(f"st at={at:#x} size={size} val={value:#x}")

    def load(self, at, size, value, mask=None):
        self(f"ld at={at:#x} size={size} -> val={value:#x}" + (f" mask={mask:#x}" if mask else ""))

    def config(self, intid, byte):
        self.store(CONFIG + intid - 8192, 1, byte)

    def redistributor(self, cpu, on):
        self.store(REDIST + cpu * 0x20000, 4, on)

    def command(self, what, *words):
        data = b"".join(w.to_bytes(8, "little") for w in words + (0,) * (4 - len(words)))
        self(f"st at={QUEUE + self.slot:#x} hex={data.hex()} # {what}")
        self.slot += 32
        self.store(ITS + 0x88, 8, self.slot)
        self.load(ITS + 0x90, 8, self.slot)

    def mapd(self, device, valid=True, itt=0):
        self.command(f"MAPD {device}" + ("" if valid else " V=0"), 8 | device << 32, 7,
                     itt | VALID if valid else 0)

    def mapc(self, collection, cpu):
        self.command(f"MAPC {collection} to CPU {cpu}", 9, 0, collection | cpu << 16 | VALID)

    def mapti(self, device, event, intid, collection):
        self.command(f"MAPTI {device}/{event} to {intid}, collection {collection}",
                     10 | device << 32, event | intid << 32, collection)

    def inv(self, device, event):
        self.command(f"INV {device}/{event}", 12 | device << 32, event)

    def invall(self, collection):
        self.command(f"INVALL {collection}", 13, 0, collection)

    def int_(self, device, event):
        self.command(f"INT {device}/{event}", 3 | device << 32, event)

    def acknowledged(self, **by_cpu):
        """Each CPU takes these, and no CPU anything else."""
        for cpu in range(CPUS):
            for intid in by_cpu.get(f"cpu{cpu}", []):
                self(f"ack cpu={cpu} -> intid={intid}")
            self(f"ack cpu={cpu} -> intid=1023")

    def on(self):
        self.store(DIST, 4, 0x13)
        self.store(ITS + 0x80, 8, QUEUE | 15 | VALID)
        self.store(ITS + 0x88, 8, 0)
        self.store(ITS + 0x100, 8, 0x0107000000000200 | DEVICES | VALID)
        self.store(ITS + 0x108, 8, 0x0407000000000200 | COLLECTIONS | VALID)
        for cpu in range(CPUS):
            rd = REDIST + cpu * 0x20000
            self.store(rd + 0x14, 4, 0)
            self.store(rd + 0x70, 8, CONFIG | 13)
            self.store(rd + 0x78, 8, PENDING + cpu * 0x10000)
            self.redistributor(cpu, 1)
        self.store(ITS, 4, 1)

    def setup(self):
        """Two devices of 256 events, one event each."""
        self.on()
        self.config(8195, 0xA3)
        self.config(8196, 0xA3)
        self.mapd(2, itt=ITT)
        self.mapd(7, itt=ITT + 0x10000)
        self.mapc(3, 3)
        self.mapc(2, 2)
        self.invall(2)
        self.invall(3)
        self.mapti(2, 20, 8195, 3)
        self.mapti(7, 255, 8196, 2)

    def write(self, folder):
        with open(os.path.join(folder, self.name + ".trace"), "w", encoding="ascii") as f:
            f.write("\n".join(self.lines) + "\n")


def introspection():
    t = Trace("its_introspection", "its-introspection: what is read-only, and the tables by their types")
    for register, value in ((ITS + 4, 0), (ITS + 8, 0x0001EFB1)):
        for written in (0, 0xFFFFFFFF):
            t.store(register, 4, written)
            t.load(register, 4, value)
    t.load(ITS + 8, 8, 1, 1)  # Physical
    t.load(ITS + 0x100, 8, 1 << 56 | 2 << 8, 7 << 56 | 3 << 8)
    t.load(ITS + 0x108, 8, 4 << 56 | 2 << 8, 7 << 56 | 3 << 8)
    for n in range(2, 8):
        t.load(ITS + 0x100 + 8 * n, 8, 0)
    return t


def trigger():
    t = Trace("its_trigger", "its-trigger: INT, a disabled LPI, INV, INVALL, MAPD V=0")
    t.setup()
    t.int_(2, 20)
    t.acknowledged(cpu3=[8195])
    t.int_(7, 255)
    t.acknowledged(cpu2=[8196])
    t.config(8195, 0xA2)
    t.inv(2, 20)
    t.int_(2, 20)
    t.acknowledged()
    t.config(8195, 0xA3)
    t.int_(2, 20)
    t.invall(3)
    t.acknowledged(cpu3=[8195])
    t.int_(2, 20)
    t.acknowledged(cpu3=[8195])
    t.mapd(2, valid=False)
    t("st at=%#x hex=%s # INT 2/20" % (QUEUE + t.slot, (3 | 2 << 32).to_bytes(8, "little").hex() +
                                       (20).to_bytes(8, "little").hex() + "0" * 32))
    t.store(ITS + 0x88, 8, t.slot + 32)
    t.acknowledged()
    t.load(ITS + 0x90, 8, t.slot | 1)  # it is an error, and stalls
    return t


def migration():
    t = Trace("its_migration", "its-migration: what is mapped before works after")
    t.setup()
    t("migrate")
    t.int_(2, 20)
    t.acknowledged(cpu3=[8195])
    t.int_(7, 255)
    t.acknowledged(cpu2=[8196])
    return t


def pending_migration():
    t = Trace("its_pending_migration",
              "its-pending-migration: pending bits written by hand, on two CPUs, then a migration")
    t.on()
    for cpu in (CPUS - 2, CPUS - 1):
        t.redistributor(cpu, 0)
    t.mapd(2, itt=ITT)
    t.mapc(CPUS - 1, CPUS - 1)
    t.mapc(CPUS - 2, CPUS - 2)
    for i in range(256):
        cpu = CPUS - 1 if i % 2 else CPUS - 2
        t.mapti(2, i, 8192 + i, cpu)
        t.config(8192 + i, 0xA3)
    for cpu, byte in ((CPUS - 1, 0xAA), (CPUS - 2, 0x55)):
        t(f"st at={PENDING + cpu * 0x10000 + 1024:#x} len=32 fill={byte:#x}")
        t.invall(cpu)
    for cpu in (CPUS - 2, CPUS - 1):
        t.store(REDIST + cpu * 0x20000 + 0x78, 8, PENDING + cpu * 0x10000)
        t.redistributor(cpu, 1)
    t("migrate")
    t.acknowledged(cpu3=[8192 + i for i in range(1, 256, 2)],
                   cpu2=[8192 + i for i in range(0, 256, 2)])
    return t


def unmapped_collection():
    t = Trace("its_migrate_unmapped_collection",
              "its-migrate-unmapped-collection: an event of a collection that is mapped only afterwards")
    t.setup()
    t.mapti(2, 0, 8192, 0)
    t.config(8192, 0xA3)
    t("migrate")
    t.mapc(0, 0)
    t.invall(0)
    t.int_(7, 255)
    t.acknowledged(cpu2=[8196])
    t.load(CONFIG, 1, 0xA3)
    t.int_(2, 0)
    t.acknowledged(cpu0=[8192])
    return t


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    folder = os.path.join(sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "../../traces"),
                          "kvm-unit-tests")
    os.makedirs(folder, exist_ok=True)
    for make in (introspection, trigger, migration, pending_migration, unmapped_collection):
        make().write(folder)


main()
