"""Every text of the pages, Chinese first, English beside it. `{…}` are filled in by `say`."""

from typing import Literal

from services.web.texts import (
    alarms,
    answers,
    content,
    content_pages,
    duty,
    frame,
    incidents,
    phone,
    playbook,
    preview,
    queue,
    record,
    report,
    timeline,
    words,
)

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
DEFAULT_LANGUAGE: Language = "zh"
TEXTS: dict[str, tuple[str, str]] = {
    key: pair
    for part in (
        frame,
        words,
        queue,
        report,
        record,
        incidents,
        playbook,
        timeline,
        phone,
        duty,
        alarms,
        preview,
        content,
        content_pages,
        answers,
    )
    for key, pair in part.TEXTS.items()
}


def say(language: Language, key: str, **values: object) -> str:
    """The text `key`.

    Raises:
        KeyError: there is no such text, or one of its values is missing.
    """
    text = TEXTS[key][LANGUAGES.index(language)]
    return text.format(**values) if values else text


def known(language: Language, group: str, name: str) -> str:
    """The word for `name` in a group such as `platform`; a name that we do not know stands for itself."""
    return say(language, f"{group}.{name}") if f"{group}.{name}" in TEXTS else name
