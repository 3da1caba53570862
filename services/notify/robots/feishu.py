"""Feishu (飞书) and Lark custom robots: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot.

`feishu://[SECRET@]TOKEN`, `lark://…`. A card with a button, coloured by level; the body may hold 20 KB. At most 100 messages a
minute and 5 a second (11232).
"""

import base64
import hashlib
import hmac
from datetime import datetime

from alerting.levels import Level
from services.notify.channel import Attempt, Contact, Delivered, GiveUp, Message, TryAgain
from services.notify.robots.webhook import Now, RobotAddress, Webhook, robot_address

HOSTS = {"feishu": "https://open.feishu.cn", "lark": "https://open.larksuite.com"}
BODY_BYTES_MOST = 20_000
TOO_FAST = frozenset({9499, 11232, 99991400})
TOO_FAST_S = 5.0
NEVER = frozenset({19001, 19021, 19022, 19024})
"""No such token, wrong signature, address or keyword."""
COLOURS: dict[Level, str] = {"blue": "blue", "yellow": "yellow", "orange": "orange", "red": "red"}
BUTTON = "查看并接手"


class Feishu:
    """A channel of `services.notify.channel`."""

    def __init__(self, webhook: Webhook, now: Now) -> None:
        self._webhook = webhook
        self._now = now

    async def send(self, contact: Contact, message: Message, *, timeout_s: float) -> Attempt:
        robot = robot_address(contact)
        if robot is None:
            return GiveUp(reason="address_unreadable", detail=contact.scheme)
        url = f"{robot.at or HOSTS[contact.scheme]}/open-apis/bot/v2/hook/{robot.token}"
        answer = await self._webhook.post(url, card(message) | _signed(robot, self._now()), timeout_s)
        return outcome(answer.get("code", answer.get("StatusCode"))) if isinstance(answer, dict) else answer


def _signed(robot: RobotAddress, now: datetime) -> dict[str, object]:
    """Their way to sign: the key is the stamp and the secret, the message is empty."""
    if robot.secret is None:
        return {}
    stamp = str(int(now.timestamp()))
    digest = hmac.digest(f"{stamp}\n{robot.secret}".encode(), b"", hashlib.sha256)
    return {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}


def card(message: Message) -> dict[str, object]:
    """The body."""
    button: dict[str, object] = {
        "tag": "button", "type": "primary", "url": message.link, "text": {"tag": "plain_text", "content": BUTTON},
    }  # fmt: skip
    elements: list[dict[str, object]] = [
        {"tag": "div", "text": {"tag": "plain_text", "content": message.body}},
    ]
    if message.link:
        elements.append({"tag": "action", "actions": [button]})
    header = {
        "template": COLOURS[message.level],
        "title": {"tag": "plain_text", "content": message.title},
    }
    return {"msg_type": "interactive", "card": {"header": header, "elements": elements}}


def outcome(code: object) -> Attempt:
    """What the robot's code means."""
    if code == 0:
        return Delivered()
    if code in TOO_FAST:
        return TryAgain(reason="robot_busy", detail=str(code), after_s=TOO_FAST_S)
    if code in NEVER:
        return GiveUp(reason="robot_refused", detail=str(code))
    return TryAgain(reason="robot_refused", detail=str(code))
