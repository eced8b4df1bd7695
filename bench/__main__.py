"""`make bench`: run every benchmark, or those named, in processes of their own."""

from __future__ import annotations

import subprocess
import sys

NAMES = ("ingest", "query", "recovery", "compare", "eval", "sdk", "ui")


def main() -> int:
    """Run the named benchmarks (all by default); the exit status is the number that failed."""
    names = sys.argv[1:] or NAMES
    failed = 0
    for name in names:
        print(f"\n=== bench/{name} ===", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
