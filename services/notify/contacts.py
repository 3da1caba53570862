"""From what a page names (a person and a number) to an address that can be used."""

from collections.abc import Mapping

from alerting.config import DeskConfig
from alerting.events import PageRequested
from services.config.model import secret
from services.notify.channel import Contact
from services.notify.errors import NoSuchContact

_REFERENCES = ("env:", "file:")


def contact_of(page: PageRequested, desk: DeskConfig, environ: Mapping[str, str]) -> Contact:
    """The address of `page` as the configuration holds it now, its secret filled in.

    Raises:
        NoSuchContact: the person or the contact was taken out of the configuration.
        services.errors.ConfigurationUnusable: the secret is not there.
    """
    person = desk.person(page.person)
    if person is None or page.contact >= len(person.contacts):
        raise NoSuchContact(f"contact {page.contact} of {page.person} is not in the configuration any more")
    return address(person.contacts[page.contact], environ)


def address(written: str, environ: Mapping[str, str]) -> Contact:
    """A contact as the configuration has it, its secret filled in.

    Raises:
        services.errors.ConfigurationUnusable: the secret is not there.
    """
    return Contact(secret(written, environ) if written.startswith(_REFERENCES) else written)
