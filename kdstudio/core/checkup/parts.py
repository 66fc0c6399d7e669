"""What the probes of engine and window mean for a person."""

import os
import sys

from kdstudio.core.checkup.finding import Finding
from kdstudio.core.checkup.graphics import Torch, graphics, nvidia
from kdstudio.core.checkup.probe import Probed
from kdstudio.core.checkup.qt_libraries import plugin
from kdstudio.core.crash import reports

_AGAIN = "Install it again: python -m pip install --force-reinstall --no-deps"
_INSTALLED_AS = {"sklearn": "scikit-learn"}


def engine(probed: Probed) -> list[Finding]:
    """Return what the engine's libraries told; torch's first."""
    facts = probed.facts
    found = [_broken("Engine", name, why) for name, why in probed.broken.items()]
    if probed.death:
        told = f"it {probed.death}, while it tried to {probed.trying or 'start'}"
        library = probed.trying.removeprefix("import ")
        hint = f"{_AGAIN} {_INSTALLED_AS.get(library, library)}" if probed.trying.startswith("import ") else ""
        found.append(Finding("Engine", "Training engine", told, "error", hint or "Send this text to support."))
    if "torch" in facts:
        seconds = facts.get("torch_seconds", 0.0)
        cuda = f"CUDA {facts['cuda']}" if facts["cuda"] else "without CUDA"
        found.append(Finding("Engine", "PyTorch", f"{facts['torch']}, {cuda}, imported in {seconds} s"))
        found.append(Finding("Engine", "Threads of PyTorch", str(facts.get("threads", "unknown"))))
        known = Torch(facts["torch"], facts["cuda"], tuple(facts["devices"]), facts.get("trouble", ""))
        found.append(graphics(known, nvidia()))
    if "onnxruntime_providers" in facts:
        found.append(Finding("Engine", "ONNX Runtime", ", ".join(facts["onnxruntime_providers"])))
    return found


def window(probed: Probed) -> list[Finding]:
    """Return what Qt told."""
    facts = probed.facts
    found = [_broken("Window", name, why) for name, why in probed.broken.items()]
    if "Qt" in facts:
        found.append(Finding("Window", "Qt", f"{facts['Qt']} (PySide6 {facts['PySide6']})"))
    if probed.death:
        told = f"it {probed.death}, while it tried to {probed.trying or 'start'}"
        return [*found, Finding("Window", "Window", told, "error", _window_hint(probed.trying))]
    if not plugin() and sys.platform == "linux":
        hint = "The terminal works without one. For the window, log in at a screen, or set DISPLAY."
        found.append(Finding("Window", "Screen", "none (neither DISPLAY nor WAYLAND_DISPLAY is set)", "note", hint))
    else:
        screens = "; ".join(facts.get("screens", ()))
        found.append(Finding("Window", "Screen", f"{screens} (plugin {facts.get('platform', 'unknown')})"))
    if facts.get("unread") or not facts.get("fonts"):
        what = ", ".join(facts.get("unread", ())) or "all"
        hint = "Install kdstudio again: its own fonts are missing or damaged. Until then another font is shown."
        found.append(Finding("Window", "Fonts", f"cannot be read: {what}", "warning", hint))
    elif "fonts" in facts:
        found.append(Finding("Window", "Fonts", f"{facts['fonts']} of kdstudio's own, {facts['families']} families"))
    return found


def screen() -> dict[str, str]:
    """Return what the window's probe needs in its environment: without a screen it tries Qt's own drawing."""
    is_blind = sys.platform == "linux" and not plugin()
    return {"QT_QPA_PLATFORM": "offscreen"} if is_blind else {}


def last_crash() -> Finding:
    """Return where the newest report lies of something that went wrong in kdstudio itself."""
    there = reports()
    if not there:
        return Finding("Crash reports", "Last report", "none")
    hint = "Look through it and send it along where you ask for help. Nothing was sent by itself."
    return Finding("Crash reports", "Last report", f"{there[0]} ({len(there)} in all)", "note", hint)


def _broken(section: str, name: str, why: str) -> Finding:
    package = _INSTALLED_AS.get(name, name)
    hint = f"{_AGAIN} {package}" if not getattr(sys, "frozen", False) else "Install kdstudio again."
    return Finding(section, package, f"cannot be imported: {why}", "error", hint)


def _window_hint(trying: str) -> str:
    if trying == "open a screen":
        asked = os.environ.get("QT_QPA_PLATFORM")
        if asked:
            return f"QT_QPA_PLATFORM is set to {asked}: unset it, or install the system libraries named here."
        return "Install the system libraries named here; whether DISPLAY is right, xdpyinfo tells."
    if "PySide6" in trying:
        return (
            f"{_AGAIN} PySide6-Essentials shiboken6. On a bare Linux server system libraries may be missing: README.md."
        )
    return "Send this text to support."
