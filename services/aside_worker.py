"""The process that answers one question, as `services.aside` starts it: in on standard input, out on standard output."""

import os
import signal
import sys
from pathlib import Path
from typing import assert_never

import msgspec

from services.errors import HistoryTooLong, ServicesError
from services.journals import Where
from services.kafka_settings import cluster_of
from services.preview import preview
from services.questions import (
    Answer,
    Answered,
    Failed,
    PreviewAsked,
    Question,
    ReportAsked,
    TooLong,
    decode_question,
    encode,
)
from services.sla_answers import report
from streams.errors import StreamsError

POLITENESS = 10
"""Of `nice`: whoever looks at a report waits for the desk, never the other way round."""


def main(limit_s: int) -> None:
    """Answer; whatever happens to the daemon, end within `limit_s` seconds."""
    signal.alarm(limit_s)
    os.nice(POLITENESS)
    sys.stdout.buffer.write(encode(_answer(decode_question(sys.stdin.buffer.read()))))


def _answer(question: Question) -> Answer:
    try:
        return Answered(msgspec.Raw(encode(_answered(question))))
    except HistoryTooLong as error:
        return TooLong(str(error))
    except (ServicesError, StreamsError) as error:
        return Failed(str(error))


def _answered(question: Question) -> object:
    match question:
        case PreviewAsked():
            return preview(
                _where(question.folder), question.brand, question.before, question.after,
                question.from_at, question.to_at,
            )  # fmt: skip
        case ReportAsked():
            return report(question, _where(question.folder))
        case _:
            assert_never(question)


def _where(folder: str | None) -> Where:
    return cluster_of(None, os.environ) if folder is None else Path(folder)


if __name__ == "__main__":
    main(int(sys.argv[1]))
