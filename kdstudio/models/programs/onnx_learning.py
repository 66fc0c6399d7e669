"""An ONNX graph as a network that learns, where the optional package onnx2torch is installed and answers the same."""

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from kdstudio.core.errors import ModelError
from kdstudio.models.model import PROGRAM, Model, tappable
from kdstudio.models.programs.inputs import Arranged
from kdstudio.models.programs.onnx_net import OnnxNet

NOT_INSTALLED = "an ONNX model learns only where the package onnx2torch is installed (pip install onnx2torch)"
_NEWEST = 17  # opset whose operators onnx2torch 1.5 knows
_COMPUTED = np.ones(1, dtype=np.int64)
_CONSTANTS = "initializers"  # the module in which the package keeps what is no weight of a layer
_TOLERANCE = 1e-3  # of the largest answer; sums in another order differ by less


class OnnxModule(nn.Module):
    """The network that onnx2torch made of a graph for one of its outputs; it answers like OnnxNet, with a dict.

    `exact` gives the same file as ONNX Runtime answers it, with all of its outputs.
    """

    def __init__(self, network: nn.Module, output: str, exact: OnnxNet) -> None:
        super().__init__()
        self.network = network
        self.output = output
        self._file = exact.path, exact.inputs, exact.outputs
        self.eval()

    @property
    def exact(self) -> OnnxNet:
        """The same file, answered by ONNX Runtime."""
        return OnnxNet(*self._file)

    def forward(self, *given: Tensor) -> dict[str, Tensor]:
        """Answer inputs in the graph's own order and types."""
        return {self.output: self.network(*given)}


def learning(model: Model) -> Model:
    """Return a model that ONNX Runtime answers as one that learns, or itself with a note why it cannot."""
    program = model.module
    assert isinstance(program, Arranged)
    try:
        made = _learnable(program, model.output.place, program.takes.probes())
    except ModelError as error:
        return replace(model, training_note=error.message)
    knobs = {PROGRAM: str(made.exact.path.absolute()), "sha256": model.digest}
    layers = tuple(f"net.network.{name}" for name in tappable(made.network) if name != _CONSTANTS)

    def turned(one: Model) -> Model:
        assert isinstance(one.module, Arranged)
        return replace(
            one,
            module=Arranged(made, one.module.takes),
            can_train=True,
            layers=layers,
            spec=replace(one.spec, knobs=knobs),
            output=replace(one.output, place=(made.output,)),
            others=tuple(map(turned, one.others)),
        )

    return turned(model)


def _learnable(program: Arranged, place: Sequence[str | int], probes: Sequence[Tensor]) -> OnnxModule:
    """Return the network of a graph for the output at `place`; raises ModelError with why there is none.

    It must answer `probes` as ONNX Runtime does. torch's default generator is not touched.
    """
    net = program.net
    assert isinstance(net, OnnxNet)
    output = str(place[0]) if place else net.outputs[0]
    try:
        package = import_module("onnx2torch")
    except (ImportError, RuntimeError) as error:  # it imports torchvision, which raises this beside another torch
        missing = isinstance(error, ModuleNotFoundError) and error.name == "onnx2torch"
        raise ModelError(NOT_INSTALLED if missing else f"onnx2torch does not start here ({error})") from error
    try:
        with _Undrawn():  # type: ignore[no-untyped-call]  # torch's mode has no types
            network = package.convert(_for_output(net.path, net.inputs, output))
        made = OnnxModule(_with_parameters(network), output, net)
        same = all(
            _is_same(net, made, program.takes.arrange(prepared), output, program.takes.rows) for prepared in probes
        )
    except Exception as error:  # the package raises whatever a graph that it does not know leads it to
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
        raise ModelError(f"onnx2torch cannot turn its graph into a network that learns ({reason})") from error
    if not same:
        raise ModelError(
            "the network that onnx2torch makes of its graph answers in another way, so that it only teaches"
        )
    if not any(True for _ in made.parameters()):
        raise ModelError("its graph has no weights that could learn")
    return made


def _for_output(path: Path, inputs: Sequence[str], output: str) -> Any:
    """Return the graph that gives one output, with its weights, and with names that are harmless as Python.

    The package writes the names of nodes into the code that it makes.
    """
    import onnx
    import onnx.utils
    import onnx.version_converter

    model = onnx.load(str(path))  # what it names was looked at when the file was opened
    model = onnx.utils.Extractor(model).extract_model(list(inputs), [output])
    if any(not one.domain and one.version > _NEWEST for one in model.opset_import):
        model = onnx.version_converter.convert_version(model, _NEWEST)
    shapes = {one.name: onnx.numpy_helper.to_array(one) for one in model.graph.initializer if one.data_type == 7}
    for number, node in enumerate(model.graph.node):
        node.name = f"{''.join(filter(str.isalnum, node.op_type))}_{number}"
        if node.op_type == "Reshape" and (shapes.get(node.input[1], _COMPUTED) != 0).all():
            del node.attribute[:]  # it says what a 0 in the shape means, and there is none
    return model


def _with_parameters(network: nn.Module) -> nn.Module:
    """Let weights learn that the package keeps as constants, as those of a plain MatMul."""
    constants = network.get_submodule(_CONSTANTS)
    for name, values in list(constants.named_buffers(recurse=False)):
        if values.is_floating_point() and values.numel() > 1:
            delattr(constants, name)
            constants.register_parameter(name, nn.Parameter(values))
    return network


def _is_same(net: OnnxNet, made: OnnxModule, given: tuple[Tensor, ...], output: str, rows: int | None) -> bool:
    given = given if rows is None else tuple(one[:1].expand(rows, *one.shape[1:]).contiguous() for one in given)
    with torch.no_grad():
        answer, found = net(*given), made(*given)[output]
    wanted = answer[output] if isinstance(answer, dict) else answer
    allowed = _TOLERANCE * max(1.0, float(wanted.abs().max()))
    return wanted.shape == found.shape and torch.allclose(wanted.float(), found.float(), rtol=0, atol=allowed)


class _Undrawn(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's mode has no types
    """Lets layers be built, in this thread alone, without drawing the first weights, which are replaced anyway."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        if func in (torch.ops.aten.uniform_.default, torch.ops.aten.normal_.default):
            return args[0]
        return func(*args, **(kwargs or {}))
