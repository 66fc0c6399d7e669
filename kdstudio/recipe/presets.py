"""Distillation as it was published: methods with the weights of their papers, by one word.

Weights are those of the papers or of their authors' code, converted to our reduction where that differs; each method's
help says how. What a preset does not name (student, data, optimizer) stays as it is.

Consistent teaching is p = 1 of mixup, KL at T = 1 and no labels, as in the settings that its authors published for
small data sets with long runs (10,000 epochs and more of them); the shift stands for their random crop. Whether a
mirror image is still an input of the data is left to the recipe.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

Methods = tuple[dict[str, Any], ...]
_LABELS = {"method": "hard_labels", "weight": 1.0}
_TENTH = {"method": "hard_labels", "weight": 0.1}
_HALF = {"method": "hard_labels", "weight": 0.5}
_STAGE: dict[str, Any] = {"distil": {}}  # as the recipe says


class Preset(BaseModel):
    """One published way to distil: `teachers` where they come into being with the student, `stages` of a chain.

    `augmentation` and `epochs` are set where they are the point of the paper.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    name: str
    title: str
    paper: str
    methods: Methods
    teachers: Methods = ()
    stages: Methods = ()
    augmentation: dict[str, Any] = {}
    epochs: int | None = None

    def applied(self, recipe: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON value of a recipe with these methods, and with these teachers where there are any.

        Peers, averages and stages of another preset are left out, and so are its augmentation and epochs.
        """
        recipe = _without_others({key: kept for key, kept in recipe.items() if key != "stages"})
        if self.augmentation:
            recipe["augmentation"] = recipe.get("augmentation", {}) | self.augmentation
        if self.epochs is not None:
            recipe["epochs"] = self.epochs
        given = [one for one in recipe.get("teachers", []) if one.get("path")]
        teachers = [dict(one) for one in self.teachers] or given
        stages = {"stages": [dict(one) for one in self.stages]} if self.stages else {}
        return recipe | {"methods": [dict(choice) for choice in self.methods], "teachers": teachers} | stages

    def augments(self, recipe: dict[str, Any]) -> bool:
        """Whether a recipe has this preset's augmentation; any does where that is none."""
        return bool(self.augmentation.items() <= recipe.get("augmentation", {}).items())


def _kd(temperature: float, weight: float, **knobs: Any) -> dict[str, Any]:
    return {"method": "soft_targets", "weight": weight, "temperature": temperature, **knobs}


PRESETS: tuple[Preset, ...] = (
    Preset(
        name="kd",
        title="Soft targets (Hinton 2015)",
        paper="https://arxiv.org/abs/1503.02531",
        methods=(_TENTH, _kd(4.0, 0.9)),
    ),
    Preset(
        name="standardized_kd",
        title="Standardized logits (Sun 2024)",
        paper="https://arxiv.org/abs/2403.01427",
        methods=(_TENTH, _kd(2.0, 9.0, logits="standardized")),
    ),
    Preset(
        name="dkd",
        title="Decoupled (Zhao 2022)",
        paper="https://arxiv.org/abs/2203.08679",
        methods=(_LABELS, {"method": "decoupled", "weight": 1.0, "temperature": 4.0}),
    ),
    Preset(
        name="dist",
        title="DIST (Huang 2022)",
        paper="https://arxiv.org/abs/2205.10536",
        methods=(_LABELS, {"method": "dist", "weight": 2.0}),
    ),
    Preset(
        name="ctkd",
        title="Curriculum temperature (Li 2023)",
        paper="https://arxiv.org/abs/2211.16231",
        methods=(_TENTH, {"method": "curriculum_temperature", "weight": 0.9}),
    ),
    Preset(
        name="wsld",
        title="Weighted soft labels (Zhou 2021)",
        paper="https://arxiv.org/abs/2102.00650",
        methods=(_LABELS, {"method": "weighted_soft_labels", "weight": 2.5, "temperature": 2.0}),
    ),
    Preset(
        name="deit",
        title="Hard teacher (DeiT, Touvron 2021)",
        paper="https://arxiv.org/abs/2012.12877",
        methods=(_HALF, {"method": "hard_teacher", "weight": 0.5}),
    ),
    Preset(
        name="logits",
        title="Logit matching (Ba & Caruana 2014)",
        paper="https://arxiv.org/abs/1312.6184",
        methods=({"method": "logit_matching", "weight": 1.0},),
    ),
    Preset(
        name="consistent",
        title="Consistent teaching (Beyer 2022)",
        paper="https://arxiv.org/abs/2106.05237",
        methods=(_kd(1.0, 1.0),),
        augmentation={"crop": 4, "mixup": 1.0},
        epochs=300,
    ),
    Preset(
        name="fitnet",
        title="FitNet hints + soft targets (Romero 2015)",
        paper="https://arxiv.org/abs/1412.6550",
        methods=(_TENTH, _kd(4.0, 0.9), {"method": "hints", "weight": 100.0}),
    ),
    Preset(
        name="attention",
        title="Attention transfer + soft targets (Zagoruyko 2017)",
        paper="https://arxiv.org/abs/1612.03928",
        methods=(_TENTH, _kd(4.0, 0.9), {"method": "attention_transfer", "weight": 1000.0}),
    ),
    Preset(
        name="rkd",
        title="Relational + soft targets (Park 2019)",
        paper="https://arxiv.org/abs/1904.05068",
        methods=(_TENTH, _kd(4.0, 0.9), {"method": "relational", "weight": 1.0}),
    ),
    Preset(
        name="review",
        title="Knowledge review (Chen 2021)",
        paper="https://arxiv.org/abs/2104.09044",
        methods=(_LABELS, {"method": "review", "weight": 1.0}),
    ),
    Preset(
        name="simkd",
        title="Reused classifier (SimKD, Chen 2022)",
        paper="https://arxiv.org/abs/2203.14001",
        methods=({"method": "reused_classifier", "weight": 1.0},),
    ),
    Preset(
        name="similarity",
        title="Similarity-preserving (Tung 2019)",
        paper="https://arxiv.org/abs/1907.09682",
        methods=(_LABELS, {"method": "similarity_preserving", "weight": 46.875}),
    ),
    Preset(
        name="crd",
        title="Contrastive + soft targets (Tian 2020)",
        paper="https://arxiv.org/abs/1910.10699",
        methods=(_LABELS, _kd(4.0, 1.0), {"method": "contrastive", "weight": 0.8}),
    ),
    Preset(
        name="minilm",
        title="Attention relations + labels (MiniLM, Wang 2020)",
        paper="https://arxiv.org/abs/2002.10957",
        methods=(_LABELS, {"method": "attention_relations", "weight": 1.0}),
    ),
    Preset(
        name="tinybert",
        title="Transformer layers + soft targets (TinyBERT, Jiao 2020)",
        paper="https://arxiv.org/abs/1909.10351",
        methods=({"method": "transformer_layers", "weight": 1.0}, _kd(1.0, 1.0)),
    ),
    Preset(
        name="dml",
        title="Mutual learning (Zhang 2018)",
        paper="https://arxiv.org/abs/1706.00384",
        methods=(_LABELS, _kd(1.0, 1.0)),
        teachers=({"kind": "peer"},),
    ),
    Preset(
        name="mean_teacher",
        title="Mean teacher (Tarvainen 2017)",
        paper="https://arxiv.org/abs/1703.01780",
        methods=(_LABELS, _kd(1.0, 1.0)),
        teachers=({"kind": "ema", "decay": 0.999},),
    ),
    Preset(
        name="born_again",
        title="Born-again generations (Furlanello 2018)",
        paper="https://arxiv.org/abs/1805.04770",
        methods=(_LABELS, _kd(1.0, 1.0)),
        teachers=({"kind": "past_self"},),
        stages=(_STAGE, _STAGE, _STAGE, _STAGE),
    ),
    Preset(
        name="assistant",
        title="Teacher assistant (TAKD, Mirzadeh 2020)",
        paper="https://arxiv.org/abs/1902.03393",
        methods=(_TENTH, _kd(4.0, 0.9)),
        stages=({"distil": {"student": "auto"}}, _STAGE),
    ),
    Preset(
        name="cs_kd",
        title="Class consistency, without a teacher (Yun 2020)",
        paper="https://arxiv.org/abs/2003.13964",
        methods=(_LABELS, {"method": "class_consistency", "weight": 1.0}),
    ),
    Preset(
        name="ps_kd",
        title="Progressive self, without a teacher (Kim 2021)",
        paper="https://arxiv.org/abs/2006.12000",
        methods=({"method": "progressive_self", "weight": 1.0},),
    ),
    Preset(
        name="tf_kd",
        title="Virtual teacher, the control (Yuan 2020)",
        paper="https://arxiv.org/abs/1909.11723",
        methods=(_HALF, {"method": "virtual_teacher", "weight": 0.5}),
    ),
    Preset(
        name="label_smoothing",
        title="Label smoothing, the control (Szegedy 2016)",
        paper="https://arxiv.org/abs/1512.00567",
        methods=({"method": "label_smoothing", "weight": 1.0},),
    ),
)


USUAL_EPOCHS = 30


def _without_others(recipe: dict[str, Any]) -> dict[str, Any]:
    """Return the value of a recipe without the augmentation and epochs that a preset brought into it."""
    for one in PRESETS:
        if one.augmentation and one.augments(recipe):
            rest = {key: kept for key, kept in recipe["augmentation"].items() if key not in one.augmentation}
            epochs = USUAL_EPOCHS if recipe.get("epochs") == one.epochs else recipe.get("epochs", USUAL_EPOCHS)
            recipe = recipe | {"augmentation": rest, "epochs": epochs}
    return recipe


def preset(name: str) -> Preset | None:
    """Return the preset of that name, or None."""
    return next((one for one in PRESETS if one.name == name), None)
