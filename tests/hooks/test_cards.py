"""分享卡片：大小、字都在、没有方框、字没变就不重画。"""

import io
from pathlib import Path

import pytest
from guide.publish import cards
from guide.publish.cards import Text
from PIL import Image

pytestmark = pytest.mark.skipif(not cards.font_file(), reason="系统里没有中文字体")

LESSON = Text(
    "第 3 阶段 · 核心 · 第 3.3 课", "多头注意力", "从零写出带掩码的多头注意力，并与 PyTorch 对齐", "LLM 学习路径"
)
LONG = Text("第 1 阶段" * 40, "很长的标题 with English words" * 30, "目标" * 400, "站")
HOSTILE = Text('"><script>', "😀🚀\n\u202e标题\x00" + "x" * 10_000, "\n\n😀" * 500, "")


@pytest.mark.parametrize("text", [LESSON, LONG, HOSTILE], ids=["lesson", "long", "hostile"])
def test_a_card_has_the_right_size_and_is_small(text: Text) -> None:
    drawn = cards.draw(text)
    assert Image.open(io.BytesIO(drawn)).size == (1200, 630)
    assert len(drawn) <= 60_000


def test_words_stay_inside_and_whole() -> None:
    font = cards._font(56)
    lines = cards.wrapped(LONG.title, 56, 1040, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert all(font.getlength(line) <= 1040 + 56 for line in lines)
    assert "English" in lines[0]
    assert not any(line[0] in cards.NOT_FIRST for line in cards.wrapped("注意力，" * 60, 34, 1040, 9))


def test_characters_the_font_lacks_are_left_out() -> None:
    assert cards.known("注")
    assert cards.known(" ")
    assert not cards.known("😀")
    assert "".join(cards.wrapped("注😀意🚀力", 34, 1040, 2)) == "注意力"


def test_different_words_draw_different_cards() -> None:
    other = Text(LESSON.place, LESSON.title + "二", LESSON.promise, LESSON.site)
    assert cards.draw(LESSON) != cards.draw(other)


def test_an_unchanged_card_is_taken_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = cards.card(LESSON, tmp_path)
    monkeypatch.setattr(cards, "draw", lambda text: pytest.fail("又画了一遍"))
    assert cards.card(LESSON, tmp_path) == first
