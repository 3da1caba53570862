"""Lines of JSON, and no secret in any of them."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from services.logs import HIDDEN, configure_logs

URL = "json://somebody:sesame@127.0.0.1/x"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Where the logs go during a test; as it was afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    configure_logs(stream, secrets=["open-sesame", "open-sesame-and-close"])
    yield stream
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)


def last(lines: io.StringIO) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(lines.getvalue().splitlines()[-1])
    return parsed


def test_a_line_is_json_with_time_level_and_logger(lines: io.StringIO) -> None:
    structlog.get_logger("fenghuo.test").info("page tried", page="p1", took_s=0.2)
    line = last(lines)
    assert (line["event"], line["level"], line["logger"]) == ("page tried", "info", "fenghuo.test")
    assert (line["page"], line["took_s"]) == ("p1", 0.2)
    assert line["timestamp"].endswith("Z")


def test_the_standard_library_logs_in_the_same_form(lines: io.StringIO) -> None:
    logging.getLogger("some.library").warning("port %d taken", 8000)
    assert last(lines)["event"] == "port 8000 taken"


@pytest.mark.parametrize(
    "name", ["api_key", "Token", "password", "Authorization", "cookie", "contact", "contact_url"]
)
def test_values_with_telling_names_are_hidden(lines: io.StringIO, name: str) -> None:
    structlog.get_logger("t").info("x", **{name: "hush"}, inner={name: "hush", "count": 1})
    assert last(lines)[name] == HIDDEN
    assert last(lines)["inner"] == {name: HIDDEN, "count": 1}


@pytest.mark.parametrize(
    "text",
    [
        f"cannot reach {URL}",
        "header Authorization: Bearer sesame123456",
        "https://oapi.dingtalk.com/robot/send?access_token=sesame&x=1",
        "the key open-sesame-and-close was used",
    ],
)
def test_credentials_inside_of_texts_are_hidden(lines: io.StringIO, text: str) -> None:
    structlog.get_logger("t").warning(text, why=text, many=[text], error=ValueError(text))
    logging.getLogger("some.library").error("said: %s", text)
    assert "sesame" not in lines.getvalue()
    assert HIDDEN in lines.getvalue()


def test_a_traceback_is_cleaned_too(lines: io.StringIO) -> None:
    try:
        raise ConnectionError(URL)
    except ConnectionError:
        structlog.get_logger("t").exception("failed")
    assert "ConnectionError" in last(lines)["exception"]
    assert "sesame" not in lines.getvalue()


def test_libraries_that_tell_of_every_connection_are_quiet(lines: io.StringIO) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET %s", URL)
    assert lines.getvalue() == ""
