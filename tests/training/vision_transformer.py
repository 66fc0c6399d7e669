"""A tiny vision transformer, as a Hugging Face folder."""

import json
from pathlib import Path

import torch
import transformers


def write_vit(folder: Path, width: int, seed: int, layers: int = 2, heads: int = 2) -> Path:
    """Write a random ViT for 8 × 8 grey digits."""
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    sizes = {
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": 2 * width,
    }
    config = transformers.ViTConfig(**sizes, image_size=8, patch_size=2, num_channels=1, num_labels=10)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        transformers.ViTForImageClassification(config).save_pretrained(folder)
    steps = {"image_mean": [0.5], "image_std": [0.5], "size": {"height": 8, "width": 8}}
    (folder / "preprocessor_config.json").write_text(json.dumps(steps))
    return folder
