"""DingTalk (钉钉) custom robots: https://open.dingtalk.com/document/robots/custom-robot-access.

`dingtalk://[SEC…@]ACCESS_TOKEN`. A card with one button; the body may hold 20,000 bytes. More than 20 messages a minute are
refused for ten minutes (130101): `services.notify.pace` stays at 15.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import urlencode

from services.notify.channel import Attempt, Contact, Delivered, GiveUp, Message, TryAgain
from services.notify.robots.webhook import Now, RobotAddress, Webhook, robot_address

HOST = "https://oapi.dingtalk.com"
BODY_BYTES_MOST = 20_000
TOO_FAST = frozenset({130101, 130102})
BLOCKED_S = 600.0
NEVER = frozenset({300001, 310000, 400013, 400101, 400102, 400105, 400106})
"""No such token, wrong signature or keyword or address, robot stopped: trying again changes nothing."""
BUTTON = "查看并接手"


class DingTalk:
    """A channel of `services.notify.channel`."""

    def __init__(self, webhook: Webhook, now: Now) -> None:
        self._webhook = webhook
        self._now = now

    async def send(self, contact: Contact, message: Message, *, timeout_s: float) -> Attempt:
        robot = robot_address(contact)
        if robot is None:
            return GiveUp(reason="address_unreadable", detail=contact.scheme)
        answer = await self._webhook.post(url_of(robot, self._now()), card(message), timeout_s)
        return outcome(answer.get("errcode")) if isinstance(answer, dict) else answer


def url_of(robot: RobotAddress, now: datetime) -> str:
    """Where to post; signed if the robot has a secret."""
    query = {"access_token": robot.token}
    if robot.secret is not None:
        stamp = str(int(now.timestamp() * 1000))
        digest = hmac.digest(robot.secret.encode(), f"{stamp}\n{robot.secret}".encode(), hashlib.sha256)
        query |= {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}
    return f"{robot.at or HOST}/robot/send?{urlencode(query)}"


def card(message: Message) -> dict[str, object]:
    """The body: a card whose button leads to the page; a line of ours is a line of theirs."""
    text = f"### {message.title}\n\n" + "\n\n".join(message.body.splitlines())
    if not message.link:
        return {"msgtype": "markdown", "markdown": {"title": message.title, "text": text}}
    shown = {"title": message.title, "text": text, "singleTitle": BUTTON, "singleURL": message.link}
    return {"msgtype": "actionCard", "actionCard": shown}


def outcome(code: object) -> Attempt:
    """What the robot's code means."""
    if code == 0:
        return Delivered()
    if code in TOO_FAST:
        return TryAgain(reason="robot_busy", detail=str(code), after_s=BLOCKED_S)
    if code in NEVER:
        return GiveUp(reason="robot_refused", detail=str(code))
    return TryAgain(reason="robot_refused", detail=str(code))
