"""Errors of the streams: one base, each docstring is its message."""


class StreamsError(Exception):
    """Something in the streams cannot go on."""


class JournalError(StreamsError):
    """The journal cannot be read or written."""


class NotLinked(JournalError):
    """The entry does not continue the journal's head: another writer was here first."""


class BrokenChain(JournalError):
    """An entry is not what was written: its bytes, number or link were changed."""

    def __init__(self, partition: str, seq: int, reason: str) -> None:
        super().__init__(f"journal {partition!r} is broken at entry {seq}: {reason}")
        self.partition = partition
        self.seq = seq
        self.reason = reason


class UnknownEvent(JournalError):
    """The entry holds an event that this release does not know; upgrade before reading on."""


class SnapshotUnreadable(StreamsError):
    """The chunks of a snapshot do not make a state (another release wrote them); fold the journal instead."""


class StoreUnavailable(JournalError):
    """The store refuses to write (disk full, read-only, damaged); what is recorded stays safe."""


class TimerStuck(StreamsError):
    """A decider's timer did not move on after it fired."""


class Overloaded(StreamsError):
    """Too much is waiting to be recorded; nothing was taken in, try again after `retry_after_s`."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too much is waiting to be recorded; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class FolderLocked(StreamsError):
    """Another process holds the data folder."""
