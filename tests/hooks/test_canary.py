"""金丝雀的报告：哪一课坏在哪个换了版本的包下。"""

from guide.commands.canary import Failure, Result, Source, changed_versions, imported, read, report, suspects

JUNIT = """<testsuites><testsuite>
<testcase classname="tests.snippets.transformer-llm.test_lora" name="test_a"/>
<testcase classname="tests.snippets.transformer-llm.test_lora" name="test_b">
  <failure message="AttributeError: x">  File ".venv/lib/python3.11/site-packages/torch/nn.py"
  File ".venv/lib/python3.11/site-packages/peft/config.py"
E   guide.code.runner.SnippetError: snippets/transformer-llm/lora.py:9: AttributeError: no r</failure></testcase>
<testcase classname="tests.snippets.test_recordings" name="test_output_is_the_recorded_one[transformer-llm/lora.py]">
  <error message="又一次">同一个片段</error></testcase>
<testcase classname="tests.snippets.test_exercises" name="test_wrong[a/exercises/b-wrong_x.py]"/>
<testcase classname="" name="tests.snippets.advanced.test_rlhf">
  <error message="collection failure">E   ModuleNotFoundError: No module named 'trl'</error></testcase>
</testsuite></testsuites>"""


def test_failures_are_gathered_by_snippet() -> None:
    result = read(JUNIT)
    assert result.ran == 3
    assert [(one.path, one.count) for one in result.failures] == [
        ("advanced/rlhf.py", 1),
        ("transformer-llm/lora.py", 2),
    ]
    assert result.failures[0].message == "ModuleNotFoundError: No module named 'trl'"
    assert result.failures[1].message.startswith("SnippetError: snippets/transformer-llm/lora.py:9")
    assert "同一个片段" in result.failures[1].traceback


def test_changed_versions_ignore_case_and_build() -> None:
    installed = {"torch": "2.13.0+cpu", "scikit_learn": "1.10.0", "new-one": "1"}
    assert changed_versions("torch==2.13.0\nScikit-Learn==1.9.1\ngone==1\n", installed) == {
        "scikit-learn": ("1.9.1", "1.10.0")
    }


def test_imports_of_a_source() -> None:
    assert imported("import torch.nn as nn\ndef f():\n    from peft.utils import x\nfrom . import y\n") == {
        "torch", "peft",
    }  # fmt: skip
    assert imported("def") == set()


def test_the_nearest_package_in_the_traceback_comes_first() -> None:
    failure = read(JUNIT).failures[1]
    source = Source(("3.4 LoRA",), frozenset({"sklearn", "json"}))
    packages = {"torch": "torch", "peft": "peft", "sklearn": "scikit-learn"}
    assert suspects(failure, source, packages, {"torch", "peft", "scikit-learn"}) == ["peft", "torch", "scikit-learn"]
    assert suspects(failure, source, packages, {"scikit-learn"}) == ["scikit-learn"]


def test_the_table() -> None:
    failure = Failure("s/a.py", "TypeError: a | `b`", "site-packages/peft/x.py", 2)
    text = report(
        Result(5, (failure,)), {"s/a.py": Source(("1.2 课",), frozenset())}, {"peft": "peft"}, {"peft": ("1.0", "2.0")}
    )
    assert "跑了 5 个片段与练习，坏了 1 个；1 个包换了版本。" in text
    assert "| 1.2 课 | `s/a.py` | `TypeError: a ¦ ′b′`（2 个测试） | peft 1.0 → 2.0 |" in text
    assert "全部通过" not in text
    blamed = report(Result(1, (failure,)), {}, {}, {})
    assert "| — | `s/a.py` | `TypeError: a ¦ ′b′`（2 个测试） | 不像是版本的事 |" in blamed


def test_when_all_is_well_it_says_so() -> None:
    text = report(Result(5, ()), {}, {}, {"peft": ("1.0", "2.0")})
    assert "全部通过。" in text and "| peft | 1.0 → 2.0 |" in text and "怎么了" not in text


def test_a_long_message_is_cut() -> None:
    text = report(Result(1, (Failure("s/a.py", "啊" * 500, ""),)), {}, {}, {})
    assert "啊" * 159 + "…" in text and "啊" * 160 not in text
