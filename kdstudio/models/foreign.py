"""Networks that are opened from files of others and never chosen by name: no form offers them."""

import json
from typing import Any, ClassVar

from torch import nn

from kdstudio.models.transformers_net import Task, build
from kdstudio.models.zoo.base import Architecture, Fit, InputShape, Shapes


class HuggingFace(Architecture):
    """A network of the transformers library; its config is its only knob, so that a student of it can be saved."""

    title: ClassVar[str] = "Hugging Face network"
    family: ClassVar[str] = "transformers"
    paper: ClassVar[str] = "https://arxiv.org/abs/1910.03771"
    help: ClassVar[str] = "A network as its config.json describes it."
    takes: ClassVar[tuple[str, ...]] = ("image", "audio", "text")

    config: str  # JSON
    task: Task = "image"

    @property
    def label(self) -> str:
        """The class that the config names, else its family."""
        config = json.loads(self.config)
        return str((config.get("architectures") or [config.get("model_type", self.title)])[0])

    @property
    def per_token(self) -> bool:
        """Whether it is a language model."""
        return self.task == "next_token"

    def build(self, input_shape: InputShape, classes: int) -> nn.Module:
        """Return the network; the config alone decides, so the arguments are not looked at."""
        del input_shape, classes
        config: dict[str, Any] = json.loads(self.config)
        return build(config, self.task)

    @classmethod
    def recognise(cls, shapes: Shapes) -> Fit | None:
        """Weights without their config are not read as one."""
        del shapes
        return None


FOREIGN: dict[str, type[Architecture]] = {"huggingface": HuggingFace}
