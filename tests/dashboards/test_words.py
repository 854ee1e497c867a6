"""Values as words, and colours as contrast."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from dashboards import theme, words
from dashboards.incidents import evidence_of, incident, json_list


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (1_234_567, "1.23 MB"), (999_999, "1.00 MB"), (12.5, "12.5 B"),
        (2.5e15, "2.50 PB"), (None, "–"), (float("nan"), "–"), ("7", "–"), (True, "–"),
    ],
)  # fmt: skip
def test_scaled(value: object, text: str) -> None:
    assert words.scaled(value, "B") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(100, "100 %"), (99.97, "99.970 %"), (99.5, "99.5 %"), (0, "0 %"), (0.01, "0.010 %"), (None, "–")],
)
def test_percent_never_rounds_a_loss_away(value: object, text: str) -> None:
    assert words.percent(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(30, "30 s"), (300, "5 min"), (8100, "2 h 15 min"), (90000, "1 d 1 h"), (86400, "1 d")]
)
def test_duration(seconds: int, text: str) -> None:
    assert words.duration(timedelta(seconds=seconds)) == text


def test_text_cannot_disguise_itself() -> None:
    assert words.text("a\u202eb\x00c\u200bd") == "a\ufffdb\ufffdc\ufffdd"
    assert len(words.text("x" * 5000)) == 200


def test_label_is_escaped_and_keeps_both_ends() -> None:
    assert words.label("<b>&") == "&lt;b&gt;&amp;"
    long = words.label("tgw-attach-" + "0" * 80 + "-end")
    assert long.startswith("tgw-attach-")
    assert long.endswith("-end")
    assert len(long) == 40


def test_sentence_knows_acronyms() -> None:
    assert words.sentence("dns_failure_share") == "DNS failure share"
    assert words.sentence("probe_rtt") == "Probe RTT"


def test_actor_is_the_end_of_an_arn() -> None:
    assert (
        words.actor("arn:aws:sts::123456789012:assumed-role/NetworkAdmin/session")
        == "assumed-role/NetworkAdmin/session"
    )
    assert words.actor("ec2.amazonaws.com") == "ec2.amazonaws.com"
    assert words.actor(None) == words.NONE


@pytest.mark.parametrize(
    "text", [None, "", "not json", "7", "{}", '[1, null, "x"]', '[{"bins": 3}]', '[{"bins": [{"at": "never"}, 4]}]']
)
def test_malformed_evidence_is_left_out(text: object) -> None:
    assert all(found.bins == () for found in evidence_of(text))


@pytest.mark.parametrize(("time", "entity"), [("at", "entity_id"), ("time", "entity")])
def test_evidence_is_read_in_both_spellings(time: str, entity: str) -> None:
    point = {time: "2026-03-01T00:00:00Z", "observed": 1, "expected": None}
    text = json.dumps([{"detector": "d", entity: "e", "bins": [point]}])
    (found,) = evidence_of(text)
    assert found.entity_id == "e"
    assert found.bins[0].at == datetime(2026, 3, 1, tzinfo=UTC)
    assert (found.bins[0].observed, found.bins[0].expected) == (1.0, None)


def test_an_incident_of_nulls_is_still_an_incident() -> None:
    empty = incident({})
    assert empty.is_open
    assert empty.where == "unknown place"
    assert empty.blame == "unknown"
    assert empty.leading_evidence() is None


def test_json_list_drops_what_is_no_object() -> None:
    assert json_list('[{"a": 1}, 2]') == [{"a": 1}]


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize("ground", ["card", "page", "sunken"])
@pytest.mark.parametrize("ink", ["ink", "muted", "good", "warn", "bad", "unknown"])
def test_text_has_wcag_aa_contrast(mode: int, ground: str, ink: str) -> None:
    assert contrast(theme.PALETTE[ink][mode], theme.PALETTE[ground][mode]) >= 4.5


@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize("name", theme.SERIES)
def test_series_stand_out_from_the_card(mode: int, name: str) -> None:
    assert contrast(theme.PALETTE[name][mode], theme.PALETTE["card"][mode]) >= 3


def test_both_themes_name_the_same_colours() -> None:
    css = theme.css()
    assert all(css.count(f"--{name}:") == 4 for name in theme.PALETTE)
    with pytest.raises(KeyError):
        theme.color("mauve")
