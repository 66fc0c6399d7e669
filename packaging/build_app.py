"""Packs kdstudio into one folder that needs no Python: python packaging/build_app.py [--to DIR]

It is for Linux, Windows and macOS, each on itself, and packs the libraries of the Python that runs it: install with
`python -m pip install -c packaging/constraints.txt ".[package]"` into an environment of its own, with the PyTorch that
shall be in it. tests/end_to_end/test_packed.py builds the folder and works with it (`python -m pytest -m slow`).
"""

import argparse
import io
import os
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
SIZES = (16, 24, 32, 48, 64, 128, 256)


def main() -> int:
    """Paint the icons, run PyInstaller, and say where the program lies."""
    parser = argparse.ArgumentParser(description="Pack kdstudio into one folder.")
    parser.add_argument("--to", type=Path, default=TOP / "dist", metavar="DIR", help="where the folder is put")
    parser.add_argument("--work", type=Path, default=TOP / "build", metavar="DIR", help="for what is made on the way")
    options = parser.parse_args()
    paint(options.work / "icons")
    places = ["--distpath", str(options.to), "--workpath", str(options.work)]
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", *places]
    given = {
        **os.environ,
        "KDSTUDIO_ICONS": str(options.work.resolve() / "icons"),
        "QT_QPA_PLATFORM": "offscreen",  # hooks import what they pack
        "PYTHONPATH": os.pathsep.join(filter(None, [str(TOP), os.environ.get("PYTHONPATH")])),
    }
    done = subprocess.run([*command, str(TOP / "packaging" / "kdstudio.spec")], env=given, check=False)
    if done.returncode == 0:
        sys.stdout.write(f"{options.to / 'kdstudio'}\n")
    return done.returncode


def paint(folder: Path) -> None:
    """Write the program's icon in the formats of the three systems."""
    sys.path.insert(0, str(TOP))
    from PIL import Image

    from kdstudio.ui.desktop import png

    folder.mkdir(parents=True, exist_ok=True)
    pictures = [Image.open(io.BytesIO(png(size))) for size in (*SIZES, 512)]
    pictures[-1].save(folder / "kdstudio.png")
    pictures[-2].save(folder / "kdstudio.ico", sizes=[(size, size) for size in SIZES], append_images=pictures[:-2])
    pictures[-1].save(folder / "kdstudio.icns", append_images=pictures[:-1])


if __name__ == "__main__":
    sys.exit(main())
