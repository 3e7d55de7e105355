# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Mutation tester: changes one thing in a source folder, builds, runs the tests, and says which
changes no test notices. See README.md."""
import argparse
import collections
import glob
import hashlib
import json
import os
import queue
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LEAST_RATE = 98.0  # percent

# Per folder: constants that are register offsets (a step is a word), tables of registers, functions
# that check a rule and which of their arguments says that it holds.
FOLDERS = {
    "smmu": {"offsets": r"(REG|PMCG)_", "tables": [("smmu/regs.c", "registers")],
             "rules": {"expect": 1}},
    "its": {"offsets": r"GITS_|GIC[DR]?_",
            "tables": [("its/gits.c", "registers"), ("its/gicr.c", "registers")], "rules": {}},
}
OTHER = {"offsets": r"(?!)", "tables": [], "rules": {}}

# Tests that do not run the library in an executable of the build.
OTHER_LABELS = {"checks", "install", "systemc", "mutate"}

MEMORY_KB = 2 << 20
WALL_SECONDS = 120

Mutant = collections.namedtuple("Mutant", "id kind file start end text")


# ---- reading C ----

def blank(text):
    """Comments, literals and directives as spaces: every offset stays."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    spaces = lambda m: re.sub(r"[^\n]", " ", m.group())
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", spaces, pattern.sub(spaces, text), flags=re.M)


def closing(code, at):
    """The offset of what closes the bracket at `at`."""
    depth = 0
    for i in range(at, len(code)):
        if code[i] in "([{":
            depth += 1
        elif code[i] in ")]}":
            depth -= 1
            if depth == 0:
                return i
    raise ValueError("unbalanced brackets")


def split(code, start, end):
    """Offsets of the comma-separated parts of [start, end), without the spaces around them."""
    parts, depth, first = [], 0, start
    for i in range(start, end + 1):
        if i == end or (code[i] == "," and depth == 0):
            part = code[first:i]
            if part.strip():
                parts.append((first + len(part) - len(part.lstrip()),
                              first + len(part.rstrip())))
            first = i + 1
        elif code[i] in "([{":
            depth += 1
        elif code[i] in ")]}":
            depth -= 1
    return parts


def scopes(code):
    """(kind, name, start, end) of the bodies at file level: enums, functions, tables."""
    found, at, last = [], 0, 0
    while True:
        m = re.compile(r"[;{]").search(code, at)
        if not m:
            return found
        if m.group() == ";":
            at = last = m.end()
            continue
        head, end = code[last:m.start()].strip(), closing(code, m.start())
        enum, table = re.match(r"(?:typedef )?enum\b\s*(\w*)$", head), re.search(
            r"(\w+)\s*(?:\[\w*\]\s*)*=$", head)
        function = re.search(r"(\w+)\s*\(", head)
        if enum:
            found.append(("enum", enum.group(1) or "-", m.start(), end))
        elif table:
            found.append(("table", table.group(1), m.start(), end))
        elif function:
            found.append(("function", function.group(1), m.start(), end))
        elif head.startswith("extern"):
            at = last = m.end()
            continue
        at = last = end + 1


def squeeze(text):
    return " ".join(text.split())


# ---- mutants ----

def field_mutants(name, expression):
    m = re.fullmatch(r"FIELD\(\s*(\d+)\s*,\s*(\d+)\s*\)", expression)
    msb, lsb = int(m.group(1)), int(m.group(2))
    if msb % 64 < 63:
        yield "move", f"FIELD({msb + 1}, {lsb + 1})"
    elif lsb % 64 > 0:
        yield "move", f"FIELD({msb - 1}, {lsb - 1})"
    if msb > lsb:
        yield "narrow", f"FIELD({msb - 1}, {lsb})"


def value_of(expression, values):
    """The value of a constant expression, or None."""
    plain = re.sub(r"\bUINT(?:32|64)_C\(([^()]*)\)", r"\1", expression)
    plain = re.sub(r"\b(0x[0-9a-f]+|\d+)[uUlL]*\b", r"\1", plain, flags=re.I)
    names = re.findall(r"\b[A-Za-z_]\w*", re.sub(r"0x[0-9a-fA-F]+", "0", plain))
    if any(name not in values for name in names):
        return None
    try:
        return eval(plain, {"__builtins__": {}}, {n: values[n] for n in names})
    except (SyntaxError, TypeError, ArithmeticError):
        return None


def step_mutant(expression, value, taken, step):
    shift = re.fullmatch(r"(.*<<\s*)(\d+)(\)*)", expression, re.S)
    if shift:
        n = int(shift.group(2))
        return f"{shift.group(1)}{n - 1 if n in (31, 63) else n + 1}{shift.group(3)}"
    if value > 0xff and value & (value + 1) == 0:
        return f"({expression}) >> 1"
    for distance in range(step, 64 * step, step):
        for other in (value + distance, value - distance):
            if other >= 0 and other not in taken:
                return f"({expression}) {'+' if other > value else '-'} {distance}"
    return None


def constants(path, text, code, settings):
    """Of a format header: fields and numbers."""
    values = {}
    for kind, name, start, end in scopes(code):
        if kind != "enum":
            continue
        members = []
        for first, last in split(code, start + 1, end):
            m = re.match(r"(\w+)\s*=\s*", code[first:last])
            if m:
                members.append((m.group(1), first + m.end(), last, text[first + m.end():last]))
        taken = set()
        for member, _, _, expression in members:
            values[member] = value_of(expression, values)
            taken.add(values[member])
        for member, first, last, expression in members:
            if expression.startswith("FIELD"):
                for what, new in field_mutants(member, expression):
                    yield what, name, f"{member} = {expression}", first, last, new
            elif values[member] is not None:
                step = 4 if re.match(settings["offsets"], member) else 1
                new = step_mutant(expression, values[member], taken, step)
                if new:
                    yield "step", name, f"{member} = {expression}", first, last, new
    for m in re.finditer(r"^#define +(\w+) +(\S[^\n\\]*)$", text, re.M):
        expression = re.sub(r"\s*/\*.*", "", m.group(2))
        value = value_of(expression, {})
        if value is not None:
            new = step_mutant(expression, value, {value}, 1)
            yield ("step", "-", f"{m.group(1)} = {expression}", m.start(2),
                   m.start(2) + len(expression), f"({new})")


def last_statement(code, at):
    """Of the statement or block at `at`, up to its semicolon."""
    while code[at].isspace():
        at += 1
    if code[at] == "{":
        inner = code[at + 1:closing(code, at)].rstrip()
        return re.split(r"[;{}]", inner[:-1])[-1].strip() if inner.endswith(";") else ""
    return code[at:code.index(";", at)].strip()


def conditions(text, code, rules):
    for kind, name, start, end in scopes(code):
        if kind != "function":
            continue
        for m in re.finditer(r"\bif\s*\(", code[start:end]):
            first = start + m.end() - 1
            last = closing(code, first) + 1
            condition = text[first + 1:last - 1]
            yield "invert", name, condition, first, last, f"(!({condition}))"
            if re.match(r"return\b", last_statement(code, last)):
                yield "delete", name, condition, first, last, f"(({condition}) && 0)"
        for rule, argument in rules.items():
            for m in re.finditer(rf"\b{rule}\s*\(", code[start:end]):
                bracket = start + m.end() - 1
                cells = split(code, bracket + 1, closing(code, bracket))
                first, last = cells[argument]
                yield ("delete", name, text[first:last], first, last,
                       f"({text[first:last]}) || 1")


def table_entries(table, text, code):
    for kind, name, start, end in scopes(code):
        if kind != "table" or name != table:
            continue
        for first, last in split(code, start + 1, end):
            cells = split(code, first + 1, last - 1)
            entry = text[slice(*cells[0])]
            for a, b in cells:
                if re.fullmatch(r"GUARD_\w+|WHILE_\w+|WITHOUT_\w+|READ_ONLY", code[a:b]):
                    yield "open", name, f"{entry} {text[a:b]}", a, b, "OPEN"
            a, b = cells[-1]
            if text[a:b] != "0":
                yield "mask", name, f"{entry} {text[a:b]}", a, b, f"({text[a:b]}) << 1"


def mutants_of(root, folder):
    settings = FOLDERS.get(folder, OTHER)
    tables = dict(settings["tables"])
    found, repeated = [], collections.Counter()
    paths = sorted(glob.glob(os.path.join(root, folder, "**", "*.[ch]"), recursive=True))
    if not paths:
        sys.exit(f"mutate: no sources in {folder}/")
    for full in paths:
        path = os.path.relpath(full, root)
        with open(full, encoding="utf-8") as f:
            text = f.read()
        code = blank(text)
        changes = list(conditions(text, code, settings["rules"]))
        if path.endswith(".h") and (re.search(r"= FIELD\(", code) or "/include/" in path):
            changes += constants(path, text, code, settings)
        if path in tables:
            entries = list(table_entries(tables[path], text, code))
            if not entries:
                sys.exit(f"mutate: no table {tables[path]} in {path}")
            changes += entries
        for kind, scope, what, start, end, new in sorted(changes, key=lambda c: c[3]):
            name = f"{path} {scope} {kind} {squeeze(what)}"
            repeated[name] += 1
            if repeated[name] > 1:
                name += f" #{repeated[name]}"
            # The lines stay where they are.
            new = squeeze(new) + "\n" * (text.count("\n", start, end))
            found.append(Mutant(name, kind, path, start, end, new))
    return found


# ---- building and running ----

def run(command, cwd, seconds=600):
    """(exit code, output); the code is None after a time-out."""
    try:
        done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=seconds,
                              start_new_session=True)  # an interrupt is none of a test's
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, done.stdout.decode(errors="replace")


def must(command, cwd):
    code, output = run(command, cwd)
    if code != 0:
        sys.exit(f"mutate: {shlex.join(command)}:\n{output[-4000:]}")
    return output


def read_bytes(path):
    with open(path, "rb") as f:
        return f.read()


def copy_tree(source, target):
    def left_out(folder, names):
        return [n for n in names if n in (".git", "build") or
                os.path.exists(os.path.join(folder, n, "CMakeCache.txt")) or
                os.path.abspath(os.path.join(folder, n)) == os.path.abspath(target)]
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=left_out, symlinks=True)


def digest(root):
    """Of all files below it but this tester's, names and contents."""
    h = hashlib.sha256()
    for path in sorted(glob.glob(os.path.join(root, "**"), recursive=True)):
        if os.path.isfile(path) and "/tests/mutate/" not in path:
            h.update(os.path.relpath(path, root).encode() + b"\0" + read_bytes(path))
    return h.hexdigest()[:16]


class Test:
    """One test executable, with its arguments."""

    def __init__(self, command, cwd):
        self.command, self.cwd = command, cwd
        self.path = command[0]
        self.name = os.path.basename(self.path)
        self.seconds, self.kills = 0.0, 0


class Worker:
    """A copy of the tree with a build of its own."""

    def __init__(self, place, source, folder, only_tests):
        self.source, self.folder = os.path.join(place, "tree"), folder
        self.build = os.path.join(place, "out")
        if source != self.source:
            copy_tree(source, self.source)
        # A build of the same tree is used again, if the run before put back what it had changed.
        self.whole, self.state, old = os.path.join(place, "whole"), digest(self.source), None
        if os.path.exists(self.whole):
            with open(self.whole, encoding="utf-8") as f:
                old = f.read()
            os.remove(self.whole)
        if old != self.state:
            shutil.rmtree(self.build, ignore_errors=True)
        must(["cmake", "-S", self.source, "-B", self.build, "-G", "Unix Makefiles",
              "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_C_FLAGS_RELEASE=-O1 -DNDEBUG",
              "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG", "-DDOORBELL_SYSTEMC=OFF",
              "-DDOORBELL_TOOLS=OFF", "-DCMAKE_GTEST_DISCOVER_TESTS_DISCOVERY_MODE=PRE_TEST"],
             self.source)
        must(["make", "-s"], self.build)
        self.read_build()
        self.find_tests(re.compile(only_tests))
        self.check_tests()

    def read_build(self):
        self.compile, self.depends, self.original = {}, collections.defaultdict(list), {}
        with open(os.path.join(self.build, "compile_commands.json"), encoding="utf-8") as f:
            for entry in json.load(f):
                command, cwd = shlex.split(entry["command"]), entry["directory"]
                name = os.path.join(cwd, command[command.index("-o") + 1])
                self.compile[name] = (command, cwd)
                self.original[name] = read_bytes(name)
                with open(name + ".d", encoding="utf-8") as d:
                    words = d.read().replace("\\\n", " ").split()[1:]
                for word in words:
                    full = os.path.normpath(os.path.join(cwd, word))
                    if full.startswith(self.source + os.sep):
                        self.depends[os.path.relpath(full, self.source)].append(name)
        self.links = {}
        for path in glob.glob(os.path.join(self.build, "**", "link.txt"), recursive=True):
            cwd = path[:path.index("/CMakeFiles/")]
            with open(path, encoding="utf-8") as f:
                commands = [shlex.split(line) for line in f if line.strip()]
            archive = commands[0][1] == "qc"
            output = commands[0][2] if archive else commands[0][commands[0].index("-o") + 1]
            inputs = {os.path.normpath(os.path.join(cwd, w)) for w in commands[0]
                      if w.endswith(".o")}
            self.links[os.path.normpath(os.path.join(cwd, output))] = (commands, cwd, inputs,
                                                                      archive)
        self.stale = set()  # archives

    def find_tests(self, wanted):
        listing = json.loads(must(["ctest", "--show-only=json-v1"], self.build))
        tests = {}
        for test in listing["tests"]:
            properties = {p["name"]: p["value"] for p in test.get("properties", [])}
            command = test.get("command", [""])
            if command[0] not in self.links or properties.get("WILL_FAIL") or \
                    OTHER_LABELS & set(properties.get("LABELS", [])):
                continue
            if any(word.startswith("--gtest_filter") for word in command):
                command = [command[0], "--gtest_brief=1", "--gtest_fail_fast"]
            if wanted.search(os.path.basename(command[0])):
                tests[tuple(command)] = Test(command, properties["WORKING_DIRECTORY"])
        self.tests = list(tests.values())
        if not self.tests:
            sys.exit("mutate: no tests")

    def check_tests(self):
        for test in self.tests:
            began = time.monotonic()
            how = self.run_test(test, 300)
            test.seconds = time.monotonic() - began
            if how:
                sys.exit(f"mutate: without a mutant {test.name} fails: {how}")

    def run_test(self, test, cpu_seconds):
        """None, or how it fails."""
        limits = f'ulimit -c 0; ulimit -v {MEMORY_KB}; ulimit -t {cpu_seconds}; exec "$@"'
        code, output = run(["sh", "-c", limits, "sh"] + test.command, test.cwd,
                           max(WALL_SECONDS, 2 * cpu_seconds))
        if code is None or code in (-9, -24):
            return "time-out"
        if code == 0:
            return None
        failed = re.search(r"\[  FAILED  \] (\S+?)[,\s(]", output)
        return failed.group(1) if failed else f"exit {code}" if code > 0 else f"signal {-code}"

    def link(self, output):
        commands, cwd, _, archive = self.links[output]
        if archive and os.path.exists(output):
            os.remove(output)
        for command in commands:
            code, text = run(command, cwd)
            if code != 0:
                return text
        return None

    def close(self):
        with open(self.whole, "w", encoding="utf-8") as f:
            f.write(self.state)

    def verdict(self, mutant):
        path = os.path.join(self.source, mutant.file)
        with open(path, encoding="utf-8", newline="") as f:
            text = f.read()
        changed = []
        try:
            with open(path, "w", encoding="utf-8", newline="") as f:
                f.write(text[:mutant.start] + mutant.text + text[mutant.end:])
            return self.build_and_run(mutant, changed)
        finally:
            with open(path, "w", encoding="utf-8", newline="") as f:
                f.write(text)
            for name in changed:
                with open(name, "wb") as f:
                    f.write(self.original[name])

    def build_and_run(self, mutant, changed):
        own = os.path.join(self.build, self.folder) + os.sep
        objects = sorted(self.depends[mutant.file], key=lambda n: not n.startswith(own))
        same = True
        for name in objects:
            if same and not name.startswith(own):
                break
            command, cwd = self.compile[name]
            changed.append(name)
            if run(command, cwd)[0] != 0:
                return "stillborn", "-"
            same = same and read_bytes(name) == self.original[name]
        if same:
            return "equivalent", "-"
        for name in objects:
            if name not in changed:
                command, cwd = self.compile[name]
                changed.append(name)
                if run(command, cwd)[0] != 0:
                    return "stillborn", "-"
        touched = {a for a, (_, _, inputs, archive) in self.links.items()
                   if archive and inputs & set(changed)}
        for archive in touched | self.stale:
            problem = self.link(archive)
            if problem:
                raise RuntimeError(f"{archive}: {problem}")
        self.stale = touched
        for test in sorted(self.tests, key=lambda t: (t.seconds + 0.1) / (1 + t.kills)):
            if self.link(test.path):
                return "stillborn", "-"
            how = self.run_test(test, 3 + int(5 * test.seconds))
            if how:
                test.kills += 1
                return "killed", f"{test.name}:{how}"
        return "survived", "-"


# ---- log, list, report ----

def read_log(pattern):
    """The last verdict of each mutant."""
    verdicts = {}
    for path in sorted(glob.glob(pattern), key=os.path.getmtime):
        with open(path, encoding="utf-8") as f:
            for line in f:
                parts = line.rstrip("\n").split("\t")
                if len(parts) == 4:
                    verdicts[parts[3]] = parts[0]
    return verdicts


def read_accepted(path, folder):
    accepted = {}
    if not os.path.exists(path):
        return accepted
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            name, separator, reason = line.partition(" :: ")
            if not separator or not reason.strip():
                sys.exit(f"{path}:{number}: not IDENTITY :: REASON")
            if name.startswith(folder + "/"):
                accepted[name] = reason
    return accepted


def report(mutants, verdicts, accepted, whole, out):
    """True if all is as it should be; the rate counts for a whole folder."""
    kinds = sorted({m.kind for m in mutants})
    words = ("killed", "survived", "equivalent", "stillborn")
    table = collections.Counter((m.kind, verdicts.get(m.id)) for m in mutants)
    row = lambda cells: print("%-9s" % cells[0] + "".join("%12s" % c for c in cells[1:]), file=out)
    row(("kind",) + words + ("not run",))
    for kind in kinds:
        row([kind] + [table[kind, w] for w in words + (None,)])
    total = {w: sum(table[k, w] for k in kinds) for w in words + (None,)}
    row(["all"] + [total[w] for w in words + (None,)])
    survived = [m.id for m in mutants if verdicts.get(m.id) == "survived"]
    new = [name for name in survived if name not in accepted]
    known = {m.id for m in mutants}
    good = not new
    for name in new:
        print(f"survives: {name}", file=out)
    for name in accepted:
        if name not in known:
            print(f"listed, but there is no such mutant: {name}", file=out)
        elif verdicts.get(name, "survived") != "survived":
            print(f"listed, but {verdicts[name]} now: {name}", file=out)
    judged = total["killed"] + total["survived"]
    if judged:
        rate = 100 * total["killed"] / judged
        print(f"kill rate {rate:.2f} % ({total['killed']} of {judged}), "
              f"{len(survived) - len(new)} of {len(survived)} survivors accepted", file=out)
        if whole and not total[None] and rate < LEAST_RATE:
            print(f"the kill rate is below {LEAST_RATE:g} %", file=out)
            good = False
    return good


def run_all(todo, options, log):
    work, lock, stop = queue.Queue(), threading.Lock(), threading.Event()
    for mutant in todo:
        work.put(mutant)
    progress = {"done": 0, "survived": 0}

    def serve(worker):
        while not stop.is_set():
            try:
                mutant = work.get_nowait()
            except queue.Empty:
                return
            began = time.monotonic()
            try:
                word, how = worker.verdict(mutant)
            except BaseException:
                stop.set()
                raise
            seconds = time.monotonic() - began
            with lock:
                log.write(f"{word}\t{seconds:.2f}\t{how}\t{mutant.id}\n")
                log.flush()
                progress["done"] += 1
                progress["survived"] += word == "survived"
                if options.verbose or word == "survived":
                    print(f"{progress['done']}/{len(todo)} {word} {seconds:.1f} s {how}: "
                          f"{mutant.id}", flush=True)
                elif sys.stderr.isatty():
                    print(f"\r{progress['done']}/{len(todo)}, {progress['survived']} survived ",
                          end="", file=sys.stderr)

    place = os.path.join(options.build, options.name)
    first = Worker(os.path.join(place, "1"), options.snapshot, options.folder, options.tests)
    workers = [first] + [Worker(os.path.join(place, str(n)), options.snapshot, options.folder,
                                options.tests) for n in range(2, options.jobs + 1)]
    threads = [threading.Thread(target=serve, args=(w,)) for w in workers]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        stop.set()
        for thread in threads:
            thread.join()
    for worker in workers:
        worker.close()
    return work.empty() and not stop.is_set()


def main():
    parser = argparse.ArgumentParser(prog="run.sh", description=__doc__)
    parser.add_argument("--folder", default="smmu", help="what is mutated")
    parser.add_argument("--source", default=ROOT, help="the source tree")
    parser.add_argument("--build", help="where the copies and the log are (build/mutate)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="workers")
    parser.add_argument("--only", default="", metavar="REGEX", help="mutants by their identity")
    parser.add_argument("--tests", default="", metavar="REGEX", help="test executables by name")
    parser.add_argument("--shard", default="1/1", metavar="K/N", help="one part of N")
    parser.add_argument("--resume", action="store_true", help="go on where the log ends")
    parser.add_argument("--again", action="store_true", help="only what survived by the log")
    parser.add_argument("--list", action="store_true", help="print the mutants")
    parser.add_argument("--report", action="store_true", help="sum the log up")
    parser.add_argument("--verbose", action="store_true", help="print every verdict")
    options = parser.parse_args()
    shard, shards = (int(word) for word in options.shard.split("/"))
    if not 1 <= shard <= shards:
        parser.error("--shard K/N needs 1 <= K <= N")
    source = os.path.abspath(options.source)
    options.folder = options.folder.strip("/")
    options.build = os.path.abspath(options.build or os.path.join(source, "build", "mutate"))
    options.name = options.folder + (f".{shard}-{shards}" if shards > 1 else "")
    accepted = read_accepted(os.path.join(source, "tests", "mutate", "survivors.txt"),
                             options.folder)
    logs = os.path.join(options.build, f"{options.folder}*.log")
    if options.list or options.report:
        mutants = mutants_of(source, options.folder)
        if options.report:
            return 0 if report(mutants, read_log(logs), accepted, True, sys.stdout) else 1
        for mutant in mutants:
            if re.search(options.only, mutant.id):
                print(mutant.id)
        return 0

    # One state of the tree for the list and for every worker.
    options.snapshot = os.path.join(options.build, options.name, "1", "tree")
    os.makedirs(os.path.dirname(options.snapshot), exist_ok=True)
    copy_tree(source, options.snapshot)
    mutants = mutants_of(options.snapshot, options.folder)
    todo = [m for m in mutants if re.search(options.only, m.id)][shard - 1::shards]
    keep = options.resume or options.again
    if not keep:
        for path in [os.path.join(options.build, options.name + ".log")] if shards > 1 \
                else glob.glob(logs):
            if os.path.exists(path):
                os.remove(path)
    before = read_log(logs)
    if options.again:
        todo = [m for m in todo if before.get(m.id) == "survived"]
    elif options.resume:
        todo = [m for m in todo if m.id not in before]
    if not todo:
        print("mutate: nothing to run")
        return 0 if keep and report(mutants, before, accepted, True, sys.stdout) else 1
    state = digest(options.snapshot)
    with open(os.path.join(options.build, options.name + ".log"), "a+", encoding="utf-8") as log:
        log.seek(0)
        states = re.findall(r"^# tree (\w+)$", log.read(), re.M)
        if states and states[-1] != state:
            print("mutate: the tree has changed since the log was begun", file=sys.stderr)
        log.write(f"# tree {state}\n")
        finished = run_all(todo, options, log)
    # Of other mutants this run says nothing.
    whole = keep or len(todo) == len(mutants)
    shown = mutants if whole else todo
    if not whole:
        accepted = {m.id: accepted[m.id] for m in todo if m.id in accepted}
    good = report(shown, read_log(logs), accepted, whole, sys.stdout)
    return 0 if good and finished else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
