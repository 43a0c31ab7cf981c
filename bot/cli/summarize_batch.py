"""Batches of JSON lines: `ringkas summarize --jsonl`, `ringkas stories` and `ringkas sentences`."""

from __future__ import annotations

import sys
from collections import deque
from contextlib import contextmanager, nullcontext
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

import click

from summaries.errors import InvalidSettings
from summaries.text.characters import dump_json, parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from summaries.model import Length

LINES_A_CHUNK = 16
CHUNKS_AHEAD = 4


def summarize_lines(length: Length, method: str, jobs: int, into: Path | None) -> None:
    """Write an answer for each line of standard input to the file `into` or to standard output, with a progress bar on
    stderr in a terminal."""
    from summaries.articles.batch import summarize_line

    lines = input_lines()
    work = partial(summarize_line, length=length, method=method)
    hidden = not sys.stderr.isatty()
    with nullcontext(click.echo) if into is None else going_on(into, lines) as write:
        answers = answered(lines, work, jobs)
        with click.progressbar(answers, label="Summarising", file=sys.stderr, hidden=hidden) as counted:
            for answer in counted:
                write(answer)


def input_lines() -> Iterator[str]:
    """Yield the lines of standard input that are not blank, with invalid bytes replaced."""
    # Universal newlines would break lines at characters that JSON allows inside strings.
    return filter(str.strip, (line.decode("utf-8", "replace") for line in sys.stdin.buffer))


def answered(lines: Iterator[str], work: Callable[[str], str], jobs: int) -> Iterator[str]:
    """Yield `work(line)` for each line, in order, from `jobs` processes. Lines are read only as fast as they are
    processed."""
    if jobs == 1:
        yield from map(work, lines)
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(jobs) as pool:
        waiting: deque[Future[list[str]]] = deque()
        while chunk := list(islice(lines, LINES_A_CHUNK)):
            waiting.append(pool.submit(work_chunk, work, chunk))
            if len(waiting) > jobs * CHUNKS_AHEAD:
                yield from waiting.popleft().result()
        for future in waiting:
            yield from future.result()


def work_chunk(work: Callable[[str], str], lines: list[str]) -> list[str]:
    return list(map(work, lines))


@contextmanager
def going_on(path: Path, lines: Iterator[str]) -> Iterator[Callable[[str], None]]:
    """Yield a function that appends an answer to the file at `path`, and skip the lines that the file answers already.

    A partial answer at the end of the file is cut off, so each line gets one answer.

    Raises:
        InvalidSettings: the file holds answers to other lines.
    """
    with path.open("ab+") as file:
        count, end, last = held(file)
        answered_line = ""
        for number in range(count):
            if (line := next(lines, None)) is None:
                raise InvalidSettings(
                    (f"{path} holds {count} answers, and there are {number} lines: it answers others",)
                )
            answered_line = line
        if count and not is_answer_to(last, answered_line):
            raise InvalidSettings(
                (f"{path}: answer {count} is none to line {count}: name a file of these lines, or a new one",)
            )
        file.truncate(end)

        def write(answer: str) -> None:
            file.write(f"{answer}\n".encode())

        yield write


def held(file: BinaryIO) -> tuple[int, int, bytes]:
    """Return the number of complete answers in the file, their end, and the last of them."""
    count, end, last = 0, 0, b""
    file.seek(0)
    for line in file:
        if line.endswith(b"\n"):
            count, end, last = count + 1, end + len(line), line
    return count, end, last


def is_answer_to(answer: bytes, line: str) -> bool:
    """Return whether the answer has the id of the line."""
    from summaries.articles.batch import read_id

    found = parse_json(answer)
    return isinstance(found, dict) and "id" in found and bool(found["id"] == read_id(line))


@click.command()
@click.option("--jsonl", is_flag=True, required=True, help="Read JSON lines on stdin, write JSON lines on stdout.")
@click.option("--chains", is_flag=True, help="Add the chain of each story: the stories of one affair over weeks.")
def stories(*, jsonl: bool, chains: bool) -> None:  # noqa: ARG001 - the option names the input format
    """Group articles into stories.

    Each line of input is {"id", "outlet"?, "title", "text", "date"?}, of output {"id", "story"} or {"id", "refused"}. A
    story's id is that of its first article. With --chains articles are grouped in the order of their dates, as the bot
    does it, and the output has "chain": the id of the chain's first article.
    """
    from summaries.articles.batch import group_lines

    for answer in group_lines(input_lines(), has_chains=chains):
        click.echo(answer)


@click.command()
def sentences() -> None:
    """Split paragraphs into sentences.

    Each line of input is a paragraph as a JSON string, of output a list of its sentences.
    """
    from summaries.text.sentences import split_sentences

    for number, line in enumerate(input_lines(), start=1):
        paragraph = parse_json(line)
        if not isinstance(paragraph, str):
            raise click.UsageError(f"line {number} is not a JSON string")
        click.echo(dump_json(split_sentences(paragraph)))
