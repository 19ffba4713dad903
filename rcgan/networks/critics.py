"""Critics of one kind or several over the same views, and what may stand between their trunk and their score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from rcgan.networks.reader import Projection, Reader
from rcgan.networks.spectral import bounds_slope
from rcgan.networks.views import Views

__all__ = ["Classifier", "Critics", "Seen"]


class Seen(NamedTuple):
    """What a critic is shown of some windows.

    ``values (b, t, v)``, ``mask`` of the same shape: which of its cells can vary; the condition ``y (b, k)``, and
    ``valid (b, t, 1)``: which steps exist.
    """

    values: Tensor
    mask: Tensor
    y: Tensor
    valid: Tensor

    def some(self, rows: Tensor | slice) -> Seen:
        """Return what is shown of some of the windows."""
        return Seen(*(part[rows] for part in self))

    def alone(self) -> Seen:
        """Return the same, with nothing behind it that a gradient would reach."""
        return self._replace(values=self.values.detach())


class Critics(nn.Module):
    """Show the same views of a window to trunks of different kinds, and score what each reads.

    Args:
        views: what is seen of a window; None where codes alone are judged.
        readers: the trunks.
        condition: width of the condition.
        outputs: scores of each; more than one where the objective takes them for a vector.
        around: what looks at the other windows of the batch too, features ``(b, f)`` to ``(b, f + around.extra)``, one
            for each reader; none for critics that judge each window by itself.

    Shapes:
        ``see(x, mask (b, t, D), y (b, k), valid (b, t, 1))`` to :class:`Seen`; ``read(seen)`` to ``(b, features)``;
        ``score(features, y)`` to ``(b, len(readers) * outputs)``.
    """

    def __init__(
        self,
        views: Views | None,
        readers: Sequence[Reader],
        condition: int,
        outputs: int = 1,
        around: Sequence[nn.Module] = (),
    ) -> None:
        super().__init__()
        self.views = views
        self.readers = nn.ModuleList(readers)
        self.around = nn.ModuleList(around)
        self.sizes = [reader.features for reader in readers]
        for k, crowd in enumerate(around):
            self.sizes[k] += cast(int, crowd.extra)
        self.scores = nn.ModuleList([Projection(size, condition, outputs) for size in self.sizes])

    @property
    def features(self) -> int:
        """How many numbers the trunks read off a window."""
        return sum(self.sizes)

    @property
    def looks_around(self) -> bool:
        """Whether a window's score depends on the others of the batch."""
        return len(self.around) > 0 or any(isinstance(part, nn.BatchNorm1d) for part in self.modules())

    @property
    def bounded(self) -> bool:
        """Whether spectral normalisation bounds the slope of the scores."""
        return bounds_slope(self)

    def see(self, x: Tensor, mask: Tensor, y: Tensor, valid: Tensor) -> Seen:
        """Return the standardised views of a window."""
        if self.views is None:
            raise ValueError("these critics judge codes: they have no views of windows")
        values, varying = self.views(x, mask)
        return Seen(values, varying, y, valid)

    def read(self, seen: Seen) -> Tensor:
        """Return what the trunks read, side by side."""
        parts = [reader(seen.values, seen.y, seen.valid) for reader in self.readers]
        if self.around:
            parts = [crowd(part) for crowd, part in zip(self.around, parts, strict=True)]
        return torch.cat(parts, -1)

    def score(self, features: Tensor, y: Tensor) -> Tensor:
        """Return the scores; higher means more real."""
        parts = features.split(self.sizes, -1)
        return torch.cat([score(part, y) for score, part in zip(self.scores, parts, strict=True)], -1)


class Classifier(Critics):
    r"""A critic whose classes are its score: :math:`D(x) = \log \sum_k \exp l_k(x)`, the class "fake" held at 0.

    Salimans et al. (2016), "Improved techniques for training GANs", section 5.

    Args:
        views: what is seen of a window.
        readers: the trunks.
        classes: how many labels there are.
        around: as for :class:`Critics`.
    """

    def __init__(self, views: Views, readers: Sequence[Reader], classes: int, around: Sequence[nn.Module] = ()) -> None:
        super().__init__(views, readers, 0, around=around)
        self.scores = nn.ModuleList()
        self.head = nn.Linear(self.features, classes)

    def classes(self, features: Tensor) -> Tensor:
        """Return the classes' logits ``(b, classes)``."""
        return self.head(features)

    def score(self, features: Tensor, y: Tensor) -> Tensor:
        """Return the logarithm of how much more real than fake a window looks, ``(b, 1)``."""
        return self.classes(features).logsumexp(-1, keepdim=True)
