"""The tokenizer that lies in a model's folder: a network takes numbers, and only a tokenizer knows the words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kdstudio.core.errors import ModelError
from kdstudio.models.json_object import read_json
from kdstudio.models.preprocessing.tokens import LONGEST, TokenPreprocessing
from kdstudio.models.transformers_net import tokenizer_of

FILES = ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model")
TEMPLATE = "chat_template.jinja"
_LONGEST_TEMPLATE = 1024**2
_LARGEST = 64 * 1024**2
_PADDING = ("[PAD]", "<pad>", "<|pad|>", "<|endoftext|>", "</s>")
_AGAIN = "Save the tokenizer again: tokenizer.save_pretrained(FOLDER)."


def tokenizer_in(folder: Path) -> TokenPreprocessing | None:
    """Return the tokenizer in a folder, for texts as long as it says itself; None where there is none.

    Raises ModelError where it is damaged.
    """
    file = next((folder / name for name in FILES if (folder / name).is_file()), None)
    if file is None:
        return None
    settings = folder / "tokenizer_config.json"
    told = read_json(settings) if settings.is_file() else {}
    longest = told.get("model_max_length")
    length = int(min(longest, LONGEST)) if isinstance(longest, int | float) and longest >= 1 else LONGEST
    content = _content(file)
    made = TokenPreprocessing(tokenizer=content, length=length).checked()
    chat = {"template": _template(folder, told), "begin": _name(told, "bos_token"), "end": _name(told, "eos_token")}
    return made.model_copy(update={"pad": _pad(content, told.get("pad_token"))} | chat)


def _template(folder: Path, told: Mapping[str, Any]) -> str:
    """Return the chat template that lies beside a tokenizer, "" where there is none; of several the one for chats."""
    file = folder / TEMPLATE
    if file.is_file() and file.stat().st_size < _LONGEST_TEMPLATE:
        return file.read_text(encoding="utf-8", errors="replace")
    found = told.get("chat_template")
    if isinstance(found, list):
        found = next((one.get("template") for one in found if one.get("name") == "default"), None)
    return found if isinstance(found, str) else ""


def _name(told: Mapping[str, Any], key: str) -> str:
    """Return what a mark is called, which is a word or has one."""
    found = told.get(key)
    name = found.get("content") if isinstance(found, dict) else found
    return name if isinstance(name, str) else ""


def _content(file: Path) -> str:
    """Return what tokenizer.json says, or would say."""
    if file.stat().st_size > _LARGEST:
        raise ModelError(f"{file.name} is too large for what it should be", hint=_AGAIN)
    if file.name == "tokenizer.json":
        return file.read_text(encoding="utf-8", errors="replace")
    has_config = any((file.parent / f"{name}config.json").is_file() for name in ("tokenizer_", ""))
    return tokenizer_of(file.parent) if has_config or file.name != "vocab.txt" else _word_pieces(file)


def _pad(content: str, named: object) -> int:
    """Return the token that fills short texts: the one that is named so, else one that is called as usual, else 0."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(content)
    if (told := tokenizer.padding) is not None:
        return int(told["pad_id"])
    name = named.get("content") if isinstance(named, dict) else named
    numbers = (tokenizer.token_to_id(one) for one in (name, *_PADDING) if isinstance(one, str))
    return next((number for number in numbers if number is not None), 0)


def _word_pieces(file: Path) -> str:
    """Return the tokenizer of a bare vocab.txt: BERT's, with capitals where the list has any."""
    from tokenizers.implementations.bert_wordpiece import BertWordPieceTokenizer

    words = file.read_text(encoding="utf-8", errors="replace").split()
    has_capitals = any(word != word.lower() for word in words if not word.startswith("["))
    try:
        content: str = BertWordPieceTokenizer(str(file), lowercase=not has_capitals).to_str()
    except Exception as error:  # the library raises bare exceptions
        raise ModelError(f"vocab.txt is no list of word pieces: {error}", hint=_AGAIN) from error
    return content
