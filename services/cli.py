"""`fenghuo`, the command line. Exit codes: 0 good, 1 found something or could not, 2 wrong use."""

import os
import sys

import typer

from services.commands import (
    backtest,
    clocks,
    configuration,
    content,
    corrections,
    deadletters,
    demo,
    drill,
    ingest,
    journals,
    match,
    outbox,
    persons,
    previewing,
    probe,
    records,
    reporting,
    restore,
    run,
    score,
    standing,
    topics,
    worker,
)

app = typer.Typer(
    name="fenghuo",
    help="烽火：监测品牌声量、盯住响应时限、发生危机时叫醒对的人 · Watches a brand, its response times and its crises.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # rich takes 0.1 s to import, more than the rest of `--help`
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    demo.demo,
    configuration.init,
    configuration.check,
    run.run,
    worker.worker,
    restore.restore,
    probe.probe,
    persons.signin,
    ingest.ingest,
    standing.queue,
    standing.incidents,
    score.score,
    match.match,
    corrections.correct,
    backtest.backtest,
    previewing.preview,
    drill.drill,
    journals.verify,
    journals.heads,
    journals.export,
    persons.forget,
):
    app.command()(command)
clocks.sla.command()(reporting.report)
for group in (
    clocks.sla,
    records.report,
    content.content,
    outbox.outbox,
    topics.topics,
    deadletters.deadletters,
):
    app.add_typer(group)


def main() -> None:
    """Run the command line; what goes wrong is one clear sentence on standard error, never a traceback."""
    try:
        app()
    except BrokenPipeError:  # `fenghuo export | head`: whoever read has seen enough
        _drop_output()
        sys.exit(0)
    except OSError as error:  # a full disk under the output, a file that went away
        _drop_output()
        typer.echo(f"fenghuo: {error}", err=True)
        sys.exit(1)
    except Exception as error:
        if not isinstance(error, _told()):
            raise
        typer.echo(f"fenghuo: {error}", err=True)
        sys.exit(2 if isinstance(error, _wrong_use()) else 1)


def _drop_output() -> None:
    """What is still held back would fail once more when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _told() -> tuple[type[Exception], ...]:
    """Errors whose message is meant for the person who typed the command."""
    from alerting.errors import AlertingError
    from services.errors import ServicesError
    from services.gateway.errors import GatewayError
    from streams.errors import StreamsError
    from streams.text.errors import TextError

    return AlertingError, GatewayError, ServicesError, StreamsError, TextError


def _wrong_use() -> tuple[type[Exception], ...]:
    from services.errors import ConfigurationUnusable, WrongUse
    from streams.text.errors import QueryError
    from streams.text.sentiment import ScorerUnavailableError

    return ConfigurationUnusable, QueryError, ScorerUnavailableError, WrongUse


if __name__ == "__main__":
    main()
