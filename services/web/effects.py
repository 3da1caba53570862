"""What was said before and after each statement of an incident: the section of its page."""

import msgspec

from services.reports.effect import Effect, effect_of
from services.reports.effect_words import EffectWords, effect_words
from services.views.contents import releases_of
from services.views.rows import IncidentRow
from services.web.content_wording import item_words
from services.web.times import length
from services.web.visit import Visit


class EffectRow(msgspec.Struct, frozen=True, kw_only=True):
    """One statement with what the figures around it allow to be said."""

    title: str
    effect: Effect
    words: EffectWords


def effects_in(row: IncidentRow, visit: Visit) -> tuple[EffectRow, ...]:
    """The statements of an incident, newest first; those that went out less than a minute ago are not there yet."""
    found = []
    for each in releases_of(visit.desk.reader, row.brand, incident=row.id):
        effect = effect_of(visit.desk.reader, row.brand, each.released.at, visit.now)
        if effect is not None:
            words = effect_words(effect, visit.say, lambda seconds: length(seconds, visit.language))
            title = item_words(each.released.item, visit.language)
            found.append(EffectRow(title=title, effect=effect, words=words))
    return tuple(found)
