"""How a channel wants a feed's posts: one schema, and what is read from stored settings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.look import SCHEMA, read
from bot.models import Look

LONGEST = 100


def test_nothing_chosen_is_the_usual_look() -> None:
    """Settings in which nothing was ever chosen, and the defaults written out, give the same look."""
    assert read({}) == read({setting.name: setting.default for setting in SCHEMA}) == Look()


def test_each_choice_changes_the_look() -> None:
    """Style, silence, thread and picture are read from what was chosen."""
    chosen = {"style": "compact", "silent": "yes", "thread": "yes", "image": "none"}
    assert read(chosen) == Look(compact=True, silent=True, thread=True, image="none")


def test_a_platforms_own_settings_are_handed_on() -> None:
    """What only one platform has comes through by name; name, mode and interval are no part of a look."""
    settings = {"mode": "digest", "name": "News", "interval": "5m", "tag": "red", "forum": "x"}
    assert read(settings).more == (("forum", "x"), ("tag", "red"))


@given(st.dictionaries(st.sampled_from([setting.name for setting in SCHEMA]), st.text(max_size=9)))
def test_no_stored_value_can_break_it(settings: dict[str, str]) -> None:
    """Whatever stands in the settings, the picture's size is one of those that there are."""
    assert read(settings).image in {"usual", "small", "large", "none"}


def test_every_setting_can_be_shown_in_a_form() -> None:
    """Each setting has a name, a label and a help that fit a platform's form, and a default it offers."""
    for setting in SCHEMA:
        assert setting.name.isalpha()
        assert setting.label
        assert 0 < len(setting.help) <= LONGEST
        assert not setting.choices or setting.default in {choice.value for choice in setting.choices}
