"""The inside of a worker process: reads jobs from its standard input until that ends.

A job and its reply are pickles, each behind its length. It knows nothing of asyncio, the network
or the database, so that it starts quickly and stays small.
"""

from __future__ import annotations

import os
import pickle
import resource
import struct
import sys
import traceback
from dataclasses import dataclass
from enum import Enum, auto
from math import ceil
from typing import BinaryIO

from bot.errors import FeedError
from bot.models import ParsedFeed
from bot.parse.document import parse_document
from bot.parse.outline import Outlines, read_outlines
from bot.parse.page import PageFeed, declared_feeds

LENGTH = struct.Struct("!Q")
OUT_OF_MEMORY = 75
"""The exit status by which a worker tells that a document needed more than it was given."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may use: processor time, and address space where the platform keeps to it."""

    seconds: float
    memory: int


class Task(Enum):
    """What to read a document as."""

    FEED = auto()
    PAGE = auto()
    LIST = auto()


@dataclass(frozen=True, slots=True)
class Job:
    """A document to read, and where it came from."""

    body: bytes
    address: str
    content_type: str | None
    keep_tracking: bool = False
    task: Task = Task.FEED


Answer = ParsedFeed | tuple[PageFeed, ...] | Outlines
"""What comes of each task."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a document could not be read; ``trace`` is for the log, of a fault that is ours."""

    reason: str
    trace: str | None = None
    kind: str = FeedError.__name__
    """The FeedError that it is, by name."""


def serve(limits: Limits) -> None:
    """Answer jobs one after the other until the other side closes the pipe."""
    # Whatever a library prints must not get between the replies.
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _limit_memory(limits.memory)
    while (job := _receive(sys.stdin.buffer)) is not None:
        _limit_processor(limits.seconds)
        try:
            reply = pickle.dumps(_answer(job))
        except MemoryError:
            # Its memory is in shreds: a fresh process takes the next document.
            os._exit(OUT_OF_MEMORY)
        _limit_processor(None)
        replies.write(LENGTH.pack(len(reply)) + reply)
        replies.flush()


def _answer(job: Job) -> Answer | Failure:
    try:
        return _read(job)
    except FeedError as error:
        cause = error.__cause__
        trace = "".join(traceback.format_exception(cause)) if cause else None
        return Failure(error.reason, trace, kind=type(error).__name__)


def _read(job: Job) -> Answer:
    match job.task:
        case Task.FEED:
            return parse_document(
                job.body, address=job.address, content_type=job.content_type, keep_tracking=job.keep_tracking
            )
        case Task.PAGE:
            return declared_feeds(job.body, address=job.address, content_type=job.content_type)
        case Task.LIST:
            return read_outlines(job.body, content_type=job.content_type)


def _receive(jobs: BinaryIO) -> Job | None:
    head = jobs.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    job = pickle.loads(jobs.read(LENGTH.unpack(head)[0]))  # noqa: S301 - comes from the process that started us
    return job if isinstance(job, Job) else None


def _limit_memory(memory: int) -> None:
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    except (ValueError, OSError):
        # macOS refuses it; there the limits on time have to do.
        return


def _limit_processor(seconds: float | None) -> None:
    """Let this process use so much more, then SIGXCPU ends it; None lifts the limit.

    The parent's clock comes first; this one holds when the parent is busy or gone.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = hard if seconds is None else ceil(used.ru_utime + used.ru_stime + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
