"""What every estimator shares: fit, sample, transform, fit_resample, save."""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from itertools import chain
from typing import Any, ClassVar, Self, cast

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import Tags
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from rcgan import storage
from rcgan.checks import positive, whole
from rcgan.data.alignment import by_templates
from rcgan.data.chunks import CHUNK, chunks, label_codes, steps_within
from rcgan.data.conditions import Conditions
from rcgan.data.scaling import Scaler
from rcgan.data.schema import Schema
from rcgan.data.space import ModelSpace
from rcgan.data.statements import kept_relations, statements
from rcgan.data.templates import Templates
from rcgan.data.traits import ENOUGH, Traits
from rcgan.data.windows import Windows
from rcgan.errors import DataError, nearest
from rcgan.game.importance import resampled
from rcgan.game.references import fix_references
from rcgan.game.round import Batch, Draws, Game, Round, Told, imagined
from rcgan.measuring import measured
from rcgan.networks.coloured import ColouredNoise
from rcgan.networks.critics import Critics
from rcgan.networks.innovations import Innovations
from rcgan.networks.principal import PrincipalGenerator
from rcgan.networks.rounded import Rounded
from rcgan.networks.views import Views
from rcgan.threads import one_thread
from rcgan.training import Settings, Training

__all__ = ["Autoencoding", "CriticFeatures", "Resampling", "Transforming", "WindowGAN"]

COLOURED_ON = 15_000_000  # values of windows that the noise's covariance is measured on
EACH = 500  # windows of a label that its noise is measured on, at least
HELD = 16_000_000  # values of windows that are held as the game takes them; of more, each batch is made anew
LAW_ON = 10_000_000  # cells that the law of smooth windows is learned on
LAW_STEPS = 4000  # that it is learned in, at most,
LAW = 0.1  # ... and share of the time; as much again is for what is made
TURN = 8192  # steps of all windows of a turn
DRAWN = 4  # generated windows for each real one: what is off by chance would be put right


@dataclass(eq=False, repr=False)
class WindowGAN(BaseEstimator, ABC):
    """What every estimator here shares; a family says what it plays in ``_game``.

    Args:
        latent_dim: width of the code of a window; 2 can be drawn as a map.
        steps: turns of the generator, at most; None chooses from the data (and then at most 10 minutes).
        minutes: training time, at most; None for no limit beside ``steps``.
        hidden: width of every network.
        batch_size: windows a turn; None for as many as have 8,192 steps, but 64 at least and 128 at most.
        learning_rate: Adam's, at the start; it falls to 0.
        seed: of weights and of every draw.
        device: ``"cpu"``, ``"cuda"``, ...; None takes a GPU if there is one.
        relations: what samples have to keep beside what is found, such as ``"low <= high"``, ``"flow >= 0"``,
            ``"valve <= 100"``, ``"reading on 0.1"``, ``"strokes never falls"`` or ``"life never rises"``; with
            ``"not "`` before it, what was found and is not to be kept.

    Attributes:
        schema_: what the channels, label and statics are.
        classes_: the labels, if there are any.
        relations_: what holds in every training row and in every sample, in words: channels that are constant, repeat
            another one, are a sum of others, are never above another one, never negative or positive, never beyond a
            value that they rest at, on a grid, never fall or rise, or take few values.
        traits_: what the defaults were chosen from.
        history_: losses, the variety of generated windows as a share of the real ones', and their sliced Wasserstein
            distance to them in model space, by step.
        n_features_in_: how many channels there are.
        n_steps_trained_: turns that the generator took.
        notes_: anything JSON can say that is to be kept with the model.
    """

    conditional: ClassVar[bool] = True  # whether labels and statics are a condition; otherwise they are left out
    supervised: ClassVar[bool] = False  # whether labels are what is learned to be told
    least_steps: ClassVar[int] = 2
    only_categories: ClassVar[bool] = False
    coloured: ClassVar[bool] = False  # whether windows' own law is learned: as noise to start from, or to end with

    latent_dim: int = 16
    _: KW_ONLY
    steps: int | None = None
    minutes: float | None = None
    hidden: int = 64
    batch_size: int | None = None
    learning_rate: float = 1e-3
    seed: int = 0
    device: str | None = None
    relations: Sequence[str] = ()

    @abstractmethod
    def _game(self, traits: Traits) -> Game:
        """Return the family's game for data of these traits."""

    def fit(
        self,
        X: ArrayLike | Sequence[ArrayLike] | Windows,
        y: Any = None,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: bool = False,
        progress: bool = True,
    ) -> Self:
        """Learn from windows.

        Args:
            X: ``Windows``, or windows as tslearn has them: ``(n, t, d)``, ``(n, t)``, or a list of ``(t_i, d)``; rows
                of NaN at the end are padding, any other NaN is a missing value, learned around.
            y: labels ``(n,)``; None for none, or where ``X`` carries its own (pipelines may give the same ones again).
            checkpoint: a file that keeps the run, rewritten every few seconds; None for no such file.
            resume: whether to go on from ``checkpoint``, if it is there; the end is the same, bit for bit on a CPU, as
                without the interruption.
            progress: whether to show a progress bar.

        Raises:
            DataError: the data or a parameter cannot be used; nothing was written.
            ModelFileError: the checkpoint is damaged or of another run.
            DivergedError: a loss left the finite numbers.
        """
        windows = _taken(X, y)
        self._check_parameters()
        self._check_windows(windows)
        target = self._targets(windows)
        if not self.conditional:
            windows = windows.bare()
        device = torch.device(self.device or ("cuda" if torch.cuda.is_available() else "cpu"))
        with tqdm(total=2, desc="measuring", unit="stage", disable=not progress, leave=False) as bar:
            x, mask = self._measure(windows)
            bar.update()
            game = self._build(windows, x, mask).to(device)
            bar.update()
        draw = self._sampler(windows, target, device)
        fix_references(game, draw, Draws(self.seed, "reference"))
        settings = self._learn_law(game, windows, device, progress=progress)
        training = Training(game, draw, settings, self._fingerprint(windows, target))
        if resume and checkpoint is not None and os.path.exists(checkpoint):
            training.resume(checkpoint)
        training.run(checkpoint, progress=progress)
        self._networks, self._latents, self._noise = training.average, game.latents, game.noise
        self.history_ = pd.DataFrame(training.history)
        self.n_steps_trained_ = training.step
        self._put_right(windows, device, progress=progress)
        return self

    def _targets(self, windows: Windows) -> NDArray[np.float32]:
        """Return what the game is to learn to tell of each window, ``(n, k)``: nothing, for most families."""
        return np.zeros((len(windows), 0), np.float32)

    def _measure(self, windows: Windows) -> tuple[Tensor, Tensor]:
        """Learn everything about the data that is not a weight; return some of it in model space, with its mask."""
        self.notes_: dict[str, Any] = {}
        self.schema_ = windows.schema
        self.n_features_in_ = windows.shape[2]
        if windows.schema.label is not None:
            self.classes_ = np.asarray(windows.schema.label.categories)
        self.scaler_ = Scaler.fit(windows, kept_relations(windows, self.relations))
        self.relations_ = statements(self.scaler_.relations, self.schema_.names)
        if not self.scaler_.width:
            raise DataError("every channel is constant or repeats another one: there is nothing to learn")
        self._conditions = Conditions.fit(windows.schema, windows.static_table[windows.series_of])
        self._space, self.traits_, x, mask = measured(
            windows,
            self.scaler_,
            self._conditions,
            self.seed,
            coloured=self.coloured,
            conditional=self.conditional,
        )
        self._templates = Templates.some(windows, self._found, seed=self.seed)
        return torch.from_numpy(x), torch.from_numpy(mask)

    def _found(self, windows: Windows) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the regime of each window, ``(n,)``, and the steps that it jumps to, ``(n, k)``."""
        regimes, jumps = zip(*(self._space.encode(part.values)[2:] for part in chunks(windows)), strict=True)
        return np.concatenate(regimes), np.concatenate(jumps)

    def _condition(
        self, codes: Any, statics: NDArray[np.float32], regime: NDArray[np.int32], jumps: NDArray[np.int32]
    ) -> NDArray[np.float32]:
        """Return everything that a window is conditioned on, ``(n, k)``."""
        return np.concatenate([self._conditions.encode(codes, statics), self._space.tell(regime, jumps)], axis=1)

    def _batch(self, windows: Windows, device: torch.device, *, told: bool = True) -> Batch:
        """Return windows, and what they are conditioned on, as the game takes them; of labels and statics if told."""
        unknown = np.zeros((len(windows), len(self.schema_.statics)), np.float32)
        codes, statics = (windows.codes, windows.static_table[windows.series_of]) if told else (None, unknown)
        x, mask, regime, jumps = self._space.encode(windows.values)
        steps = steps_within(windows.lengths, windows.n_steps)
        x, y, mask, valid = (
            torch.from_numpy(part).to(device)
            for part in (x, self._condition(codes, statics, regime, jumps), mask, steps)
        )
        return Batch(x, y, mask, valid)

    def _batches(self, windows: Windows, device: torch.device) -> Batch:
        """Return windows, however many they are, as the game takes them."""
        batches = [self._batch(part, device)[:4] for part in chunks(windows)]
        x, y, mask, valid = (torch.cat(parts) for parts in zip(*batches, strict=True))
        return Batch(x, y, mask, valid)

    def _build(self, windows: Windows, x: Tensor, mask: Tensor) -> Game:
        """Return the untrained game: weights by the seed, views and the noise's colour by the data."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            game = self._game(self.traits_)
        for part in game.networks.modules():
            if isinstance(part, Views):
                part.fit(x, mask)
            elif isinstance(part, ColouredNoise | Innovations):
                self._fit_noise(part, windows)
            elif isinstance(part, Rounded):
                places, bounds = zip(*self.scaler_.places(windows), strict=True)
                part.fit(places, bounds, self._space.regimes.means, self._space.regimes.sds)
        return game

    def _fit_noise(self, noise: ColouredNoise | Innovations, windows: Windows) -> None:
        """Give noise the laws of windows; if there are very many, of some of them, and of 500 of each label."""
        most = max(2, min(len(windows), COLOURED_ON // (noise.steps * noise.channels)))
        order = np.random.default_rng(self.seed).permutation(len(windows))
        codes = np.zeros(0, np.int64) if windows.codes is None else windows.codes[order]
        each = [order[codes == label][:EACH] for label in np.unique(codes)]
        chosen = np.unique(np.concatenate([order[:most], *each]))
        some = windows[chosen]
        x, y, mask, *_ = self._batches(some, torch.device("cpu"))
        x, mask = x[..., : noise.channels], mask[..., : noise.channels]
        if isinstance(noise, ColouredNoise) and noise.clocked:
            whole = mask.flatten(1).all(1).numpy()
            told, taken = (
                torch.from_numpy(p) for p in by_templates(x.numpy(), whole, label_codes(some), self.traits_.timed)
            )
            x, mask, y = told[taken], F.pad(mask, (0, 1), value=1.0)[taken], y[taken]
        if isinstance(noise, Innovations):
            holding = torch.from_numpy(self.scaler_.holding(windows))
            noise.fit(x, mask, y, torch.from_numpy(_begins(windows)[chosen]), holding)
        else:
            noise.fit(x, mask, y)

    @one_thread()
    def _learn_law(self, game: Game, windows: Windows, device: torch.device, *, progress: bool) -> Settings:
        """Learn how smooth windows go together, if the game is to keep to that; return what is left to train with."""
        settings, started = self._settings(), time.monotonic()
        for part in game.networks["generator"].modules():
            if isinstance(part, PrincipalGenerator):
                steps = min(LAW_STEPS, settings.steps)
                x, y = self._whole(windows, device)
                if len(x) >= ENOUGH:
                    seconds = _law_seconds(settings)
                    part.fit_real(x, y, steps=steps, seed=self.seed, seconds=seconds, progress=progress)
        if settings.minutes is None:
            return settings
        spent = 2 * (time.monotonic() - started) / 60  # once before the game, once after it
        return replace(settings, minutes=max(0.5 * settings.minutes, settings.minutes - spent))

    @one_thread()
    def _put_right(self, windows: Windows, device: torch.device, *, progress: bool) -> None:
        """Make smooth windows go together as real ones do, where these are known."""
        for part in self._parts["generator"].modules():
            if isinstance(part, PrincipalGenerator):
                made = list(self._raw(part, windows, device, progress=progress))
                x, y = (torch.cat(p) for p in zip(*made, strict=True))
                part.fit_made(x, y, seed=self.seed, seconds=_law_seconds(self._settings()), progress=progress)

    def _some(self, windows: Windows) -> Windows:
        """Return windows to learn the law of smooth ones from, in order of time, all labels side by side."""
        most = max(ENOUGH, LAW_ON // (windows.n_steps * self.traits_.width))
        rows = np.sort(np.random.default_rng(self.seed).permutation(len(windows))[:most])
        place = pd.Series(rows).groupby(label_codes(windows[rows])).rank(pct=True)
        return windows[rows[np.argsort(place.to_numpy(), kind="stable")]]

    def _whole(self, windows: Windows, device: torch.device) -> tuple[Tensor, Tensor]:
        """Return windows without holes, and their conditions."""
        found: list[tuple[Tensor, Tensor]] = []
        for chunk in chunks(self._some(windows)):
            batch = self._batch(chunk, device)
            whole = batch.mask.flatten(1).all(1)
            found.append((batch.x[whole], batch.y[whole]))
        x, y = (torch.cat(p) for p in zip(*found, strict=True))
        return x, y

    @torch.no_grad()
    def _raw(
        self, part: PrincipalGenerator, windows: Windows, device: torch.device, *, progress: bool
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield windows as they are written, before anything is put right, and their conditions."""
        some = self._some(windows)
        count = -(-len(some) // CHUNK)
        bar = tqdm(chunks(some), "writing", count, leave=False, unit="chunk", disable=not progress)
        for i, chunk in enumerate(bar):
            batch = self._batch(chunk, device)
            for k in range(DRAWN):
                r = Round(self._parts, batch, Draws("law", self.seed, i, k), self._latents, self._noise)
                yield part.generator(r.z, r.e, r.y, r.valid), r.y

    def _sampler(self, windows: Windows, target: NDArray[np.float32], device: torch.device) -> Callable[[Draws], Batch]:
        """Return a function that draws real windows; rare labels come up more often than their share.

        A label's windows are drawn in proportion to the square root of how many there are. The condition
        carries the label, so that what is learned for each label stays the same.
        """
        codes = windows.codes
        weights = None if codes is None else 1 / np.sqrt(np.bincount(codes)[codes])
        shares = None if weights is None else torch.from_numpy(np.cumsum(weights / weights.sum()))
        known = torch.from_numpy(np.flatnonzero(target.any(1)))
        size = _default_batch(self.traits_) if self.batch_size is None else self.batch_size
        held = self._batches(windows, device) if math.prod(windows.shape) <= HELD else None

        def taken(rows: Tensor) -> Batch:
            if held is None:
                return self._batch(windows[rows.numpy()], device)
            return held.some(rows.to(device))

        def draw(draws: Draws) -> Batch:
            u = torch.rand(size, generator=draws.generator("rows"), dtype=torch.float64)
            rows = (u * len(windows)).long() if shares is None else torch.searchsorted(shares, u)
            batch = taken(rows.clamp_max(len(windows) - 1))
            if not len(known):
                return batch
            index = known[torch.randint(len(known), (size,), generator=draws.generator("told"))]
            return batch._replace(told=Told(taken(index), torch.from_numpy(target)[index].to(device)))

        return draw

    def _settings(self) -> Settings:
        steps, minutes = self.steps, self.minutes
        if steps is None:
            steps = _default_steps(self.traits_)
            minutes = 10.0 if minutes is None else minutes
        return Settings(steps, minutes, self.learning_rate, seed=self.seed)

    def _check_parameters(self) -> None:
        for name, least in (("latent_dim", 1), ("hidden", 1), ("seed", 0)):
            whole(name, getattr(self, name), least)
        positive("learning_rate", self.learning_rate)
        if self.batch_size is not None:
            whole("batch_size", self.batch_size, 2)
        if self.steps is not None:
            whole("steps", self.steps)
        if self.minutes is not None:
            positive("minutes", self.minutes)

    def _check_windows(self, windows: Windows) -> None:
        """Refuse windows that nothing can be learned from."""
        n, t, _ = windows.shape
        if n < 2 or t < self.least_steps:
            steps = "two steps" if self.least_steps == 2 else "one step"
            raise DataError(f"training needs two windows of {steps} at least; found {n} of {t}")
        numbers = [channel.name for channel in windows.schema.channels if channel.kind == "continuous"]
        if numbers and self.only_categories:
            raise DataError(
                f"{type(self).__name__} writes categories alone, and {numbers} are continuous: declare them with "
                "Windows.from_frame(..., categorical=[...]) if they are categories, or take RCGAN, which writes both"
            )
        label = windows.schema.label
        if label is not None and windows.codes is not None and self.conditional:
            counts = np.bincount(windows.codes, minlength=len(label.categories))
            for value, count in zip(label.categories, counts, strict=True):
                if count == 1:
                    raise DataError(f"label {label.name}={value!r} has one window; a label needs two at least")

    def _fingerprint(self, windows: Windows, target: NDArray[np.float32]) -> str:
        told = {k: v for k, v in self.get_params().items() if k != "device"}
        total = hashlib.sha256(json.dumps([type(self).__name__, told, self.schema_.to_dict()], default=str).encode())
        parts = (windows.table, windows.first, np.asarray(windows.lengths), windows.codes, windows.static_table, target)
        for part in parts:
            if part is not None:
                total.update(np.ascontiguousarray(part).data)
        return total.hexdigest()

    def sample(
        self,
        n: int | None = None,
        *,
        labels: Any = None,
        statics: Mapping[str, Any] | None = None,
        seed: int = 0,
        missing: bool = False,
        latents: ArrayLike | None = None,
    ) -> Windows:
        """Make windows in original units, with labels, column names and dtypes as in training.

        Lengths and statics are those of training windows drawn at random, with the labels asked for. The first k of
        n samples are the k samples of the same seed.

        Args:
            n: how many; None takes it from ``labels`` or ``latents``.
            labels: one label for all, or one a window ``(n,)``; None draws them with the training shares.
            statics: static attributes to hold, by name; None draws them.
            seed: of every draw.
            missing: whether cells are missing as in training windows; otherwise nothing within a length is.
            latents: codes ``(n, latent_width_)`` to use; None draws them from the family's prior. Where windows jump,
                codes without the last number leave the jumps to chance, as labels and statics are.

        Raises:
            DataError: an unknown label or static, or numbers that do not fit each other.
            NotFittedError: before ``fit``.
        """
        self._check_fitted()
        codes, n = self._wanted(n, labels, None if latents is None else len(np.asarray(latents)))
        where = self._templates.allowed(self.schema_.statics, statics)
        self._check_classes(codes, where)
        z = None if latents is None else self._check_latents(latents, n)
        shares = None if z is None or z.shape[1] == self._latents.width else ndtr(z[:, -1].numpy())
        templates = self._templates.draw(codes, n, where, seed, shares)
        parts = [
            self._generate(templates[np.arange(i, min(i + CHUNK, n))], i, seed, z)
            for i in tqdm(range(0, n, CHUNK), desc="sampling", unit="chunk", disable=n < 50 * CHUNK)
        ]
        values = np.concatenate(parts)
        steps = np.arange(values.shape[1]) < templates.lengths[:, None]
        values[~steps] = np.nan
        values = self.scaler_.relations.rearranged(values)
        if missing:
            values[~templates.observed()] = np.nan
        return _as_windows(self.schema_, values, templates)

    @torch.no_grad()
    def _generate(self, templates: Templates, start: int, seed: int, z: Tensor | None) -> NDArray[np.float32]:
        """Return the values ``(b, t, d)`` of one chunk, in original units."""
        n, t, device = len(templates), templates.shape[0], next(self._networks.parameters()).device
        told = self._condition(templates.codes, templates.statics, templates.regimes, templates.jumps)
        y, valid = (torch.from_numpy(part).to(device) for part in (told, steps_within(templates.lengths, t)))

        def decoded(x: Tensor) -> NDArray[np.float32]:
            return self._space.decode(x.cpu().numpy(), templates.regimes, templates.jumps)

        def candidate(k: int) -> Tensor:
            key = ("sample", seed, start, k) if k else ("sample", seed, start)
            draws, width = Draws(*key), self._latents.width
            codes = self._latents.shape(draws.normal("code", n, width)) if z is None else z[start : start + n, :width]
            steps = [draws.normal(f"step {j}", n, self._noise) for j in range(t)]  # no row's depends on other rows
            e = torch.stack(steps, 1).to(device)
            return self._networks["generator"](imagined(self._parts, codes.to(device)), e, y, valid)

        count, first = self._candidates, candidate(0)
        if count == 1:
            return decoded(first)
        critic, seen = cast(Critics, self._networks["critic"]), torch.ones_like(first) * valid
        if templates.seen.shape[1]:  # what is observed is the same of all candidates
            values = np.where(templates.observed(), decoded(first), np.nan)
            seen = torch.from_numpy(self._space.encode(values).mask).to(device)

        def odds(x: Tensor) -> Tensor:
            return critic.score(critic.read(critic.see(x, seen, y, valid)), y).mean(1)

        others = map(candidate, range(1, count))
        return decoded(resampled(chain([first], others), odds, Draws("sample", seed, start)))

    @property
    def _candidates(self) -> int:
        """How many windows are made for each that is given, of which the critic's odds draw one."""
        return 1

    @property
    def latent_width_(self) -> int:
        """How wide a window's code is: ``latent_dim``, and more where a family adds codes of its own.

        Where curves that jump were learned from, there is one more: the last says where the jumps are, as in one of the
        training windows, from those that jump early to those that jump late.
        """
        return self._latents.width + bool(self._space.jumps.width)

    @property
    def jumps_(self) -> dict[str, int]:
        """How many jumps a window has at most, by channel, where smooth curves jump (:class:`~rcgan.data.jumps.Jumps`).

        What lies between the jumps is learned; a sample jumps at the steps at which one of the training windows does.
        """
        names = [self.schema_.names[c] for c in self.scaler_.numbers]
        found = zip(self._space.jumps.channels.tolist(), self._space.jumps.most.tolist(), strict=True)
        return {names[channel]: most for channel, most in found}

    @property
    def _parts(self) -> Mapping[str, nn.Module]:
        """The trained networks by role."""
        return cast("Mapping[str, nn.Module]", self._networks)

    def features(self, X: Any) -> NDArray[np.float32]:
        """Return features of windows, ``(n, k)``: codes or, where no encoder is learned, what the critic's trunk reads.

        Labels and statics are not looked at.

        Args:
            X: as for :meth:`fit`, of the same channels.

        Raises:
            DataError: other channels, or longer windows, than those fitted on.
            NotFittedError: before ``fit``.
        """
        return self._ask(X, self._read)

    def _read(self, r: Round) -> Tensor:
        """Return the features of a round's real windows."""
        return r.critic.read(r.critic.see(r.x, r.mask, r.y, r.valid))

    @torch.no_grad()
    def _ask(self, X: Any, question: Callable[[Round], Tensor], *, told: bool = False) -> NDArray[np.float32]:
        """Put a question to rounds over windows, some at a time; nothing is told of labels and statics unless asked."""
        self._check_fitted()
        windows, device = self._given(X), next(self._networks.parameters()).device
        if not len(windows):
            raise DataError("there are no windows: give one at least")
        answers: list[NDArray[np.float32]] = []
        for k, part in enumerate(chunks(windows)):
            batch = self._batch(part, device, told=told)
            r = Round(self._parts, batch, Draws("ask", k * CHUNK), self._latents, self._noise, 1.0)
            answers.append(question(r).cpu().numpy())
        return np.concatenate(answers)

    def _blank(self) -> Windows:
        """Return one window of the training data's shape, all 0."""
        t, d = self._templates.shape
        return _as_windows(self.schema_, np.zeros((1, t, d), np.float32), self._templates[np.zeros(1, np.int64)])

    def _given(self, X: Any) -> Windows:
        """Return windows of the channels and the length that the model was fitted on."""
        windows = Windows.from_arrays(X)
        t, d = self._templates.shape
        if windows.shape[2] != d:
            raise DataError(f"the windows have {windows.shape[2]} channels, the model was fitted on {d}")
        if isinstance(X, Windows) and X.schema.channels != self.schema_.channels:
            raise DataError(f"the windows have the channels {X.schema.names}, the model {self.schema_.names}")
        if windows.shape[1] > t:
            raise DataError(f"the windows have up to {windows.shape[1]} steps, the model was fitted on up to {t}")
        return replace(windows, n_steps=t)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model as one safetensors file whose header says everything else as JSON.

        Raises:
            NotFittedError: before ``fit``.
            DataError: the file cannot be written; an old one is untouched.
        """
        self._check_fitted()
        header = {
            "class": type(self).__name__,
            "params": self.get_params(),
            "schema": self.schema_.to_dict(),
            "classes": self.classes_.tolist() if hasattr(self, "classes_") else None,
            "scaler": self.scaler_.to_dict(),
            "traits": self.traits_.to_dict(),
            "conditions": {"means": self._conditions.means, "sds": self._conditions.sds},
            "templates": {"shape": self._templates.shape},
            "history": list(self.history_.columns),
            "steps": self.n_steps_trained_,
            "notes": self.notes_,
        }
        tensors = {f"network.{k}": v for k, v in self._networks.state_dict().items()}
        for name in ("lengths", "codes", "statics", "regimes", "jumps", "seen"):
            tensors[f"template.{name}"] = torch.from_numpy(getattr(self._templates, name).copy())
        for part, arrays in self._space.arrays().items():
            tensors |= {f"{part}.{name}": torch.from_numpy(value.copy()) for name, value in arrays.items()}
        tensors["history"] = torch.from_numpy(self.history_.to_numpy(dtype=np.float64))
        storage.write(path, "model", header, tensors)

    def _restore(self, header: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
        self.schema_ = Schema.from_dict(header["schema"])
        self.n_features_in_ = len(self.schema_.channels)
        if header["classes"] is not None:
            self.classes_ = np.asarray(header["classes"])
        self.scaler_ = Scaler.from_dict(header["scaler"])
        self.relations_ = statements(self.scaler_.relations, self.schema_.names)
        self.traits_ = Traits.from_dict(header["traits"])
        scales = {name: tuple(numbers) for name, numbers in header["conditions"].items()}
        self._conditions = Conditions(
            len(self.schema_.label.categories) if self.schema_.label else 0, self.schema_.statics, **scales
        )
        self._templates = Templates(tuple(header["templates"]["shape"]), **_arrays("template.", tensors))
        space = {part: _arrays(f"{part}.", tensors) for part in ("censored", "jumps", "regimes")}
        self._space = ModelSpace.from_arrays(self.scaler_, space, self._templates.shape[0])
        self.history_ = pd.DataFrame(tensors["history"].numpy(), columns=header["history"]).astype({"step": int})
        self.n_steps_trained_, self.notes_ = header["steps"], header["notes"]
        with torch.device("meta"):  # nothing is allocated on a stranger's word
            game = self._game(self.traits_)
        self._networks, self._latents, self._noise = game.networks, game.latents, game.noise
        stored = {k.removeprefix("network."): v for k, v in tensors.items() if k.startswith("network.")}
        state = {k: v.clone() for k, v in stored.items()}  # products of what lies askew in memory round otherwise
        self._networks.load_state_dict(state, assign=True)
        self._networks.requires_grad_(False).eval()

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_networks")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = True
        return tags

    def _check_fitted(self) -> None:
        if not hasattr(self, "_networks"):
            raise NotFittedError(f"this {type(self).__name__} is not fitted: call fit first")

    def _wanted(self, n: int | None, labels: Any, given: int | None) -> tuple[NDArray[np.int64] | None, int]:
        """Return label codes, if labels were asked for, and how many windows to make."""
        one = labels is None or np.ndim(labels) == 0
        count = None if one else len(cast("Sequence[Any]", labels))
        sizes = {size for size in (n, given, count) if size is not None}
        if not sizes:
            raise DataError("say how many windows: sample(500)")
        if len(sizes) > 1:
            raise DataError(f"n, labels and latents ask for different numbers of windows: {sorted(sizes)}")
        (size,) = sizes
        size = whole("n", size)
        if labels is None:
            return None, size
        if self.schema_.label is None:
            without = f"a {type(self).__name__} is trained without labels: leave them out, or take RCGAN"
            fault = "the model was fitted without: fit it with y" if self.conditional else without
            raise DataError(f"labels were asked for, but {fault}")
        places = {value: code for code, value in enumerate(self.schema_.label.categories)}
        asked = [labels] * size if one else list(labels)
        for value in asked:
            if value not in places:
                raise DataError(f"no label {value!r}; there are {list(places)}{nearest(value, places)}")
        return np.asarray([places[value] for value in asked], dtype=np.int64), size

    def _check_classes(self, codes: NDArray[np.int64] | None, where: NDArray[np.bool_]) -> None:
        for code in [] if codes is None else np.unique(codes):
            if not (where & (self._templates.codes == code)).any():
                raise DataError(f"no training window has label {self.classes_[code]!r} and the statics asked for")

    def _check_latents(self, latents: ArrayLike, n: int) -> Tensor:
        z = np.asarray(latents, dtype=np.float32)
        if z.shape not in ((n, self.latent_width_), (n, self._latents.width)):
            raise DataError(f"latents must be ({n}, {self.latent_width_}), found {z.shape}")
        return torch.from_numpy(z)


@dataclass(eq=False, repr=False)
class Resampling(WindowGAN, ABC):
    """What families that make windows by label share: imbalanced-learn's contract."""

    def fit_resample(self, X: Any, y: Any = None) -> tuple[Any, Any]:
        """Fit, and add samples until every class has as many windows as the largest: imbalanced-learn's contract.

        Args:
            X: as for :meth:`fit`.
            y: labels ``(n,)``; None where ``X`` is ``Windows`` with labels.

        Returns:
            The windows given followed by the new ones, in the form that ``X`` had (an array padded with NaN, or
            ``Windows``), and their labels.
        """
        windows = _taken(X, y)
        if windows.codes is None:
            raise DataError("fit_resample balances labels, and there are none: give y")
        self.fit(windows)
        counts = np.bincount(windows.codes, minlength=len(self.classes_))
        lacking = [(code, counts.max() - count) for code, count in enumerate(counts) if count]
        wanted = np.repeat([code for code, _ in lacking], [count for _, count in lacking])
        parts = [windows]
        if len(wanted):
            parts.append(self.sample(labels=self.classes_[wanted], seed=self.seed))
        both = Windows.concat(parts)
        labels = cast("NDArray[Any]", both.labels)
        if isinstance(X, Windows):
            return both, labels
        values = both.values
        return (values[..., 0] if np.ndim(X) == 2 else values), labels.astype(np.asarray(y).dtype)


@dataclass(eq=False, repr=False)
class Transforming(TransformerMixin, WindowGAN, ABC):
    """What families without labels share: scikit-learn's contract of transformers.

    imbalanced-learn refuses pipeline steps that resample and transform; :class:`CriticFeatures` makes a transformer of
    the others.
    """

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Return :meth:`features` of windows, ``(n, k)``."""
        return self.features(X)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Return names of the columns of :meth:`transform`, as scikit-learn asks for them."""
        return _feature_names(self)


@dataclass(eq=False, repr=False)
class Autoencoding(Transforming, ABC):
    """What families with an encoder share: codes as features, and windows made of codes again."""

    def _read(self, r: Round) -> Tensor:
        """Return the codes of a round's real windows."""
        return r.inferred

    def reconstruct(self, X: Any) -> Windows:
        """Return what the generator makes of the codes of windows: as many, as long, with the same labels.

        Args:
            X: as for :meth:`features`; ``Windows`` with labels where the model was fitted with labels.

        Raises:
            DataError: other channels, labels or longer windows than those fitted on.
            NotFittedError: before ``fit``.
        """
        self._check_fitted()
        windows = self._given(X if self.conditional or not isinstance(X, Windows) else X.bare())
        if windows.schema.label != self.schema_.label or windows.schema.statics != self.schema_.statics:
            raise DataError("the windows' label or statics are not those that the model was fitted with")
        x = self._ask(windows, lambda r: r.reconstructed, told=True)
        templates = Templates.of(windows, self._found)
        values = self._space.decode(x, templates.regimes, templates.jumps)
        values[steps_within(windows.lengths, windows.n_steps)[..., 0] == 0] = np.nan
        return _as_windows(self.schema_, values, templates)


@dataclass(eq=False, repr=False)
class CriticFeatures(TransformerMixin, BaseEstimator):
    """A transformer of any family: fit the model, and give what its critic's trunk, or its encoder, reads off windows.

    Args:
        model: an estimator of this package, not fitted; :meth:`fit` fits a copy.

    Attributes:
        model_: the fitted copy.

    >>> import rcgan
    >>> train, test = rcgan.load_dataset("waves", n=100).split(0.8, seed=0)
    >>> rcgan.CriticFeatures(rcgan.RCGAN(steps=5, hidden=8)).fit(train).transform(test).shape
    (20, 32)
    """

    model: WindowGAN

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit a copy of the model, with its labels where there are any."""
        copy = cast(WindowGAN, clone(self.model))
        self.model_ = copy.fit(X, y, progress=False)
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Return the features of windows, ``(n, k)``.

        Raises:
            NotFittedError: before ``fit``.
        """
        if not hasattr(self, "model_"):
            raise NotFittedError("these CriticFeatures are not fitted: call fit first")
        return self.model_.features(X)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Return names of the columns of :meth:`transform`."""
        return _feature_names(self.model_)


def _feature_names(model: WindowGAN) -> NDArray[Any]:
    count = model.features(model._blank()).shape[1]  # pyright: ignore[reportPrivateUsage]
    return np.asarray([f"{type(model).__name__.lower()}{k}" for k in range(count)], dtype=object)


def _taken(X: Any, y: Any) -> Windows:
    """Return what was given as windows; pipelines hand on the labels that windows carry beside them."""
    if isinstance(X, Windows) and y is not None and X.labels is not None and np.array_equal(X.labels, np.asarray(y)):
        y = None
    return Windows.from_arrays(X, y)


def _default_steps(traits: Traits) -> int:
    """Return how many steps data of these traits are worth."""
    return int(np.clip(4000 + 4 * traits.windows, 4000, 20_000))


def _default_batch(traits: Traits) -> int:
    """Return how many windows a turn is on: of long ones, no more fit the time than matrix products gain by."""
    return int(np.clip(TURN // traits.steps, 64, 128))


def _arrays(start: str, tensors: Mapping[str, Tensor]) -> dict[str, NDArray[Any]]:
    """Return the arrays whose names start so, without that start."""
    return {k.removeprefix(start): v.numpy() for k, v in tensors.items() if k.startswith(start)}


def _law_seconds(settings: Settings) -> float | None:
    """Return how long one law may be learned, None for no limit."""
    return None if settings.minutes is None else LAW * 60 * settings.minutes


def _begins(windows: Windows) -> NDArray[np.int64]:
    """Return the step at which each window begins, ``(n,)``, another series' ones far away.

    Where each window is a series of its own, as in an array, they are taken to have been cut one after the other.
    """
    if len(windows.series) >= len(windows):
        return np.arange(len(windows))
    return windows.first + len(windows.table) * windows.series_of


def _as_windows(schema: Schema, values: NDArray[np.float32], templates: Templates) -> Windows:
    n, t, d = values.shape
    return Windows(
        schema=schema,
        table=values.reshape(n * t, d),
        first=np.arange(n) * t,
        lengths=templates.lengths,
        n_steps=t,
        bounds=np.arange(n + 1) * t,
        series=list(range(n)),
        times=None,
        codes=templates.codes if schema.label is not None else None,
        static_table=templates.statics,
    )
