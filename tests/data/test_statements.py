"""Relations in words: found on data whose laws are known, asked for, left out, refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import rcgan
from rcgan.data.statements import kept_relations, statements
from rcgan.errors import DataError


def plant(n: int = 400) -> pd.DataFrame:
    """A pump: dew point under temperature, rain mostly none, a reading on tenths, two twins, a fixed speed, a mode."""
    rng = np.random.default_rng(0)
    warm = 20 + 5 * rng.normal(size=n)
    return pd.DataFrame(
        {
            "run": np.arange(n) // 20,
            "warm": warm,
            "dew": warm - rng.exponential(4, n),
            "rain": rng.exponential(3, n) * (rng.random(n) < 0.2),
            "loss": -rng.exponential(1, n),
            "level": np.round(3 * rng.normal(size=n), 1),
            "twin": warm,
            "speed": 1500.0,
            "noise": rng.normal(size=n),
            "mode": rng.choice(["idle", "wash"], n),
        }
    )


LAWS = ["speed = 1500", "twin = warm", "dew <= warm", "rain >= 0", "loss <= 0", "level on 0.1"]


def windows(**changes: Any) -> rcgan.Windows:
    return rcgan.Windows.from_frame(plant().assign(**changes), group="run")


def told(asked: list[str], given: rcgan.Windows | None = None) -> list[str]:
    given = windows() if given is None else given
    return statements(kept_relations(given, asked), given.schema.names)


def test_the_laws_of_a_plant_are_found_and_no_other() -> None:
    assert told([]) == LAWS


def valves(n: int = 2000) -> rcgan.Windows:
    """A valve that rests at both of its ends, a pressure cut off at 6.5, whole degrees, a dice; a number for a name."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "run": np.arange(n) // 20,
            "valve": (50 + 40 * rng.normal(size=n)).clip(4, 100),
            "pressure": (4 + 2 * rng.normal(size=n)).clip(None, 6.5),
            "degrees": np.round(15 + 3 * rng.normal(size=n)),
            "dice": rng.integers(1, 7, n).astype(float),
            "12": rng.normal(size=n),
        }
    )
    return rcgan.Windows.from_frame(table, group="run")


def test_ends_of_a_range_are_found_where_channels_rest_at_them() -> None:
    assert told([], valves()) == ["valve >= 4", "valve <= 100", "pressure <= 6.5", "degrees on 1", "dice on 1"]


def test_bounds_are_asked_for_and_the_tighter_one_is_kept() -> None:
    laws = told(["pressure >= -50", "99 >= 12", "valve <= 120", "-9.5 <= pressure", "not degrees on 1"], valves())
    assert laws == ["valve >= 4", "pressure >= -9.5", "valve <= 100", "pressure <= 6.5", "12 <= 99", "dice on 1"]
    assert "valve <= 100" not in told(["not valve <= 100"], valves())


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("valve <= 99", "does not hold"),
        ("valve <= inf", "'inf' is no channel and no number"),
        ("valve <= 1e99", "'1e99' is no channel and no number"),
        ("dice <= 12", "does not"),
    ],
)
def test_a_bound_that_cannot_be_kept_is_refused(asked: str, message: str) -> None:
    """A channel named as a number is that channel."""
    with pytest.raises(DataError, match=message):
        told([asked], valves())


def test_a_law_that_follows_is_not_repeated() -> None:
    table = plant()
    top = table["warm"] + np.random.default_rng(1).exponential(2, len(table))
    assert [law for law in told([], windows(top=top)) if "<= " in law and "0" not in law] == [
        "warm <= top",
        "dew <= warm",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"rain": 1 + np.random.default_rng(2).exponential(3, 400)},  # far from 0
        {"rain": np.random.default_rng(2).permutation(np.linspace(0, 1, 400))},  # touches 0 once, not crowded there
        {"dew": plant()["warm"] - 3 - plant()["rain"]},  # apart, never close
        {"level": plant()["level"].astype("float32") * np.pi},  # on no grid, with no places
    ],
)
def test_what_is_no_law_is_not_found(changes: dict[str, Any]) -> None:
    found, (name,) = told([], windows(**changes)), changes
    assert not any(law.startswith(name) for law in found)


def test_laws_are_left_out_and_added() -> None:
    assert told(["not dew <= warm", "not twin = warm", "not level on 0.1"]) == [
        "speed = 1500",
        "rain >= 0",
        "loss <= 0",
    ]
    more = told(["loss <= rain", "warm >= loss", "warm >= 0"])
    assert "level on 0.05 to 1 places" in told(["level on 0.05 to 1 places"])
    assert set(more) - set(LAWS) == {"loss <= rain", "loss <= warm", "warm >= 0"}
    assert told(["twin >= 0"]) == told(["warm >= 0"])  # of twins, the first is told


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("noise >= 0", "does not hold: 2.. of 400 rows"),
        ("noise on 0.1", "does not hold"),
        ("noise never falls", "does not hold: [12].. of 400 rows"),
        ("noise never stops", "cannot be read"),
        ("warm never rises", "does not hold"),
        ("mode never falls", "categorical"),
        ("warm <= dew", "does not hold"),
        ("warm < dew", "cannot be read"),
        ("worm >= 0", "did you mean 'warm'"),
        ("mode >= 0", "categorical"),
        ("speed >= 0", "a constant"),
        ("twin <= warm", "one channel alone"),
        ("level on none", "no positive number"),
        ("level on -1", "no positive number"),
        ("level on 0.1 to few places", "'0.1 to few places' is no positive number"),
        ("level on 0.3 to 1 places", "does not hold"),
        ("not dew <= worm", "did you mean 'dew <= warm'"),
        ("not speed = 1500", "cannot be left out"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(asked: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        told([asked])


def test_one_statement_is_no_list() -> None:
    with pytest.raises(DataError, match="write \\['rain >= 0'\\]"):
        kept_relations(windows(), "rain >= 0")


def test_an_order_needs_both_values() -> None:
    holes = plant()["dew"].mask(np.arange(400) == 7)
    assert "dew <= warm" not in told([], windows(dew=holes))
    with pytest.raises(DataError, match="'dew <= warm' cannot be kept"):
        told(["dew <= warm"], windows(dew=holes))


def counters(runs: int, rows: int) -> pd.DataFrame:
    """Runs of rows: strokes counted from anywhere, some of them not read; what is left of a tool; a walk."""
    rng, n = np.random.default_rng(0), runs * rows
    run = np.arange(n) // rows
    moved = pd.DataFrame({"strokes": rng.poisson(2.0, n), "left": -rng.exponential(1.0, n), "walk": rng.normal(size=n)})
    table = moved.groupby(run).cumsum()
    table["strokes"] = (table["strokes"] + rng.integers(0, 500, runs)[run]).astype(float)
    table["left"] += 100
    table.loc[rng.random(n) < 0.1, "strokes"] = np.nan
    return table.assign(run=run)


TRENDS = ["strokes never falls", "left never rises"]


def test_a_counter_never_falls_and_wear_never_rises_though_they_start_anew_with_every_run() -> None:
    assert [
        law for law in told([], rcgan.Windows.from_frame(counters(20, 30), group="run")) if "never" in law
    ] == TRENDS
    cut = rcgan.Windows.from_frame(counters(20, 30), group="run", window=8, stride=3)
    assert [law for law in told([], cut) if "never" in law] == TRENDS


def test_one_run_that_warms_up_is_no_law_and_a_long_count_is() -> None:
    """200 rows of one series may rise by chance; 1,000 moves that never fall do not."""
    few, many = (rcgan.Windows.from_frame(counters(1, rows), group="run", window=20) for rows in (200, 1400))
    assert not any("never" in law for law in told([], few))
    assert [law for law in told([], many) if "never" in law] == TRENDS
    assert "strokes never falls" in told(["strokes never falls"], few)


def test_a_trend_and_an_order_of_one_channel_exclude_each_other() -> None:
    table = counters(20, 30)
    table["strokes"] = table.groupby("run")["strokes"].ffill().fillna(0)
    given = rcgan.Windows.from_frame(table.assign(below=table["strokes"] - 1), group="run")
    assert told(["below <= strokes", "strokes never falls"], given)[-1] == "below = strokes - 1 on 1"  # it follows
    given = rcgan.Windows.from_frame(table.assign(below=table["strokes"] - 1 - np.arange(600) % 2), group="run")
    with pytest.raises(DataError, match="'below <= strokes' and 'strokes never falls' cannot be"):
        told(["below <= strokes", "strokes never falls"], given)


def test_few_values_are_all_there_are_where_a_new_one_is_next_to_never_seen() -> None:
    """Good (1953): the next value is new with the probability of a value that only one of all rows has."""
    rng = np.random.default_rng(0)
    coarse = 0.327927 * rng.integers(-4, 6, 400) + 0.0547
    assert "noise one of 10 values" in told([], windows(noise=coarse))
    assert "noise one of 10 values" not in told(["not noise one of 10 values"], windows(noise=coarse))
    assert [law for law in told([], windows(noise=np.round(coarse, 3))) if law.startswith("noise")] == [
        "noise one of 10 values"  # and not on 0.001, of which they are the fewest
    ]
    assert "noise on 1" in told([], windows(noise=rng.integers(-4, 6, 400).astype(float)))
    new = np.where(np.arange(400) == 7, 9.87, coarse)
    assert not any("values" in law for law in told([], windows(noise=new)))
    with pytest.raises(DataError, match="'noise <= top' and 'noise one of 10 values' cannot be kept together"):
        told(["noise <= top"], windows(noise=coarse, top=coarse + 1 + 0.1 * rng.random(400)))


def test_samples_take_the_few_values_and_all_of_them() -> None:
    coarse = 0.327927 * np.random.default_rng(0).integers(-4, 6, 400) + 0.0547
    model = rcgan.RCGAN(2, steps=3, hidden=8).fit(windows(noise=coarse), progress=False)
    made: Any = model.sample(300, seed=1).to_frame()
    assert set(np.float32(made["noise"])) == set(np.float32(coarse))


def test_samples_never_fall_in_any_length_and_none_piles_up() -> None:
    table = (
        counters(40, 12)
        .groupby("run", group_keys=False)[["strokes", "left", "walk", "run"]]
        .apply(lambda run: run.head(6 + int(run["run"].iloc[0]) % 7))
    )
    given = rcgan.Windows.from_frame(table, group="run")
    model = rcgan.RCGAN(2, steps=3, hidden=8).fit(given, progress=False)
    assert model.relations_[-2:] == TRENDS
    for missing in (False, True):
        made: Any = model.sample(400, seed=1, missing=missing).to_frame()
        moves = made.groupby("window")[["strokes", "left", "walk"]].agg(lambda one: one.dropna().diff().min())
        assert (moves["strokes"].dropna() >= 0).all() and (moves["walk"] < 0).mean() > 0.9
        assert (made.groupby("window")["left"].agg(lambda one: one.diff().max()) <= 0).all()
        assert made["strokes"].isna().any() == missing
    assert (made.groupby("window")["left"].agg(lambda one: (one.diff() == 0).sum()) == 0).all()


def test_samples_keep_what_the_model_lists(tmp_path: Any) -> None:
    model = rcgan.RCGAN(2, steps=3, hidden=8, relations=["loss <= rain", "not dew <= warm"])
    model.fit(windows(), progress=False)
    assert model.relations_ == [*LAWS[:2], "loss <= rain", *LAWS[3:]]
    made: Any = model.sample(300, seed=1).to_frame()
    assert (made["loss"] <= made["rain"]).all() and (made["rain"] >= 0).all() and (made["loss"] <= 0).all()
    assert np.allclose(made["level"] * 10, np.rint(made["level"] * 10), atol=1e-4)
    model.save(tmp_path / "m")
    again = rcgan.load(tmp_path / "m")
    assert again.relations_ == model.relations_
    assert np.array_equal(again.sample(9, seed=1).values, model.sample(9, seed=1).values, equal_nan=True)
