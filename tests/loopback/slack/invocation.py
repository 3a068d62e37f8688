"""What a person did, and what the app made of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.loopback.slack.delivery import Delivery, Unanswered
from tests.loopback.slack.nouns import Channel, Json, Message, User, View

__all__ = ["Invocation", "Unanswered", "Unusable"]


class Unusable(AssertionError):
    """Slack's client would not let the person do this."""


@dataclass(eq=False, slots=True)
class Invocation:
    """One act; what is awaited raises Unanswered when the person sees an error or nothing comes."""

    user: User
    channel: Channel | None
    """None where it took place in a view, or nowhere."""
    message: Message | None = None
    """The message with the button, or whose menu was used."""
    view: View | None = None
    """The view with the button or field."""
    messages: list[Message] = field(default_factory=list)
    """What the person was shown in answer: by the acknowledgement, the response_url, postEphemeral."""
    opened: list[View] = field(default_factory=list)
    """The views that were opened, pushed or changed in answer."""
    uses: int = 0
    """How often its response_url was used."""
    made_at: float = 0.0
    response_url: str | None = None
    trigger_id: str = ""
    delivery: Delivery = field(init=False)

    @property
    def acknowledged_after(self) -> float | None:
        """After how many seconds it was acknowledged, in time or late."""
        return self.delivery.acknowledged_after

    @property
    def failed(self) -> str | None:
        """The error that the person sees instead of an answer."""
        return self.delivery.failed

    async def ack(self) -> Json:
        """Wait for the acknowledgement and give what it carries."""
        return await self.delivery.ack()

    async def failure(self) -> str:
        """Wait for the error that the person sees."""
        return await self.delivery.failure()

    async def answer(self) -> Message:
        """Wait for the first message that answers."""
        return (await self.answers(1))[0]

    async def answers(self, count: int) -> list[Message]:
        """Wait until so many messages have answered."""
        await self.ack()
        while len(self.messages) < count:
            await self.delivery.changed()
        return self.messages

    async def opens(self) -> View:
        """Wait for the view that is opened, pushed or changed in answer."""
        await self.ack()
        while not self.opened:
            await self.delivery.changed()
        return self.opened[-1]

    async def options(self) -> list[Json]:
        """Wait for what an external menu is offered."""
        payload = await self.ack()
        groups = payload.get("option_groups") or []
        return [*(payload.get("options") or []), *(one for group in groups for one in group["options"])]

    async def errors(self) -> dict[str, str]:
        """Wait for the sentences beside the fields with which a form was refused, by block id."""
        payload = await self.ack()
        return dict(payload.get("errors") or {})

    def shows(self, message: Message) -> None:
        """Take in a message that answers."""
        self.messages.append(message)
        self.delivery.note()

    def shows_view(self, view: View) -> None:
        """Take in a view that answers."""
        self.opened.append(view)
        self.delivery.note()
