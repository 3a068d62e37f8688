"""How a document is built: refused where its mark-up would cost feedparser and expat quadratic time."""

from __future__ import annotations

import re
from collections import Counter

from bot.errors import FeedError

DEPTH_LIMIT = 200
ATTRIBUTES_LIMIT = 500

TOO_DEEP = (
    f"The feed nests its elements more than {DEPTH_LIMIT} deep, which can take for ever to read; "
    "wireroom does not read such feeds."
)
TOO_MANY_ATTRIBUTES = (
    f"The feed has an element with more than {ATTRIBUTES_LIMIT} attributes, which can take for ever to "
    "read; wireroom does not read such feeds."
)

# No part of it passes a `<`, and none is gone back over, so each letter is looked at once.
_TAG = re.compile(r"""<(/?)([A-Za-z_][\w.:-]*+)((?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)""")
_ATTRIBUTE = re.compile(r"""=\s*+(?:"[^"]*+"|'[^']*+')""")
_SHORTEST = len(' a=""')
# HTML that a feed did not escape leaves these open, as many as an article has lines and pictures.
_NEVER_CLOSED = frozenset({"br", "hr", "img", "input", "wbr"})


def check_shape(markup: str) -> None:
    """Raise FeedError for elements too deep or with too many attributes; ``markup`` is without CDATA.

    An element that is never closed ends with the one around it, so what merely lacks end tags is
    not deep.
    """
    open_names: list[str] = []
    count: Counter[str] = Counter()
    for closing, name, rest in _TAG.findall(markup):
        if closing:
            # Each name is taken off once, and nothing is looked for that is not there.
            while count[name] and (last := open_names.pop()):
                count[last] -= 1
                if last == name:
                    break
            continue
        if len(rest) > ATTRIBUTES_LIMIT * _SHORTEST and len(_ATTRIBUTE.findall(rest)) > ATTRIBUTES_LIMIT:
            raise FeedError(TOO_MANY_ATTRIBUTES)
        if rest.endswith("/") or name.lower() in _NEVER_CLOSED:
            continue
        open_names.append(name)
        count[name] += 1
        if len(open_names) > DEPTH_LIMIT:
            raise FeedError(TOO_DEEP)
