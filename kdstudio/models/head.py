"""The last part of a student that answers with its teacher's classifier: a projector, and that classifier (SimKD)."""

from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Reused:
    """What must be known to build the part again: the teacher's embedding is `width` wide, the projector `hidden`."""

    hidden: int
    width: int


class Head(nn.Module):
    """A projector (N, d) → (N, width) of three linear layers, and a classifier that does not learn."""

    def __init__(self, student: int, reused: Reused, classes: int) -> None:
        super().__init__()
        hidden, width = reused.hidden, reused.width
        self.projector = nn.Sequential(
            nn.Linear(student, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Linear(hidden, width),
        )
        self.classifier = nn.Linear(width, classes).requires_grad_(False)

    def forward(self, embedding: Tensor) -> Tensor:
        """Answer embeddings (N, d) with logits (N, C)."""
        logits: Tensor = self.classifier(self.projector(embedding))
        return logits


def put_head(module: nn.Module, reused: Reused) -> Head:
    """Replace the last linear layer of a network in place, and return what stands there now."""
    name, last = [(name, one) for name, one in module.named_modules() if isinstance(one, nn.Linear)][-1]
    head = Head(last.in_features, reused, last.out_features)
    module.set_submodule(name, head)
    return head
