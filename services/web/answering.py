"""A reply that a person has posted: recorded as ours at that time, measured against its script, raised where that says so."""

from msgspec import structs

from alerting.adherence import BLANK, strayed
from alerting.commands import NoteIncident, OpenIncident
from alerting.config import BrandDesk, Script
from alerting.levels import Level
from services.vault import content_of
from services.views.incidents import incidents_page
from services.views.rows import ConversationRow, ItemRow
from services.web.actions import Fields, command_id, settled, text_of
from services.web.attending import SOURCE, conversation_in
from services.web.errors import BadQuestion, Missing, Refused
from services.web.texts import known
from services.web.visit import Visit
from streams import ids
from streams.commands import RecordReply
from streams.conversations import is_group
from streams.facts import Private, ReplySent
from streams.promises import promise_in
from streams.text.normalise import normalise

RAISED_LEVEL: Level = "yellow"
"""What a reply raises to the desk begins at; the desk's rules and people take it from there."""
GENERAL = "service"
"""The category of what is raised from the queue without a script that names one."""


async def record_reply(visit: Visit, fields: Fields) -> str:
    """Record `text` as our reply to `conversation`; returns the name of the text that says so.

    Raises:
        BadQuestion: the text is empty, too long, or a blank is not filled in.
        Missing: there is no such conversation, or nobody to answer in it.
        Refused: somebody else has it, or has answered meanwhile.
    """
    row, text = conversation_in(visit, fields), text_of(fields, "text")
    if not text:
        raise BadQuestion("text: found nothing, expected the words that were sent")
    if open_blanks := BLANK.findall(text):
        raise BadQuestion(f"text: the blanks {', '.join(open_blanks)} are not filled in")
    script = _script(brand_of(row, visit), fields.get("script", ""))
    command = RecordReply(
        id=command_id(visit, fields),
        who=visit.person.id,
        conversation=row.conversation,
        key=row.key,
        reply=_reply(visit, row, text, command_id(visit, fields)),
        answering=fields.get("answering") or None,
        script=script.id if script else None,
        strayed=strayed(text, script.text) if script else None,
        promise=promise_in(normalise(text).text),
    )
    outcomes = await visit.desk.house.submit([command])
    await settled(visit, outcomes[0])
    if script is not None and script.escalate:
        await _raise(
            visit, row, script.category, visit.say("raised.by_script", script=script.id, **_of(visit, row))
        )
    return "replied"


async def raise_to_desk(visit: Visit, fields: Fields) -> str:
    """Raise a complaint to the desk by hand; returns the name of the text that says so.

    Raises:
        BadQuestion: the note is too long.
        Missing: there is no such conversation.
        Refused: the desk refuses it, or no reason was given.
    """
    row, note = conversation_in(visit, fields), text_of(fields, "note")
    if not note:
        raise Refused("reason_missing")
    category = fields.get("category", "").strip()[:100] or GENERAL
    await _raise(visit, row, category, f"{note} ({visit.say('raised.by_hand', **_of(visit, row))})")
    return "raised_to_desk"


def brand_of(row: ConversationRow, visit: Visit) -> BrandDesk | None:
    """The brand whose account was written to; the one that is shown if that is not known."""
    return (visit.config.brand(row.brand) if row.brand else None) or visit.brand


async def _raise(visit: Visit, row: ConversationRow, category: str, note: str) -> None:
    """Open an incident, or note it in the one of its category that is open."""
    brand = row.brand or visit.brand_id or ""
    found = next(
        (
            one
            for one in incidents_page(visit.desk.reader, brand=brand, open_only=True).items
            if one.category == category
        ),
        None,
    )
    command = (
        OpenIncident(
            id=visit.once(),
            who=visit.person.id,
            brand=brand,
            level=RAISED_LEVEL,
            category=category,
            note=note,
        )
        if found is None
        else NoteIncident(id=visit.once(), who=visit.person.id, brand=brand, incident=found.id, text=note)
    )
    await settled(visit, await visit.desk.house.command(command))


def _of(visit: Visit, row: ConversationRow) -> dict[str, str]:
    return {
        "platform": known(visit.language, "platform", row.platform),
        "person": visit.name_of(visit.person.id),
    }


def _script(brand: BrandDesk | None, name: str) -> Script | None:
    return next((script for script in (brand.scripts if brand else ()) if script.id == name), None)


def _reply(visit: Visit, row: ConversationRow, text: str, once: str) -> ReplySent:
    """The fact, its text sealed with the customer's key: whoever forgets them forgets what they were told.

    A reply to a group stands under the post, for everybody there.
    """
    answered, to_all = _answered(row), is_group(row.conversation)
    customer = answered.content.subject if answered.content.subject != answered.item else None
    native_id = f"{SOURCE}-{ids.derived(row.conversation, once)}"
    item = ids.item_id(row.platform, native_id)
    private = visit.desk.opener.private(answered.content)
    fact = ReplySent(
        id=ids.fact_id(item, "seen"),
        item=item,
        key=row.key,
        platform=row.platform,
        native_id=native_id,
        source=SOURCE,
        occurred_at=visit.now,
        observed_at=visit.now,
        recorded_at=visit.now,
        kind="reply",
        post=answered.post,
        parent=None if to_all else answered.native_id,
        account=row.account,
        own=True,
        to_author=None if to_all else customer,
    )
    content = Private(text=text, to_author_id=private.author_id if private and not to_all else None)
    (sealed,) = visit.desk.sealer.seal_many([content_of(fact.sealed_for, fact.occurred_at, fact.id, content)])
    return structs.replace(fact, sealed=sealed)


def _answered(row: ConversationRow) -> ItemRow:
    """The customer's last message."""
    for item in reversed(row.items):
        if not item.ours:
            return item
    raise Missing("message")
