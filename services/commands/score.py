"""`fenghuo score`: how texts sound."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.configuration import AsJson
from services.commands.lines import STDIN, chunked, opened, print_objects, text_lines

if TYPE_CHECKING:
    from streams.text.sentiment import Sentiment

DIGITS = 4
"""Of a probability, as in the event `item.judged`."""
_WORDS = {"negative": "负面", "neutral": "中性", "positive": "正面"}

ScorerName = Annotated[str, typer.Option("--scorer", metavar="NAME", help="ngram | snownlp | onnx")]
File = Annotated[str, typer.Argument(metavar="FILE", help="文件或 - · A file, or - for standard input.")]


def score(
    file: File = STDIN,
    scorer: ScorerName = "ngram",
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="DIR", help="onnx 模型目录 · The folder of an ONNX model."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """判断情感，每行一条文字 · Judge the sentiment of texts, one a line."""
    from streams.text.sentiment import load_scorer

    judge = load_scorer(scorer, folder=model)
    with opened(file) as stream:
        for texts in chunked(text_lines(stream)):
            sentiments = judge.score(texts)
            if as_json:
                print_objects(_line(sentiment) for sentiment in sentiments)
            else:
                for text, sentiment in zip(texts, sentiments, strict=True):
                    typer.echo(_shown(text, sentiment))


def _line(sentiment: "Sentiment") -> dict[str, object]:
    return {
        "label": sentiment.label,
        "negative": round(sentiment.negative, DIGITS),
        "neutral": round(sentiment.neutral, DIGITS),
        "positive": round(sentiment.positive, DIGITS),
        "abstain": sentiment.abstain,
    }


def _shown(text: str, sentiment: "Sentiment") -> str:
    probability = max(sentiment.negative, sentiment.neutral, sentiment.positive)
    unsure = " 不确定" if sentiment.abstain else ""
    return f"{_WORDS[sentiment.label]} {probability:.0%}{unsure}\t{text}"
