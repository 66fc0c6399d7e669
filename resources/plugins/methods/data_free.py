"""Data-free learning (DAFL): a generator makes images that excite the teacher, and the student learns from those."""

from collections.abc import Mapping
from typing import ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from kdstudio.methods.base import Exchange, Method, Needs, Objective, Setting, Shape
from kdstudio.methods.losses import cross_entropy, log_softened, soft_target_kl
from kdstudio.models.taps import EMBEDDING

WIDTH = 128  # channels of the generator's first layers, as in the authors' code


class DataFree(Method):
    """KL(teacher ‖ student) on made images, and the generator's losses on what the teacher says of them.

    The losses of Chen et al. 2019: one-hot, cross-entropy with the teacher's own top class; activation, −‖f‖₁ of
    the teacher's embedding (as the authors' code has it, its mean over all numbers); information entropy, Σ p̄ log p̄ of
    the mean answer. The student learns nothing from the data: its inputs only count the steps.
    """

    title: ClassVar[str] = "Data-free (DAFL)"
    family: ClassVar[str] = "response"
    paper: ClassVar[str] = "Chen et al. 2019, https://arxiv.org/abs/1904.01186"
    help: ClassVar[str] = (
        "A generator learns to make images of which the teacher is sure, of all classes alike, and the student learns "
        "what the teacher says of them: no training input is looked at. It takes many more steps than learning from "
        "data does, and suits AdamW."
    )
    needs: ClassVar[Needs] = Needs(asks=True, inputs=False)
    draws: ClassVar[bool] = True

    noise: int = Field(100, ge=1, le=4096, title="Noise", description="How many random numbers an image is made from.")
    images: int = Field(128, ge=2, le=4096, title="Images", description="How many images are made in each step.")
    one_hot: float = Field(1.0, ge=0, title="One-hot", description="Weight of being sure of one class.")
    activation: float = Field(0.1, ge=0, title="Activation", description="Weight of exciting the teacher's embedding.")
    entropy: float = Field(5.0, ge=0, title="Entropy", description="Weight of making all classes equally often.")

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Raise ValueError: `build` gives the generator."""
        raise ValueError(f"{self.title} needs its generator: build it first")

    def build(self, setting: Setting) -> Objective:
        """Return the method with its generator."""
        return _Generating(self, setting)


class _Generating(Objective):
    method: DataFree

    def __init__(self, method: DataFree, setting: Setting) -> None:
        super().__init__(method, setting)
        if setting.image is None:
            raise ValueError(f"{method.title} makes images, and the data has none")
        self.generator = _Generator(method.noise, setting.image)

    def forward(self, exchange: Exchange) -> Mapping[str, Tensor]:
        if exchange.ask_teacher is None or exchange.ask_student is None:
            raise ValueError(f"{self.method.title} needs a teacher and a student that can be asked")
        noise = torch.randn(self.method.images, self.method.noise, device=exchange.student.logits.device)
        made = self.generator(noise)
        teacher = exchange.ask_teacher(made, (EMBEDDING,))
        student = exchange.ask_student(made.detach(), ())
        mean = log_softened(teacher.logits).exp().mean(dim=0)
        return {
            "kl": soft_target_kl(student.logits, teacher.logits.detach(), 1.0),
            "one_hot": self.method.one_hot * cross_entropy(teacher.logits, teacher.logits.argmax(dim=1)),
            "activation": -self.method.activation * teacher.features[EMBEDDING].abs().mean(),
            "entropy": self.method.entropy * torch.xlogy(mean, mean).sum(),
        }


class _Generator(nn.Module):
    """Noise (N, d) to images (N, c, H, W) in 0..1: a linear map to a quarter of the size, and two doublings."""

    def __init__(self, noise: int, image: Shape) -> None:
        super().__init__()
        channels, self.height, self.width = image
        self.first = (WIDTH, -(-self.height // 4), -(-self.width // 4))
        self.linear = nn.Linear(noise, self.first[0] * self.first[1] * self.first[2])
        self.norm = nn.BatchNorm2d(WIDTH)
        self.middle = nn.Sequential(nn.Conv2d(WIDTH, WIDTH, 3, padding=1), nn.BatchNorm2d(WIDTH), nn.LeakyReLU(0.2))
        self.last = nn.Sequential(
            nn.Conv2d(WIDTH, WIDTH // 2, 3, padding=1),
            nn.BatchNorm2d(WIDTH // 2),
            nn.LeakyReLU(0.2),
            nn.Conv2d(WIDTH // 2, channels, 3, padding=1),
            nn.Sigmoid(),
        )

    def forward(self, noise: Tensor) -> Tensor:
        maps = self.norm(self.linear(noise).unflatten(1, self.first))
        maps = self.middle(F.interpolate(maps, scale_factor=2.0))
        image: Tensor = self.last(F.interpolate(maps, size=(self.height, self.width)))
        return image


METHOD = DataFree
