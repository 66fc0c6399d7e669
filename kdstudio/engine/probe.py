"""`kdstudio --probe engine`: whether the libraries of the training engine can be imported, and what torch sees."""

import importlib
import time

from kdstudio.core.checkup.probe import say

LIBRARIES = ("numpy", "torch", "onnxruntime", "onnx", "safetensors", "scipy", "sklearn", "pyarrow", "transformers")


def main() -> int:
    """Try one library after the other; one that cannot be imported does not keep the others from being tried."""
    for name in LIBRARIES:
        say(trying=f"import {name}")
        begun = time.monotonic()
        try:
            importlib.import_module(name)
        except Exception as error:  # a broken library raises anything
            say(broken={name: f"{type(error).__name__}: {error}"})
            continue
        if name == "torch":
            say(torch_seconds=round(time.monotonic() - begun, 1))
            _torch()
        elif name == "onnxruntime":
            import onnxruntime

            say(onnxruntime_providers=onnxruntime.get_available_providers())
    return 0


def _torch() -> None:
    import torch

    say(trying="ask torch for its devices", torch=torch.__version__, cuda=torch.version.cuda or "", devices=[])
    say(threads=torch.get_num_threads())
    trouble, devices = "", []
    try:
        if torch.version.cuda and not torch.cuda.is_available():
            torch.cuda.init()  # type: ignore[no-untyped-call]  # says why
        for number in range(torch.cuda.device_count()):
            about = torch.cuda.get_device_properties(number)
            devices.append(f"cuda:{number} {about.name}, {about.total_memory / 1e9:.0f} GB")
            torch.zeros(8, device=f"cuda:{number}").sum().item()
    except (RuntimeError, AssertionError) as error:
        trouble, devices = str(error).strip().splitlines()[0], []
    if torch.backends.mps.is_available():
        devices.append("Apple GPU")
    say(devices=devices, trouble=trouble)
