"""Prints requirements.txt anew: what pip itself finds for each Python and platform of the test.

python3 test/python/pin.py > test/python/requirements.txt
"""

import json
import subprocess
import sys
from collections import defaultdict

# azure-functions has no newer one for all of these Pythons.
WANTED = ["azure-functions-durable==1.7.0", "azure-functions==1.25.0"]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
PLATFORMS = [
    *(
        ["manylinux_2_28_" + cpu, "manylinux_2_17_" + cpu, "manylinux2014_" + cpu]
        for cpu in ("x86_64", "aarch64")
    ),
    ["macosx_14_0_arm64"],
    ["macosx_14_0_x86_64"],
]


def found(python, platforms):
    """What pip would install, as its report has it."""
    options = "--quiet --dry-run --ignore-installed --report - --target unused --only-binary :all:"
    where = [f"--python-version={python}", *(f"--platform={one}" for one in platforms)]
    command = [sys.executable, "-m", "pip", "install", *options.split(), *where, *WANTED]
    report = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return json.loads(report)["install"]


hashes = defaultdict(set)
for python in PYTHONS:
    for platforms in PLATFORMS:
        for package in found(python, platforms):
            metadata = package["metadata"]
            pin = f"{metadata['name'].lower()}=={metadata['version']}"
            hashes[pin].add(package["download_info"]["archive_info"]["hashes"]["sha256"])

names = [pin.split("==")[0] for pin in hashes]
twice = sorted({name for name in names if names.count(name) > 1})
if twice:
    sys.exit(f"not the same version everywhere, so WANTED must name one: {', '.join(twice)}")
print("# Made by pin.py: wheels for each Python and platform of the test.")
for pin in sorted(hashes):
    print(" \\\n    ".join([pin, *(f"--hash=sha256:{one}" for one in sorted(hashes[pin]))]))
