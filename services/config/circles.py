"""Whether names that ask for each other go round in a circle."""

from collections.abc import Mapping


def circle(edges: Mapping[str, tuple[str, ...]]) -> str | None:
    """A name from which a path leads back to itself, if there is one."""
    return next((name for name in edges if _leads_back(edges, name)), None)


def _leads_back(edges: Mapping[str, tuple[str, ...]], start: str) -> bool:
    waiting, visited = list(edges[start]), set[str]()
    while waiting:
        name = waiting.pop()
        if name == start:
            return True
        if name not in visited:
            visited.add(name)
            waiting += edges.get(name, ())
    return False
