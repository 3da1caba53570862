"""What the JSON interface looks like, for programs that read it: an OpenAPI document at `/schema/openapi.json`."""

from typing import Any

from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin, YamlRenderPlugin

from services.problem import MEDIA_TYPE, Problem

PATH = "/schema"
_FAULTS = (
    (400, "a parameter is not what was expected"),
    (401, "nobody is signed in"),
    (404, "there is no such thing"),
    (409, "refused, with the reason"),
    (503, "too busy, or the store refuses to write"),
)


def schema(version: str) -> OpenAPIConfig:
    """The document of this release. JSON and YAML alone: pages that draw it would load programs from elsewhere."""
    return OpenAPIConfig(
        title="Fenghuo",
        version=version,
        description=(
            "Sign in, or send the key of a source as `Authorization: Bearer KEY` (reading only). Lists have `items` and "
            "`next`; send `next` as `cursor`. With `at=2026-11-23T13:15:00+08:00` a GET answers as it would have then, and names "
            "the moment in `Fenghuo-At`. Answers carry an ETag. Forms carry `x-form-token` of the session. Errors "
            "are problems (RFC 9457) that say what happened, what is safe and what to do."
        ),
        path=PATH,
        render_plugins=[JsonRenderPlugin(path="/openapi.json"), YamlRenderPlugin(path="/openapi.yaml")],
    )


def documented(answer: Any) -> dict[int, ResponseSpec]:
    """The answers of a handler that writes its JSON itself."""
    return {
        200: ResponseSpec(data_container=answer, description="as asked for", generate_examples=False),
        304: ResponseSpec(data_container=None, description="not changed since the ETag that was sent"),
        **{
            status: ResponseSpec(
                data_container=Problem, description=words, media_type=MEDIA_TYPE, generate_examples=False
            )
            for status, words in _FAULTS
        },
    }
