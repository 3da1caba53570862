"""Judging: what the text alone tells of an item. A whole batch at once, a pure function of the configuration."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeGuard

from streams.arrivals import Arrival, IntakeArrival, IntakeHappening, Judged, Judgement
from streams.config import IntakeConfig, Monitor
from streams.events import Match
from streams.facts import CommentReceived, Private, ReplySent, Seen
from streams.manners import PLAIN, Manner, Manners, of_reply
from streams.text.matcher import Hit, Item, Matcher
from streams.text.normalise import normalise
from streams.text.sentiment import Scorer, Sentiment
from streams.text.simhash import simhash_batch
from streams.text.topics import Topic, Topics
from streams.text.words import notable_words_batch

Veil = Callable[[str], str]
"""Names a rare word so that only who may read texts can tell what it is; signals never hold it in the clear."""
WORDS_MOST = 12
"""Rare words of one text that the desk is told of."""
_NOTHING_WRITTEN = normalise("")
_BETWEEN = "\0"
"""Between brand and monitor in the matcher's ids; neither can hold it."""


class Judge:
    """One configuration, compiled to read texts: its monitors in one automaton, its scorer, its topics."""

    def __init__(self, config: IntakeConfig, scorer: Scorer, topics: Topics, veil: Veil) -> None:
        """Compile.

        Raises:
            streams.text.errors.QueryError: a monitor's query is wrong.
        """
        self._manners = Manners(config)
        self._wants_words = config.new_words
        self._scorer = scorer
        self._topics = topics
        self._veil = veil
        self._model = f"{scorer.name}:{scorer.model_hash[:12]}"
        self._monitors = {_matcher_id(monitor): (monitor.brand, monitor.id) for monitor in config.monitors}
        self._matcher = Matcher({_matcher_id(monitor): monitor.query for monitor in config.monitors})

    def judge(self, arrivals: Sequence[IntakeArrival]) -> list[IntakeHappening]:
        """One result per arrival, in order; commands and facts without content pass through."""
        asked = {place: arrival for place, arrival in enumerate(arrivals) if _is_judged(arrival)}
        judgements = dict(zip(asked, self._judgements([*asked.values()]), strict=True))
        return [
            Judged(fact=arrival.fact, judgement=judgements.get(place), manner=self._manner(arrival))
            if isinstance(arrival, Arrival)
            else arrival
            for place, arrival in enumerate(arrivals)
        ]

    def _manner(self, arrival: Arrival) -> Manner:
        """How a message to us reads; what others say among themselves asks nothing of us."""
        fact = arrival.fact
        if arrival.text is None or not isinstance(fact, Seen) or fact.account is None:
            return PLAIN
        return of_reply(arrival.text) if isinstance(fact, ReplySent) else self._manners.of(arrival.text)

    def _judgements(self, arrivals: Sequence[Arrival]) -> list[Judgement]:
        if not arrivals:
            return []
        texts = [text_of(arrival.private) for arrival in arrivals]
        sentiments = self._scorer.score(texts)
        items = [_item(arrival, sentiment) for arrival, sentiment in zip(arrivals, sentiments, strict=True)]
        matches = [self._matches(hits) for hits in self._matcher.match(items)]
        # Topic, words and fingerprint are for what a person or the desk may see.
        wanted = [
            number
            for number, arrival in enumerate(arrivals)
            if matches[number] or _may_matter_unmatched(arrival)
        ]
        extras = dict(zip(wanted, self._extras([texts[number] for number in wanted]), strict=True))
        return [
            self._judgement(sentiment, matched, extras.get(number))
            for number, (sentiment, matched) in enumerate(zip(sentiments, matches, strict=True))
        ]

    def _extras(self, texts: Sequence[str]) -> "list[_Extra]":
        if not texts:
            return []
        topics = self._topics.classify(texts)
        if not self._wants_words:
            return [_Extra(topic) for topic in topics]
        veil = self._veil
        words = [tuple([veil(word) for word in found]) for found in notable_words_batch(texts, WORDS_MOST)]
        return list(map(_Extra, topics, words, simhash_batch(texts)))

    def _judgement(
        self, sentiment: Sentiment, matches: tuple[Match, ...], extra: "_Extra | None"
    ) -> Judgement:
        topic, words, simhash = extra or _NO_EXTRA
        return Judgement(
            sentiment=_rounded(sentiment),
            matches=matches,
            topic=topic.id if topic else None,
            topic_evidence=topic.evidence if topic else (),
            words=words,
            simhash=simhash,
            model=self._model,
        )

    def _matches(self, hits: Sequence[Hit]) -> tuple[Match, ...]:
        if not hits:
            return ()
        monitors = self._monitors
        return tuple([Match(*monitors[hit.id], "text", hit.spans) for hit in hits])


def _rounded(sentiment: Sentiment) -> Sentiment:
    """To four decimals, as `item.judged` has them."""
    return Sentiment(
        sentiment.label,
        round(sentiment.negative, 4),
        round(sentiment.neutral, 4),
        round(sentiment.positive, 4),
        sentiment.abstain,
    )


class _Extra(NamedTuple):
    """What is found out only about items that matter to somebody."""

    topic: Topic | None = None
    words: tuple[str, ...] = ()
    simhash: int = 0


_NO_EXTRA = _Extra()


def _matcher_id(monitor: Monitor) -> str:
    return f"{monitor.brand}{_BETWEEN}{monitor.id}"


def _is_judged(arrival: IntakeArrival) -> TypeGuard[Arrival]:
    """Whether it brings content of somebody else's: our own replies are not judged."""
    return (
        isinstance(arrival, Arrival)
        and isinstance(arrival.fact, Seen)
        and not isinstance(arrival.fact, ReplySent)
    )


def _may_matter_unmatched(arrival: Arrival) -> bool:
    """Whether it is addressed to us or stands under something whose monitors it may inherit."""
    fact = arrival.fact
    return isinstance(fact, Seen) and (
        isinstance(fact, CommentReceived) or fact.post is not None or fact.parent is not None
    )


def text_of(private: Private | None) -> str:
    """What is judged of an item: its title, if any, and its text."""
    if private is None:
        return ""
    return f"{private.title}\n{private.text}" if private.title else private.text


def _item(arrival: Arrival, sentiment: Sentiment) -> Item:
    fact, private = arrival.fact, arrival.private
    assert isinstance(fact, Seen)
    counts = fact.counts
    return Item(
        text=arrival.text or _NOTHING_WRITTEN,
        title=arrival.title,
        author=private.author_name if private else None,
        platform=fact.platform,
        url=private.url if private else None,
        tags=fact.author_tags,
        kind="comment" if isinstance(fact, CommentReceived) else "mention",
        sentiment=sentiment.label,
        followers=fact.author_followers,
        reposts=counts.reposts if counts else None,
        likes=counts.likes if counts else None,
        comments=counts.comments if counts else None,
        views=counts.views if counts else None,
    )
