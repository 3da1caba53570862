"""Whether the public address of the desk can be reached: links in pages are worth nothing if it cannot.

Asked from this machine, which is not where a phone is: an address inside of the house passes here and fails on the street.
So an address that is plainly private is told as well.
"""

import ipaddress
from urllib.parse import urlsplit

import httpx

from services.config import texts
from services.config.model import Config
from services.config.problems import Place, Problem
from streams.text.errors import Wording

TIMEOUT_S = 5.0
_PLACE = Place(file="fenghuo.yaml", path="network.public_url")


def reach(config: Config) -> tuple[Problem, ...]:
    """What is to be said of the public address, as warnings."""
    called = any(person.contacts for person in config.desk.people)
    url = config.network.public_url
    if url is None:
        return (_warning(texts.no_key("public_url"), texts.PUBLIC_URL_NEEDED),) if called else ()
    found = _failure(url)
    if found is not None:
        return (_warning(texts.no_answer(url, found), texts.REACHABLE),)
    return (_warning(texts.private_address(url), texts.ADDRESS_FOR_PHONES),) if _is_private(url) else ()


def _failure(url: str) -> str | None:
    """Why the desk does not answer there; None if it does."""
    try:
        answer = httpx.get(f"{url}/healthz", timeout=TIMEOUT_S, follow_redirects=True)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return type(error).__name__
    return None if answer.is_success else str(answer.status_code)


def _is_private(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".local", ".internal", ".lan"))


def _warning(found: Wording, expected: Wording) -> Problem:
    return Problem(severity="warning", place=_PLACE, found=found, expected=expected)
