"""A reply that a person has posted: recorded as ours at that time, measured against its script, raised where that says so."""

from msgspec import structs

from alerting.adherence import BLANK, strayed
from alerting.commands import NoteIncident, OpenIncident
from alerting.compliance import lint
from alerting.config import BrandDesk, Script
from alerting.levels import Level
from services import connectors
from services.vault import content_of
from services.views.incidents import incidents_page
from services.views.rows import ConversationRow, ItemRow
from services.web.actions import Fields, command_id, settled, text_of
from services.web.attending import SOURCE, conversation_in
from services.web.errors import BadQuestion, Missing, NotPosted, Refused
from services.web.texts import known
from services.web.visit import Visit
from streams import ids
from streams.commands import ClaimConversation, RecordReply
from streams.conversations import is_group, name_of
from streams.facts import Private, ReplySent
from streams.promises import promise_in
from streams.text.normalise import normalise

RAISED_LEVEL: Level = "yellow"
"""What a reply raises to the desk begins at; the desk's rules and people take it from there."""
BY_CONNECTOR = "connector"
"""Of the field `by`: the reply is not out yet, a connector posts it."""
GENERAL = "service"
"""The category of what is raised from the queue without a script that names one."""


async def record_reply(visit: Visit, fields: Fields) -> str:
    """Record `text` as our reply to `conversation`; returns the name of the text that says so.

    With `by` = `connector` it is posted first.

    Raises:
        BadQuestion: the text is empty, too long, or a blank is not filled in.
        Missing: there is no such conversation, or nobody to answer in it.
        Refused: somebody else has it, or has answered meanwhile; a connector would have to say what must not be said.
        NotPosted: the connector did not take it.
    """
    row, text = conversation_in(visit, fields), text_of(fields, "text")
    if not text:
        raise BadQuestion("text: found nothing, expected the words that were sent")
    if open_blanks := BLANK.findall(text):
        raise BadQuestion(f"text: the blanks {', '.join(open_blanks)} are not filled in")
    script, once = _script(brand_of(row, visit), fields.get("script", "")), command_id(visit, fields)
    by_connector = fields.get("by") == BY_CONNECTOR
    native_id = await _posted(visit, row, text, fields) if by_connector else None
    command = RecordReply(
        id=once,
        who=visit.person.id,
        conversation=row.conversation,
        key=row.key,
        reply=_reply(visit, row, text, native_id or f"{SOURCE}-{ids.derived(row.conversation, once)}"),
        # What is out is recorded, whoever was faster.
        answering=None if by_connector else fields.get("answering") or None,
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


async def _posted(visit: Visit, row: ConversationRow, text: str, fields: Fields) -> str | None:
    """Have the reply posted under our account; the platform's id of it, if the connector tells.

    Whoever posts holds the conversation by then, so that no colleague posts at the same time.
    """
    if not visit.desk.connectors.has(row.platform, row.account):
        raise Refused("no_connector")
    if any(flag.severity == "block" for flag in lint(text, row.platform)):
        raise Refused("forbidden_words")
    once, answering = command_id(visit, fields), fields.get("answering")
    if answering and (row.clock is None or name_of(row.clock) != answering):
        raise Refused("answered_meanwhile")
    if row.clock is not None:
        claim = ClaimConversation(
            id=ids.derived(once, "claim"), who=visit.person.id, conversation=row.conversation, key=row.key
        )
        outcomes = await visit.desk.house.submit([claim])
        await settled(visit, outcomes[0])
    answer = await visit.desk.connectors.post(_letter(visit, row, text))
    if isinstance(answer, connectors.NotPosted):
        raise NotPosted(answer.why)
    return answer.native_id


def _letter(visit: Visit, row: ConversationRow, text: str) -> connectors.Letter:
    """The same words in answer to the same message are the same letter, whoever presses and however often."""
    answered = _answered(row)
    to_all = is_group(row.conversation)
    private = visit.desk.opener.private(answered.content)
    return connectors.Letter(
        id=ids.derived("letter", row.conversation, answered.item, text),
        platform=row.platform,
        account=row.account,
        text=text,
        post_id=answered.post,
        parent_id=None if to_all else answered.native_id,
        to_author_id=private.author_id if private and not to_all else None,
    )


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


def _reply(visit: Visit, row: ConversationRow, text: str, native_id: str) -> ReplySent:
    """The fact, its text sealed with the customer's key: whoever forgets them forgets what they were told.

    A reply to a group stands under the post, for everybody there.
    """
    answered, to_all = _answered(row), is_group(row.conversation)
    customer = answered.content.subject if answered.content.subject != answered.item else None
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
