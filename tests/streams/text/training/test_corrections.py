"""Corrections as they come out of `fenghuo export`, and what is learnt from them."""

import json
from pathlib import Path

import pytest

from streams.text.training.corpora import NEGATIVE, NEUTRAL, POSITIVE, CorpusError
from streams.text.training.corrections import parse_corrections


def seen(item: str, text: str | None, title: str | None = None, kind: str = "mention.observed") -> str:
    return json.dumps({"type": kind, "subject": item, "data": {"text": text, "title": title, "likes": 3}})


def corrected(item: str, label: str | None, topic: str | None = None) -> str:
    data = {"item": item, "label": label, "topic": topic, "by": "lin"}
    return json.dumps({"type": "judgement.corrected", "subject": item, "data": data})


def learnt(*lines: str) -> list[tuple[str, int]]:
    return [(sample.text, sample.label) for sample in parse_corrections(lines)]


def test_a_corrected_text_is_learnt_as_it_was_judged() -> None:
    lines = (seen("a", "难吃", title="测评"), seen("b", "好吃"), "", corrected("a", "neutral"))
    assert learnt(*lines) == [("测评\n难吃", NEUTRAL)]


def test_the_last_correction_of_a_text_holds() -> None:
    assert learnt(seen("a", "行"), corrected("a", "negative"), corrected("a", "positive")) == [
        ("行", POSITIVE)
    ]


def test_a_correction_is_about_the_text_as_it_stood() -> None:
    edited = seen("a", "退款了，好", kind="item.edited")
    lines = (seen("a", "不退款"), corrected("a", "negative"), edited, corrected("a", "positive"))
    assert learnt(*lines) == [("不退款", NEGATIVE), ("退款了，好", POSITIVE)]


def test_a_topic_alone_and_a_text_that_opens_no_more_teach_nothing() -> None:
    assert (
        learnt(seen("a", "贵"), corrected("a", None, "price"), seen("b", None), corrected("b", "neutral"))
        == []
    )


def test_none_is_held_out() -> None:
    lines = [
        line
        for number in range(40)
        for line in (seen(f"{number}", f"第{number}条"), corrected(f"{number}", "neutral"))
    ]
    assert not any(sample.held_out for sample in parse_corrections(lines))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [("no json", "line 2: expected a line"), (corrected("a", "bad"), "line 2: expected negative")],
)
def test_a_line_that_is_none_is_named(line: str, complaint: str) -> None:
    with pytest.raises(CorpusError, match=complaint):
        parse_corrections([seen("a", "西贝"), line])


@pytest.mark.slow
def test_a_text_is_judged_as_people_corrected_it(tmp_path: Path) -> None:
    pytest.importorskip("scipy", reason="scipy (dependency group `train`) is not installed")
    from streams.text.ngram import MODEL_FILE, NgramScorer, parse_weights
    from streams.text.train import read_corpora, write_model
    from streams.text.training.corrections import COPIES
    from tests.streams.text.training.small_corpora import write_corpora

    write_corpora(tmp_path)
    ours = parse_corrections([seen("a", "这波操作绝绝子"), corrected("a", "negative")])
    write_model(read_corpora(tmp_path) + COPIES * ours, tmp_path, steps=4)
    scorer = NgramScorer(parse_weights((tmp_path / MODEL_FILE).read_bytes()), model_hash="")
    assert scorer.score(["这波操作绝绝子"])[0].label == "negative"
