"""What a teacher's recorded answers say at the places of a student's text.

A place of the student's text is the teacher's where both have the same token there: it begins where the recorded token
begins, and is spelled alike. There the recorded alternatives are the target, matched by their spelling, and what they
leave of the probability stays one tail, spread evenly. At every other place what the teacher said is all that is known:
its answer there is that token (sequence-level distillation, Kim, Rush 2016, https://arxiv.org/abs/1606.07947).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from kdstudio.core.errors import Problem
from kdstudio.data.answers.answers import SMALLEST
from kdstudio.data.answers.recording import Recording, Weighed
from kdstudio.models.preprocessing.reading import Reading
from kdstudio.models.preprocessing.spelling import spellings
from kdstudio.models.preprocessing.tokens import TokenPreprocessing

WHERE = "teachers[0]"
ENOUGH = 0.5  # of all places, from which there are figures of the teacher
_SMALLEST_REST = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """What the teacher found likely: `row` (N, L) says which of `tokens` (P, K) and `shares` (P, K), −1 for none.

    `asked` counts the places of all answers, `recorded` the probability that the alternatives had together where
    they are used, and `matched` what of it is in the student's tokens; both are means over these places.
    """

    row: Tensor
    tokens: Tensor
    shares: Tensor
    asked: int
    recorded: float
    matched: float

    @property
    def share(self) -> float:
        """How many of the places have alternatives, 0..1."""
        return len(self.tokens) / max(1, self.asked)

    def on(self, device: torch.device) -> "Targets":
        """Return the same on a device."""
        return replace(self, row=self.row.to(device), tokens=self.tokens.to(device), shares=self.shares.to(device))

    def logits(self, rows: Tensor, said: Tensor, classes: int) -> Tensor:
        """Return log-probabilities (…, V) for `rows` (…,) of `tokens`, −1 where it is certain of `said` (…,) int64."""
        certain = torch.full((*rows.shape, classes), SMALLEST / (classes - 1), device=rows.device)
        certain.scatter_(-1, said.clamp(min=0).unsqueeze(-1), 1 - SMALLEST)
        known = rows >= 0
        at = rows[known].long()
        tokens, shares = self.tokens[at].long(), self.shares[at]
        likely = torch.zeros((len(at), classes + 1), device=rows.device)  # the last column is for what is not matched
        likely.scatter_add_(1, torch.where(tokens < 0, classes, tokens), shares)
        listed = torch.zeros_like(likely).scatter_(1, torch.where(tokens < 0, classes, tokens), 1.0)[:, :classes]
        likely = likely[:, :classes]
        rest = (1 - likely.sum(1, keepdim=True)).clamp(min=_SMALLEST_REST)
        others = rest / (classes - listed.sum(1, keepdim=True)).clamp(min=1)
        certain[known] = torch.where(listed > 0, likely.clamp(min=torch.finfo(likely.dtype).tiny), others)
        return certain.log()


def match(recording: Recording, reader: TokenPreprocessing, texts: Iterable[str], width: int) -> Targets:
    """Match what was recorded of `texts` (N,) with the tokens of a reader, of which there are up to `width` a text."""
    known = spellings(reader.tokenizer, reader.end)
    ours = np.array([known.get(one, -1) for one in recording.spellings] + [-1], dtype=np.int64)  # −1 stays −1
    spaced = np.array([known.get(b" " + one, -1) for one in recording.spellings] + [-1], dtype=np.int64)
    lengths = np.array([len(one) for one in recording.spellings] + [0], dtype=np.int64)
    texts = list(texts)
    row = np.full((len(texts), width), -1, dtype=np.int32)
    tokens: list[np.ndarray] = []
    logs: list[np.ndarray] = []
    asked = 0
    for number, text in enumerate(texts):
        reading = reader.reading(text)
        asked += sum(reading.wanted[1:])
        if (weighed := recording.find(text)) is None:
            continue
        for place, at, table in _aligned(reading, weighed, recording, (ours, spaced), lengths):
            row[number, place - 1] = len(tokens)  # the answer at a place is about the token behind it
            tokens.append(table[weighed.alternatives[at]])
            logs.append(weighed.logs[at])
    wide = max(map(len, tokens), default=1)
    ids = np.full((len(tokens), wide), -1, dtype=np.int32)
    shares = np.zeros((len(tokens), wide), dtype=np.float32)
    for at, (one, log) in enumerate(zip(tokens, logs, strict=True)):
        ids[at, : len(one)], shares[at, : len(one)] = one, np.exp(log)
    recorded = float(shares.sum(1).mean()) if len(shares) else 0.0
    matched = float(np.where(ids >= 0, shares, 0).sum(1).mean()) if len(shares) else 0.0
    return Targets(torch.from_numpy(row), torch.from_numpy(ids), torch.from_numpy(shares), asked, recorded, matched)


def told(targets: Targets) -> Problem:
    """Say what share of the teacher's answers the student can learn from."""
    message = f"{targets.share:.1%} of {targets.asked:,} tokens have the teacher's alternatives"
    if len(targets.tokens):
        message += (
            f"; they hold {targets.recorded:.1%} of its probability, {targets.matched:.1%} in the student's tokens"
        )
    hint = "Elsewhere its tokens are not the student's, or nothing was recorded: there it is certain of what it said."
    severity = "note" if targets.share > ENOUGH else "warning"
    return Problem(message=message, hint=hint, where=WHERE, severity=severity)


def _aligned(
    reading: Reading,
    weighed: Weighed,
    recording: Recording,
    tables: tuple[np.ndarray, np.ndarray],
    lengths: np.ndarray,
) -> Iterator[tuple[int, int, np.ndarray]]:
    """Yield (place of the student's token, place of the recorded one) where both have the same token, and the table.

    The first of `tables` has the student's token of each spelling, the second of each with a space before it: some
    tokenizers write the first word of an answer as any other.
    """
    said = reading.said.encode()
    start = b"".join(recording.spellings[token] for token in weighed.tokens).find(said)
    if start < 0:
        return
    ends = np.cumsum(lengths[weighed.tokens]) - start
    begins = {int(end - length): at for at, (end, length) in enumerate(zip(ends, lengths[weighed.tokens], strict=True))}
    bytes_before = np.concatenate([[0], np.cumsum([len(letter.encode()) for letter in reading.said])]).astype(np.int64)
    for place, (token, is_wanted, (begin, _)) in enumerate(
        zip(reading.tokens, reading.wanted, reading.places, strict=True)
    ):
        if not place or not is_wanted or not 0 <= begin <= len(reading.said):
            continue
        at = begins.get(int(bytes_before[begin]))
        if at is None:
            continue
        fitting = (one for one in tables[: 2 if begin == 0 else 1] if one[weighed.tokens[at]] == token)
        if (table := next(fitting, None)) is not None:
            yield place, at, table
