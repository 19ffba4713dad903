from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click import Context
from click.testing import CliRunner, Result

import rcgan
from rcgan import storage, training
from rcgan.cli import main
from rcgan.models import RCGAN

pytestmark = pytest.mark.filterwarnings("ignore::rcgan.errors.CollapseWarning")  # three steps teach nobody

ROOT = Path(__file__).parent.parent
COLUMNS = ["--time", "ts", "--group", "run", "--label", "fault", "--static", "machine"]
CUT = ["--window", "12", "--stride", "4"]
ROLES: dict[str, Any] = {"time": "ts", "group": "run", "label": "fault", "statics": ["machine"]}


def press(runs: int = 8, rows: int = 40, seed: int = 0) -> pd.DataFrame:
    """A small table as a factory has it: runs, stamps, a mode, holes, a rare fault, one constant column."""
    rng, parts = np.random.default_rng(seed), []
    for run in range(runs):
        t = np.arange(rows)
        force = 10 + np.sin(t / 3) + rng.normal(0, 0.1, rows)
        force[rng.random(rows) < 0.1] = np.nan
        stamps = pd.Timestamp("2024-05-01") + pd.to_timedelta(run * 1000 + t, unit="min")
        fault = ((run % 2 == 0) & (t >= rows // 2)).astype(int)
        parts.append(
            pd.DataFrame(
                {
                    "ts": stamps,
                    "run": f"r{run}",
                    "machine": "AB"[run % 2],
                    "mode": np.where(t % 8 < 4, "idle", "press"),
                    "force": force,
                    "level": 3 * fault + rng.normal(0, 0.1, rows),
                    "fixed": 5.0,
                    "fault": fault,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def run(*args: object) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


def refused(result: Result) -> str:
    """The one line that a refusal is."""
    assert result.exit_code == 2, (result.stdout, result.stderr)
    lines = result.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("rcgan: error: "), result.stderr
    return lines[0].removeprefix("rcgan: error: ")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """press.csv, and press.rcgan as 'rcgan fit' made it."""
    path = tmp_path_factory.mktemp("press")
    press().to_csv(path / "press.csv", index=False)
    result = run("fit", path / "press.csv", *COLUMNS, *CUT, "--steps", 3, "-o", path / "press.rcgan")
    assert result.exit_code == 0, result.output
    return path


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What 'rcgan evaluate' hands to rcgan.evaluate, whose place is taken here."""
    calls: list[dict[str, Any]] = []

    def evaluate(train: rcgan.Windows, test: rcgan.Windows, synthetic: rcgan.Windows, **told: Any) -> rcgan.Report:
        calls.append({"train": train, "test": test, "synthetic": synthetic, **told})
        return rcgan.Report([])

    monkeypatch.setattr(rcgan, "evaluate", evaluate)
    return calls


# --- help and arguments -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [None, *main.commands])
def test_help_ends_with_an_example_that_parses(command: str | None):
    result = run(*([command] if command else []), "--help")
    assert result.exit_code == 0
    examples = [line.strip() for line in result.stdout.split("Example:\n")[1].splitlines()]
    assert examples
    for example in examples:
        program, name, *args = shlex.split(example)
        assert program == "rcgan"
        assert command in (None, name)
        main.commands[name].make_parser(Context(main.commands[name])).parse_args(args)


def test_help_imports_nothing_heavy():
    code = (
        "import sys\ntry:\n    from rcgan.cli import main; main(['fit', '--help'])\n"
        "except SystemExit:\n    print({'torch', 'pandas', 'numpy', 'sklearn', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_without_a_command_the_help_is_shown():
    result = run()
    assert result.exit_code == 0
    assert "Commands:" in result.stdout


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["fti"], "fit"),
        (["fit", "-o", "x"], "FILES"),
        (["fit", "a.csv"], "--output"),
        (["fit", "a.csv", "--windw", "3", "-o", "x"], "--window"),
        (["fit", "a.csv", "--stride", "0", "-o", "x"], "--stride"),
        (["fit", "a.csv", "--holdout", "1", "-o", "x"], "--holdout"),
        (["fit", "a.csv", "--minutes", "0", "-o", "x"], "--minutes"),
        (["fit", "a.csv", "--model", "RCGN", "-o", "x"], "'RCGAN'"),
        (["fit", "a.csv", "--model", "SemiSupervisedGAN", "-o", "x"], "name their column with --label"),
        (["sample", "m", "-n", "0", "-o", "x.csv"], "'-n'"),
        (["sample", "m", "-n", "3", "-o", "x.xlsx"], ".parquet or .csv"),
        (["evaluate"], "MODEL"),
        (["evaluate", "m"], "FILES"),
        (["evaluate", "--real", "a.csv"], "--synthetic"),
        (["evaluate", "m", "f", "--real", "a.csv", "--synthetic", "b.csv"], "either"),
        (["evaluate", "m", "f", "--label", "fault"], "MODEL knows its columns"),
        (["evaluate", "m", "f", "--horizons", "1,x"], "1,8"),
        (["evaluate", "m", "f", "--horizons", "0"], "1,8"),
        (["demo"], "--out"),
    ],
)
def test_a_bad_argument_is_one_line_that_names_it(args: list[str], told: str, tmp_path: Path, monkeypatch: Any):
    monkeypatch.chdir(tmp_path)
    assert told in refused(run(*args))
    assert list(tmp_path.iterdir()) == []


# --- bad data: issue by issue its own message, and nothing written ------------------------------------------------


def unsorted(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.iloc[[1, 0, *range(2, len(frame))]]


def mixed_zones(frame: pd.DataFrame) -> pd.DataFrame:
    zone = np.where(np.arange(len(frame)) % 2, "+02:00", "+01:00")
    return frame.assign(ts=frame["ts"].astype(str) + zone)


BAD_TABLES: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], list[str], str]] = {
    "no rows": (lambda f: f.iloc[:0], [], "no rows"),
    "one row": (lambda f: f.iloc[:1], [], "one row"),
    "all missing": (lambda f: f.assign(force=np.nan), [], "column 'force' holds no value at all.*--ignore force"),
    "infinite": (lambda f: f.assign(force=f["force"].where(f.index != 7, np.inf)), [], "'force'.* infinite.*row 7"),
    "one example": (lambda f: f.assign(fault=(f.index == 9) * 1), [], "class 1 has a single row"),
    "unknown column": (lambda f: f, ["--ignore", "forse"], "no column 'forse'; did you mean 'force'"),
    "unsorted": (unsorted, [], "'ts'.*sorted"),
    "doubled": (lambda f: pd.concat([f.iloc[:1], f]), [], "'ts'.*twice"),
    "mixed zones": (mixed_zones, [], "'ts'.*zone"),
    "text": (lambda f: f.assign(force=f["force"].astype(str).where(f.index != 5, "?")), [], "'force'.*'\\?'.*row 5"),
    "long window": (lambda f: f, ["--window", "41"], "41.*longest.*40"),
    "one step": (lambda f: f, ["--window", "1"], "two steps at least"),
    "broken relation": (lambda f: f, ["--relation", "level <= force"], "'level <= force' cannot be kept"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_TABLES)
def test_bad_data_is_refused_in_one_line(case: str, tmp_path: Path):
    spoil, args, told = BAD_TABLES[case]
    spoil(press()).to_csv(tmp_path / "bad.csv", index=False)
    message = refused(run("fit", tmp_path / "bad.csv", *COLUMNS, *CUT, *args, "--steps", 2, "-o", tmp_path / "m"))
    assert pd.Series([message]).str.contains(told).all(), message
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]


def test_every_bad_table_has_a_message_of_its_own(tmp_path: Path):
    messages = set[str]()
    for spoil, args, _ in BAD_TABLES.values():
        spoil(press()).to_csv(tmp_path / "bad.csv", index=False)
        messages.add(refused(run("fit", tmp_path / "bad.csv", *COLUMNS, *CUT, *args, "-o", tmp_path / "m")))
    assert len(messages) == len(BAD_TABLES)


def test_a_file_that_is_no_utf8_is_refused(tmp_path: Path):
    (tmp_path / "latin.csv").write_bytes("ts,größe\n1,2\n2,3\n".encode("latin-1"))
    assert "UTF-8" in refused(run("fit", tmp_path / "latin.csv", "-o", tmp_path / "m"))
    assert not (tmp_path / "m").exists()


def test_inputs_that_are_not_files_are_refused(tmp_path: Path):
    assert "is a directory" in refused(run("fit", tmp_path, "-o", tmp_path / "m"))
    assert "there is no file" in refused(run("fit", tmp_path / "none.csv", "-o", tmp_path / "m"))
    assert "no file matches" in refused(run("fit", tmp_path / "*.csv", "-o", tmp_path / "m"))
    assert "none.rcgan" in refused(run("sample", tmp_path / "none.rcgan", "-n", 1, "-o", tmp_path / "a.csv"))
    assert list(tmp_path.iterdir()) == []


def test_outputs_are_refused_before_the_work_starts(folder: Path, tmp_path: Path):
    data = tmp_path / "press.csv"
    data.write_bytes((folder / "press.csv").read_bytes())
    before = data.read_bytes()
    fit = ["fit", data, *COLUMNS, *CUT, "--steps", 10**9, "-o"]
    assert "is a directory" in refused(run(*fit, tmp_path))
    assert "does not exist" in refused(run(*fit, tmp_path / "none" / "m.rcgan"))
    assert "would be written over" in refused(run(*fit, data))
    assert "would be written over" in refused(run(*fit, tmp_path / "m", "--history", tmp_path / "m"))
    assert "is a file" in refused(run("demo", "--out", data))
    assert data.read_bytes() == before and list(tmp_path.iterdir()) == [data]


def test_a_folder_without_permission_is_refused(tmp_path: Path):
    place = tmp_path / "locked"
    place.mkdir(mode=0o555)
    if os.access(place, os.W_OK):  # root may write anywhere but in the kernel's own folders
        place = Path("/sys/kernel")
    if not place.is_dir():
        pytest.skip("this user may write everywhere")
    assert "cannot write in" in refused(run("demo", "--out", place))
    assert "cannot write in" in refused(run("sample", "m.rcgan", "-n", 1, "-o", place / "new.csv"))


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file size are POSIX")
@pytest.mark.parametrize("command", ["fit", "sample csv", "sample parquet"])
def test_a_full_disk_leaves_nothing_half_written(command: str, folder: Path, tmp_path: Path):
    limit = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); from rcgan.cli import main; main()"
    )
    (tmp_path / "press.csv").write_bytes((folder / "press.csv").read_bytes())
    before = sorted(tmp_path.iterdir())
    sample = ["sample", folder / "press.rcgan", "-n", 100, "-o"]
    args = {
        "fit": ["fit", tmp_path / "press.csv", *COLUMNS, *CUT, "--steps", 2, "-o", tmp_path / "m.rcgan"],
        "sample csv": [*sample, tmp_path / "new.csv"],
        "sample parquet": [*sample, tmp_path / "new.parquet"],
    }[command]
    call = [sys.executable, "-c", limit, *map(str, args)]
    done = subprocess.run(call, capture_output=True, text=True, env=environment(), check=False)
    assert done.returncode == 2, done.stderr
    assert done.stderr.splitlines()[-1].startswith("rcgan: error: ")
    assert "Traceback" not in done.stderr
    assert sorted(tmp_path.iterdir()) == before


# --- fit ----------------------------------------------------------------------------------------------------------


def test_fit_shows_what_it_took_each_column_for(tmp_path: Path):
    press().to_csv(tmp_path / "p.csv", index=False)
    options = ["--categorical", "mode", "--ignore", "fixed", "--steps", 1, "-o", tmp_path / "m"]
    result = run("fit", tmp_path / "p.csv", *COLUMNS, *CUT, *options)
    lines = {line.split()[0]: line for line in result.stdout.splitlines() if line}
    assert "time" in lines["ts"] and "group" in lines["run"]
    assert "categorical" in lines["mode"] and "idle, press" in lines["mode"]
    assert "continuous" in lines["force"] and "%" in lines["force"]
    assert "static" in lines["machine"] and "label" in lines["fault"]
    assert "fixed" not in lines


def test_a_family_of_its_own_width_keeps_it(folder: Path, tmp_path: Path):
    run("fit", folder / "press.csv", *COLUMNS, *CUT, "--model", "AAE", "--steps", 1, "-o", tmp_path / "m")
    assert rcgan.load(tmp_path / "m").latent_dim == 2
    assert rcgan.load(folder / "press.rcgan").latent_dim == 16


def test_fit_says_which_columns_a_family_leaves_out(folder: Path, tmp_path: Path):
    def told(family: str, *columns: str) -> str:
        fit = ["fit", folder / "press.csv", "--time", "ts", "--group", "run", *columns, *CUT, "--model", family]
        result = run(*fit, "--steps", 1, "-o", tmp_path / "m")
        assert result.exit_code == 0, result.stderr
        return "\n".join(line for line in result.stderr.splitlines() if line.startswith("rcgan: note"))

    label, static = ("--label", "fault"), ("--static", "machine")
    assert "GAN makes windows without fault; RCGAN," in told("GAN", *label)
    assert "GAN makes windows without machine" in told("GAN", *static)
    assert "learns to tell fault and makes windows without fault and machine" in told(
        "SemiSupervisedGAN", *label, *static
    )
    assert told("GAN", "--ignore", "fault", "--ignore", "machine") == told("CGAN", *label, *static) == ""


def test_fit_writes_the_losses(tmp_path: Path):
    press().to_csv(tmp_path / "p.csv", index=False)
    options = ["--steps", 2, "-o", tmp_path / "m", "--history", tmp_path / "h.csv"]
    assert run("fit", tmp_path / "p.csv", *COLUMNS, *CUT, *options).exit_code == 0
    assert pd.read_csv(tmp_path / "h.csv")["step"].tolist() == [2]


def test_without_a_window_each_run_is_one_window(tmp_path: Path):
    frame = press()
    frame = frame[(frame["run"] != "r1") | (frame.groupby("run").cumcount() < 25)]
    frame.to_csv(tmp_path / "p.csv", index=False)
    result = run("fit", tmp_path / "p.csv", *COLUMNS, "--holdout", 0, "--steps", 1, "-o", tmp_path / "m")
    assert result.exit_code == 0, result.stderr
    new = rcgan.load(tmp_path / "m").sample(64)
    assert set(np.unique(new.lengths)) == {25, 40}


def test_an_interrupted_fit_goes_on_to_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    press().to_csv(tmp_path / "p.csv", index=False)

    def fit(name: str, *more: str) -> Result:
        return run("fit", tmp_path / "p.csv", *COLUMNS, *CUT, "--steps", 6, "-o", tmp_path / name, *more)

    assert fit("whole").exit_code == 0
    save = training.Training.save

    def save_and_stop(self: training.Training, path: Any) -> None:
        save(self, path)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
        patch.setattr(training, "TIMED_STEPS", 2)
        patch.setattr(training.Training, "save", save_and_stop)
        stopped = fit("half")
        assert stopped.exit_code == 130
        assert "--resume" in stopped.stderr.splitlines()[-1]
        assert not (tmp_path / "half").exists()
    assert "--resume" in refused(fit("half"))  # an unfinished run is not overwritten
    assert fit("half", "--resume").exit_code == 0
    assert not (tmp_path / "half.partial").exists()
    one, other = (storage.read(tmp_path / name, "model")[1] for name in ("whole", "half"))
    for key in one:
        if key.startswith("network."):
            assert np.array_equal(one[key].numpy(), other[key].numpy(), equal_nan=True), key


def test_resuming_where_nothing_was_begun_starts_from_the_beginning(tmp_path: Path):
    press().to_csv(tmp_path / "p.csv", index=False)
    result = run("fit", tmp_path / "p.csv", *COLUMNS, *CUT, "--steps", 1, "-o", tmp_path / "m", "--resume")
    assert result.exit_code == 0
    assert "from the beginning" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_ctrl_c_ends_with_130_and_no_traceback(folder: Path, tmp_path: Path):
    fit = ["fit", folder / "press.csv", *COLUMNS, *CUT, "--steps", 10**6, "-o", tmp_path / "m"]
    call = [sys.executable, "-m", "rcgan.cli", *map(str, fit)]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs begin deaf to it
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(call, **pipes, env=environment(), preexec_fn=heard) as process:
        assert process.stdout is not None and process.stderr is not None
        while b"training" not in process.stderr.read(200):
            pass
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read().decode()
        process.stdout.read()
    assert process.returncode == 130
    assert "Traceback" not in rest
    assert rest.splitlines()[-1].startswith("rcgan: stopped: ")


def test_divergence_is_one_line_and_exit_code_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    press().to_csv(tmp_path / "p.csv", index=False)

    def diverge(*_: Any, **__: Any) -> None:
        raise rcgan.DivergedError("training diverged")

    monkeypatch.setattr(RCGAN, "fit", diverge)
    result = run("fit", tmp_path / "p.csv", *COLUMNS, *CUT, "-o", tmp_path / "m")
    assert result.exit_code == 1
    assert result.stderr == "rcgan: error: training diverged\n"


def test_a_fault_of_our_own_shows_no_traceback_unless_asked(monkeypatch: pytest.MonkeyPatch):
    def fail() -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(rcgan, "list_datasets", fail)
    monkeypatch.delenv("RCGAN_TRACEBACK", raising=False)
    result = run("datasets")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1 and "RCGAN_TRACEBACK" in result.stderr
    monkeypatch.setenv("RCGAN_TRACEBACK", "1")
    assert isinstance(run("datasets").exception, ZeroDivisionError)


# --- sample -------------------------------------------------------------------------------------------------------


def test_samples_have_the_columns_types_and_categories_of_the_file(folder: Path, tmp_path: Path):
    assert run("sample", folder / "press.rcgan", "-n", 7, "-o", tmp_path / "new.parquet").exit_code == 0
    new, real = pd.read_parquet(tmp_path / "new.parquet"), pd.read_csv(folder / "press.csv")
    assert list(new.columns) == ["window", "run", "step", "mode", "force", "level", "fixed", "machine", "fault"]
    for name in ("mode", "force", "level", "fixed", "machine", "fault"):
        assert new[name].dtype == real[name].dtype, name
        if new[name].dtype != "float64":
            assert set(new[name]) <= set(real[name])
    assert new["window"].nunique() == 7 and (new["fixed"] == 5).all()
    assert not new["force"].isna().any()


@pytest.mark.parametrize("label", ["fault=1", "1", "1.0", "fault=1.0"])
def test_a_label_is_named_with_or_without_its_column(label: str, folder: Path, tmp_path: Path):
    assert run("sample", folder / "press.rcgan", "-n", 3, "--label", label, "-o", tmp_path / "n.csv").exit_code == 0
    assert set(pd.read_csv(tmp_path / "n.csv")["fault"]) == {1}


@pytest.mark.parametrize(("label", "told"), [("fault=3", "0, 1"), ("falt=1", "'fault'"), ("x", "no class 'x'")])
def test_an_unknown_label_is_refused(label: str, told: str, folder: Path, tmp_path: Path):
    message = refused(run("sample", folder / "press.rcgan", "-n", 3, "--label", label, "-o", tmp_path / "n.csv"))
    assert told in message
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_makes_no_labels_is_asked_for_none(folder: Path, tmp_path: Path):
    (tmp_path / "out").mkdir()
    run("fit", folder / "press.csv", *COLUMNS, *CUT, "--model", "WGANGP", "--steps", 1, "-o", tmp_path / "m")
    sample = ["sample", tmp_path / "m", "-n", 3, "-o", tmp_path / "out" / "n.csv"]
    message = refused(run(*sample, "--label", "fault=1"))
    assert "WGANGP" in message and "leave --label out" in message and "--model RCGAN" in message
    assert list((tmp_path / "out").iterdir()) == []
    assert run(*sample).exit_code == 0
    assert list(pd.read_csv(sample[-1])) == ["window", "run", "step", "mode", "force", "level", "fixed"]


def test_a_seed_repeats_a_sample_and_both_formats_agree(folder: Path, tmp_path: Path):
    for name, seed in (("a.csv", 1), ("b.csv", 1), ("c.csv", 2), ("a.parquet", 1)):
        run("sample", folder / "press.rcgan", "-n", 4, "--seed", seed, "-o", tmp_path / name)
    one, same, other = ((tmp_path / f"{name}.csv").read_bytes() for name in "abc")
    assert one == same != other
    table = pd.read_parquet(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "a.csv"), table, check_dtype=False)


def test_missing_values_come_when_asked_for(folder: Path, tmp_path: Path):
    run("sample", folder / "press.rcgan", "-n", 50, "--missing", "-o", tmp_path / "new.parquet")
    new = pd.read_parquet(tmp_path / "new.parquet")
    assert 0.02 < new["force"].isna().mean() < 0.3
    assert not new["level"].isna().any()


def test_a_file_that_is_no_model_is_refused(folder: Path, tmp_path: Path):
    for name, content in (("text", b"hello"), ("empty", b""), ("cut", (folder / "press.rcgan").read_bytes()[:-100])):
        (tmp_path / name).write_bytes(content)
        assert name in refused(run("sample", tmp_path / name, "-n", 1, "-o", tmp_path / "new.csv"))
    assert not (tmp_path / "new.csv").exists()


def test_relations_are_listed_kept_added_and_left_out(tmp_path: Path):
    table = press().assign(low=lambda f: f["force"] - np.random.default_rng(0).exponential(1, len(f)))
    table.assign(tenths=table["level"].round(1) + 100, rest=table["level"] ** 2 + 100).to_csv(
        tmp_path / "p.csv", index=False
    )
    fit = ("fit", tmp_path / "p.csv", *COLUMNS, *CUT, "--steps", 1, "-o", tmp_path / "m")
    result = run(*fit, "--relation", "rest >= 0", "--relation", "not tenths on 0.1")
    assert "every sample will keep: fixed = 5, low <= force, rest >= 0" in result.stdout, result.output
    run("sample", tmp_path / "m", "-n", 50, "-o", tmp_path / "new.csv")
    new = pd.read_csv(tmp_path / "new.csv")
    assert (new["low"] <= new["force"]).all() and (new["rest"] >= 0).all()


def test_tables_are_windows_of_one_step(tmp_path: Path):
    press().to_csv(tmp_path / "p.csv", index=False)
    cut = ("--window", 1, "--model", "GAN", "--steps", 1)
    result = run("fit", tmp_path / "p.csv", *COLUMNS, *cut, "-o", tmp_path / "m")
    assert result.exit_code == 0, result.output
    run("sample", tmp_path / "m", "-n", 7, "-o", tmp_path / "new.csv")
    assert len(pd.read_csv(tmp_path / "new.csv")) == 7


# --- evaluate -----------------------------------------------------------------------------------------------------


def origin(windows: rcgan.Windows) -> set[tuple[Any, ...]]:
    return set(windows.provenance[["series", "first_row"]].itertuples(index=False, name=None))


def test_evaluate_scores_on_what_fit_held_out(tmp_path: Path, scored: list[Any], monkeypatch: pytest.MonkeyPatch):
    press().to_csv(tmp_path / "p.csv", index=False)
    trained: list[rcgan.Windows] = []
    fit = RCGAN.fit

    def remember(self: RCGAN, windows: rcgan.Windows, **told: Any) -> RCGAN:
        trained.append(windows)
        return fit(self, windows, **told)

    monkeypatch.setattr(RCGAN, "fit", remember)
    data = tmp_path / "p.csv"
    assert run("fit", data, *COLUMNS, *CUT, "--seed", 5, "--steps", 1, "-o", tmp_path / "m").exit_code == 0
    result = run("evaluate", tmp_path / "m", data, "--horizons", "2,3", "--seed", 4)
    assert result.exit_code == 0 and result.stderr == ""
    (call,) = scored
    whole = rcgan.Windows.read(data, **ROLES, window=12, stride=4)
    assert origin(call["train"]) == origin(trained[0])
    assert origin(call["test"]) == origin(whole) - origin(trained[0]) != set()
    assert set(call["train"].provenance["series"]).isdisjoint(call["test"].provenance["series"])
    assert len(call["synthetic"]) == len(call["train"])
    assert (call["horizons"], call["seed"]) == ((2, 3), 4)


def test_evaluate_says_when_the_data_are_others(folder: Path, tmp_path: Path, scored: list[Any]):
    press(seed=1).to_csv(tmp_path / "other.csv", index=False)
    result = run("evaluate", folder / "press.rcgan", tmp_path / "other.csv", "--json", tmp_path / "s.json")
    assert result.exit_code == 0 and "not the data" in result.stderr
    assert "not the data" in json.loads((tmp_path / "s.json").read_text())["about"]["caution"]


@pytest.mark.parametrize("family", ["BiGAN", "SemiSupervisedGAN"])
def test_evaluate_leaves_out_labels_that_a_model_does_not_make(
    family: str, tmp_path: Path, scored: list[Any], monkeypatch: pytest.MonkeyPatch
):
    press().to_csv(tmp_path / "p.csv", index=False)
    trained: list[rcgan.Windows] = []
    made = getattr(rcgan, family)
    fit = made.fit

    def remember(self: Any, windows: rcgan.Windows, **told: Any) -> Any:
        trained.append(windows)
        return fit(self, windows, **told)

    monkeypatch.setattr(made, "fit", remember)
    data = tmp_path / "p.csv"
    run("fit", data, *COLUMNS, *CUT, "--model", family, "--steps", 1, "-o", tmp_path / "m")
    result = run("evaluate", tmp_path / "m", data, "--json", tmp_path / "s.json")
    assert result.exit_code == 0, result.stderr
    without = f"fault and machine, which {family} does not make"
    assert result.stderr == f"rcgan: note: compared without {without}\n"
    assert json.loads((tmp_path / "s.json").read_text())["about"]["compared without"] == without
    (call,) = scored
    whole = rcgan.Windows.read(data, **ROLES, window=12, stride=4)
    assert origin(call["train"]) == origin(trained[0])  # held out by label all the same
    assert origin(call["test"]) == origin(whole) - origin(trained[0]) != set()
    assert call["train"].schema == call["test"].schema == call["synthetic"].schema
    assert call["train"].schema.label is None


def test_evaluate_scores_a_model_that_makes_no_labels(folder: Path, tmp_path: Path):
    run("fit", folder / "press.csv", *COLUMNS, *CUT, "--model", "AAE", "--steps", 3, "-o", tmp_path / "m")
    page = tmp_path / "r.html"
    result = run("evaluate", tmp_path / "m", folder / "press.csv", "--quick", "--report", page)
    assert result.exit_code == 0, result.stderr
    assert "compared without fault" in result.stderr and "balanced accuracy" not in result.stdout
    assert "compared without" in page.read_text()


def test_evaluate_says_when_the_model_saw_everything(tmp_path: Path, scored: list[Any]):
    press().to_csv(tmp_path / "p.csv", index=False)
    run("fit", tmp_path / "p.csv", *COLUMNS, *CUT, "--holdout", 0, "--steps", 1, "-o", tmp_path / "m")
    result = run("evaluate", tmp_path / "m", tmp_path / "p.csv")
    assert result.exit_code == 0 and "trained on" in result.stderr


def test_evaluate_needs_a_model_that_knows_its_data(folder: Path, tmp_path: Path):
    train = rcgan.load_dataset("waves", n=20)
    RCGAN(steps=1).fit(train, progress=False).save(tmp_path / "waves.rcgan")
    message = refused(run("evaluate", tmp_path / "waves.rcgan", folder / "press.csv"))
    assert "rcgan fit" in message and "--synthetic" in message


def test_evaluate_writes_table_json_and_page(folder: Path, tmp_path: Path):
    page, scores = tmp_path / "r.html", tmp_path / "s.json"
    paths = "--report", page, "--json", scores
    result = run("evaluate", folder / "press.rcgan", folder / "press.csv", "--quick", *paths)
    assert result.exit_code == 0, result.stderr
    assert "| measure |" in result.stdout
    found = json.loads(scores.read_text())["scores"]
    assert {score["horizon"] for score in found if score["task"] == "forecast"} == {1, 8}
    assert page.read_text().lstrip().lower().startswith("<!doctype html")


def test_evaluate_compares_two_window_files(folder: Path, tmp_path: Path, scored: list[Any]):
    rcgan.Windows.read(folder / "press.csv", window=12, stride=4, **ROLES).to_csv(tmp_path / "real.csv")
    run("sample", folder / "press.rcgan", "-n", 9, "-o", tmp_path / "new.parquet")
    files = ["--real", tmp_path / "real.csv", "--synthetic", tmp_path / "new.parquet"]
    result = run("evaluate", *files, "--time", "ts", "--label", "fault", "--static", "machine")
    assert result.exit_code == 0, result.stderr
    (call,) = scored
    assert set(call["train"].provenance["series"]).isdisjoint(call["test"].provenance["series"])
    assert call["synthetic"].shape == (9, 12, 4)
    assert call["synthetic"].schema == call["train"].schema


# --- encode, datasets, demo ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", rcgan.FAMILIES)
def test_every_family_fits_and_encodes(family: str, folder: Path, tmp_path: Path):
    data, out = folder / "press.csv", tmp_path / "features.csv"
    options = ["--model", family, "--latent-dim", 2, "--steps", 1, "-o", tmp_path / "m"]
    result = run("fit", data, *COLUMNS, *CUT, *options)
    ignored: list[str] = []
    if family in ("SeqGAN", "ARAE"):
        ignored = ["force", "level", "fixed"]
        assert result.exit_code == 2 and "writes categories alone" in result.stderr and not (tmp_path / "m").exists()
        options += [part for name in ignored for part in ("--ignore", name)]
        result = run("fit", data, *COLUMNS, *CUT, *options)
    assert result.exit_code == 0, result.stderr
    model = rcgan.load(tmp_path / "m")
    assert type(model).__name__ == family and model.latent_dim == 2
    assert ("without fault and machine" in result.stderr) != model.conditional
    result = run("encode", tmp_path / "m", data, "-o", out)
    assert result.exit_code == 0, result.stderr
    found, real = pd.read_csv(out), rcgan.Windows.read(data, **ROLES, ignore=ignored, window=12, stride=4)
    names = [name for name in found if name.startswith("z")]
    assert np.allclose(found[names], model.features(real if model.conditional else real.bare()), atol=1e-5)
    assert real.labels is not None and found["fault"].tolist() == real.labels.tolist()


def test_encode_writes_a_row_a_window(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def features(_: RCGAN, windows: rcgan.Windows) -> Any:
        return np.stack([windows.lengths, np.arange(len(windows))], axis=1)

    monkeypatch.setattr(RCGAN, "features", features)
    out = tmp_path / "features.parquet"
    assert run("encode", folder / "press.rcgan", folder / "press.csv", "-o", out).exit_code == 0
    features = pd.read_parquet(out)
    assert list(features.columns) == ["series", "first_row", "length", "start", "z0", "z1", "fault"]
    assert features["z1"].tolist() == list(range(len(features)))
    assert (features["z0"] == 12).all()


def test_datasets_lists_every_data_set():
    result = run("datasets")
    listed = {line.split()[0] for line in result.stdout.splitlines()[1:]}
    assert listed == set(rcgan.list_datasets()["name"]) >= {"waves", "sines", "trace"}


def test_demo_leaves_a_model_samples_scores_and_a_report(tmp_path: Path, scored: list[Any]):
    result = run("demo", "--out", tmp_path / "a" / "b", "--steps", 2)
    assert result.exit_code == 0, result.stderr
    names = {"waves.rcgan", "history.csv", "new.parquet", "new.csv", "scores.json", "report.html"}
    assert {path.name for path in (tmp_path / "a" / "b").iterdir()} == names
    (call,) = scored
    assert not (call["train"].rows() & call["test"].rows()).any()
    assert set(call["synthetic"].labels) == {"sine", "sawtooth"}
    assert rcgan.load(tmp_path / "a" / "b" / "waves.rcgan").latent_dim == 2
