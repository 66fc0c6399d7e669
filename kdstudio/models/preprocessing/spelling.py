"""How the tokens of a vocabulary are spelled within a text, so that those of two tokenizers can be matched."""

import re
from collections.abc import Mapping
from functools import lru_cache

from tokenizers import Tokenizer

ENDS = (
    "</s>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end_of_text|>", "<|end|>", "<end_of_turn>", "<eos>",
    "<|return|>", "[EOS]", "<|eos|>", "<｜end▁of▁sentence｜>",
)  # fmt: skip
"""What models call the end of an answer: whatever the teacher's is called, it is the student's."""
_BEFORE = "a"
_BYTE = re.compile(r"^<0x[0-9A-F]{2}>$")
_LOST = "�"  # part of a letter


@lru_cache(maxsize=4)
def spellings(tokenizer: str, end: str) -> Mapping[bytes, int]:
    """Return the token of each spelling: the bytes that it adds to a text. `end` is the mark that ends an answer.

    Each token is written behind another one, because many tokenizers write the first of a text without its space.
    """
    reader = Tokenizer.from_str(tokenizer)
    reader.no_padding()
    before = reader.encode(_BEFORE, add_special_tokens=False).ids
    start = reader.decode(before)
    marks = {number for number, one in reader.get_added_tokens_decoder().items() if one.special}
    numbers = [number for number in range(reader.get_vocab_size()) if number not in marks]
    numbers.sort(key=lambda number: bool(_BYTE.match(reader.id_to_token(number) or "")))  # in need only
    found: dict[bytes, int] = {}
    for number, text in zip(numbers, reader.decode_batch([[*before, number] for number in numbers]), strict=True):
        spelled = text[len(start) :]
        if text.startswith(start) and spelled and _LOST not in spelled:
            found.setdefault(spelled.encode(), number)
    last = reader.token_to_id(end) if end else None
    if last is not None:
        found |= {one.encode(): last for one in (*ENDS, end)}
    return found
