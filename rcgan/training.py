"""The one loop: turns, exponential moving average, schedule, history, guards, checkpoints."""

from __future__ import annotations

import copy
import math
import os
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn
from tqdm import tqdm

from rcgan import storage
from rcgan.errors import CollapseWarning, DivergedError, ModelFileError
from rcgan.game.round import MAKERS, Batch, Draws, Game, Player, Round
from rcgan.threads import one_thread

__all__ = ["Settings", "Training", "variety"]

CHECKPOINT_SECONDS = 10.0
TIMED_STEPS = 30  # after which a budget of minutes becomes one of steps, and how often that is looked at again
COLLAPSED = 0.1
NOTED = 3 * TIMED_STEPS  # steps from one line of the history to the next
START = 10 * TIMED_STEPS  # steps in which there are three times as many
WATCHED = 8  # batches
TRAINED = 300  # steps before which little variety is no collapse but a start


@dataclass(frozen=True)
class Settings:
    """How long and how fast to train.

    Args:
        steps: turns of the generator, at most.
        minutes: time, at most; None for no limit. It is turned into steps by the speed seen so far, so that the
            learning rate still ends at 0.
        learning_rate: Adam's, at the start; it falls to 0 as half a cosine.
        betas: Adam's.
        decay: of the moving average of the weights that samples are made with.
        seed: of every draw.
    """

    steps: int
    minutes: float | None = None
    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.0, 0.99)
    decay: float = 0.999
    seed: int = 0


def variety(x: Tensor, mask: Tensor) -> float:
    """Return the median distance (root mean square, where both are observed) of neighbouring windows of a batch.

    >>> variety(torch.tensor([[[1.0], [1.0]], [[1.0], [9.0]]]), torch.tensor([[[1.0], [0.0]], [[1.0], [1.0]]]))
    0.0
    """
    both = mask[1:] * mask[:-1]
    squares = ((x[1:] - x[:-1]) * both).square().sum((1, 2)) / both.sum((1, 2)).clamp_min(1)
    return float(squares.median().sqrt())


def sliced(real: Tensor, fake: Tensor) -> float:
    """Return the sliced Wasserstein distance of two batches of windows, the root mean square over 64 directions.

    Bonneel et al. (2015), "Sliced and Radon Wasserstein barycenters of measures".

    >>> sliced(torch.zeros(4, 1, 1), torch.ones(4, 1, 1))
    1.0
    """
    directions = Draws("directions").normal("directions", real[0].numel(), 64).to(real.device)
    directions = directions / directions.norm(dim=0, keepdim=True)
    (a, b) = ((x.flatten(1) @ directions).sort(0).values for x in (real, fake))
    return float((a - b).square().mean().sqrt())


@dataclass
class Training:
    """A game on its way from the first step to the last.

    Args:
        game: what is played.
        draw: returns real windows for a source of random numbers.
        settings: how long and how fast.
        fingerprint: of the data and the configuration; a checkpoint of another one is refused.
    """

    game: Game
    draw: Callable[[Draws], Batch]
    settings: Settings
    fingerprint: str = ""
    step: int = 0
    total: int = 0
    elapsed: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list[dict[str, float]])

    def __post_init__(self) -> None:
        self.total = self.settings.steps
        laws = {id(buffer): buffer for buffer in self.game.networks.buffers()}  # fitted once: held once, not copied
        self.average = copy.deepcopy(self.game.networks, laws).requires_grad_(False).eval()
        self.means, self.now = (list[Tensor](n.parameters()) for n in (self.average, self.game.networks))
        self.weights = {name: list(network.parameters()) for name, network in self.game.networks.items()}
        self.optimisers = {
            player.name: torch.optim.Adam(
                [weight for name in player.networks for weight in self.weights[name]],
                lr=self.settings.learning_rate,
                betas=self.settings.betas,
                fused=True,
            )
            for player in self.game.players
        }

    @one_thread()
    def run(self, checkpoint: str | os.PathLike[str] | None = None, *, progress: bool = True) -> None:
        """Play to the end of the budget, keeping a checkpoint file on the way.

        Raises:
            DivergedError: a loss stopped being a finite number.
        """
        bar = tqdm(total=self.total, initial=self.step, desc="training", unit="step", disable=not progress)
        recent: list[dict[str, Tensor]] = []
        started, written = time.monotonic() - self.elapsed, time.monotonic()
        try:
            while self.step < self.total:
                recent.append(self._advance())
                self.elapsed = time.monotonic() - started
                if self.step % TIMED_STEPS == 0 or self.step == self.total:
                    self._share()
                    self._plan()
                    self._note(recent)
                    recent = []
                    self._show(bar)
                    if checkpoint is not None and time.monotonic() - written > CHECKPOINT_SECONDS:
                        self.save(checkpoint)
                        written = time.monotonic()
        finally:
            bar.close()
        self._warn_of_collapse()

    def _advance(self) -> dict[str, Tensor]:
        """Let every player take its turns once; the first is on the windows that the player before had last.

        So windows are made once for the critic and for whom it teaches, as long as nobody has moved what made them.
        """
        progress = self.step / self.total
        rate = 0.5 * self.settings.learning_rate * (1 + math.cos(math.pi * progress))
        losses: dict[str, Tensor] = {}
        r: Round | None = None
        for player in self.game.players:
            mine = [weight for name in player.networks for weight in self.weights[name]]
            for name, weights in self.weights.items():
                for weight in weights:
                    weight.requires_grad_(name in player.networks or name in MAKERS)
            optimiser = self.optimisers[player.name]
            optimiser.param_groups[0]["lr"] = player.rate * rate
            for turn in range(player.turns):
                if r is None or turn:
                    draws = Draws(self.settings.seed, self.step, player.name, turn)
                    r = self.game.round(self.draw(draws), draws, progress)
                terms = self.game.losses(player.name, r.given(player.networks))
                owed = torch.stack(list(terms.values())).sum()
                if owed.requires_grad:  # or its terms have not begun, or are over
                    optimiser.zero_grad(set_to_none=True)
                    owed.backward(inputs=mine)
                    optimiser.step()
                    if player.clip is not None:
                        self._clip(player)
                losses |= {f"{player.name} {name}": loss.detach() for name, loss in terms.items()}
            if not MAKERS.isdisjoint(player.networks):
                r = None
        self.step += 1
        self._average()
        return losses

    @torch.no_grad()
    def _clip(self, player: Player) -> None:
        for name in player.networks:
            for weight in self.weights[name]:
                weight.clamp_(-cast(float, player.clip), cast(float, player.clip))

    @torch.no_grad()
    def _average(self) -> None:
        decay = min(self.settings.decay, self.step / (self.step + 10))
        get_ema_multi_avg_fn(decay)(self.means, self.now, self.step)

    def _share(self) -> None:
        """Let the average have buffers that networks have put in the place of old ones: only weights are averaged."""
        for mean, now in zip(self.average.modules(), self.game.networks.modules(), strict=True):
            for name, buffer in now.named_buffers(recurse=False):
                setattr(mean, name, buffer)

    def _plan(self) -> None:
        """Turn a budget of minutes into one of steps, by the speed so far."""
        if self.settings.minutes is not None and self.elapsed > 0:
            possible = int(self.settings.minutes * 60 * self.step / self.elapsed)
            self.total = max(self.step, min(self.settings.steps, possible))

    def _note(self, recent: list[dict[str, Tensor]]) -> None:
        means = {name: float(torch.stack([r[name] for r in recent]).mean()) for name in recent[0]}
        for name, value in means.items():
            if not math.isfinite(value):
                raise DivergedError(
                    f"training diverged before step {self.step}: the loss '{name}' is {value}; "
                    "look for extreme values in the data, or lower learning_rate"
                )
        if self.step % NOTED == 0 or self.step <= START or self.step == self.total:
            self.history.append({"step": self.step, "seconds": self.elapsed, **means, **self._watch()})

    @torch.no_grad()
    def _watch(self) -> dict[str, float]:
        """How much generated windows vary, as a share of how much real ones do, and how far they are from them."""
        rounds = [self._watched(k) for k in range(WATCHED)]
        x, mask, fake = (torch.cat([getattr(r, name) for r in rounds]) for name in ("x", "mask", "fake"))
        real = variety(x, mask)
        return {"variety": variety(fake, mask) / real if real > 0 else 1.0, "distance": sliced(x * mask, fake * mask)}

    def _watched(self, k: int) -> Round:
        draws = Draws(self.settings.seed, self.step, "watch", k)
        r = self.game.round(self.draw(draws), draws, self.step / self.total)
        r.networks = dict(self.average.items())
        return r

    def _show(self, bar: Any) -> None:
        bar.total = self.total
        if self.history:
            last = self.history[-1]
            shown = {name: f"{value:.3g}" for name, value in last.items() if name not in ("step", "seconds")}
            bar.set_postfix(shown, refresh=False)
        bar.update(self.step - bar.n)

    def _warn_of_collapse(self) -> None:
        if self.step >= TRAINED and self.history[-1]["variety"] < COLLAPSED:
            warnings.warn(
                f"the generator collapsed: its windows vary {self.history[-1]['variety']:.1%} as much as real ones; "
                "train longer, give it more windows, or try another seed",
                CollapseWarning,
                stacklevel=2,
            )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything that the rest of the run depends on."""
        tensors = {f"now.{k}": v for k, v in self.game.networks.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.named_parameters()}
        for name, optimiser in self.optimisers.items():
            for k, state in optimiser.state_dict()["state"].items():
                tensors |= {f"optimiser.{name}.{k}.{part}": value for part, value in state.items()}
        header = {
            "fingerprint": self.fingerprint,
            "step": self.step,
            "total": self.total,
            "elapsed": self.elapsed,
            "history": self.history,
        }
        storage.write(path, "checkpoint", header, tensors)

    def resume(self, path: str | os.PathLike[str]) -> None:
        """Take up the run that a checkpoint file holds.

        Raises:
            ModelFileError: the file is damaged, or belongs to other data or another configuration.
        """
        header, tensors = storage.read(path, "checkpoint")
        if header["fingerprint"] != self.fingerprint:
            raise ModelFileError(
                f"{Path(path)} belongs to another run (other data or other settings): start without resuming, "
                "or give the data and settings of that run"
            )
        self.step, self.total = header["step"], header["total"]
        self.elapsed, self.history = header["elapsed"], header["history"]
        self.game.networks.load_state_dict(_under("now.", tensors))
        self.average.load_state_dict({**self.game.networks.state_dict(), **_under("average.", tensors)})
        for name, optimiser in self.optimisers.items():
            states: dict[int, dict[str, Tensor]] = {}
            for key, tensor in _under(f"optimiser.{name}.", tensors).items():
                k, part = key.split(".")
                states.setdefault(int(k), {})[part] = tensor
            optimiser.load_state_dict({**optimiser.state_dict(), "state": states})


def _under(start: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}
