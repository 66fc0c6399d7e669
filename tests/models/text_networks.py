"""Tiny networks of text, written by transformers and its tokenizers library."""

from functools import cache
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

TEXTS = (
    "a good movie with a warm heart", "a long and boring film", "this film is a warm story of a good heart",
    "terrible acting and a terrible script", "the script is good but the acting is long and boring",
)  # fmt: skip
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = 120
SMALL: dict[str, Any] = {"hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2, "intermediate_size": 24}
COMMON: dict[str, Any] = {"vocab_size": WORDS, "max_position_embeddings": 40}
DISTIL: dict[str, Any] = {"dim": 16, "n_layers": 4, "n_heads": 2, "hidden_dim": 24}
GPT2: dict[str, Any] = {"n_embd": 16, "n_layer": 4, "n_head": 2, "n_positions": 40, "vocab_size": WORDS}
KNOBS = {
    "Bert": SMALL | COMMON,
    "Roberta": SMALL | COMMON,
    "DistilBert": DISTIL | COMMON,
    "GPT2": GPT2 | {"pad_token_id": 0},
    "Llama": SMALL | COMMON | {"num_key_value_heads": 2, "pad_token_id": 0},
    "ModernBert": SMALL | COMMON | dict.fromkeys(("pad_token_id", "cls_token_id", "bos_token_id", "eos_token_id"), 0),
    "Bart": {"d_model": 16, "encoder_layers": 2, "decoder_layers": 2, "encoder_ffn_dim": 24, "decoder_ffn_dim": 24,
             "encoder_attention_heads": 2, "decoder_attention_heads": 2, "eos_token_id": 3} | COMMON,
    "Albert": SMALL | COMMON | {"embedding_size": 16},
    "XLNet": {"d_model": 16, "n_layer": 2, "n_head": 2, "d_inner": 24, "vocab_size": WORDS},
}  # fmt: skip
NAMES = {0: "bad", 1: "good", 2: "mixed"}


@cache  # training it twice numbers words that are as frequent in another order
def tokenizer() -> Any:
    """Return a WordPiece tokenizer that was trained on TEXTS."""
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.train_from_iterator(TEXTS, trainers.WordPieceTrainer(vocab_size=WORDS, special_tokens=SPECIAL))
    ends = [("[CLS]", 2), ("[SEP]", 3)]
    made.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=32, **names)


def write(folder: Path, family: str = "Bert", head: str = "ForSequenceClassification", **how: object) -> Path:
    """Write a folder as save_pretrained does; its weights come from a generator of their own, put back afterwards."""
    labels = {"id2label": NAMES, "label2id": {name: i for i, name in NAMES.items()}}
    config = getattr(transformers, f"{family}Config")(**KNOBS[family] | labels | how)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = getattr(transformers, f"{family}{head}")(config)
    network.save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder
