"""What Slack takes: how long each part of a message may be.

From its documentation (docs.slack.dev: Block Kit, chat.postMessage, chat.update) where nothing else is said.
"""

from __future__ import annotations

TEXT_MOST = 4_000
"""Of a message beside its blocks; ``chat.update`` refuses more (``msg_too_long``)."""
PLAIN_MOST = 9_000
"""Of a message that has no blocks; ``chat.postMessage`` cuts at 40,000, and people long before."""
SECTION_MOST = 3_000
HEADER_MOST = 150
URL_MOST = 3_000
BLOCKS_TOGETHER = 13_000
"""Of all blocks of a message; beyond about 13,200 it is ``msg_blocks_too_long`` (slackapi/bolt-js#2509)."""

TITLE_MOST = 500
SUMMARY_MOST = 1_200
ALT_MOST = 1_000
"""These three are our own (Slack takes 2,000 of an alternative text): together all is within a message."""
NAME_MOST = 120
"""Of a feed and of authors; no line takes more."""
DIGEST_MOST = 9_000
"""Of all blocks of a digest, its row of buttons included: well below what was ever refused."""
DIGEST_ITEMS = 15
BUTTONS_ROOM = 900
"""What is left for a row of buttons, of ``DIGEST_MOST``."""
