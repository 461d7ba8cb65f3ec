"""Run pip-audit over the lock: 1 where an advisory is known, else 0; says how many packages the database knew, if any."""

import json
import subprocess
import sys

COMMAND = [
    ".venv-audit/bin/pip-audit", "--requirement", "requirements.lock", "--require-hashes", "--disable-pip",
    "--progress-spinner", "off", "--format", "json",
]  # fmt: skip

done = subprocess.run(COMMAND, capture_output=True, text=True, check=False, timeout=600)
try:
    packages = json.loads(done.stdout)["dependencies"]
except (ValueError, KeyError):
    print(f"audit skipped: the database of advisories cannot be reached ({done.stderr.strip()[-200:]})")
    sys.exit(0)
known = [package for package in packages if "skip_reason" not in package]
faulty = [package for package in known if package["vulns"]]
for package in faulty:
    print(f"{package['name']} {package['version']}: {', '.join(each['id'] for each in package['vulns'])}")
print(f"audit: {len(known)} of {len(packages)} packages known to the database, {len(faulty)} with advisories")
if not known:
    print("audit skipped: this registry has no advisories, so nothing is shown")
sys.exit(bool(faulty))
