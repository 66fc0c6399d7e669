"""A bag of words: the mean of the words' numbers and one linear layer, as in fastText."""

from typing import ClassVar

from pydantic import Field
from torch import Tensor, nn

from kdstudio.models.zoo.base import Architecture, Fit, InputShape, Shapes
from kdstudio.models.zoo.text_cnn import PADDING, USUAL_LENGTH


class TextBag(Architecture):
    """Mean of the embeddings of all words, then one linear layer: the order of the words does not count."""

    title: ClassVar[str] = "Bag of words"
    family: ClassVar[str] = "Text"
    paper: ClassVar[str] = "Joulin, Grave, Bojanowski, Mikolov 2016, Bag of Tricks for Efficient Text Classification"
    help: ClassVar[str] = (
        "The smallest and quickest network for text: it weighs words and knows nothing of their order. AdamW with a "
        "learning rate of 0.003 to 0.01 suits it far better than SGD."
    )
    takes: ClassVar[tuple[str, ...]] = ("text",)

    width: int = Field(16, ge=1, le=1024, title="Width", description="Numbers that stand for a word.")

    @property
    def label(self) -> str:
        """The name with the numbers a word."""
        return f"Bag of words {self.width}"

    def build(self, input_shape: InputShape, classes: int) -> nn.Module:
        """Return the network for (L, V): texts of any length, numbered words up to V."""
        return _Network(input_shape[1], self.width, classes)

    @classmethod
    def recognise(cls, shapes: Shapes) -> Fit | None:
        """Recognise weights saved by kdstudio."""
        words, head = shapes.get("embedding.weight"), shapes.get("classifier.weight")
        if words is None or head is None or set(shapes) != {"embedding.weight", "classifier.weight", "classifier.bias"}:
            return None
        if len(words) != 2 or len(head) != 2 or not 1 <= words[1] <= 1024:
            return None
        return Fit(cls(width=words[1]), (USUAL_LENGTH, words[0]), 1, head[0], {key: key for key in shapes})


ARCHITECTURE = TextBag


class _Network(nn.Module):
    def __init__(self, words: int, width: int, classes: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width, padding_idx=PADDING)
        self.classifier = nn.Linear(width, classes)

    def forward(self, numbers: Tensor) -> Tensor:
        """Answer word numbers (N, L) with logits (N, C)."""
        count = (numbers != PADDING).sum(1, keepdim=True).clamp(min=1)
        logits: Tensor = self.classifier(self.embedding(numbers).sum(1) / count)  # the padding's numbers are 0
        return logits
