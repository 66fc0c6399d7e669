"""The only home of `kl_div` and `log_softmax`, so that there is one reduction: sum over classes, mean over positions.

With this reduction no weight depends on the batch size or the sequence length. Soft targets carry the factor T² of
Hinton, Vinyals, Dean 2015 (https://arxiv.org/abs/1503.02531, section 2): the gradients of softened targets shrink with
1/T², so without it the teacher is 16 times too weak at T = 4 and 400 times at T = 20.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from kdstudio.models import values

IGNORE = values.IGNORE

_NEVER = -1e30  # log probability of what a model rules out with a logit of −inf: 0 · −∞ is no number, 0 · −1e30 is 0


def cross_entropy(logits: Tensor, targets: Tensor, share: Tensor | None = None) -> Tensor:
    """Return the mean of −log p(target) over positions with a label; 0 where no position has one.

    `logits` (…, C); `targets` (…) int64, −100 = no label. With a `share` (…) in 0..1 each position's loss is multiplied
    by it, and the mean is over as many positions as without.
    """
    logits, targets = wide(logits).flatten(0, -2), targets.flatten()
    if share is None:
        total = F.cross_entropy(logits, targets, ignore_index=IGNORE, reduction="sum")
    else:
        total = (F.cross_entropy(logits, targets, ignore_index=IGNORE, reduction="none") * share.flatten()).sum()
    return total / (targets != IGNORE).sum().clamp(min=1)


def binary_cross_entropy(logits: Tensor, targets: Tensor, share: Tensor | None = None) -> Tensor:
    """Return −Σ_c [y_c · log σ(z_c) + (1 − y_c) · log(1 − σ(z_c))], the mean over inputs with labels; 0 without any.

    `logits`, `targets` (N, C); NaN in a row of targets = no labels; `share` (N,) as in `cross_entropy`.
    """
    has_labels = ~targets.isnan().any(dim=-1)
    wanted = torch.nan_to_num(targets).to(logits.dtype)
    loss = F.binary_cross_entropy_with_logits(wide(logits), wide(wanted), reduction="none").sum(dim=-1)
    return mean_over(loss if share is None else loss * share, has_labels)


def squared_error(
    values: Tensor, targets: Tensor, scale: Tensor, mask: Tensor | None = None, share: Tensor | None = None
) -> Tensor:
    """Return ½ · Σ_k ((v_k − y_k) / scale_k)², the mean over inputs with numbers (and a true `mask`); 0 without any.

    It is the negative log likelihood of a normal distribution of that deviation, but for a constant, so that its
    gradient has the size of cross-entropy's.
    `values`, `targets` (N, K), NaN in a row of targets = no numbers; `scale` (K,) makes a loss and its weight
    independent of the unit; `share` (N,) as in `cross_entropy`.
    """
    has_numbers = ~targets.isnan().any(dim=-1)
    loss = squared_errors(values, targets, scale)
    return mean_over(loss if share is None else loss * share, has_numbers if mask is None else has_numbers & mask)


def squared_errors(values: Tensor, targets: Tensor, scale: Tensor) -> Tensor:
    """Return ½ · Σ_k ((v_k − y_k) / scale_k)² of each input, (N,); 0 where it has no numbers."""
    has_numbers = ~targets.isnan().any(dim=-1, keepdim=True)
    gap = torch.where(has_numbers, wide(values) - torch.nan_to_num(targets), 0.0)
    return 0.5 * (gap / scale).square().sum(dim=-1)


def soft_target_kl(student: Tensor, teacher: Tensor, temperature: float | Tensor, mask: Tensor | None = None) -> Tensor:
    """Return T² · KL(teacher ‖ student) of the softened distributions: sum over classes, mean over valid positions.

    `student`, `teacher` (…, C) logits; `mask` (…) is true where a position counts.
    """
    divergence = _kl(log_softened(teacher, temperature), log_softened(student, temperature))
    return temperature**2 * mean_over(divergence, mask)


def reverse_kl(student: Tensor, teacher: Tensor, temperature: float, mask: Tensor | None = None) -> Tensor:
    """Return T² · KL(student ‖ teacher) of the softened distributions; shapes as in `soft_target_kl`."""
    log_student, log_teacher = log_softened(student, temperature), log_softened(teacher, temperature)
    return temperature**2 * mean_over(_kl(log_student, log_teacher), mask)


def generalized_jsd(
    student: Tensor, teacher: Tensor, beta: float, temperature: float, mask: Tensor | None = None
) -> Tensor:
    """Return T² · (β·KL(t ‖ m) + (1−β)·KL(s ‖ m)) / (β(1−β)) with m = β·t + (1−β)·s.

    Agarwal et al. 2024 (GKD, https://arxiv.org/abs/2306.13649, equation 2). The divisor makes it the forward KL at
    β → 0 and the reverse KL at β → 1, which are what the ends are taken as; so one weight serves every β.
    """
    if beta in (0.0, 1.0):
        return (soft_target_kl if beta == 0 else reverse_kl)(student, teacher, temperature, mask)
    log_student, log_teacher = log_softened(student, temperature), log_softened(teacher, temperature)
    log_mixture = _log_mixture(log_teacher, log_student, beta)
    divergence = _kl(log_teacher, log_mixture) / (1 - beta) + _kl(log_student, log_mixture) / beta
    return temperature**2 * mean_over(divergence, mask)


def skew_kl(student: Tensor, teacher: Tensor, alpha: float, temperature: float, mask: Tensor | None = None) -> Tensor:
    """Return T² · KL(teacher ‖ α·teacher + (1−α)·student); shapes as in `soft_target_kl`.

    Ko et al. 2024 (DistiLLM, https://arxiv.org/abs/2402.03898, equation 3). With the arguments exchanged it is the skew
    reverse KL of their equation 4.
    """
    log_student, log_teacher = log_softened(student, temperature), log_softened(teacher, temperature)
    mixture = _log_mixture(log_teacher, log_student, alpha)
    return temperature**2 * mean_over(_kl(log_teacher, mixture), mask)


def top_k_kl(student: Tensor, teacher: Tensor, k: int, temperature: float, mask: Tensor | None = None) -> Tensor:
    """Return T² · KL(teacher ‖ student) over the teacher's k likeliest classes and all others as one class more.

    Without that one the kept probabilities would be no distribution: the student could raise them all by lowering the
    rest. With k ≥ C − 1 it is the whole divergence. Shapes as in `soft_target_kl`.
    """
    log_student, log_teacher = log_softened(student, temperature), log_softened(teacher, temperature)
    if k < log_teacher.shape[-1] - 1:
        likeliest = log_teacher.topk(k, dim=-1).indices
        log_student, log_teacher = (_kept_and_rest(one, likeliest) for one in (log_student, log_teacher))
    return temperature**2 * mean_over(_kl(log_teacher, log_student), mask)


def weighted_kl(student: Tensor, teacher: Tensor, weights: Tensor, temperature: float) -> Tensor:
    """Return T² · mean of w · KL(teacher ‖ student), with a weight (…) for each position."""
    return (
        temperature**2 * (weights * _kl(log_softened(teacher, temperature), log_softened(student, temperature))).mean()
    )


def decoupled_kl(student: Tensor, teacher: Tensor, targets: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """Return T² · KL of “the target or not”, and T² · KL among the other classes: means over positions with a label.

    Zhao et al. 2022 (DKD, https://arxiv.org/abs/2203.08679, equation 7). `student`, `teacher` (N, C), `targets` (N,).
    """
    has_label = targets != IGNORE
    is_target = F.one_hot(targets.clamp(min=0), student.shape[-1]).bool()
    log_student, log_teacher = log_softened(student, temperature), log_softened(teacher, temperature)
    target = _kl(_target_or_not(log_teacher, is_target), _target_or_not(log_student, is_target))
    others = _kl(_among_others(log_teacher, is_target), _among_others(log_student, is_target))
    square = temperature**2
    return square * mean_over(target, has_label), square * mean_over(others, has_label)


def bernoulli_kl(student: Tensor, teacher: Tensor, temperature: float, mask: Tensor | None = None) -> Tensor:
    """Return T² · Σ_c KL(σ(t_c/T) ‖ σ(s_c/T)): each class is a question of its own, answered yes or no.

    Sum over classes, mean over valid positions. It is binary cross-entropy without the teacher's entropy, which no
    student can change.
    """
    student, teacher = wide(student) / temperature, wide(teacher) / temperature
    yes = torch.sigmoid(teacher)
    gap = yes * (F.logsigmoid(teacher) - F.logsigmoid(student))
    gap = gap + (1 - yes) * (F.logsigmoid(-teacher) - F.logsigmoid(-student))
    return temperature**2 * mean_over(gap.sum(dim=-1), mask)


def target_kl(logits: Tensor, probabilities: Tensor, temperature: float = 1.0, mask: Tensor | None = None) -> Tensor:
    """Return T² · KL(probabilities ‖ softened answer), for targets (…, C) that are given as probabilities."""
    log_answer = log_softened(logits, temperature)
    divergence = (torch.xlogy(probabilities, probabilities) - probabilities * log_answer).sum(dim=-1)
    return temperature**2 * mean_over(divergence, mask)


def labels_spread(targets: Tensor, classes: int, correct: float) -> tuple[Tensor, Tensor]:
    """Return probabilities (…, C), `correct` on the label and the rest spread evenly, and where there is a label."""
    has_label = targets != IGNORE
    wanted = torch.full((*targets.shape, classes), (1 - correct) / (classes - 1), device=targets.device)
    return wanted.scatter(-1, targets.clamp(min=0)[..., None], correct), has_label


def squared_distance(student: Tensor, teacher: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return ½ · ‖student − teacher‖²: sum over the last axis, mean over valid positions."""
    gap = wide(student) - wide(teacher)
    return 0.5 * mean_over(gap.square().sum(dim=-1), mask)


def correlation(left: Tensor, right: Tensor, axis: int) -> Tensor:
    """Return Pearson's correlation of two tensors along an axis; 0 where one of them does not vary."""
    left, right = (x - x.mean(dim=axis, keepdim=True) for x in (wide(left), wide(right)))
    return F.cosine_similarity(left, right, dim=axis, eps=1e-8)


def log_softened(logits: Tensor, temperature: float | Tensor = 1.0) -> Tensor:
    """Return log softmax(z / T) over the classes, in single precision or better; shape as given."""
    return F.log_softmax(wide(logits) / temperature, dim=-1).clamp(min=_NEVER)


def standardized(logits: Tensor) -> Tensor:
    """Return (z − mean) / std over the classes (Sun et al. 2024, https://arxiv.org/abs/2403.01427), same shape.

    The student then need not match the teacher's scale, only its shape; the temperature becomes a base value.
    """
    logits = wide(logits)
    return (logits - logits.mean(dim=-1, keepdim=True)) / (logits.std(dim=-1, keepdim=True) + 1e-7)


def mean_over(values: Tensor, mask: Tensor | None) -> Tensor:
    """Return the mean of `values` (…) over the positions where `mask` (…) is true, 0 where there is none."""
    if mask is None:
        return values.mean()
    return (values * mask).sum() / mask.sum().clamp(min=1)


def wide(values: Tensor) -> Tensor:
    """Return values in at least single precision, in which sums are taken: bfloat16 has 8 bits of mantissa."""
    return values.float() if values.dtype in (torch.float16, torch.bfloat16) else values


def _kl(log_p: Tensor, log_q: Tensor) -> Tensor:
    """Return KL(p ‖ q) (…) of log probabilities (…, C); a class that p rules out adds nothing."""
    return F.kl_div(log_q, log_p, reduction="none", log_target=True).sum(dim=-1)


def _log_mixture(log_p: Tensor, log_q: Tensor, share: float) -> Tensor:
    """Return log(share · p + (1 − share) · q)."""
    return torch.logaddexp(log_p + math.log(share), log_q + math.log(1 - share))


def _target_or_not(log_p: Tensor, is_target: Tensor) -> Tensor:
    """Return (N, 2): log probability of the target, and of all else together."""
    target = log_p.masked_fill(~is_target, _NEVER).amax(dim=-1)
    others = log_p.masked_fill(is_target, _NEVER).logsumexp(dim=-1)
    return torch.stack([target, others], dim=-1)


def _kept_and_rest(log_p: Tensor, kept: Tensor) -> Tensor:
    """Return (…, k + 1): log probabilities of the classes `kept` (…, k), and of all others together."""
    rest = log_p.scatter(-1, kept, _NEVER).logsumexp(dim=-1, keepdim=True)
    return torch.cat([log_p.gather(-1, kept), rest], dim=-1)


def _among_others(log_p: Tensor, is_target: Tensor) -> Tensor:
    """Return (N, C − 1): log probabilities of the other classes, given that it is one of them."""
    others = log_p[~is_target].view(len(log_p), log_p.shape[-1] - 1)
    return others - others.logsumexp(dim=-1, keepdim=True)
