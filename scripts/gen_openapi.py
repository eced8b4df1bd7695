"""Write docs/openapi.json from the routes; `--check` only compares and exits with 1 when it differs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, cast

from assay_server.app import create_app

TARGET = Path(__file__).parent.parent / "docs" / "openapi.json"


def main() -> int:
    """Generate or compare."""
    schema: dict[str, Any] = create_app(cast(Any, None)).openapi()
    text = json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
    if "--check" not in sys.argv:
        TARGET.write_text(text)
        return 0
    if TARGET.exists() and TARGET.read_text() == text:
        return 0
    print(f"{TARGET} is out of date: run python scripts/gen_openapi.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
