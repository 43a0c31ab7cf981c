"""`ringkas stories`: group articles about the same event."""

from __future__ import annotations

import click

from bot.cli.summarize_batch import input_lines


@click.command()
@click.option("--jsonl", is_flag=True, required=True, help="Read JSON lines on stdin, write JSON lines on stdout.")
def stories(*, jsonl: bool) -> None:  # noqa: ARG001 - the option names the input format
    """Group articles into stories.

    Each line of standard input is {"id", "outlet"?, "title", "text", "date"?}; each line of output, in the same order,
    is {"id", "story"} or {"id", "refused"}. The id of a story is that of its first article.
    """
    from summaries.stories.batch import group_lines

    for answer in group_lines(input_lines()):
        click.echo(answer)
