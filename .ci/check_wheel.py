"""Check what a wheel holds: the package with its templates and py.typed, and nothing besides."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path


def faults(names: set[str], source: Path) -> list[str]:
    """Return what is wrong with a wheel's content, given the checkout it was built from."""
    allowed = {".py", ".html", ".typed"}
    wanted = {p.relative_to(source).as_posix() for p in (source / "rcgan").rglob("*") if p.suffix in allowed}
    files = {name for name in names if not name.endswith("/") and ".dist-info/" not in name}
    found = [f"missing: {name}" for name in sorted(wanted - files)]
    found += [f"does not belong: {name}" for name in sorted(files - wanted)]
    if "rcgan/py.typed" not in files:
        found.append("missing: rcgan/py.typed")
    if not any(name.startswith("rcgan/") and name.endswith(".html") for name in files):
        found.append("missing: the report's template, rcgan/**/*.html")
    if not any(name.endswith("LICENSE") for name in names):
        found.append("missing: the licence")
    return found


if __name__ == "__main__":
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        content = set(wheel.namelist())
    wrong = faults(content, Path(__file__).parent.parent)
    print("\n".join(wrong) or f"{sys.argv[1].rsplit('/', 1)[-1]}: {len(content)} files, as they should be")
    sys.exit(bool(wrong))
