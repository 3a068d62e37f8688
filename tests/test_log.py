"""What a log line is, whatever text from outside it carries."""

import io
import json
import logging

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot import log


def written(form: str, **values: object) -> str:
    """Log one event and return what was written."""
    stream = io.StringIO()
    log.configure(form=form, stream=stream)  # type: ignore[arg-type]  # one of the forms
    structlog.get_logger().info("poll", **values)
    return stream.getvalue()


@given(st.text())
def test_no_text_from_outside_begins_a_line_of_its_own(text: str) -> None:
    """A reason or a title with line breaks, of any kind, stays within its line in both forms."""
    for form in ("text", "json"):
        assert len(written(form, reason=f"a{text}b").splitlines()) == 1


def test_json_lines_are_json() -> None:
    """Each event is one object with its name, level, time and values; what is not known is left out."""
    line = json.loads(written("json", feed=7, reason=None))
    assert (line["event"], line["level"], line["feed"]) == ("poll", "info", 7)
    assert line["timestamp"].endswith("Z")
    assert "reason" not in line


@pytest.mark.parametrize("form", ["text", "json"])
def test_tracebacks_never_show_the_values_of_variables(form: str) -> None:
    """A crash is logged with its traceback, and without what the variables held."""
    stream = io.StringIO()
    log.configure(form=form, stream=stream)  # type: ignore[arg-type]  # one of the forms
    numbers = [271828]
    try:
        int("x" * numbers[0])
    except ValueError:
        structlog.get_logger().exception("crashed")
    assert "ValueError" in stream.getvalue()
    assert "271828" not in stream.getvalue()


def test_other_libraries_lines_have_the_same_form() -> None:
    """A warning from the standard library's logging is JSON too."""
    stream = io.StringIO()
    log.configure(form="json", stream=stream)
    logging.getLogger("asyncio").warning("slow callback")
    assert json.loads(stream.getvalue())["event"] == "slow callback"


def test_a_level_leaves_out_what_lies_below() -> None:
    """At level warning an info line is not written."""
    stream = io.StringIO()
    log.configure(level="warning", form="json", stream=stream)
    structlog.get_logger().info("poll")
    assert stream.getvalue() == ""
