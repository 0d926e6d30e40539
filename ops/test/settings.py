"""settings.py ROOT PROGRAMS: compares the operator's guide, .env.example, the compose files and the programs.

The environment of a service is what docker-compose makes of the files and an .env; the program is run in it.
"""

import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile

import yaml

ROOT, PROGRAMS = sys.argv[1:]
FILES = ["docker-compose.prod.yml", "docker-compose.yml"]
COMMANDS = {
    "migrator": ["migrator", "config", "check"],
    "api": ["api", "config", "check"],
    "engine": ["api", "config", "check", "--engine"],
    "gateway": ["gateway", "config", "check"],
}
# The same in every copy, or the image's: .env does not change them.
FIXED = {"APP_ENV", "NODE_ENV", "LOG_DIR", "HOSTNAME", "PORT", "METRICS_PORT", "FEED_DIR"}
# For tests of ours, and what the migrator reads only to refuse it.
WITHHELD = {("api", "STRIPE_API_BASE"), ("migrator", "DATABASE_URL")}
TUNABLE = re.compile(r"^(HTTP|GATEWAY|RATE_LIMIT)_|^(DRAIN_MS|SHUTDOWN_DEADLINE_MS|JOB_MEMORY_MB)$")

passed, failed = 0, []


def expect(what, holds):
    global passed
    if holds:
        passed += 1
    else:
        failed.append(what)
        print(f"failed: {what}", file=sys.stderr)


def guide():
    """The table of CONFIGURATION.md: each variable with the services that read it. `GATEWAY_…` stands for a prefix."""
    table = {}
    for line in open(f"{ROOT}/ops/docs/CONFIGURATION.md", encoding="utf-8"):
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) != 6 or not cells[0].startswith("`"):
            continue
        readers = {name for name, cell in zip(COMMANDS, cells[1:5]) if cell == "x"}
        for name in re.findall(r"`([^`]+)`", cells[0]):
            choice = re.match(r"^(.*)\{(.*)\}(.*)$", name)
            names = [choice[1] + part + choice[3] for part in choice[2].split(",")] if choice else [name]
            for one in names:
                table[one] = readers
    return table


def readers_of(table, name):
    for prefix in (entry for entry in table if entry.endswith("…")):
        if name.startswith(prefix[:-1]):
            return table[prefix]
    return table.get(name, set())


def example():
    """The variables of .env.example with their values, those in comments too."""
    lines = open(f"{ROOT}/.env.example", encoding="utf-8").read().splitlines()
    pairs = (re.match(r"^(?:# )?([A-Z_]+)=(.*)$", line) for line in lines)
    return {pair[1]: pair[2] for pair in pairs if pair}


def minimal():
    """What a server cannot do without."""
    word = secrets.token_hex(24)
    return {
        "IMAGE_OWNER": "test", "POSTGRES_USER": "blockbotx", "POSTGRES_PASSWORD": word, "POSTGRES_DB": "blockbotx",
        "DATABASE_URL": f"postgresql://blockbotx:{word}@pgbouncer:6432/blockbotx",
        "DIRECT_URL": f"postgresql://blockbotx:{word}@postgres:5432/blockbotx",
        "REDIS_PASSWORD": secrets.token_hex(24), "JWT_SECRET": secrets.token_hex(48), "ENCRYPTION_KEY": secrets.token_hex(16),
        "NEXTAUTH_URL": "https://app.example.com", "NEXT_PUBLIC_APP_URL": "https://app.example.com",
        "NEXT_PUBLIC_WS_URL": "wss://app.example.com/ws",
    }


def environments(file, variables):
    """The environment of each service, as docker-compose resolves it."""
    with tempfile.TemporaryDirectory() as home:
        for name in os.listdir(f"{ROOT}/compose"):
            if name.endswith(".yml"):
                shutil.copy(f"{ROOT}/compose/{name}", home)
        with open(f"{home}/.env", "w", encoding="utf-8") as env:
            env.writelines(f"{name}={value}\n" for name, value in variables.items())
        # Compose prefers its own environment to .env.
        inherited = {"PATH": os.environ["PATH"], "HOME": home, "PYTHONPATH": os.environ["PYTHONPATH"]}
        out = subprocess.run(["docker-compose", "-f", file, "config"], cwd=home, env=inherited, check=True, stdout=subprocess.PIPE)
        services = yaml.safe_load(out.stdout)["services"]
    # An interpolated `$$` is one `$` for the container; none of ours has any.
    return {name: {key: "" if value is None else str(value) for key, value in services[name]["environment"].items()} for name in COMMANDS}


def effective(service, environment):
    """What the program read, and what it made of it; nothing where it refuses."""
    program, *arguments = COMMANDS[service]
    out = subprocess.run([f"{PROGRAMS}/{program}", *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if out.returncode != 0:
        print(out.stdout + out.stderr, file=sys.stderr)
        return {}
    return dict(line.split("=", 1) for line in out.stdout.splitlines() if "=" in line)


def other(value):
    """Another value than this one, in range."""
    return str(int(value) + 1)


table, named = guide(), example()
defaults = {}
for file in FILES:
    bare = environments(file, minimal())
    for service, environment in bare.items():
        where = f"{file}: {service}"
        read = effective(service, environment)
        expect(f"{where} starts with what a minimal .env gives it", read)
        for name in sorted(read):
            if (service, name) in WITHHELD:
                continue
            expect(f"{where} reads {name}, and the guide says so", service in readers_of(table, name))
            if name not in FIXED:
                expect(f"{where} is handed {name}", name in environment or f"{name}_FILE" in environment)
        for name in sorted(environment):
            if name not in FIXED:
                expect(f"{where} reads {name}, which it is handed", name.removesuffix("_FILE") in read)
        for name, readers in table.items():
            if service in readers and not name.endswith("…") and name not in FIXED:
                expect(f"{where} reads {name}, as the guide says", name in read)
        # The program's own default holds where .env says nothing.
        own = effective(service, {name: value for name, value in environment.items() if not TUNABLE.match(name)})
        for name in filter(TUNABLE.match, read):
            expect(f"{where}: {name} keeps its default", read[name] == own[name])
            defaults.setdefault(name, set()).add(own[name])

    tuned = {name: other(min(values, key=int)) for name, values in defaults.items()}
    for service, environment in environments(file, minimal() | tuned).items():
        read = effective(service, environment)
        for name in filter(TUNABLE.match, read):
            expect(f"{file}: {service} takes {name} from .env", read[name] == tuned[name])

expect("there are settings to compare", len(defaults) > 40)
for name, values in defaults.items():
    expect(f".env.example shows the default of {name}", named.get(name) in values)

print(f"test result: {'FAILED' if failed else 'ok'}. {passed} passed; {len(failed)} failed;")
sys.exit(1 if failed else 0)
