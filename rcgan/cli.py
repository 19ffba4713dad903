"""The command line: ``rcgan demo | fit | sample | evaluate | encode | datasets | version``.

Heavy modules are imported inside the commands, so that ``rcgan --help`` answers at once.
"""

from __future__ import annotations

import errno
import os
import re
import shlex
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from rcgan import FAMILIES
from rcgan.errors import DataError, DivergedError, ModelFileError, nearest

if TYPE_CHECKING:
    import pandas as pd

    from rcgan.data.windows import Windows
    from rcgan.estimator import WindowGAN
    from rcgan.evaluation import Report

__all__ = ["main"]

BAD_INPUT, FAULT, STOPPED = 2, 1, 130
SPLIT_SEED = 0  # not the training seed: models of other seeds are to be scored on the same windows
HOLDOUT = 0.2
TABLES = (".parquet", ".csv")
POSITIVE = click.IntRange(min=1)
MINUTES = click.FloatRange(min=0, min_open=True)
COLUMN_OPTIONS = (
    ("--time", False, "Time stamps, sorted within each group."),
    ("--group", False, "What belongs to one run; several files: one run each."),
    ("--label", False, "The class of each row or run."),
    ("--static/statics", True, "Constant within a group."),
    ("--categorical", True, "Numbers that name a category."),
    ("--continuous", True, "Zeros and ones that are numbers."),
    ("--ignore", True, "Leave a column out."),
)

Command = TypeVar("Command", bound=Callable[..., Any])


class Stopped(click.ClickException):
    """Ctrl-C, with a word on what is left behind."""


class OneLine(click.Group):
    """A group whose every failure is one line on stderr and an exit code."""

    def main(self, args: Sequence[str] | None = None, **extra: Any) -> NoReturn:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Run a command and exit: 0 done, 1 fault or diverged, 2 bad argument or data, 130 stopped."""
        extra |= {"prog_name": "rcgan", "standalone_mode": False}
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            try:
                outcome = super().main(args, **extra)
                sys.stdout.flush()
            except Stopped as stop:
                _fail(stop.format_message(), STOPPED, kind="stopped")
            except click.Abort:
                _fail("nothing more was written", STOPPED, kind="stopped")
            except click.UsageError as error:
                command = error.ctx.command_path if error.ctx else "rcgan"
                _fail(f"{error.format_message().rstrip('.')} (see '{command} --help')", BAD_INPUT)
            except click.ClickException as error:
                _fail(error.format_message(), BAD_INPUT)
            except (DataError, ModelFileError) as error:
                _fail(_as_options(str(error)), BAD_INPUT)
            except DivergedError as error:
                _fail(str(error), FAULT)
            except OSError as error:
                if error.errno == errno.EPIPE:  # the reader of our output has left, as `head` does
                    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                    sys.exit(FAULT)
                _fail(_os_message(error), BAD_INPUT)
            except Exception as error:
                if os.environ.get("RCGAN_TRACEBACK"):
                    raise
                _fail(f"{type(error).__name__}: {error} (RCGAN_TRACEBACK=1 shows where)", FAULT, kind="fault")
        sys.exit(outcome if isinstance(outcome, int) else 0)


def _fail(message: str, code: int, *, kind: str = "error") -> NoReturn:
    click.echo(f"rcgan: {kind}: " + " ".join(message.split("\n")), err=True)
    sys.exit(code)


def _show_warning(message: Warning | str, *_: Any) -> None:
    click.echo("rcgan: warning: " + " ".join(str(message).split("\n")), err=True)


KEYWORD = re.compile(r"\b(time|group|label|ignore|categorical|label_rule|gap|window)=\[?('[^']*'|\d+|None)\]?")


def _as_options(message: str) -> str:
    """Write the ways out that messages name as keywords of Python as options of the command line.

    >>> _as_options("column 'id' has 90 different texts; leave it out with ignore=['id']")
    "column 'id' has 90 different texts; leave it out with --ignore id"
    """
    return KEYWORD.sub(_option, message)


def _option(keyword: re.Match[str]) -> str:
    value = keyword[2].strip("'\"")
    return f"--{keyword[1].replace('_', '-')} {'none' if value == 'None' else shlex.quote(value)}"


def _os_message(error: OSError) -> str:
    if error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return error.strerror or str(error)


def _example(*lines: str) -> str:
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


def _table(rows: Iterable[Sequence[object]]) -> str:
    """Return rows, the first of them the heading, as aligned text."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )


# --- outputs: refused before the work starts, written whole or not at all -----------------------------------


def _outputs(*paths: str | None, inputs: Iterable[str] = ()) -> None:
    """Refuse outputs that could not be written, or that would take the place of an input.

    Raises:
        DataError: a folder that is missing, a path that is one, no permission, or a file named twice.
    """
    taken = {Path(path).resolve(): path for path in inputs}
    for name in paths:
        if name is None:
            continue
        path = Path(name)
        if path.is_dir():
            raise DataError(f"{path} is a directory: name a file in it")
        if not path.parent.is_dir():
            raise DataError(f"the folder {path.parent} does not exist: make it first")
        if path.resolve() in taken:
            raise DataError(f"{path} would be written over {taken[path.resolve()]}: give the output another name")
        taken[path.resolve()] = name
        _probe(path)


def _probe(path: Path) -> None:
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise DataError(f"cannot write in {path.parent}: {error.strerror or error}") from None
    if path.exists() and not os.access(path, os.W_OK):
        raise DataError(f"cannot write {path}: it is read-only")


def _suffix(path: str, known: Sequence[str]) -> None:
    if Path(path).suffix.lower() not in known:
        raise DataError(f"{path}: tables are written as {' or '.join(known)}; name the output so")


def _write_frame(frame: pd.DataFrame, path: str | Path) -> None:
    from rcgan.data import files

    (files.write_csv if Path(path).suffix.lower() == ".csv" else files.write_parquet)(frame, path)


# --- reading ------------------------------------------------------------------------------------------------


def _column_options(command: Command) -> Command:
    """Add the options that say what the columns are."""
    for name, several, told in reversed(COLUMN_OPTIONS):
        command = click.option(*name.split("/"), metavar="COLUMN", multiple=several, help=told)(command)
    return command


def _seed(command: Command) -> Command:
    return click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)(command)


def _gap(text: str) -> str | float | None:
    if text.lower() == "none":
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _several(files: Sequence[str]) -> str | list[str]:
    return files[0] if len(files) == 1 else list(files)


def _digest(windows: Windows) -> str:
    """Return what tells one data set from another: a checksum of its rows and of where windows start."""
    import hashlib

    total = hashlib.sha256(windows.table.data)
    total.update(windows.first.astype("int64").tobytes())
    total.update(windows.lengths.astype("int64").tobytes())
    return total.hexdigest()


def _number(value: float) -> str:
    return f"{value:.6g}"


def _channel_table(windows: Windows) -> str:
    """Return what was inferred: every column, what it is taken for, what it holds and what is missing."""
    import numpy as np

    schema = windows.schema
    rows: list[tuple[str, str, str, str]] = [("column", "taken as", "values", "missing")]
    for role, column in (("time", schema.time), ("group", schema.group)):
        if column is not None:
            rows.append((column, role, "", ""))
    for place, channel in enumerate(schema.channels):
        column = windows.table[:, place]
        seen = column[~np.isnan(column)]
        held = (
            ", ".join(map(str, channel.categories))
            if channel.kind == "categorical"
            else f"{_number(seen.min())} .. {_number(seen.max())}"
        )
        rows.append((channel.name, channel.kind, held, f"{1 - len(seen) / len(column):.1%}"))
    rows += [(c.name, f"static, {c.kind}", ", ".join(map(str, c.categories)), "") for c in schema.statics]
    if schema.label is not None:
        rows.append((schema.label.name, "label", ", ".join(map(str, schema.label.categories)), ""))
    return _table(rows)


def _counted(windows: Windows) -> str:
    """Return how many windows there are, and how many of each class."""
    if windows.schema.label is None or windows.codes is None:
        return f"{len(windows)} windows"
    counts = [(name, int((windows.codes == code).sum())) for code, name in enumerate(windows.schema.label.categories)]
    return f"{len(windows)} windows ({', '.join(f'{name}: {count}' for name, count in counts)})"


def _load(path: str) -> WindowGAN:
    import rcgan

    return rcgan.load(path)


def _read_as_fitted(model: WindowGAN, name: str, files: Sequence[str]) -> Windows:
    """Cut files into windows just as ``rcgan fit`` did for this model."""
    from rcgan.data.schema import Schema
    from rcgan.data.windows import Windows

    if "cut" not in model.notes_:
        raise DataError(
            f"{name} does not say how its data were read, as it was not made by 'rcgan fit': "
            "use Python, or window files: rcgan evaluate --real A --synthetic B"
        )
    schema = Schema.from_dict(model.notes_["schema"]) if "schema" in model.notes_ else model.schema_
    return Windows.read(_several(files), schema=schema, **model.notes_["cut"])


# --- commands -----------------------------------------------------------------------------------------------


@click.group(cls=OneLine, invoke_without_command=True, epilog=_example("rcgan demo --out demo"))
@click.version_option(package_name="rcgan", message="%(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """Learn sensor windows from files, draw new ones by label, and score them honestly."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@main.command(epilog=_example("rcgan demo --out demo", "rcgan demo --out quick --steps 300 --seed 1"))
@click.option("--out", required=True, metavar="DIR", help="Where the files go; made if need be.")
@click.option("--steps", type=POSITIVE, default=10_000, show_default=True, help="Training steps, at most.")
@click.option("--minutes", type=MINUTES, default=3.0, show_default=True, help="Training time, at most.")
@_seed
def demo(out: str, steps: int, minutes: float, seed: int) -> None:
    """Waves end to end: a model, new windows, pictures and scores.

    Sine and sawtooth waves of changing frequency and amplitude are generated and split; a model is fitted on
    one part and scored on the other.
    """
    folder = _folder(out)
    import rcgan

    train, test = rcgan.load_dataset("waves").split(0.8, seed=SPLIT_SEED)
    model = rcgan.RCGAN(latent_dim=2, steps=steps, minutes=minutes, seed=seed).fit(train, progress=True)
    model.save(folder / "waves.rcgan")
    _write_frame(model.history_, folder / "history.csv")
    new = model.sample(len(train), seed=seed)
    new.to_parquet(folder / "new.parquet")
    new.to_csv(folder / "new.csv")
    report = rcgan.evaluate(train, test, new, quick=True, model=model, seed=seed)
    _give(report, str(folder / "report.html"), str(folder / "scores.json"))
    click.echo()
    for file in ("waves.rcgan", "history.csv", "new.parquet", "new.csv", "scores.json", "report.html"):
        click.echo(folder / file)


def _folder(name: str, file: str = "waves.rcgan") -> Path:
    """Return a folder that such a file can be written in, made if it was not there."""
    folder = Path(name)
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder} is a file: --out names a directory")
    folder.mkdir(parents=True, exist_ok=True)
    _probe(folder / file)
    return folder


def _give(report: Report, html: str | None, json: str | None, **about: str) -> None:
    """Print a report's verdict and table, and write the files asked for; ``about`` goes into their heads."""
    report = replace(report, about={**report.about, **about})
    if html is not None:
        report.to_html(html)
    if json is not None:
        report.to_json(json)
    click.echo(str(report))


@main.command(
    epilog=_example(
        "rcgan fit press.csv --time ts --group run --label fault --window 64 --stride 8 -o press.rcgan",
        "rcgan fit 'runs/*.csv' --label anomaly --minutes 10 -o runs.rcgan",
        "rcgan fit press.csv --time ts --group run --window 64 --model BiGAN -o codes.rcgan",
    )
)
@click.argument("files", nargs=-1, required=True)
@_column_options
@click.option("--window", type=POSITIVE, metavar="STEPS", help="Window length. Omitted: whole runs.")
@click.option("--stride", type=POSITIVE, default=1, show_default=True, help="Steps between windows.")
@click.option(
    "--gap",
    default="auto",
    show_default=True,
    metavar="auto|none|SPAN",
    help="No window crosses a longer time step, such as 10min or 600.",
)
@click.option(
    "--label-rule",
    type=click.Choice(["majority", "any", "last"]),
    default="majority",
    show_default=True,
    help="Which row gives a window its label; any: the rarest class in it.",
)
@click.option(
    "--holdout",
    type=click.FloatRange(0, 1, max_open=True),
    default=HOLDOUT,
    show_default=True,
    help="Share kept from training for 'evaluate': whole groups, or else the last part in time.",
)
@click.option(
    "--model",
    "family",
    type=click.Choice(FAMILIES),
    default=FAMILIES[0],
    show_default=True,
    help="The family. Those that make no windows by label leave labels and statics out, and say so; "
    "SemiSupervisedGAN learns to tell the label, -1 where it is not known.",
)
@click.option(
    "--latent-dim",
    type=POSITIVE,
    help="Width of the code; 2 can be drawn as a map. Omitted: the family's own, 16 for most.",
)
@click.option(
    "--steps",
    type=POSITIVE,
    help="Training steps. Omitted: chosen from the data, and then at most 10 minutes.",
)
@click.option("--minutes", type=MINUTES, help="Training time; what ends first counts.")
@click.option(
    "--relation",
    "relations",
    multiple=True,
    metavar="TEXT",
    help="What samples have to keep beside what is found: 'low <= high', 'flow >= 0', 'valve <= 100', "
    "'reading on 0.1', 'strokes never falls', 'life never rises'; 'not low <= high' leaves one out.",
)
@_seed
@click.option("--history", metavar="FILE.csv", help="Write the losses by step.")
@click.option("--resume", is_flag=True, help="Go on from OUT.partial, which an interrupted run left.")
@click.option("-o", "--output", required=True, metavar="OUT", help="The model file.")
def fit(
    files: tuple[str, ...],
    family: str,
    latent_dim: int | None,
    steps: int | None,
    minutes: float | None,
    relations: tuple[str, ...],
    seed: int,
    holdout: float,
    history: str | None,
    resume: bool,
    output: str,
    window: int | None,
    stride: int,
    gap: str,
    label_rule: str,
    **columns: Any,
) -> None:
    """Fit a model on CSV or Parquet files and write it to OUT.

    A part of the data (--holdout) is kept from training; 'rcgan evaluate OUT FILES' finds the same part again
    and scores on it. Give the same command with --resume after an interruption.
    """
    partial = output + ".partial"
    _outputs(output, partial, history, inputs=files)
    if os.path.exists(partial) and not resume:
        raise DataError(f"{partial} holds an unfinished run: add --resume to go on with it, or delete it")
    from rcgan.data.statements import kept_relations, statements
    from rcgan.data.windows import Windows
    from rcgan.models import MODELS

    made = MODELS[family]
    if made.supervised and columns["label"] is None:
        raise DataError(f"{family} learns to tell labels: name their column with --label")
    cut = {"window": window, "stride": stride, "gap": _gap(gap), "label_rule": label_rule}
    windows = Windows.read(_several(files), **columns, **cut)
    train, test = _held_out(windows, holdout)
    click.echo(_channel_table(windows))
    click.echo(f"\n{_counted(train)} of up to {windows.n_steps} steps to train on")
    click.echo(f"{_counted(test)} held out" if test is not None else "nothing held out")
    kept = statements(kept_relations(train, relations), train.schema.names)
    click.echo("every sample will keep: " + ", ".join(kept) if kept else "no relations between channels were found")
    if not made.conditional and (names := _beside(windows)):
        use = f"learns to tell {columns['label']} and " if made.supervised else ""
        keep = ", ".join(name for name, other in MODELS.items() if other.conditional)
        click.echo(f"rcgan: note: {family} {use}makes windows without {names}; {keep} make them by label", err=True)
    if resume and not os.path.exists(partial):
        click.echo(f"rcgan: {partial} does not exist: starting from the beginning", err=True)

    width: dict[str, Any] = {} if latent_dim is None else {"latent_dim": latent_dim}
    model = made(**width, steps=steps, minutes=minutes, seed=seed, relations=relations)
    try:
        model.fit(train, checkpoint=partial, resume=resume and os.path.exists(partial), progress=True)
    except KeyboardInterrupt:
        raise Stopped(_how_to_resume(partial)) from None
    model.notes_ = {
        "cut": cut,
        "holdout": {"fraction": holdout, "seed": SPLIT_SEED},
        "data": _digest(windows),
        **({} if made.conditional else {"schema": windows.schema.to_dict()}),  # the split goes by label all the same
    }
    model.save(output)
    if history is not None:
        _write_frame(model.history_, history)
    Path(partial).unlink(missing_ok=True)
    if model.jumps_:
        found = ", ".join(f"{name} (up to {most} a window)" for name, most in model.jumps_.items())
        click.echo(f"samples jump at the steps at which some training window does: {found}")
    click.echo(f"{output}: {model.n_steps_trained_} steps")


def _beside(windows: Windows) -> str:
    """Return the names of label and statics, for a sentence; empty if there are none."""
    schema = windows.schema
    names = [channel.name for channel in (*([schema.label] if schema.label else []), *schema.statics)]
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _held_out(windows: Windows, share: float) -> tuple[Windows, Windows | None]:
    if share == 0:
        return windows, None
    try:
        return windows.split(1 - share, seed=SPLIT_SEED)
    except DataError as error:
        raise DataError(f"{error}; --holdout 0 trains on everything") from None


def _how_to_resume(partial: str) -> str:
    if os.path.exists(partial):
        return f"{partial} holds the run so far; the same command with --resume goes on with it"
    return "nothing was written yet"


@main.command(
    epilog=_example(
        "rcgan sample press.rcgan -n 500 --label fault=1 -o new.parquet",
        "rcgan sample press.rcgan -n 500 --missing --seed 3 -o new.csv",
    )
)
@click.argument("model_file", metavar="MODEL")
@click.option("-n", "count", type=POSITIVE, required=True, help="How many windows.")
@click.option("--label", metavar="[NAME=]CLASS", help="All of one class. Omitted: the shares of the training data.")
@click.option("--missing", is_flag=True, help="With the training data's pattern of missing values.")
@_seed
@click.option("-o", "--output", required=True, metavar="OUT", help="A .parquet or .csv file.")
def sample(model_file: str, count: int, label: str | None, missing: bool, seed: int, output: str) -> None:
    """Draw new windows from MODEL, in original units, as one tidy table.

    The columns are window (0, 1, ...), step, and those of the training data.
    """
    _suffix(output, TABLES)
    _outputs(output, inputs=[model_file])
    model = _load(model_file)
    if label is not None and not model.conditional:
        family = type(model).__name__
        raise DataError(
            f"{model_file} holds a {family}, which makes windows without labels: leave --label out, "
            "or fit it with --model RCGAN"
        )
    wanted = None if label is None else _class_of(model, label)
    new = model.sample(count, labels=wanted, seed=seed, missing=missing)
    (new.to_csv if Path(output).suffix.lower() == ".csv" else new.to_parquet)(output)
    click.echo(f"{output}: {len(new)} windows of up to {new.n_steps} steps")


def _class_of(model: WindowGAN, text: str) -> Any:
    """Return the class that ``fault=1``, or ``1``, means.

    Raises:
        DataError: the model has no labels, another label column, or no such class.
    """
    channel = model.schema_.label
    if channel is None:
        raise DataError("the model was fitted without labels: leave --label out, or fit it with --label COLUMN")
    by_name = {str(value): value for value in channel.categories}
    if text in by_name:
        return by_name[text]
    name, sign, value = text.partition("=")
    if sign and name != channel.name:
        raise DataError(f"the label column is {channel.name!r}, not {name!r}: write --label {channel.name}={value}")
    value = value if sign else name
    if value in by_name:
        return by_name[value]
    for known in by_name.values():
        if _same_number(value, known):
            return known
    raise DataError(f"no class {value!r}: the classes are {', '.join(by_name)}{nearest(value, by_name)}")


def _same_number(text: str, value: Any) -> bool:
    try:
        return not isinstance(value, str) and float(text) == float(value)
    except (TypeError, ValueError):
        return False


def _horizons(_: click.Context, __: click.Parameter, text: str) -> tuple[int, ...]:
    try:
        steps = tuple(int(part) for part in text.split(","))
    except ValueError:
        steps = ()
    if not steps or min(steps) < 1:
        raise click.BadParameter(f"{text!r} is no list of steps; write, for example, 1,8")
    return steps


@main.command(
    epilog=_example(
        "rcgan evaluate press.rcgan press.csv --report report.html --json scores.json",
        "rcgan evaluate --real real.parquet --synthetic new.parquet --label fault --group run",
    )
)
@click.argument("model_file", metavar="[MODEL", required=False)
@click.argument("files", metavar="FILES...]", nargs=-1)
@click.option("--real", metavar="FILE", help="Real windows, as a tidy table with the columns window and step.")
@click.option("--synthetic", metavar="FILE", help="Synthetic windows, as 'rcgan sample' writes them.")
@_column_options
@click.option("--report", "html", metavar="FILE.html", help="Write one self-contained page with pictures.")
@click.option("--json", "json", metavar="FILE.json", help="Write the scores.")
@click.option("--horizons", default="1,8", show_default=True, callback=_horizons, help="Steps ahead to forecast.")
@click.option("--forecast", metavar="CHANNEL", multiple=True, help="A channel to forecast; up to 8 unless given.")
@click.option("--target", metavar="CHANNEL", help="A channel to read off the others at a window's last step.")
@click.option("--quick", is_flag=True, help="Fewer windows and learners: a first look in under 40 seconds.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of samples and judges.")
def evaluate(
    model_file: str | None,
    files: tuple[str, ...],
    real: str | None,
    synthetic: str | None,
    html: str | None,
    json: str | None,
    horizons: tuple[int, ...],
    forecast: tuple[str, ...],
    target: str | None,
    quick: bool,
    seed: int,
    **columns: Any,
) -> None:
    """Score synthetic windows: train on synthetic, test on real, beside train on real.

    With MODEL and the FILES it was fitted on, the windows that 'rcgan fit' held out are found again and
    scored on. With --real and --synthetic, both are window files, and the real one is split by --group, or else
    by window; say which columns are what, as in 'rcgan fit'.
    """
    tables = [path for path in (real, synthetic) if path is not None]
    _outputs(html, json, inputs=[*files, *tables, *([model_file] if model_file else [])])
    left = ""
    if tables:
        if model_file is not None or len(tables) < 2:
            raise click.UsageError("give either MODEL and FILES, or both --real and --synthetic")
        (train, test, new), model, caution = _window_files(tables[0], tables[1], columns), None, ""
    else:
        if model_file is None or not files:
            raise click.UsageError("give MODEL and the FILES it was fitted on, or --real and --synthetic")
        if any(columns.values()):
            raise click.UsageError("MODEL knows its columns: --time, --group, ... go with --real and --synthetic")
        model = _load(model_file)
        train, test, caution = _split_as_fitted(model, model_file, files)
        new = model.sample(len(train), seed=seed, missing=True)
        if not model.conditional and (names := _beside(train)):
            left = f"{names}, which {type(model).__name__} does not make"
            train, test = train.bare(), test.bare()
    if caution:
        click.echo(f"rcgan: caution: {caution}", err=True)
    if left:
        click.echo(f"rcgan: note: compared without {left}", err=True)
    import rcgan

    asked: dict[str, Any] = {"horizons": horizons, "forecast": forecast or None, "target": target, "quick": quick}
    report = rcgan.evaluate(train, test, new, model=model, seed=seed, **asked)
    caution = "; ".join(filter(None, [caution, report.about.get("caution")]))
    told = {"caution": caution, "compared without": left}
    _give(report, html, json, **{name: text for name, text in told.items() if text})


def _split_as_fitted(model: WindowGAN, name: str, files: Sequence[str]) -> tuple[Windows, Windows, str]:
    """Return the split that the model was fitted under, and a caution where it is not one."""
    windows, holdout = _read_as_fitted(model, name, files), model.notes_["holdout"]
    caution = ""
    if _digest(windows) != model.notes_["data"]:
        caution = "these are not the data that the model was fitted on; they are split anew, by the same rule"
    elif holdout["fraction"] == 0:
        caution = "the model was fitted with --holdout 0: it is scored on windows that it was trained on"
    return *windows.split(1 - (holdout["fraction"] or HOLDOUT), seed=holdout["seed"]), caution


def _window_files(real: str, synthetic: str, columns: dict[str, Any]) -> tuple[Windows, Windows, Windows]:
    """Return train, test and synthetic windows of two window files."""
    from rcgan import tidy

    whole = tidy.read_windows(real, **columns)
    return *whole.split(1 - HOLDOUT, seed=SPLIT_SEED), tidy.read_windows(synthetic, schema=whole.schema)


@main.command(epilog=_example("rcgan encode press.rcgan press.csv -o features.parquet"))
@click.argument("model_file", metavar="MODEL")
@click.argument("files", nargs=-1, required=True)
@click.option("-o", "--output", required=True, metavar="OUT", help="A .parquet or .csv file.")
def encode(model_file: str, files: tuple[str, ...], output: str) -> None:
    """Write features of real windows: one row a window, with where it came from and its label.

    They are the codes of a family with an encoder (such as BiGAN and AAE), what InfoGAN's posterior expects, and
    otherwise what the critic's trunk reads. Labels have no part in them.
    """
    _suffix(output, TABLES)
    _outputs(output, inputs=[model_file, *files])
    model = _load(model_file)
    import pandas as pd

    windows = _read_as_fitted(model, model_file, files)
    codes = model.features(windows)
    features = pd.DataFrame(codes, columns=[f"z{i}" for i in range(codes.shape[1])])
    frame = pd.concat([windows.provenance.reset_index(drop=True), features], axis=1)
    if windows.schema.label is not None:
        frame[windows.schema.label.name] = windows.labels
    _write_frame(frame, output)
    click.echo(f"{output}: {len(frame)} windows, {codes.shape[1]} features")


@main.command(
    epilog=_example("rcgan gallery --out gallery --json gallery.json", "rcgan gallery wgan infogan --out some")
)
@click.argument("systems", nargs=-1, metavar="[SYSTEM...]")
@click.option("--out", required=True, metavar="DIR", help="Where the page goes; made if need be.")
@click.option("--json", metavar="FILE", help="Write the figures.")
@click.option("--steps", type=POSITIVE, help="Shorten every training to so many steps: a look at the page, no proof.")
def gallery(systems: tuple[str, ...], out: str, json: str | None, steps: int | None) -> None:
    """Train each published system on data small enough for minutes, and write one page that shows what it does.

    The systems run side by side, one a core; all of them take most of an hour of two cores.
    """
    from rcgan.gallery import showing

    names = showing.chosen(systems)
    folder = _folder(out, "index.html")
    _outputs(json)
    found = showing.exhibit(names, steps=steps)
    if json is not None:
        showing.to_json(found, json)
    page = showing.write_page(found, folder)
    lines = [[e.name, f"{e.goals[0].value:.3f}", "reached" if e.passed else "missed", e.goals[0].name] for e in found]
    click.echo(_table([["system", "figure", "", "measured"], *lines]))
    click.echo(f"\n{page}")


@main.command(epilog=_example("rcgan datasets"))
def datasets() -> None:
    """List the data sets that load_dataset knows."""
    import rcgan

    frame = rcgan.list_datasets()
    click.echo(_table([list(frame.columns), *frame.itertuples(index=False)]))


@main.command(epilog=_example("rcgan version"))
def version() -> None:
    """Print the versions of rcgan, Python and what the numbers depend on."""
    from importlib.metadata import version as installed

    click.echo(f"python {sys.version.split()[0]}")
    for name in ("rcgan", "torch", "numpy", "pandas", "scikit-learn"):
        click.echo(f"{name} {installed(name)}")


if __name__ == "__main__":
    main()
