"""The report's page in a real browser: nothing fails, nothing is fetched, nothing sticks out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from math import nan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Route, sync_playwright

from rcgan.data.windows import Windows
from rcgan.evaluation import Report
from rcgan.evaluation.panel import as_panel
from rcgan.evaluation.pictures import Compared, pictures
from rcgan.evaluation.utility import Score, Tally, scores, unit_weights, untold

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
WIDTHS = (1280, 400)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium or Chrome on PATH to show the page with")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as started:
        shown = started.chromium.launch(executable_path=CHROMIUM)
        yield shown
        shown.close()


def faults(browser: Browser, page_file: Path, width: int) -> list[str]:
    """What is wrong with a page at a width; nothing that it asks for beyond itself is let through."""
    found: list[str] = []
    own = page_file.as_uri()

    def guard(route: Route) -> None:
        url = route.request.url
        if url == own or url.startswith("data:"):
            route.continue_()
        else:
            found.append(f"asks for {url}")
            route.abort()

    page = browser.new_page(viewport={"width": width, "height": 900})
    page.on("pageerror", lambda error: found.append(f"script error: {error}"))
    page.on("console", lambda told: found.append(f"console: {told.text}") if told.type == "error" else None)
    page.route("**/*", guard)
    page.goto(own, wait_until="load")
    undrawn = "images => images.filter(i => !(i.complete && i.naturalWidth > 0)).map(i => i.alt)"
    found += [f"not drawn: {alt}" for alt in page.locator("img").evaluate_all(undrawn)]
    wide = page.evaluate("Math.max(document.body.scrollWidth, document.documentElement.scrollWidth)")
    if wide > width:
        found.append(f"{wide} px wide")
    page.close()
    return found


def windows(n: int, seed: int) -> Windows:
    """Runs of other lengths, with holes, seven channels and labels and names that are hard to fit."""
    rng, parts = np.random.default_rng(seed), list[pd.DataFrame]()
    for run in range(n):
        rows = int(rng.integers(6, 14))
        columns = {f"channel_with_a_long_name_{c}": rng.normal(size=rows).cumsum() for c in range(6)}
        columns["force"] = np.where(rng.random(rows) < 0.1, np.nan, rng.normal(size=rows))
        mode, state = rng.choice(["idle", "press"], rows), ["high <b> & 'wide'", "no" * 20, "ok"][run % 3]
        parts.append(pd.DataFrame({"run": run, **columns, "mode": mode, "state": state}))
    return Windows.from_frame(pd.concat(parts), group="run", label="state")


class Model:
    """The part of a model that the pictures use."""

    latent_dim = 2
    history_ = pd.DataFrame({"step": [0, 10], "critic_loss": [1.0, 0.5]})

    def sample(self, labels: list[str], latents: np.ndarray) -> Windows:
        return windows(len(latents), 9)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    train, test, new = (as_panel(windows(n, seed), "windows") for seed, n in enumerate((60, 50, 45)))
    errors = np.random.default_rng(0).exponential(size=(3, 5, 20, 1)) + np.arange(3.0)[:, None, None, None]
    counts, weights = np.ones((20, 1)), unit_weights(np.arange(20), 0)
    names = "real", "synthetic", "real + synthetic"
    rows = {name: Tally(each, counts, weights) for name, each in zip(names, errors, strict=True)}
    found = [
        *scores("forecast", "MASE", "lower", {"ridge": rows, "recurrent": rows}, horizon=1, note="a note"),
        *scores("classification", "balanced accuracy", "higher", {"trees": {**rows, "real + jitter": rows["real"]}}),
        untold("forecast", "MASE", "lower", "windows are short", horizon=8),
        *(
            Score("distance", "step distance", row, None, 0.1 + k, nan, nan, "lower", label=label)
            for k, label in enumerate(test.classes)
            for row in ("real", "synthetic")
        ),
    ]
    path = tmp_path_factory.mktemp("page") / "report.html"
    about = {"real training windows": 60, "seed": 0}
    Report(found, about, partial(pictures, Compared(train, test, new, found, Model()))).to_html(path)
    return path


@pytest.mark.parametrize("width", WIDTHS)
def test_a_browser_finds_no_fault_with_the_page(browser: Browser, page_file: Path, width: int) -> None:
    assert faults(browser, page_file, width) == []


def test_the_verdict_comes_first_then_pictures_then_numbers(browser: Browser, page_file: Path) -> None:
    page = browser.new_page()
    page.goto(page_file.as_uri())
    places = [page.locator(what).first.bounding_box() for what in (".verdict", "img", "table")]
    page.close()
    tops = [box["y"] for box in places if box]
    assert len(tops) == 3 and tops == sorted(tops)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<script>lost()</script>", "script error"),
        ("<script>console.error('lost')</script>", "console: lost"),
        ("<img src='http://127.0.0.1:9/x.png'>", "asks for http://127.0.0.1:9/x.png"),
        ("<img alt='empty' src='data:image/png;base64,AAAA'>", "not drawn: empty"),
        ("<div style='width: 2000px'>wide</div>", "px wide"),
    ],
)
def test_a_fault_put_in_on_purpose_is_found(browser: Browser, tmp_path: Path, body: str, fault: str) -> None:
    (tmp_path / "page.html").write_text(f"<!DOCTYPE html><html><body>{body}</body></html>")
    assert any(fault in line for line in faults(browser, tmp_path / "page.html", 400))
