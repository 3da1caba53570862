"""A report as a file: HTML that needs nothing beside it, PDF, or JSON."""

from typing import Any

import msgspec

from services.reports.document import Document
from services.web.render import document_file
from services.web.texts import Language

MEDIA = {"html": "text/html; charset=utf-8", "pdf": "application/pdf", "json": "application/json"}
"""Every kind of file with its media type."""


def file_of(report: Any, document: Document, kind: str, language: Language) -> bytes:
    """The bytes of a file of one of the kinds in `MEDIA`."""
    if kind == "json":
        return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"
    if kind == "pdf":
        from services.reports.pdf import pdf_of

        return pdf_of(document)
    return document_file(document, language).encode()
