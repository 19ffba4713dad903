"""TimeGAN, stated again in torch.

Yoon, Jarrett and van der Schaar (2019), "Time-series generative adversarial networks": an embedder e and a recovery r
(equations 3 and 4), a generator g in the embedded space (5) and a discriminator there (6), with h = e(x):

    L_R = |x - r(h)|                                                  reconstruction (7)
    L_U = CE(d(h), 1) + CE(d(g(z)), 0)                                unsupervised (8)
    L_S = |h_t - s(h_{t-1})|                                          supervised (9)
    min_{e, r} L_R + lambda L_S,    min_g eta L_S + max_d L_U         (10, 11)

The published program has the supervisor s as a network of its own, and its order of things is followed here: first
e and r learn (7), then s learns (9), then all play (10, 11); each phase has a third of the minutes, where it has a
third of the steps. So are its settings: 24 units, three layers (two in s), noise uniform at each step, batch 128,
Adam 1e-3; weights of 10 for the root of L_R, 0.1 and 100 for L_S (its root in the generator's loss), and 100 for the
difference of means and standard deviations of generated and real windows; the discriminator judges g(z) and s(g(z)),
at every step, plays one turn to two of the others, and leaves it out while its loss is below .15.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from .clock import Floats, Made, Task, Tick, Trained, against_the_clock
from .stepwise import Stepwise, entropy

HIDDEN, LAYERS, BATCH, GOOD_ENOUGH = 24, 3, 128, 0.15
SETTINGS = {
    "hidden": HIDDEN,
    "layers": LAYERS,
    "batch_size": BATCH,
    "optimiser": "Adam 0.001",
    "phases": "a third of the minutes each",
}


def recurrent(inputs: int, outputs: int, layers: int = LAYERS) -> Stepwise:
    """GRUs and one dense layer."""
    return Stepwise(nn.GRU, inputs, HIDDEN, outputs, layers)


class Turn:
    """One side's turns: its networks, and an Adam of their own."""

    def __init__(self, *networks: nn.Module) -> None:
        self.weights = [weight for network in networks for weight in network.parameters()]
        self.adam = torch.optim.Adam(self.weights)

    def take(self, loss: Tensor) -> None:
        """Step against the gradient in these networks alone."""
        self.adam.zero_grad()
        loss.backward(inputs=self.weights)
        self.adam.step()


def moments_apart(fake: Tensor, real: Tensor) -> Tensor:
    """How far means and standard deviations over the batch are apart, averaged over steps and channels."""
    means, spreads = ([x.mean(0) for x in (fake, real)], [(x.var(0, False) + 1e-6).sqrt() for x in (fake, real)])
    return (means[0] - means[1]).abs().mean() + (spreads[0] - spreads[1]).abs().mean()


class TimeGAN:
    """The three phases over windows ``(n, t, d)`` between 0 and 1, within so many seconds."""

    def __init__(self, real: Tensor, seconds: float) -> None:
        self.real, self.seconds = real, seconds
        channels = real.shape[2]
        self.embedder, self.generator = recurrent(channels, HIDDEN), recurrent(channels, HIDDEN)
        self.supervisor = recurrent(HIDDEN, HIDDEN, LAYERS - 1)
        self.recovery, self.discriminator = recurrent(HIDDEN, channels), recurrent(HIDDEN, 1)

    def embedded(self, x: Tensor) -> Tensor:
        return self.embedder(x).sigmoid()

    def recovered(self, h: Tensor) -> Tensor:
        return self.recovery(h).sigmoid()

    def generated(self, count: int) -> tuple[Tensor, Tensor]:
        """What g makes of noise, and what s makes of that."""
        e = self.generator(torch.rand(count, *self.real.shape[1:])).sigmoid()
        return e, self.supervisor(e).sigmoid()

    def drawn(self) -> Tensor:
        return self.real[torch.randperm(len(self.real))[:BATCH]]

    def reconstruction(self, x: Tensor, h: Tensor) -> Tensor:
        """The square root of (7)'s mean square, ten times."""
        return 10 * mse_loss(self.recovered(h), x).sqrt()

    def supervised(self, h: Tensor) -> Tensor:
        """(9)."""
        return mse_loss(self.supervisor(h).sigmoid()[:, :-1], h[:, 1:])

    def train(self, tick: Tick) -> None:
        """Go through the phases; the clock stops the last."""
        turn, seconds = Turn(self.embedder, self.recovery), 0.0
        while seconds < self.seconds / 3:
            x = self.drawn()
            turn.take(self.reconstruction(x, self.embedded(x)))
            seconds = tick()
        turn = Turn(self.supervisor)
        while seconds < 2 * self.seconds / 3:
            turn.take(self.supervised(self.embedded(self.drawn()).detach()))
            seconds = tick()
        self.play(tick)

    def play(self, tick: Tick) -> None:
        """The third phase."""
        generating, embedding = Turn(self.generator, self.supervisor), Turn(self.embedder, self.recovery)
        judging = Turn(self.discriminator)
        while True:
            for _ in range(2):
                x = self.drawn()
                generating.take(self.generating(x))
                h = self.embedded(x)
                embedding.take(self.reconstruction(x, h) + 0.1 * self.supervised(h))
            with torch.no_grad():
                sides = [(self.embedded(self.drawn()), 1.0), *((fake, 0.0) for fake in self.generated(BATCH))]
            loss = torch.stack([entropy(self.discriminator(h), truth) for h, truth in sides]).sum()
            if loss > GOOD_ENOUGH:
                judging.take(loss)
            tick()

    def generating(self, x: Tensor) -> Tensor:
        """The loss of g and s."""
        e, h = self.generated(BATCH)
        adversarial = entropy(self.discriminator(h), 1.0) + entropy(self.discriminator(e), 1.0)
        supervised = self.supervised(self.embedded(x).detach()).sqrt()
        return adversarial + 100 * supervised + 100 * moments_apart(self.recovered(h), x)

    @torch.no_grad()
    def sample(self, count: int) -> Floats:
        """Windows between 0 and 1."""
        return self.recovered(self.generated(count)[1]).numpy()


def timegan(task: Task) -> Trained:
    """Train once for each budget, as its phases share it."""
    return Trained(SETTINGS, [made for minutes in task.minutes for made in spent(task, minutes)])


def spent(task: Task, minutes: float) -> list[Made]:
    """One training."""
    torch.manual_seed(task.seed)
    model = TimeGAN(task.tensor, 60 * minutes)
    return against_the_clock(task, model.train, model.sample, (minutes,))
