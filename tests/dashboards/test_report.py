"""The report as a file: complete, self-contained, harmless, atomic; friendly on an empty or broken lake."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from synthetic_core import HOSTILE
from synthetic_lake import build

from dashboards import report as report_module
from dashboards.components import script_json
from dashboards.report import SECTIONS, render
from pipelines.errors import LakeError

NOW = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
_LOADING = {"src", "href", "srcset", "action", "poster", "data", "formaction", "xlink:href"}


class Page(HTMLParser):
    """What a browser would see: tags, attributes, text outside scripts, and the scripts by type."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.scripts: list[tuple[str, str]] = []
        self.styles: list[str] = []
        self._inside = ("", "")
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._inside = (tag, dict(attrs).get("type") or "")
        if tag == "script":
            self.scripts.append((self._inside[1], ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = ("", "")

    def handle_data(self, data: str) -> None:
        if self._inside[0] == "script":
            kind, text = self.scripts[-1]
            self.scripts[-1] = (kind, text + data)
        elif self._inside[0] == "style":
            self.styles.append(data)


@pytest.fixture(scope="module")
def page(report: Path) -> Page:
    return Page(report.read_text(encoding="utf-8"))


def test_full_lake_renders_every_section_without_problems(full_lake: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "report.html"
    made = render(full_lake, out, now=NOW)
    text = out.read_text(encoding="utf-8")
    assert made.problems == ()
    assert made.path == out
    assert made.size == out.stat().st_size < 8_000_000
    assert made.until == datetime(2026, 3, 2, tzinfo=UTC)
    assert "could not be drawn" not in text
    for section in SECTIONS:
        assert f'id="{section.ident}"' in text
    assert "One incident is open:" in text
    assert "no data yet" not in text


def test_same_lake_and_time_give_the_same_bytes(full_lake: Path, report: Path, tmp_path: Path) -> None:
    render(full_lake, tmp_path / "again.html", now=NOW)
    assert (tmp_path / "again.html").read_bytes() == report.read_bytes()


def test_empty_lake_is_friendly(empty_lake: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    made = render(empty_lake, out, now=NOW)
    text = out.read_text(encoding="utf-8")
    assert made.problems == ()
    assert (made.since, made.until) == (None, None)
    assert text.count('class="empty"') >= 15
    assert "nothing to conclude" in text
    assert "could not be drawn" not in text


def test_absent_tables_make_a_partial_report_that_says_so(tmp_path: Path) -> None:
    lake = build(tmp_path / "lake.duckdb", without=("finding.incident", "rollup.dns_5m", "core.transit_flow"))
    made = render(lake, tmp_path / "report.html", now=NOW)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert any("dns_5m" in problem for problem in made.problems)
    assert "This report is partial" in text
    assert "The lake could not answer" in text
    assert "Accepted traffic" in text


def test_lake_without_any_table_renders(tmp_path: Path) -> None:
    from synthetic_lake import frames

    lake = build(tmp_path / "lake.duckdb", without=tuple(frames()))
    render(lake, tmp_path / "report.html", now=NOW)
    assert "not computed" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "content", [None, b"this is not a database, although it is long enough to be taken for one" * 99]
)
def test_a_lake_that_cannot_be_opened_is_a_lake_error(tmp_path: Path, content: bytes | None) -> None:
    lake = tmp_path / "lake.duckdb"
    if content:
        lake.write_bytes(content)
    with pytest.raises(LakeError, match=r"lake\.duckdb"):
        render(lake, tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_only_the_last_days_are_shown_when_asked(full_lake: Path, tmp_path: Path) -> None:
    made = render(full_lake, tmp_path / "report.html", days=0.25, now=NOW)
    assert made.since is not None
    assert made.until is not None
    assert made.until - made.since == timedelta(hours=6)
    assert "older data is not shown" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_failed_write_leaves_the_old_report(full_lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "report.html"
    out.write_text("old")

    def fail(self: Path, target: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        report_module._write(out, "new")
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_a_section_that_fails_does_not_take_the_page_down(full_lake: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    def fail(context: object) -> str:
        raise ValueError("broken section")

    broken = replace(SECTIONS[3], body=fail)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_module, "SECTIONS", (*SECTIONS[:3], broken, *SECTIONS[4:]))
        render(full_lake, tmp_path / "report.html", now=NOW)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "ValueError: broken section" in text
    assert "Internet weather" in text


def test_hostile_text_is_text(page: Page, report: Path) -> None:
    """A name that is markup shows as that markup, and makes no tag, attribute or script of its own."""
    text = report.read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    for raw in HOSTILE[:4]:
        assert raw not in text
    assert "\u202e" not in text
    assert "img" not in page.tags
    assert not [attribute for attribute in page.attributes if attribute[1].startswith("on")]
    assert not [
        attribute for attribute in page.attributes if "evil.example" in attribute[2] and attribute[1] in _LOADING
    ]
    executable = [script for kind, script in page.scripts if kind != "application/json"]
    assert len(executable) == 2


def test_chart_data_keeps_hostile_labels_escaped_for_plotly(page: Page) -> None:
    figures = [json.loads(script) for kind, script in page.scripts if kind == "application/json"]
    texts = list(_texts(figures))
    assert any("&lt;script&gt;" in text for text in texts)
    markup = re.compile(r"<(?!/?b>|br>|extra>|/extra>)")
    assert not [text for text in texts if markup.search(text)]


def test_nothing_is_loaded_from_anywhere(page: Page) -> None:
    loads = [(tag, name, value) for tag, name, value in page.attributes if name in _LOADING]
    assert loads
    assert all(value.startswith(("#", "data:,")) for _, _, value in loads)
    assert not {"iframe", "object", "embed", "img", "video", "audio", "base"} & set(page.tags)
    styles = " ".join(page.styles) + " ".join(value for _, name, value in page.attributes if name == "style")
    assert not re.search(r"url\(|@import|https?:", styles)
    own = (Path(report_module.__file__).parent / "assets" / "report.js").read_text(encoding="utf-8")
    assert not re.search(r"https?:|fetch\(|XMLHttpRequest|import\(|\beval\b|localStorage", own)


def test_policy_allows_exactly_the_scripts_of_the_page(page: Page) -> None:
    policy = next(
        value for tag, name, value in page.attributes if tag == "meta" and "script-src" in value and name == "content"
    )
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    present = {
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        for kind, script in page.scripts
        if kind != "application/json"
    }
    assert allowed == present
    assert "default-src 'none'" in policy


def test_every_chart_has_a_description_and_every_query_is_shown(page: Page, report: Path) -> None:
    charts = [value for tag, name, value in page.attributes if name == "data-chart"]
    assert len(charts) == len(set(charts)) >= 15
    described = [value for tag, name, value in page.attributes if name == "aria-label" and tag == "div"]
    assert all(described)
    text = report.read_text(encoding="utf-8")
    assert text.count('class="sql"') >= 20
    assert "from rollup.flow_1m" in text
    assert "timestamptz &#39;2026-03-01 00:00:00+00&#39;" in text
    assert "$since" not in text.partition("<main")[2].partition("</main>")[0]


def test_script_json_cannot_leave_its_element() -> None:
    written = str(script_json({"a": "</script><!-- & \u2028"}))
    assert "<" not in written
    assert "&" not in written
    assert "\u2028" not in written
    assert json.loads(written) == {"a": "</script><!-- & \u2028"}


def _texts(node: object) -> list[str]:
    if isinstance(node, str):
        return [node]
    if isinstance(node, dict):
        return [text for value in node.values() for text in _texts(value)]
    return [text for value in node for text in _texts(value)] if isinstance(node, list) else []
