"""The part of a recipe about changed copies of the inputs."""

from typing import Annotated, Literal

from pydantic import Field

from kdstudio.recipe.choices import Auto, Part


class AugmentationChoice(Part):
    """Changed copies of the inputs; teacher and student always see the same copy."""

    flip: bool = Field(False, title="Flip", description="Mirror half of the images left to right.")
    crop: int = Field(
        0,
        ge=0,
        le=32,
        title="Shifted crop",
        description="Shift each image by up to this many pixels in each direction.",
    )
    mixup: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Mixed images",
        description="Share of the images that are blended with another training image (mixup), by a weight drawn "
        "evenly from 0 to 1. The teacher answers the blend; hard labels take both labels by that weight, and methods "
        "that need one class skip it.",
    )
    noise: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Noise images",
        description="Share of the images that are replaced by random pixels. They have no label: only the teacher says "
        "what to answer to them.",
    )
    views: Auto | Literal["endless"] | Annotated[int, Field(ge=1, le=1000)] = Field(
        "auto",
        title="Views",
        description="How many different copies of an input there are. A fixed number lets the teacher's answers be "
        "stored; endless gives a new copy in each epoch. Automatic means endless when anything is augmented, else 1.",
    )

    @property
    def is_on(self) -> bool:
        """Whether inputs are changed at all."""
        return self.flip or self.crop > 0 or self.is_mixing

    @property
    def is_mixing(self) -> bool:
        """Whether some inputs become others, so that their labels change with them."""
        return self.mixup > 0 or self.noise > 0
