"""在真的浏览器里：无障碍、键盘、没有脚本、窄屏、深色、打印，没有一个请求去别的主机。"""

from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from site_browser import chromium

from .conftest import ROOT, BuiltSite

pytestmark = pytest.mark.skipif(not chromium(), reason="没有 Chromium")

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
LESSON = "transformer-llm/multi-head-attention/"
TEMPLATES = [
    "",
    "transformer-llm/",
    LESSON,
    "resources/",
    "reference/glossary/",
    "contributing/writing/",
    "没有这一页/",
]
"""每种模板取一页：首页、阶段、课、其他、术语表、带参考的，以及 404。"""
EVERY = sorted(
    path.parent.relative_to(ROOT / "docs").as_posix().removeprefix(".") + ("/" if path.parent != ROOT / "docs" else "")
    if path.name == "index.md"
    else path.relative_to(ROOT / "docs").with_suffix("").as_posix() + "/"
    for path in (ROOT / "docs").rglob("*.md")
)
"""docs/ 里的每一页。"""


def opened(browser: Browser, size: dict[str, int], scheme: str = "light", **more: object) -> BrowserContext:
    return browser.new_context(viewport=size, color_scheme=scheme, **more)  # type: ignore[arg-type]


def check(context: BrowserContext, address: str, url: str) -> None:
    """打开一页，展开所有折叠的部分；没有无障碍问题、错误、外来请求与横向溢出。"""
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" and "404" not in m.text else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((address, "data:")) else wrong.append(r.url))
    page.goto(address + url)
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    wrong += [f"{v['id']}: {node['html'][:200]}" for v in found["violations"] for node in v["nodes"][:3]]
    page.close()
    assert wrong == []
    assert overflow <= 0, f"横向多出 {overflow} px"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("url", TEMPLATES)
def test_every_template_in_all_four_modes(
    browser: Browser, address: str, url: str, size: dict[str, int], scheme: str
) -> None:
    with opened(browser, size, scheme) as context:
        check(context, address, url)


@pytest.mark.parametrize("url", [url for url in EVERY if url not in TEMPLATES])
def test_every_other_page_in_one_mode(browser: Browser, address: str, site: BuiltSite, url: str) -> None:
    """其余的页各查一种；草稿没有构建，不查。"""
    if url not in site.pages:
        pytest.skip("没有发布")
    with opened(browser, PHONE, "dark" if len(url) % 2 else "light") as context:
        check(context, address, url)


def test_code_pages(browser: Browser, address: str, site: BuiltSite) -> None:
    """代码页出自同一个模板：最长与最短的各查一次。"""
    pages = sorted((u for u in site.pages if u.startswith("reference/code/")), key=lambda u: len(site.pages[u].text))
    with opened(browser, DESKTOP) as context:
        for url in (pages[0], pages[-1]):
            check(context, address, url)


@pytest.fixture
def page(browser: Browser, address: str) -> Page:
    """桌面上打开的一课。"""
    context = opened(browser, DESKTOP, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(address + LESSON)
    return page


def test_first_tab_is_the_skip_link(page: Page) -> None:
    """第一次按 Tab 就是“跳到正文”，看得见，按下去到正文。"""
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.md-skip')")
    page.wait_for_timeout(400)
    box = page.locator(".md-skip").bounding_box()
    assert box and box["height"] > 10
    assert page.locator(".md-skip").evaluate("e => getComputedStyle(e).opacity") == "1"
    page.keyboard.press("Enter")
    assert page.evaluate("decodeURIComponent(location.hash).length > 1")


def test_focus_is_visible_on_every_kind_of_control(page: Page) -> None:
    """链接、折叠、复制按钮、小测、学完按钮：用键盘聚焦时都有看得见的轮廓。"""
    kinds = ["article p a", "article summary", "button.copy", ".quiz-option input", "button.lesson-done"]
    page.keyboard.press("Tab")  # 让浏览器知道在用键盘
    for kind in kinds:
        target = page.locator(kind).first
        target.evaluate("e => e.focus({focusVisible: true})")
        outlined = target.evaluate(
            """e => [e, e.closest('.quiz-option')].filter(Boolean).some(x => {
                const s = getComputedStyle(x); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1 })"""
        )
        assert outlined, kind


def test_quiz_by_keyboard(page: Page) -> None:
    """选一个错的，说不对和为什么；换成对的，说对；结果读屏软件会读。"""
    quiz = page.locator("form.quiz").first
    for option in quiz.locator(".quiz-option").all():
        option.locator("input").focus()
        page.keyboard.press("Space")
        right = option.get_attribute("data-correct") == "true"
        result = quiz.locator(".quiz-result")
        assert result.get_attribute("role") == "status"
        assert result.inner_text().startswith("对" if right else "不对")
        assert len(result.inner_text()) > 15
        assert ("right" if right else "wrong") in (option.get_attribute("class") or "")


def test_fold_opens_by_keyboard(page: Page) -> None:
    fold = page.locator("article details").first
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    assert fold.get_attribute("open") is not None


def test_copy_button_copies_the_code(page: Page) -> None:
    block = page.locator(".highlight").first
    block.locator("button.copy").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('button.copy').textContent === '已复制'")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == block.locator("code").inner_text().strip()


def test_progress_is_kept_on_this_device(page: Page, address: str) -> None:
    """标记学完，首页的路线图就有记号；取消，记号就没了。"""
    button = page.locator("button.lesson-done")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    page.goto(address)
    assert page.locator("li[data-lesson='multi-head-attention'] .done-mark").count() == 1
    page.goto(address + LESSON)
    page.locator("button.lesson-done").click()
    page.goto(address)
    assert page.locator(".done-mark").count() == 0


def test_everything_is_there_without_scripts(browser: Browser, address: str, page: Page) -> None:
    """关掉脚本：正文一字不少，小测的答案在折叠块里，导航的链接都在，图也在。"""
    with opened(browser, DESKTOP, java_script_enabled=False) as context:
        bare = context.new_page()
        bare.goto(address + LESSON)
        assert bare.locator(".quiz-answers").count() == page.locator("form.quiz").count() > 0
        assert bare.locator(".quiz-answers li").first.text_content()
        assert bare.locator("nav.md-nav--primary a.md-nav__link").count() > 5
        assert bare.locator("article img").count() == page.locator("article img").count()
        for tag in ("h2", "p", "td", "pre", "li"):
            with_scripts = [text for text in page.locator(f"article {tag}").all_text_contents() if text.strip()]
            without = [text for text in bare.locator(f"article {tag}").all_text_contents() if text.strip()]
            assert set(without) >= set(with_scripts) - {"标记为学完"}, tag


@pytest.mark.parametrize("width", [320, 640])
def test_narrow_screens_and_zoom_lose_nothing(browser: Browser, address: str, width: int) -> None:
    """320 px 宽，以及 1280 px 放大到 200%（等于 640 px）：不横着滚，菜单打得开。"""
    with opened(browser, {"width": width, "height": 700}) as context:
        page = context.new_page()
        for url in ("", "transformer-llm/", LESSON):
            page.goto(address + url)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), url
            assert page.locator("button.menu").is_visible()


def test_dark_is_dark_and_light_is_light(browser: Browser, address: str) -> None:
    """跟随系统；两种的背景一深一浅。"""
    brightness = {}
    for scheme in ("light", "dark"):
        with opened(browser, DESKTOP, scheme) as context:
            page = context.new_page()
            page.goto(address)
            color = page.evaluate("getComputedStyle(document.body).backgroundColor")
            brightness[scheme] = sum(int(n) for n in color.removeprefix("rgb(").rstrip(")").split(",")[:3])
    assert brightness["dark"] < 200 < 650 < brightness["light"]


def test_chosen_scheme_is_kept(browser: Browser, address: str) -> None:
    """换成深色，下一页也是深色；按钮说的是按下去会怎样。"""
    with opened(browser, DESKTOP, "light") as context:
        page = context.new_page()
        page.goto(address)
        button = page.locator("button.scheme")
        assert button.get_attribute("aria-label") == "换成深色"
        button.click()
        page.goto(address + LESSON)
        assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"
        assert page.locator("button.scheme").get_attribute("aria-label") == "换成浅色"


def test_table_of_contents_follows_the_reader(page: Page) -> None:
    """滚到一节，右侧目录里它亮起来。"""
    heading = page.locator("article h2").nth(3)
    heading.evaluate("e => scrollTo(0, e.getBoundingClientRect().top + scrollY - 60)")
    page.wait_for_timeout(200)
    active = page.locator(".md-nav--secondary .md-nav__link--active")
    assert active.first.get_attribute("href") == "#" + (heading.get_attribute("id") or "")


def test_menu_by_keyboard_on_a_phone(browser: Browser, address: str) -> None:
    """窄屏上目录收在抽屉里：Tab 到按钮，回车打开，Esc 关上。"""
    with opened(browser, PHONE) as context:
        page = context.new_page()
        page.goto(address)
        button = page.locator("header button.menu")
        button.focus()
        page.keyboard.press("Enter")
        assert button.get_attribute("aria-expanded") == "true"
        page.wait_for_timeout(400)
        assert page.locator("nav.md-nav--primary a.md-nav__link:visible").count() > 5
        page.keyboard.press("Escape")
        assert button.get_attribute("aria-expanded") == "false"


def test_link_into_a_folded_part_opens_it(page: Page, address: str) -> None:
    target = page.evaluate("""() => {
        const inside = document.querySelector('article details:not([open]) p');
        inside.id = 'inside'; location.hash = 'inside'; return inside.closest('details') !== null }""")
    assert target
    page.wait_for_timeout(100)
    assert page.evaluate("document.getElementById('inside').closest('details').open")


def test_reduced_motion_and_forced_colors(browser: Browser, address: str) -> None:
    with opened(browser, DESKTOP, reduced_motion="reduce", forced_colors="active") as context:
        page = context.new_page()
        page.goto(address + LESSON)
        moving = page.evaluate(
            "[...document.querySelectorAll('*')].filter(e => parseFloat(getComputedStyle(e).transitionDuration) > 0.01).length"
        )
        assert moving == 0
        assert page.locator(".quiz-option").first.evaluate("e => getComputedStyle(e).borderTopStyle") == "solid"


def test_print_is_a_handout(page: Page) -> None:
    """打印时：没有导航与按钮，代码不被裁掉，折叠的答案展开。"""
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not page.locator(".md-header").is_visible()
    assert not page.locator("button.copy").first.is_visible()
    assert page.locator(".quiz-answers li").first.is_visible()
    assert page.locator("article pre > code").first.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("article details:not([open])").count() > 0


def test_mathematics_can_be_read_aloud(page: Page) -> None:
    """每个公式都带 MathML，看得见的那一份对读屏软件隐藏。"""
    formulas = page.locator(".katex").count()
    assert formulas > 20
    assert page.locator(".katex-mathml math").count() == formulas
    assert page.locator(".katex-html[aria-hidden=true]").count() == formulas
