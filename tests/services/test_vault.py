"""The vault: sealed is unreadable, opened is the same, forgotten is gone for good."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import vault_keyring
from services.vault import ClearVault, Content, SealedContent, Vault, content_of, private_of
from services.vault_errors import VaultKeyMissing, VaultKeyWrong
from services.vault_key import VARIABLE
from streams.errors import StoreUnavailable
from streams.facts import MentionObserved, Private

MONTH = 202603
FACT = "f" * 32


OpenVault = Callable[[Path], Vault]


@pytest.fixture
def vault_at() -> Iterator[OpenVault]:
    """Opens vaults that are closed when the test ends."""
    with ExitStack() as opened:

        def open_vault(folder: Path) -> Vault:
            vault = Vault.of_folder(folder, {})
            opened.callback(vault.close)
            return vault

        yield open_vault


@pytest.fixture
def vault(tmp_path: Path, vault_at: OpenVault) -> Vault:
    return vault_at(tmp_path)


@pytest.fixture(scope="module")
def lasting_vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    """One vault for all examples of a property: what it holds does not matter there."""
    vault = Vault.of_folder(tmp_path_factory.mktemp("vault"), {})
    yield vault
    vault.close()


def content(
    subject: str = "anna", month: int = MONTH, fact: str = FACT, plaintext: bytes = b"hello"
) -> Content:
    return Content(subject, month, fact, plaintext)


def sealed_by(vault: Vault, one: Content) -> SealedContent:
    (sealed,) = vault.seal_many([one])
    return SealedContent(one.subject, one.month, one.fact_id, sealed)


def raw_bytes(folder: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(folder.iterdir()))


@given(st.lists(st.tuples(st.sampled_from(["anna", "bert", "carl"]), st.binary(max_size=200)), max_size=30))
def test_what_was_sealed_opens_the_same(lasting_vault: Vault, texts: list[tuple[str, bytes]]) -> None:
    contents = [content(subject, plaintext=text) for subject, text in texts]
    opened = [
        lasting_vault.open(one.subject, one.month, one.fact_id, sealed)
        for one, sealed in zip(contents, lasting_vault.seal_many(contents), strict=True)
    ]
    assert opened == [one.plaintext for one in contents]


def test_another_process_opens_what_this_one_sealed(
    tmp_path: Path, vault: Vault, vault_at: OpenVault
) -> None:
    one = sealed_by(vault, content())
    assert vault_at(tmp_path).open_many([one]) == [b"hello"]


def test_sealed_bytes_hide_the_text_and_never_repeat(vault: Vault) -> None:
    first, second = vault.seal_many([content(), content()])
    assert b"hello" not in first
    assert first != second


@pytest.mark.parametrize(
    "changed", [{"fact": "e" * 32}, {"subject": "bert"}, {"month": 202604}], ids=["fact", "subject", "month"]
)
def test_sealed_content_opens_only_where_it_belongs(vault: Vault, changed: dict[str, str]) -> None:
    sealed = sealed_by(vault, content()).sealed
    elsewhere = content(**changed)  # type: ignore[arg-type]  # one field each
    assert vault.open(elsewhere.subject, elsewhere.month, elsewhere.fact_id, sealed) is None


@given(st.binary(max_size=60))
def test_what_was_never_sealed_does_not_open(lasting_vault: Vault, noise: bytes) -> None:
    sealed_by(lasting_vault, content())
    assert lasting_vault.open("anna", MONTH, FACT, b"\x01" + noise) is None
    assert lasting_vault.open("anna", MONTH, FACT, noise[:5]) is None


def test_forgetting_drops_one_person_in_all_months_and_nobody_else(vault: Vault) -> None:
    march, april = sealed_by(vault, content()), sealed_by(vault, content(month=202604))
    other = sealed_by(vault, content("bert"))
    assert vault.forget("anna") == 2
    assert vault.open_many([march, april, other]) == [None, None, b"hello"]


def test_a_forgotten_person_who_writes_again_is_read_again_but_not_the_past(vault: Vault) -> None:
    past = sealed_by(vault, content())
    vault.forget("anna")
    present = sealed_by(vault, content(plaintext=b"back"))
    assert vault.open_many([past, present]) == [None, b"back"]


def test_a_reader_does_not_serve_keys_that_another_process_dropped(
    tmp_path: Path, vault: Vault, vault_at: OpenVault
) -> None:
    one = sealed_by(vault, content())
    reader = vault_at(tmp_path)
    assert reader.open_many([one]) == [b"hello"]
    vault.forget("anna")
    assert reader.open_many([one]) == [None]


def test_retention_drops_the_months_before(vault: Vault) -> None:
    old, kept = sealed_by(vault, content(month=202601)), sealed_by(vault, content(month=202602))
    assert vault.drop_before(202602) == 1
    assert vault.open_many([old, kept]) == [None, b"hello"]


def test_dropped_keys_leave_no_byte_in_the_files(tmp_path: Path, vault: Vault) -> None:
    sealed_by(vault, content())
    with sqlite3.connect(tmp_path / "vault.db") as db:
        (wrapped,) = db.execute("SELECT wrapped FROM keys").fetchone()
    db.close()
    assert wrapped in raw_bytes(tmp_path)
    vault.forget("anna")
    assert wrapped not in raw_bytes(tmp_path)
    assert b"anna" not in raw_bytes(tmp_path)


def test_key_numbers_are_never_used_twice(vault: Vault) -> None:
    first = sealed_by(vault, content()).sealed
    vault.forget("anna")
    second = sealed_by(vault, content()).sealed
    assert first[1:9] < second[1:9]


def test_more_authors_than_fit_into_memory_still_open(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault_keyring, "KEYS_IN_MEMORY", 3)
    contents = [content(f"author {i}", plaintext=str(i).encode()) for i in range(10)]
    sealed = [sealed_by(vault, one) for one in (*contents, *contents)]
    assert vault.open_many(sealed) == [one.plaintext for one in (*contents, *contents)]
    assert vault.forget("author 0") == 2


def test_pseudonyms_are_stable_and_keyed(tmp_path: Path, vault: Vault, vault_at: OpenVault) -> None:
    name = vault.pseudonym("weibo", "1001")
    assert name == vault_at(tmp_path).pseudonym("weibo", "1001")
    assert len(name) == 32
    assert name != vault.pseudonym("douyin", "1001")
    (tmp_path / "other").mkdir()
    assert name != vault_at(tmp_path / "other").pseudonym("weibo", "1001")


def test_the_key_file_is_for_its_owner_alone(tmp_path: Path, vault: Vault) -> None:
    assert (tmp_path / "vault.key").stat().st_mode & 0o777 == 0o600


def test_a_key_from_the_environment_leaves_no_file(tmp_path: Path) -> None:
    Vault.of_folder(tmp_path, {VARIABLE: "ab" * 32}).close()
    assert not (tmp_path / "vault.key").exists()


def test_a_wrong_key_is_refused(tmp_path: Path, vault: Vault) -> None:
    with pytest.raises(VaultKeyWrong, match="another key"):
        Vault.of_folder(tmp_path, {VARIABLE: "ab" * 32})


@pytest.mark.parametrize("written", ["", "12", "no hex at all", "ab" * 31])
def test_what_is_no_key_is_refused(tmp_path: Path, written: str, vault_at: OpenVault) -> None:
    (tmp_path / "vault.key").write_text(written)
    with pytest.raises(VaultKeyWrong, match="64 hex digits"):
        vault_at(tmp_path)


def test_a_lost_key_is_told_and_not_made_anew(tmp_path: Path, vault: Vault, vault_at: OpenVault) -> None:
    (tmp_path / "vault.key").unlink()
    with pytest.raises(VaultKeyMissing, match=r"vault\.key is missing"):
        vault_at(tmp_path)
    assert not (tmp_path / "vault.key").exists()


def test_a_damaged_vault_is_one_clear_error(tmp_path: Path, vault_at: OpenVault) -> None:
    (tmp_path / "vault.key").write_text("ab" * 32)
    (tmp_path / "vault.db").write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(StoreUnavailable, match=r"vault\.db"):
        vault_at(tmp_path)


def test_a_key_changed_on_the_disk_is_told(tmp_path: Path, vault: Vault) -> None:
    one = sealed_by(vault, content())
    with sqlite3.connect(tmp_path / "vault.db") as db:
        db.execute("UPDATE keys SET wrapped = zeroblob(60)")
    db.close()
    with pytest.raises(StoreUnavailable, match="changed or damaged"):
        vault.open_many([one])


def test_a_fact_gives_back_its_content(vault: Vault) -> None:
    when = datetime(2026, 3, 1, tzinfo=UTC)
    fact = MentionObserved(
        id=FACT,
        item="i",
        key="k",
        platform="weibo",
        native_id="1",
        source="file",
        occurred_at=when,
        observed_at=when,
        recorded_at=when,
        kind="post",
        author="anna",
    )
    private = Private(text="文字", author_id="1001", extra={"big": 10**30})
    (sealed,) = vault.seal_many([content_of(fact.sealed_for, fact.occurred_at, fact.id, private)])
    held = MentionObserved(
        **{name: getattr(fact, name) for name in fact.__struct_fields__} | {"sealed": sealed}
    )
    assert private_of(vault, held) == private
    vault.forget("anna")
    assert private_of(vault, held) is None


def test_the_clear_vault_is_deterministic_and_keeps_nothing() -> None:
    assert ClearVault().pseudonym("weibo", "1") == ClearVault().pseudonym("weibo", "1")
    assert ClearVault().seal_many([content(), content()]) == [b"", b""]
    assert ClearVault().private(SealedContent("a", MONTH, FACT, b"")) is None
