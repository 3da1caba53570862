from datetime import timedelta

import pytest

from services.web.access import LINK_LASTS, SESSION_LASTS, WRONG_PASSWORDS_MOST, Access
from services.web.errors import TooManyTries
from services.web.signin_pages import within
from services.web.visit import SESSION_COOKIE
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import Stage

NOON = at("12:00")


@pytest.fixture
def access(tmp_path_factory: pytest.TempPathFactory) -> Access:
    return Access(tmp_path_factory.mktemp("access") / "access.db")


async def test_a_link_is_used_up_by_pressing_not_by_looking(quiet: Stage) -> None:
    address = f"/signin/{quiet.desk.access.invite('xu', quiet.clock())}"
    async with browsing(quiet, person=None) as browser:
        for _ in range(3):  # a chat program draws previews
            seen = await browser.get(address)
            assert "以 许 的身份登录" in seen.text
            assert SESSION_COOKIE not in seen.cookies
        entered = await browser.post(address)
        assert (entered.status_code, entered.headers["location"]) == (303, "/queue")
        cookie = entered.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" not in cookie
        assert (await browser.get("/queue")).status_code == 200
        assert (await browser.post(address)).status_code == 410


async def test_over_https_the_session_never_leaves_it(quiet: Stage) -> None:
    address = f"/signin/{quiet.desk.access.invite('xu', quiet.clock())}"
    async with browsing(quiet, person=None) as browser:
        browser.base_url = "https://desk.test"
        assert "Secure" in (await browser.post(address)).headers["set-cookie"]


async def test_a_link_grows_old(quiet: Stage) -> None:
    address = f"/signin/{quiet.desk.access.invite('xu', quiet.clock())}"
    quiet.clock.set(quiet.clock() + LINK_LASTS + timedelta(seconds=1))
    async with browsing(quiet, person=None) as browser:
        for answer in (await browser.get(address), await browser.post(address)):
            assert answer.status_code == 410
            assert "链接已失效" in answer.text


async def test_somebody_who_left_the_configuration_is_not_let_in(quiet: Stage) -> None:
    async with browsing(quiet, person="nobody") as browser:
        assert (await browser.get("/queue")).status_code == 303


async def test_signing_out_ends_the_session(quiet: Stage) -> None:
    async with browsing(quiet) as browser:
        session = browser.cookies[SESSION_COOKIE]
        assert (await browser.post("/signout")).status_code == 303
    assert quiet.desk.access.person_of(session, quiet.clock()) is None


async def test_signing_in_with_a_password_leads_back_to_where_one_was(quiet: Stage) -> None:
    quiet.desk.access.set_password("xu", "correct horse")
    async with browsing(quiet, person=None) as browser:
        form = {"person": "xu", "password": "wrong horse", "to": "/incidents"}
        wrong = await browser.post("/signin", data=form)
        assert wrong.status_code == 401
        assert "编号或密码不对" in wrong.text
        right = await browser.post("/signin", data={**form, "password": "correct horse"})
        assert right.headers["location"] == "/incidents"


async def test_another_site_cannot_sign_anybody_in(quiet: Stage) -> None:
    address = f"/signin/{quiet.desk.access.invite('xu', quiet.clock())}"
    async with browsing(quiet, person=None) as browser:
        answer = await browser.post(address, headers={"origin": "https://evil.example"})
        assert answer.status_code == 403
    assert quiet.desk.access.invited(address.rsplit("/", 1)[1], quiet.clock()) == "xu"


async def test_language_is_chosen_by_a_post_and_kept(quiet: Stage) -> None:
    async with browsing(quiet) as browser:
        await browser.post("/choices", data={"language": "en", "to": "/queue"})
        assert "Nobody is waiting" in (await browser.get("/queue")).text
        await browser.post("/choices", data={"language": "tlh"})
        assert "Nobody is waiting" in (await browser.get("/queue")).text


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "queue",
        "/" + "a" * 3000,
    ],
)
def test_nobody_is_sent_elsewhere(address: str) -> None:
    assert within(address) == "/queue"


def test_an_address_within_the_desk_is_kept() -> None:
    assert within("/mentions?label=negative") == "/mentions?label=negative"


def test_only_hashes_are_stored(access: Access, tmp_path_factory: pytest.TempPathFactory) -> None:
    link, session = access.invite("xu", NOON), access.open_session("xu", NOON)
    access.set_password("xu", "correct horse")
    access.close()
    stored = b"".join(path.read_bytes() for path in tmp_path_factory.getbasetemp().glob("access*/access.db*"))
    for secret in (link, session, "correct horse"):
        assert secret.encode() not in stored


def test_a_link_lets_in_once(access: Access) -> None:
    link = access.invite("xu", NOON)
    session = access.redeem(link, NOON)
    assert session is not None
    assert access.person_of(session, NOON) == "xu"
    assert access.redeem(link, NOON) is None


def test_a_session_ends_by_itself(access: Access) -> None:
    session = access.open_session("xu", NOON)
    assert access.person_of(session, NOON + SESSION_LASTS) == "xu"
    assert access.person_of(session, NOON + SESSION_LASTS + timedelta(seconds=1)) is None


def test_guessing_a_password_is_slowed_down(access: Access) -> None:
    access.set_password("xu", "correct horse")
    for _ in range(WRONG_PASSWORDS_MOST):
        assert not access.check_password("xu", "guess", NOON)
    with pytest.raises(TooManyTries):
        access.check_password("xu", "correct horse", NOON)
    assert access.check_password("xu", "correct horse", NOON + timedelta(minutes=2))


def test_a_new_password_ends_old_sessions(access: Access) -> None:
    session = access.open_session("xu", NOON)
    access.set_password("xu", "correct horse")
    assert access.person_of(session, NOON) is None


@pytest.mark.parametrize("password", ["short", "x" * 201])
def test_a_password_has_its_bounds(access: Access, password: str) -> None:
    with pytest.raises(ValueError, match="10 to 200 characters"):
        access.set_password("xu", password)


def test_somebody_without_a_password_cannot_sign_in_with_one(access: Access) -> None:
    assert not access.check_password("xu", "", NOON)
    assert not access.check_password("nobody", "anything", NOON)
