"""How ids and partition keys are derived.

Nothing here is random: the same happening gets the same id whichever inlet, machine or run sees it. Ids are 128-bit
BLAKE2b digests in lower-case hex (32 characters).
"""

import hashlib
from functools import lru_cache

_BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BASE62_VALUE = {character: value for value, character in enumerate(_BASE62)}
_CHUNK_BASE62 = 4
_CHUNK_DECIMAL = 7
_BID_LENGTH = 9
_BID_CENTURIES = range(33, 60)
"""The first two of a Weibo id's sixteen digits, from 2011 (33…) to about 2030: an id holds its time."""
_RECENT_BIDS = 1 << 14
_RECENT_POSTS = 1 << 12
"""One post's id comes again with every comment under it."""


def derived(*parts: str) -> str:
    """Hash `parts` into one id. Parts must not hold NUL, which the gateway refuses in ids."""
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=16).hexdigest()


def canonical_native_id(platform: str, native_id: str) -> str:
    """The one spelling of a platform's id: Weibo's base-62 form becomes its decimal form, all else stays.

    Weibo writes each group of seven decimal digits as four base-62 characters, from the right. Only what Weibo itself
    could have written since 2011 is translated, so that nobody's own numbering is taken for it.
    """
    return _canonical_weibo_id(native_id) if platform == "weibo" else native_id


@lru_cache(maxsize=_RECENT_BIDS)
def _canonical_weibo_id(native_id: str) -> str:
    if len(native_id) != _BID_LENGTH or native_id.isdigit():
        return native_id
    decimal = _weibo_decimal(native_id)
    if decimal is None or int(decimal[:2]) not in _BID_CENTURIES or weibo_bid(decimal) != native_id:
        return native_id
    return decimal


def _weibo_decimal(bid: str) -> str | None:
    if any(character not in _BASE62_VALUE for character in bid):
        return None
    first = len(bid) % _CHUNK_BASE62 or _CHUNK_BASE62
    chunks = [bid[:first]] + [bid[i : i + _CHUNK_BASE62] for i in range(first, len(bid), _CHUNK_BASE62)]
    numbers = [_base62_number(chunk) for chunk in chunks]
    return str(numbers[0]) + "".join(str(number).zfill(_CHUNK_DECIMAL) for number in numbers[1:])


def weibo_bid(decimal: str) -> str:
    """The base-62 form of a decimal Weibo id, as it stands in addresses (`weibo.com/<user>/<bid>`)."""
    first = len(decimal) % _CHUNK_DECIMAL or _CHUNK_DECIMAL
    chunks = [decimal[:first]] + [
        decimal[i : i + _CHUNK_DECIMAL] for i in range(first, len(decimal), _CHUNK_DECIMAL)
    ]
    words = [_base62_word(int(chunk)) for chunk in chunks]
    return words[0] + "".join(word.rjust(_CHUNK_BASE62, "0") for word in words[1:])


def _base62_number(word: str) -> int:
    number = 0
    for character in word:
        number = number * 62 + _BASE62_VALUE[character]
    return number


def _base62_word(number: int) -> str:
    word = ""
    while number:
        number, rest = divmod(number, 62)
        word = _BASE62[rest] + word
    return word or "0"


def item_id(platform: str, native_id: str) -> str:
    """The id of an item, the same whatever the inlet."""
    return derived(platform, canonical_native_id(platform, native_id))


@lru_cache(maxsize=_RECENT_POSTS)
def post_id(platform: str, native_id: str) -> str:
    """`item_id` of what others stand under: it is asked for with each of them, and again for its monitors and signal."""
    return item_id(platform, native_id)


def fact_id(item: str, op: str, discriminator: str = "") -> str:
    """The id of a fact about `item`.

    `discriminator` tells repeats from news: normalised title and text of something seen (an edit is a new fact, a
    repeat is not), source time and counts for something measured, nothing for a deletion.
    """
    return derived(item, op, discriminator)


def event_id(cause: str, event_type: str, discriminator: str = "") -> str:
    """The id of a decided event: what caused it, what it is, and which of several it is."""
    return derived(cause, event_type, discriminator)


def thread_key(platform: str, account: str, post: str | None, customer: str | None) -> str:
    """Partition key of comments, messages and our replies: one thread, its pile-on and its replies in one place."""
    if post is not None:
        return f"{platform}/{account}/{canonical_native_id(platform, post)}"
    return f"{platform}/{account}/dm/{customer or '-'}"


def mention_key(platform: str, post: str | None, native_id: str) -> str:
    """Partition key of what others say about us: the post it stands under, or the item itself."""
    return f"{platform}/{canonical_native_id(platform, post or native_id)}"


@lru_cache(maxsize=_RECENT_POSTS)
def conversation_id(platform: str, account: str, post: str | None, customer: str) -> str:
    """A conversation: platform, our account, thread (`dm` for private messages) and author, readable."""
    thread = "dm" if post is None else canonical_native_id(platform, post)
    return f"{platform}/{account}/{thread}/{customer}"
