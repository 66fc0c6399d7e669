"""The only home of `kl_div` and `log_softmax`, so that there is one reduction: sum over classes, mean over positions.

With this reduction no weight depends on the batch size or the sequence length. Soft targets carry the factor T² of
Hinton, Vinyals, Dean 2015 (https://arxiv.org/abs/1503.02531, section 2): the gradients of softened targets shrink with
1/T², so without it the teacher is 16 times too weak at T = 4 and 400 times at T = 20.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

IGNORE = -100  # the target of a position without a label


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean of −log p(target) over positions with a label; 0 where no position has one.

    `logits` (…, C); `targets` (…) int64, −100 = no label.
    """
    logits, targets = _wide(logits).flatten(0, -2), targets.flatten()
    total = F.cross_entropy(logits, targets, ignore_index=IGNORE, reduction="sum")
    return total / (targets != IGNORE).sum().clamp(min=1)


def soft_target_kl(student: Tensor, teacher: Tensor, temperature: float, mask: Tensor | None = None) -> Tensor:
    """Return T² · KL(teacher ‖ student) of the softened distributions: sum over classes, mean over valid positions.

    `student`, `teacher` (…, C) logits; `mask` (…) is true where a position counts.
    """
    log_student = F.log_softmax(_wide(student) / temperature, dim=-1)
    log_teacher = F.log_softmax(_wide(teacher) / temperature, dim=-1)
    divergence = F.kl_div(log_student, log_teacher, reduction="none", log_target=True).sum(dim=-1)
    return temperature**2 * mean_over(divergence, mask)


def standardized(logits: Tensor) -> Tensor:
    """Return (z − mean) / std over the classes (Sun et al. 2024, https://arxiv.org/abs/2403.01427), same shape.

    The student then need not match the teacher's scale, only its shape; the temperature becomes a base value.
    """
    logits = _wide(logits)
    return (logits - logits.mean(dim=-1, keepdim=True)) / (logits.std(dim=-1, keepdim=True) + 1e-7)


def mean_over(values: Tensor, mask: Tensor | None) -> Tensor:
    """Return the mean of `values` (…) over the positions where `mask` (…) is true, 0 where there is none."""
    if mask is None:
        return values.mean()
    return (values * mask).sum() / mask.sum().clamp(min=1)


def _wide(logits: Tensor) -> Tensor:
    """Sums over classes are taken in at least single precision: bfloat16 has 8 bits of mantissa."""
    return logits.float() if logits.dtype in (torch.float16, torch.bfloat16) else logits
