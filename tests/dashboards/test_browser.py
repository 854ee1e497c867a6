"""The report in a real browser, from disk: quiet, offline, within the screen, both themes, keyboard, shared zoom."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium installed")
DRAW_ALL = "document.documentElement.dispatchEvent(new Event('netlake:draw-all'))"
ALL_DRAWN = "[...document.querySelectorAll('.plot')].every(plot => plot.querySelector('svg.main-svg'))"
COLOR = "getComputedStyle(document.querySelector('.panel')).backgroundColor"
LINE = "document.querySelector('[data-chart=chart-scores] .scatterlayer path.js-line').style.stroke"


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        launched = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


def until(page, condition: str) -> None:  # noqa: ANN001
    """Wait in the page, frame by frame: the page's policy forbids the eval that Playwright's own waiting needs."""
    page.evaluate(f"""() => new Promise((resolve, reject) => {{
        const late = setTimeout(() => reject(new Error("timed out")), 20000);
        const look = () => {{
            if ({condition}) {{ clearTimeout(late); resolve(true); }} else requestAnimationFrame(look);
        }};
        look();
    }})""")


def opened(browser, report: Path, width: int, scheme: str = "light"):  # noqa: ANN001, ANN201 - playwright is optional
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce")
    page.heard, page.asked = [], []
    page.on(
        "console", lambda message: page.heard.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: page.heard.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(report.as_uri())
    page.evaluate(DRAW_ALL)
    until(page, ALL_DRAWN)
    return page


def middle(page, chart: str) -> tuple[float, float]:  # noqa: ANN001
    """Where the middle of a chart's plotting area is on the screen now."""
    page.locator(f"[data-chart={chart}]").scroll_into_view_if_needed()
    box = page.locator(f"[data-chart={chart}] .nsewdrag").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("width", [380, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_quiet_offline_and_within_the_screen(browser, report: Path, width: int, scheme: str) -> None:  # noqa: ANN001
    page = opened(browser, report, width, scheme)
    assert page.heard == []
    assert [url for url in page.asked if not url.startswith("data:")] == [report.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelectorAll('.plot svg.main-svg a').length") == 0
    assert page.evaluate("document.querySelectorAll('main script:not([type])').length") == 0
    page.close()


def test_empty_report_is_quiet(browser, empty_lake: Path, tmp_path: Path) -> None:  # noqa: ANN001
    from dashboards.report import render

    render(empty_lake, tmp_path / "empty.html")
    page = opened(browser, tmp_path / "empty.html", 380)
    assert page.heard == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    page.close()


def test_toggle_restyles_page_and_charts(browser, report: Path) -> None:  # noqa: ANN001
    page = opened(browser, report, 1440)
    light = (page.evaluate(COLOR), page.evaluate(LINE))
    page.click("#theme")
    until(page, f"{LINE} !== '{light[1]}'")
    assert page.evaluate(COLOR) != light[0]
    page.click("#theme")
    until(page, f"{LINE} === '{light[1]}'")
    assert page.evaluate(COLOR) == light[0]
    page.close()


def test_zoom_is_shared_and_a_double_click_resets(browser, report: Path) -> None:  # noqa: ANN001
    page = opened(browser, report, 1440)
    whole = "document.querySelector('[data-chart=chart-dns]').layout.xaxis.range[0]"
    before = page.evaluate(whole)
    x, y = middle(page, "chart-scores")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 200, y, steps=5)
    page.mouse.up()
    until(page, f"{whole} !== '{before}'")
    zoomed = page.evaluate(whole)
    page.click("#theme")
    until(page, f"document.documentElement.dataset.theme === 'dark' && {whole} === '{zoomed}'")
    page.mouse.dblclick(*middle(page, "chart-scores"))
    until(page, f"{whole} === '{before}'")
    assert page.heard == []
    page.close()


def test_keyboard_reaches_navigation_theme_and_series(browser, report: Path) -> None:  # noqa: ANN001
    page = opened(browser, report, 1440)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus("[data-for=chart-dns] button")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('[data-chart=chart-dns]').data[0].visible === 'legendonly'")
    assert page.get_attribute("[data-for=chart-dns] button", "aria-pressed") == "false"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.close()


def test_hovers_show_hostile_names_as_text(browser, report: Path) -> None:  # noqa: ANN001
    page = opened(browser, report, 1440)
    page.mouse.move(*middle(page, "chart-transit"))
    page.wait_for_selector(
        "[data-chart=chart-transit] .hoverlayer .legend, [data-chart=chart-transit] .hoverlayer text"
    )
    text = page.evaluate("document.querySelector('[data-chart=chart-transit] .hoverlayer').textContent")
    assert "<a href=" in text
    assert page.evaluate("document.querySelectorAll('.hoverlayer a').length") == 0
    page.close()
