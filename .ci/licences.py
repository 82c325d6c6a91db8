"""The licences of what pakn is built from, held against the list in deny.toml: for machines without cargo-deny.

    python3 .ci/licences.py          # fails for a crate that may not be there
    python3 .ci/licences.py --list   # every crate of the program, with version and licence
"""

import re
import subprocess
import sys
import tomllib


def satisfied(expression: str, allowed: set[str]) -> bool:
    """An SPDX expression: some alternative of it in which every part is allowed."""
    words = re.findall(r"[()]|[^\s()/]+", expression.replace("/", " OR "))
    text = " ".join(
        word if word in "()" else word.lower() if word in ("OR", "AND") else "and True" if word == "WITH" else repr(word)
        for word in words
    )
    # An exception only permits more: what stands behind WITH is left out.
    text = re.sub(r"and True '[^']*'", "", text)
    return eval(re.sub(r"'([^']*)'", lambda name: str(name[1] in allowed), text), {"__builtins__": {}})


with open("deny.toml", "rb") as file:
    deny = tomllib.load(file)
allowed = set(deny["licenses"]["allow"])
packages = {}
for target in deny["graph"]["targets"]:
    # The graph as it is built, which `cargo metadata` only bounds from above.
    tree = subprocess.run(
        ["cargo", "tree", "--workspace", "--locked", "--target", target, "--edges", "normal,build,dev", "--prefix", "none"]
        + ["--format", "{p}|{l}"],
        check=True,
        capture_output=True,
        text=True,
    )
    for line in filter(None, tree.stdout.splitlines()):
        package, licence = line.removesuffix(" (*)").rsplit("|", 1)
        name, version, *place = package.split()
        if not any(path.startswith("(/") for path in place):
            packages[name, version.removeprefix("v")] = licence
if sys.argv[1:] == ["--list"]:
    for (name, version), licence in sorted(packages.items()):
        print(f"{name} {version}: {licence}")
wrong = [key for key, licence in packages.items() if not licence or not satisfied(licence, allowed)]
for name, version in sorted(wrong):
    print(f"{name} {version}: {packages[name, version] or 'no licence'} is not allowed by deny.toml")
print(f"{len(packages)} crates, {len(wrong)} not allowed")
sys.exit(bool(wrong))
