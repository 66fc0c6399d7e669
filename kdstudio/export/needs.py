"""What an exported graph needs where it runs: operators, and which of them a phone's accelerators do not compute.

ONNX Runtime's packages for Android and iOS have every operator of `KNOWN`. A build reduced to certain models has only
those of its `required_operators.config`
(https://onnxruntime.ai/docs/reference/operators/reduced-operator-config-file.html). What NNAPI and Core ML compute
stands in tables that come with ONNX Runtime; the rest is left to the phone's processor.
"""

import warnings
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from kdstudio.recipe.report import Needs

KNOWN = ("ai.onnx", "ai.onnx.ml", "com.microsoft")
ACCELERATORS = {"NNAPI": "nnapi_supported_ops.md", "Core ML": "coreml_supported_mlprogram_ops.md"}
REDUCED = "required_operators.config"


def needs(path: Path) -> Needs | None:
    """Return what a graph needs; None for a file that is none."""
    if path.suffix not in (".onnx", ".ort"):
        return None
    used = _stored(path) if path.suffix == ".ort" else _written(path)
    operators = sorted(
        {f"{domain}:{name}" for domain, by_set in used.items() for one in by_set.values() for name in one}
    )
    sets = {domain: max(by_set) for domain, by_set in sorted(used.items()) if by_set}
    lacking = {name: tuple(one for one in operators if one not in had) for name, had in _accelerated().items()}
    return Needs(
        opsets=sets, operators=tuple(operators), lacking={name: some for name, some in lacking.items() if some}
    )


def reduced_build(path: Path) -> str:
    """Return the configuration of a build of ONNX Runtime that has the operators of this .ort file and no others."""
    used = _stored(path)
    lines = [
        f"{domain};{opset};{','.join(sorted(names))}"
        for domain, by_set in sorted(used.items())
        for opset, names in sorted(by_set.items())
        if names
    ]
    return "\n".join([f"# Operators of {path.name}, for ONNX Runtime's build.py --include_ops_by_config", *lines, ""])


_Used = dict[str, dict[int, set[str]]]
"""Names of operators by domain and version of the operator set."""


def _written(path: Path) -> _Used:
    import onnx

    model = onnx.load(str(path), load_external_data=False)
    version = {one.domain or "ai.onnx": one.version for one in model.opset_import}
    own = {(one.domain, one.name) for one in model.functions}
    used: _Used = {}
    for body in (model.graph, *model.functions):
        for node in _nodes(body):
            if (node.domain, node.op_type) not in own:
                domain = node.domain or "ai.onnx"
                used.setdefault(domain, {}).setdefault(version.get(domain, 1), set()).add(node.op_type)
    return used


def _nodes(body: Any) -> Iterator[Any]:
    """Go through the nodes of a graph or function, and of the graphs within them."""
    for node in body.node:
        yield node
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                yield from _nodes(inner)


def _stored(path: Path) -> _Used:
    from onnxruntime.tools.ort_format_model.ort_model_processor import OrtFormatModelProcessor

    used: _Used = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves closing the file to the interpreter
        OrtFormatModelProcessor(str(path), used, None).process()
    return used


def _accelerated() -> dict[str, set[str]]:
    """Return the operators that each accelerator computes, as `domain:name`; none where the tables are not there."""
    found = {}
    for name, table in ACCELERATORS.items():
        try:
            text = files("onnxruntime.tools.mobile_helpers").joinpath(table).read_text(encoding="utf-8")
        except (OSError, ModuleNotFoundError):
            continue
        rows = (line.split("|")[1].strip() for line in text.splitlines() if line.startswith("|"))
        found[name] = {row for row in rows if ":" in row and not row.startswith(":")}
    return found
