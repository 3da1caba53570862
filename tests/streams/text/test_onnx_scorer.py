from importlib.util import find_spec
from pathlib import Path

import pytest

from streams.text.onnx_scorer import FILES, PACKAGES, load_onnx_scorer
from streams.text.sentiment import ScorerUnavailableError, load_scorer

EXTRA_INSTALLED = all(find_spec(package) is not None for package in PACKAGES)


def _model_folder(folder: Path, config: str) -> str:
    for name in FILES:
        (folder / name).write_text("{}")
    (folder / "config.json").write_text(config)
    return str(folder)


def test_onnx_without_a_folder_says_what_it_needs() -> None:
    with pytest.raises(ScorerUnavailableError, match=r"needs the folder of a model with model\.onnx"):
        load_scorer("onnx")


def test_onnx_names_the_files_that_its_folder_lacks(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ScorerUnavailableError, match=r"has no model\.onnx, tokenizer\.json"):
        load_onnx_scorer(str(tmp_path))


@pytest.mark.skipif(EXTRA_INSTALLED, reason="the extra `onnx` is installed here")
def test_onnx_without_its_extra_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(ScorerUnavailableError, match=r"install fenghuo\[onnx\]"):
        load_onnx_scorer(_model_folder(tmp_path, '{"id2label": {"0": "negative", "1": "positive"}}'))


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ("[]", "Expected `object`"),
        (
            '{"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}',
            "says 'LABEL_0', expected negative, neutral, positive",
        ),
        ('{"id2label": {"0": "neutral", "1": "positive"}}', "has no negative and positive"),
        ('{"id2label": {"1": "negative", "2": "positive"}}', "says 'nothing'"),
    ],
)
def test_onnx_configuration_that_does_not_name_the_classes_is_refused(
    tmp_path: Path, config: str, complaint: str
) -> None:
    with pytest.raises(ScorerUnavailableError, match=complaint):
        load_onnx_scorer(_model_folder(tmp_path, config))
