"""Errors of the vault: one base, each docstring is its message."""

from services.errors import ServicesError


class VaultError(ServicesError):
    """The vault cannot be used."""


class VaultKeyMissing(VaultError):
    """The vault is there, its key is not."""


class VaultKeyWrong(VaultError):
    """The key does not belong to this vault, or is no key at all."""
