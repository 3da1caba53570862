"""WeCom (企业微信) group robots: https://developer.work.weixin.qq.com/document/path/91770.

`wecombot://KEY`. Markdown of at most 4,096 bytes with a link that is as good as a button: their cards cut titles of more
than 26 characters without a word. More than 20 messages a minute are refused (45009).
"""

from services.notify.channel import Attempt, Contact, Delivered, GiveUp, Message, TryAgain
from services.notify.robots.webhook import Webhook, robot_address

HOST = "https://qyapi.weixin.qq.com"
CONTENT_BYTES_MOST = 4_096
TOO_FAST = 45009
TOO_FAST_S = 60.0
NEVER = frozenset({40008, 40058, 45002, 93000, 93004, 93008, 93017})
"""Wrong or removed key, not in the group, malformed or too long."""
BUTTON = "查看并接手"


class WeCom:
    """A channel of `services.notify.channel`."""

    def __init__(self, webhook: Webhook) -> None:
        self._webhook = webhook

    async def send(self, contact: Contact, message: Message, *, timeout_s: float) -> Attempt:
        robot = robot_address(contact)
        if robot is None:
            return GiveUp(reason="address_unreadable", detail=contact.scheme)
        url = f"{robot.at or HOST}/cgi-bin/webhook/send?key={robot.token}"
        answer = await self._webhook.post(url, markdown(message), timeout_s)
        return outcome(answer.get("errcode")) if isinstance(answer, dict) else answer


def markdown(message: Message) -> dict[str, object]:
    """The body."""
    button = [f"[{BUTTON}]({message.link})"] if message.link else []
    content = "\n".join([f"**{message.title}**", message.body, *button])
    return {"msgtype": "markdown", "markdown": {"content": content}}


def outcome(code: object) -> Attempt:
    """What the robot's code means."""
    if code == 0:
        return Delivered()
    if code == TOO_FAST:
        return TryAgain(reason="robot_busy", detail=str(code), after_s=TOO_FAST_S)
    if code in NEVER:
        return GiveUp(reason="robot_refused", detail=str(code))
    return TryAgain(reason="robot_refused", detail=str(code))
