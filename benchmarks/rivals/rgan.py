"""RGAN, stated again in torch.

Esteban, Hyland and Rätsch (2017), "Real-valued (medical) time series generation with recurrent conditional GANs",
section 3: an LSTM maps noise z_t at every step to a value at that step, another one maps values to a judgement at every
step, and with CE the cross-entropy averaged over the steps

    D_loss = CE(D(x), 1) + CE(D(G(z)), 0),    G_loss = CE(D(G(z)), 1).

What the paper leaves open is as in the published program's defaults: 5 noises, five turns of the discriminator to one
of the generator, values between -1 and 1. Only the initial weights are torch's: with that program's, whose last layers
start normal with sd 1, the values stuck at -1 and 1 in short trials on Sines and Stocks. A step is one turn of the
generator.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .clock import Floats, Task, Tick, Trained, against_the_clock
from .stepwise import Stepwise, entropy

HIDDEN, NOISES, BATCH, TURNS = 100, 5, 28, 5
SETTINGS = {
    "hidden": HIDDEN,
    "noises a step": NOISES,
    "batch_size": BATCH,
    "discriminator": "SGD 0.1",
    "generator": "Adam 0.001",
    "turns of the discriminator": TURNS,
}


class RGAN:
    """The game over windows ``(n, t, d)`` between 0 and 1."""

    def __init__(self, real: Tensor) -> None:
        self.real = 2 * real - 1
        channels = real.shape[2]
        self.generator = Stepwise(nn.LSTM, NOISES, HIDDEN, channels)
        self.discriminator = Stepwise(nn.LSTM, channels, HIDDEN, 1)
        self.adam = torch.optim.Adam(self.generator.parameters(), lr=1e-3)
        self.sgd = torch.optim.SGD(self.discriminator.parameters(), lr=0.1)

    def fake(self, count: int) -> Tensor:
        """Windows between -1 and 1."""
        return torch.tanh(self.generator(torch.randn(count, self.real.shape[1], NOISES)))

    def train(self, tick: Tick) -> None:
        """Play until the clock stops it."""
        while True:
            for _ in range(TURNS):
                drawn = self.real[torch.randint(len(self.real), (BATCH,))]
                self.sgd.zero_grad()
                fake = self.fake(BATCH).detach()
                (entropy(self.discriminator(drawn), 1.0) + entropy(self.discriminator(fake), 0.0)).backward()
                self.sgd.step()
            self.adam.zero_grad()
            entropy(self.discriminator(self.fake(BATCH)), 1.0).backward()
            self.adam.step()
            tick()

    @torch.no_grad()
    def sample(self, count: int) -> Floats:
        """Windows between 0 and 1."""
        return ((self.fake(count) + 1) / 2).numpy()


def rgan(task: Task) -> Trained:
    """Train once, and sample on the way."""
    torch.manual_seed(task.seed)
    game = RGAN(task.tensor)
    return Trained(SETTINGS, against_the_clock(task, game.train, game.sample))
