"""A student that answers with its teacher's classifier, which it reaches through a projector (SimKD).

Chen et al. 2022 (https://arxiv.org/abs/2203.14001): the student's own last layer is left out; a projector brings its
embedding to the width of the teacher's, and the teacher's last layer, frozen, answers. Both stay in what is exported.
The paper's projector is three convolutions (1×1, 3×3, 1×1) before pooling; here it is three linear layers behind it,
so that it stands between any two networks. As there it is narrower inside than the teacher's embedding.
"""

from copy import deepcopy
from dataclasses import replace

import torch
from torch import Tensor, nn

from kdstudio.core.errors import ModelError
from kdstudio.models.build import initialise
from kdstudio.models.head import Reused, put_head
from kdstudio.models.model import PROGRAM, Model, tappable
from kdstudio.models.taps import EMBEDDING, classifier, tapped

_HINT = "Choose another method, or networks that end with one linear layer over one vector an input."


def reusing(student: Model, teacher: Model, reduction: float, seed: int) -> Model:
    """Return a student whose last layer is replaced by a projector and a frozen copy of the teacher's last layer.

    Raises ModelError where one of them does not end with a linear layer that can be taken. torch's default generator
    is not touched; the student given stays as it is.
    """
    linear = _last(teacher, "teacher")
    if PROGRAM in student.spec.knobs or student.spec.reused is not None:
        what = "is a program of others" if student.spec.reused is None else "has a teacher's classifier already"
        raise ModelError(f"the student {what}: its last layer cannot be replaced", hint=_HINT)
    if student.spec.bits is not None:
        raise ModelError("the student rounds to 8 bits: its last layer cannot be replaced", hint=_HINT)
    _last(student, "student")
    width = linear.in_features
    module = deepcopy(student.module)
    reused = Reused(hidden=max(1, round(width / reduction)), width=width)
    with torch.device("meta"):
        head = put_head(module, reused)
    initialise(head.projector, seed)
    head.classifier.load_state_dict(_for_classes(linear, teacher), assign=True)
    return replace(
        student,
        module=module.eval(),
        spec=replace(student.spec, reused=reused),
        layers=tuple(tappable(module)),
        label=f"{student.label} with the teacher's classifier",
    )


def _last(model: Model, whose: str) -> nn.Linear:
    """Return the last layer; raises ModelError where it is not what makes the answer out of one vector."""
    try:
        name = classifier(model)
    except ModelError as error:
        message = f"the {whose} shows no last linear layer: {error.message}"
        raise ModelError(
            message, hint="Open the weights (a state dict, safetensors), or choose another method."
        ) from error
    linear = model.module.get_submodule(name)
    assert isinstance(linear, nn.Linear)
    example = model.preprocessing.example().to(model.device)
    if example.is_floating_point():  # zeros would be zeros behind many layers, whatever is done with them
        example = torch.arange(example.numel(), device=example.device).float().sin().view_as(example)
    was_training = model.module.training
    model.module.eval()
    try:
        with torch.no_grad(), tapped(model, (EMBEDDING,)) as seen:
            answer = model.module(example)
            given = seen.get(EMBEDDING)
            is_last = isinstance(answer, Tensor) and given is not None and given.dim() == 2
            is_last = is_last and model.output.kind == "logits" and torch.allclose(linear(given), answer, atol=1e-5)
    finally:
        model.module.train(was_training)
    if not is_last:
        raise ModelError(f"the {whose}'s answer is not what its last linear layer, {name}, gives", hint=_HINT)
    return linear


def _for_classes(linear: nn.Linear, teacher: Model) -> dict[str, Tensor]:
    """Return copies of the weights that answer for the classes of the data, in their order."""
    columns = list(teacher.output.columns or range(linear.out_features))
    if min(columns) < 0:
        message = "the teacher's classifier has no output for some of the data's classes"
        raise ModelError(message, hint="Choose a teacher of all classes, or methods that compare answers.")
    bias = torch.zeros(linear.out_features) if linear.bias is None else linear.bias
    return {name: one.detach().cpu()[columns].clone() for name, one in (("weight", linear.weight), ("bias", bias))}
