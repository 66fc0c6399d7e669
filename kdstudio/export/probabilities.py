"""Probabilities as a second output of exported graphs, for programs that cannot take a softmax themselves."""

from pathlib import Path

from kdstudio.core.errors import ExportError
from kdstudio.core.files import write_bytes
from kdstudio.core.targets import Task

NAME = "probabilities"


def add_probabilities(path: Path, task: Task) -> None:
    """Let the graph at `path` answer `probabilities`, too: the softmax of its logits, of several labels the sigmoid.

    The logits stay the first output. Raises ExportError where the student predicts numbers, which have none.
    """
    import onnx
    from onnx import helper

    if task == "regression":
        message = "A student that predicts numbers has no probabilities."
        raise ExportError(message, hint="Export it without them.")
    model = onnx.load(path)
    logits = model.graph.output[0]
    kind = ("Sigmoid", {}) if task == "multi_label" else ("Softmax", {"axis": -1})
    model.graph.node.append(helper.make_node(kind[0], [logits.name], [NAME], name=NAME, **kind[1]))
    second = onnx.ValueInfoProto()
    second.CopyFrom(logits)
    second.name = NAME
    model.graph.output.append(second)
    write_bytes(path, model.SerializeToString())
