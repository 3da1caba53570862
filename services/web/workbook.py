"""A workbook (XLSX) of one sheet of texts: the few parts of Office Open XML (ECMA-376) that such a file needs.

Every cell is an inline string, so nothing is ever taken for a formula, a number or a date.
"""

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

CELL_CHARACTERS_MOST = 32_767
"""Of a cell; what is longer is cut where a reader sees it."""
_STAMP = (1980, 1, 1, 0, 0, 0)
"""Of every part, so that the same rows give the same bytes."""
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_NOT_IN_XML = {number: None for number in range(32) if number not in (9, 10, 13)} | {
    0xFFFE: None,
    0xFFFF: None,
}

_CONTENT_TYPES = (
    f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SPREADSHEET}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SPREADSHEET}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_SPREADSHEET}.styles+xml"/></Types>'
)
_ROOT = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
_RELATIONS = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
)
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font/><font><b/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf xfId="0" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>'
    '<xf xfId="0" fontId="1" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def workbook(name: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook whose one sheet holds `header` in bold, kept in sight, and `rows` under it."""
    sheet = (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane xSplit="2" ySplit="1" topLeftCell="C2" activePane="bottomRight" state="frozen"/></sheetView></sheetViews>'
        f'<cols><col min="1" max="{max(1, len(header))}" width="20" customWidth="1"/></cols><sheetData>'
        + "".join(_row(number, cells) for number, cells in enumerate((header, *rows), start=1))
        + "</sheetData></worksheet>"
    )
    book = (
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name={quoteattr(name[:31])} sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    parts = {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": _ROOT,
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": _RELATIONS,
        "xl/styles.xml": _STYLES,
        "xl/worksheets/sheet1.xml": sheet,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in parts.items():
            archive.writestr(zipfile.ZipInfo(path, _STAMP), text.encode("utf-8"), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _row(number: int, cells: Sequence[str]) -> str:
    style = "1" if number == 1 else "0"
    return f'<row r="{number}">' + "".join(_cell(cell, style) for cell in cells) + "</row>"


def _cell(text: str, style: str) -> str:
    clean = text.encode("utf-8", "replace").decode("utf-8").translate(_NOT_IN_XML)
    if len(clean) > CELL_CHARACTERS_MOST:
        clean = clean[: CELL_CHARACTERS_MOST - 1] + "…"
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{escape(clean)}</t></is></c>'
