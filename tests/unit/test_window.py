"""Windows: whole hours in UTC, half-open, and the fewest that cover a set of hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pipelines.model.window import HOUR, Window, ceil_hour, floor_hour, hour_key, parse_hour, spans

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(hour: int) -> datetime:
    return NOON + hour * HOUR


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (at(0), at(0)),
        (at(1), at(0)),
        (at(0) + timedelta(minutes=1), at(1)),
        (at(0), at(1) + timedelta(microseconds=1)),
        (at(0).astimezone(timezone(timedelta(hours=1))), at(2)),
        (at(0).replace(tzinfo=None), at(2).replace(tzinfo=None)),
    ],
)
def test_window_refuses_what_is_not_whole_hours_in_utc(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="a window is"):
        Window(start, end)


def test_hours_cut_a_window_without_gap_or_overlap() -> None:
    hours = list(Window(at(0), at(30)).hours())
    assert [hour.start for hour in hours] == [at(n) for n in range(30)]
    assert all(one.end == other.start for one, other in zip(hours, hours[1:], strict=False))
    assert hours[-1].end == at(30)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("2026-03-01T12", "2026-03-01T13"), (at(0), at(1))),
        (("2026-03-01", "2026-03-02"), (at(-12), at(12))),
        (("2026-03-01T12:59:59", "2026-03-01T13:00:01"), (at(0), at(2))),
        (("2026-03-01T14:00:00+02:00", "2026-03-01T14:30:00+01:00"), (at(0), at(2))),
        (("2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z"), (at(0), at(1))),
    ],
)
def test_parse_widens_to_whole_hours_in_utc(texts: tuple[str, str], expected: tuple[datetime, datetime]) -> None:
    window = Window.parse(*texts)
    assert (window.start, window.end) == expected


@pytest.mark.parametrize("texts", [("noon", "2026-03-01"), ("2026-03-01", ""), ("2026-03-02", "2026-03-01")])
def test_parse_refuses_what_is_no_span(texts: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Window.parse(*texts)


def test_hour_keys_are_read_back() -> None:
    odd = at(3) + timedelta(minutes=59, seconds=59, microseconds=999_999)
    assert hour_key(odd) == "2026-03-01T15"
    assert parse_hour(hour_key(odd)) == at(3) == floor_hour(odd)
    assert ceil_hour(odd) == at(4)
    assert ceil_hour(at(4)) == at(4)
    assert Window(at(3), at(5)).key == "2026-03-01T15"


def test_spans_are_the_fewest_windows_that_cover_exactly_the_hours() -> None:
    hours = [at(5), at(1), at(0), at(1), at(6), at(9)]
    assert spans(hours) == [Window(at(0), at(2)), Window(at(5), at(7)), Window(at(9), at(10))]
    assert {hour.start for window in spans(hours) for hour in window.hours()} == set(hours)
    assert spans([]) == []
