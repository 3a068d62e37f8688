"""What a failed call of Slack's Web API means for a message: pure."""

from __future__ import annotations

from datetime import timedelta

from adapters.slack.web import Limited, Refused, Revoked, Unanswered, Unreached
from bot.errors import Busy, DeliveryError, InDoubt, TargetGone, Undeliverable

# Slack's own words, from the errors of chat.postMessage and chat.update (docs.slack.dev/reference/methods).
GONE = {
    "not_in_channel": "I'm not in the channel. Type /invite and my name there.",
    "channel_not_found": "the channel is gone, or it is private and I'm not in it.",
    "is_archived": "the channel is archived.",
    "restricted_action": "an admin of the workspace decides who may post there, and I may not.",
    "restricted_action_read_only_channel": "the channel is read-only.",
    "restricted_action_thread_only_channel": (
        "the channel takes replies in threads only, and a thread begins with a post. Choose another channel."
    ),
    "restricted_action_non_threadable_channel": (
        "the channel takes no threads. In /feeds settings switch In a thread off."
    ),
    "restricted_action_thread_locked": "the thread is locked.",
    "cannot_reply_to_message": "the message cannot be replied to.",
    "messages_tab_disabled": "the Messages tab of the app is switched off: its manifest switches it on.",
    "user_not_found": "that account is gone.",
    "user_disabled": "that account is deactivated.",
    "cannot_dm_bot": "that is a bot, which reads no messages.",
}
WHOLE_WORKSPACE = {
    "message_limit_exceeded": "The workspace's plan takes no more messages.",
    "ekm_access_denied": "The workspace's administrators hold its messages back (enterprise key management).",
    "access_denied": "Slack denies the bot access to the workspace.",
    "org_login_required": "The workspace is being moved to an organisation.",
    "team_added_to_org": "The workspace is being moved to an organisation.",
    "team_access_not_granted": "The bot was not granted access to the workspace.",
    "missing_scope": "The bot lacks a permission that it cannot post without: wireroom doctor names it.",
    "not_allowed_token_type": "SLACK_BOT_TOKEN is a token of another kind.",
}
"""Nothing can be posted anywhere, and only people of the workspace or the operator can mend it."""
UNEDITABLE = frozenset(
    {"message_not_found", "cant_update_message", "edit_window_closed", "is_inactive", "block_mismatch"}
)
"""The card stands as it is; a corrected headline is said beside it."""
FORM = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})
"""Slack refused the form of a message: a plainer one may pass."""
PICTURE = "downloading image failed"
AWAY = "Slack cannot be reached."
REVOKED = "Slack refuses the token. Install the app anew, set SLACK_BOT_TOKEN and restart."

SLOWLY = timedelta(seconds=30)
HOUR = timedelta(hours=1)
"""Between tries where somebody has to act first."""


def is_picture(error: Refused) -> bool:
    """Say whether a message was refused because Slack could not fetch its image."""
    said = [str(error.answer.get("error", "")), *map(str, error.answer.get("errors") or ())]
    said += map(str, (error.answer.get("response_metadata") or {}).get("messages") or ())
    return any(PICTURE in text for text in said)


def meaning(error: Exception, *, everywhere: bool = False) -> DeliveryError:
    """Say what becomes of a message whose call failed so; ``everywhere``: a limit is the workspace's."""
    match error:
        case Revoked():
            found: DeliveryError = Busy(REVOKED, retry_after=HOUR, everywhere=True)
        case Limited():
            wait = timedelta(seconds=error.seconds)
            found = Busy("Slack asks to wait.", retry_after=wait, everywhere=everywhere)
        case Unreached():
            found = Busy(AWAY, retry_after=SLOWLY, everywhere=True)
        case Unanswered():
            found = InDoubt("Slack failed or did not answer in mid-send.")
        case Refused():
            found = _refused(error.error)
        case _:
            found = DeliveryError(f"The Slack adapter stumbled ({type(error).__name__}).")
    return found


def _refused(said: str) -> DeliveryError:
    if said in GONE:
        return TargetGone(GONE[said])
    if said in WHOLE_WORKSPACE:
        return Busy(WHOLE_WORKSPACE[said], retry_after=HOUR, everywhere=True)
    if said in UNEDITABLE:
        return Undeliverable("Slack lets nobody change the message any more.")
    if said in FORM:
        return Undeliverable("Slack refused its form, in all shapes that I know.")
    if said == "no_text":
        return Undeliverable("there is nothing in it that could be shown.")
    return DeliveryError(f"Slack refused it ({said}).")
