"""Which replies of ours name somebody only through the item they answer: who is forgotten takes them along."""

from services.views.reader import Reader


def replies_by_parent(reader: Reader, person: str) -> list[str]:
    """The items of our replies to what `person` wrote that say only which item they answer."""
    rows = reader.rows(
        "SELECT reply FROM answers JOIN items ON items.item = answers.answered WHERE items.subject = ?"
        " ORDER BY reply",
        person,
    )
    return [row["reply"] for row in rows]
