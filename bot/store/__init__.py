"""What wireroom remembers.

``database`` opens and writes the file; the other modules hold the queries of one noun each, plain
functions over a ``Connection`` that ``Database.read`` and ``Database.write`` run. Whoever composes
them into one transaction takes ``Connection`` from here: SQLAlchemy is known in this room alone.
"""

from __future__ import annotations

from sqlalchemy import Connection

__all__ = ["Connection"]
