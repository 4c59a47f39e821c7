"""Python 与 TOML 读不懂时说的话：在哪一行，为什么。"""

import pytest
from guide.code import syntax
from guide.code.snippet import parse
from guide.course import settings


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("x = 1\nprint（x）", 2, "全角的 “（” 要换成半角的 “(”"),
        ("x = “甲”", 1, "全角的引号要换成半角的"),
        ("f（1，2）\nx = '（'\ng(1，2)\n\nh（）", 1, "全角的 “（” 要换成半角的 “(”（第 3、5 行也有）"),
        ("f（1\nx = 1\n", 1, "全角的 “（” 要换成半角的 “(”"),
        ("x\u3000= 1", 1, "全角的空格要换成半角的"),
        ("x = 1…2", 1, "“…” 只能写在引号或注释里"),
        ("  x = 1", 1, "这一行多缩进了"),
        ("if x:\ny = 1", 2, "第 1 行下面要有缩进的一段"),
        ("if x:\n    y = 1\n  z = 2", 3, "这一行的缩进与上面哪一层都对不上"),
        ("x = 1\nf(1\n", 2, "“(” 没有闭合"),
        ("x = '甲\n", 1, "引号没有成对"),
        ("x = '''甲\n", 1, "三个引号没有成对"),
        ("if x\n    y = 1", 1, "少了冒号"),
        ("x = = 8", 1, "这一行读不懂：“x = = 8”"),
        ("del f()", 1, "这一行读不懂（cannot delete function call）"),
        ("x\0 = 1", 1, "里面有空字节，用 UTF-8 重新保存"),
        ("x = 1\n<<<<<<< HEAD\n", 2, "这里有没有解决的合并冲突：留下要的一边，删掉 <<<<<<<、======= 与 >>>>>>>"),
    ],
)
def test_python_is_told_in_chinese(source: str, line: int, reason: str) -> None:
    found = syntax.check("a.py", source)
    assert found
    assert (found.line, found.message) == (line, f"这不是合法的 Python：{reason}")
    assert parse("a.py", source).problems[0].message == found.message


@pytest.mark.parametrize("source", ['"""小标题\n=======\n"""', "# 全角（括号）在注释里", "x = '，：“”'"])
def test_sound_python(source: str) -> None:
    assert syntax.check("a.py", source) is None


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("x = 1\n[tool\n", 2, "表名的方括号没有成对"),
        ("x = '甲\n", 1, "引号没有成对"),
        ("x = 1\nx = 2\n", 2, "这个键写了两次"),
        ("x = '甲：乙'\nx = '甲：乙'\n", 2, "这个键写了两次"),
        ("x = 1\ny = “甲”\n", 2, "有全角的标点，换成半角的"),
        ("x = 甲 # 注释，有全角的逗号", 1, "不认识的值，文字要用引号括起来，true 与 false 是小写"),
        ("x = [1, 2", 1, "方括号没有成对，或者两项之间少了逗号"),
    ],
)
def test_toml_is_told_in_chinese(text: str, line: int, reason: str) -> None:
    (found,) = settings.parse(text)[1]
    assert (found.line, found.message) == (line, f"TOML 写得不对：{reason}")
