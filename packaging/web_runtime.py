"""Takes what web pages compute with from pinned npm packages: python packaging/web_runtime.py

Needs `npm`, and the network: it is for whoever raises a version. What it writes is in the repository.
"""

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

TO = Path(__file__).resolve().parents[1] / "resources" / "web" / "runtime"
PACKAGES = {
    "onnxruntime-web@1.30.0": (
        "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==",
        (
            "ort.wasm.min.mjs",
            "ort-wasm-simd-threaded.mjs",
            "ort-wasm-simd-threaded.wasm",
            "ort.webgpu.min.mjs",
            "ort-wasm-simd-threaded.asyncify.mjs",
            "ort-wasm-simd-threaded.asyncify.wasm",
        ),
    ),
    "@huggingface/tokenizers@0.2.0": (
        "LidMHe1FpcSYH4vcSjXooda34pC0M8m1gmDOv7SQi6Iv+ib1zX7J3sHBCC9/3FPCkn2k1b55FneVqMRxrr99pg==",
        ("tokenizers.min.mjs",),
    ),
}


def take(package: str, sha512: str, files: tuple[str, ...], folder: Path) -> None:
    """Fetch one package, compare its digest (base64 of SHA-512), and copy these of its files."""
    npm = shutil.which("npm") or sys.exit("npm is not installed.")
    subprocess.run([npm, "pack", "--silent", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    archive = next(folder.glob("*.tgz"))
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != sha512:
        sys.exit(f"{package} is not the package that it was: its digest is {found}.")
    with tarfile.open(archive) as whole:
        for name in files:
            content = whole.extractfile(f"package/dist/{name}")
            assert content is not None
            (TO / name).write_bytes(content.read())
    archive.unlink()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for package, (sha512, files) in PACKAGES.items():
            take(package, sha512, files, Path(folder))
