"""核心的规矩：不认识 MkDocs。"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_core_does_not_import_mkdocs() -> None:
    modules = [
        f"guide.{path.stem}"
        for path in (ROOT / "hooks/guide").glob("*.py")
        if path.stem not in ("__init__", "__main__")
    ]
    code = f"import sys, {', '.join(modules)}; sys.exit(any(name.split('.')[0] == 'mkdocs' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT / "hooks").returncode == 0


def test_core_does_not_import_torch() -> None:
    modules = [
        f"guide.{path.stem}"
        for path in (ROOT / "hooks/guide").glob("*.py")
        if path.stem not in ("__init__", "__main__")
    ]
    code = f"import sys, {', '.join(modules)}; sys.exit('torch' in sys.modules or 'matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT / "hooks").returncode == 0
