"""What Discord takes: how long each part of a message may be.

From its documentation, resources/message ("Embed Limits", "Create Message"); the alt text's is our own.
"""

from __future__ import annotations

CONTENT_MOST = 2_000
EMBEDS_TOGETHER = 6_000
"""Titles, descriptions, fields, authors and footers of all embeds of one message."""
TITLE_MOST = 256
DESCRIPTION_MOST = 4_096
VALUE_MOST = 1_024
URL_MOST = 2_048
FORUM_TITLE_MOST = 100
NAME_MOST = 120
"""Of a feed and of authors; Discord takes more, but no line does."""
ALT_MOST = 1_000

COLOUR = 0x0B7A75
"""The stripe beside everything that wireroom posts."""
