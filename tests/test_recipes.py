"""Recipes stay short, and the guide's worked example works."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import rcgan
from rcgan import recipes
from rcgan.data.traits import Traits

GUIDE = Path(__file__).parent.parent / "CONTRIBUTING.md"
FUNCTIONS = {
    node.name: node for node in ast.parse(inspect.getsource(recipes)).body if isinstance(node, ast.FunctionDef)
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_recipe_has_more_than_25_lines_of_code(name: str) -> None:
    node = FUNCTIONS[name]
    start, *_ = node.body
    docstring = 0 if ast.get_docstring(node) is None else (start.end_lineno or 0) - start.lineno + 1
    assert (node.end_lineno or 0) - node.lineno + 1 - docstring <= 25


@pytest.mark.parametrize(
    ("changes", "rate"),
    [
        ({}, 0.1),
        ({"windows": 5000}, 1.0),
        ({"labels": 2, "condition": 2}, 0.001),
        ({"labels": 2, "condition": 5, "regimes": 3}, 0.001),
        ({"mixed": (0,), "near": (5,)}, 0.001),
        ({"labels": 2, "condition": 3}, 0.1),  # and a static
        ({"labels": 2, "condition": 2, "blocks": (3,)}, 1e-5),  # categories come with innovations, of few windows, too
        ({"windows": 5000, "known": 1.0, "tails": 9.0}, 0.01),  # innovations of real windows
        ({"windows": 5000, "known": 1.0, "tails": 9.0, "condition": 1}, 0.01),  # and of their statics
        ({"windows": 5000, "known": 1.0, "blocks": (3,)}, 0.01),
        ({"windows": 300, "known": 1.0, "blocks": (3,)}, 0.003),
        ({"windows": 5000, "known": 0.4, "blocks": (3,)}, 0.01),
        ({"windows": 5000, "known": 0.4, "tails": 9.0}, 1.0),
    ],
)
def test_what_starts_right_holds_the_generator_back_and_categories_and_statics_do_not(
    changes: dict[str, Any], rate: float
) -> None:
    given = {
        "windows": 100,
        "steps": 8,
        "blocks": (),
        "condition": 0,
        "holes": False,
        "spread": (1.0,),
        "turns": (0.6,),
    }
    game = recipes.rcgan(Traits(**{**given, **changes}), latent=2, hidden=8)
    (generator,) = (player for player in game.players if player.name == "generator")
    assert generator.rate == pytest.approx(rate)


def test_the_guides_sixteenth_system_works() -> None:
    (program,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.S)
    space: dict[str, Any] = {"__name__": "guide"}
    exec(compile(program, str(GUIDE), "exec"), space)
    train = rcgan.load_dataset("waves", n=60)
    model = space["PackedLSGAN"](hidden=8, batch_size=16, steps=3).fit(train, progress=False)
    assert model.sample(4, labels="sine").shape == (4, 30, 1)
    assert set(model.history_.columns) >= {"critic least squares", "critic zero_centred_penalty"}
