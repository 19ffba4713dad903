from __future__ import annotations

from math import nan

from rcgan.evaluation import Report
from rcgan.evaluation.labelled import label_table
from rcgan.evaluation.utility import Better, Score


def pair(label: str, synthetic: float, real: float, better: Better = "lower", learner: str = "") -> list[Score]:
    values = {"real": real, "synthetic": synthetic}
    return [
        Score("distance", "steps", row, None, value, nan, nan, better, "", learner, label)
        for row, value in values.items()
    ]


def test_worst_is_what_exceeds_its_own_real_figure_by_most() -> None:
    (line,) = label_table([*pair("good", 0.5, 0.49), *pair("bad", 0.3, 0.1)])
    assert line.worst == "bad"
    (line,) = label_table([*pair("good", 0.5, 0.49, "higher"), *pair("bad", 0.3, 0.35, "higher")])
    assert line.worst == "bad"


def test_nothing_is_worst_where_no_label_is_worse_than_real_or_all_are_alike() -> None:
    for other in (0.1, 0.2):
        (line,) = label_table([*pair("good", other, 0.15), *pair("bad", other, 0.15)])
        assert line.worst is None


def test_what_cannot_be_told_is_said_in_words() -> None:
    (line,) = label_table([*pair("good", nan, 0.1), *pair("bad", 0.3, nan), *pair("odd", nan, nan)])
    assert line.cells == {"good": "cannot be told (0.100)", "bad": "0.300", "odd": "cannot be told"}
    assert line.worst is None


def test_learners_have_lines_of_their_own() -> None:
    lines = label_table([*pair("good", 1, 1, learner="ridge"), *pair("good", 1, 1, learner="trees")])
    assert [line.measure for line in lines] == ["steps, ridge", "steps, trees"]


def test_markdown_has_a_column_a_label_and_leaves_the_other_tables_alone() -> None:
    whole = [Score("distance", "steps", "synthetic", None, 0.2, nan, nan, "lower")]
    by_label = [*pair("good", 0.5, 0.4), *pair("bad", 0.3, 0.1)]
    text, alone = (Report(scores).to_markdown() for scores in ([*whole, *by_label], whole))
    assert text.startswith(alone)
    assert text.removeprefix(alone).split("\n") == [
        "",
        "",
        "| measure by label | good | bad | worst |",
        "|---|---|---|---|",
        "| steps | 0.500 (0.400) | 0.300 (0.100) | bad |",
    ]
