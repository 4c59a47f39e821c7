"""练习：题目、答案与错误答案的形状。"""

from guide.problem import Rule

GROUP = "练习"

FILE_MISSING = Rule(
    GROUP,
    "exercise-file-missing",
    "练习缺少 {file:文件}",
    "`task.py` 是读者下载的题目，`solution.py` 是页面上折叠的答案，少一个就不成练习。",
    "练习的文件夹里放好这几个文件：",
    "exercises/multi_head_attention_causal_mask/\n  task.py\n  solution.py\n  wrong_mask_after_softmax.py",
)

NO_WRONG = Rule(
    GROUP,
    "exercise-no-wrong",
    "练习没有错误答案：加一个 wrong_*.py，写上读者真会犯的错，检查才有东西可抓",
    "题目里的检查要抓得住错。没有一份错误答案去试，就不知道它会不会把错的也放过去。",
    "想一想读者最容易怎样写错，写成 `wrong_<错在哪里>.py`，里面只有那个写错的函数。",
    "def causal_mask(scores):\n    return scores.softmax(-1).tril()  # 先 softmax 再遮，每一行的和不是 1",
)

EXTRA_FILE = Rule(
    GROUP,
    "exercise-extra-file",
    "练习里只能有 task.py、solution.py 与 wrong_*.py",
    "读者只下载 `task.py` 一个文件，别的模块他没有，导入会失败。",
    "把用到的函数写进 `task.py`；它是一份错误答案，就改名为 `wrong_*.py`。",
)

NO_SKELETON = Rule(
    GROUP,
    "exercise-no-skeleton",
    "没有要填的函数：骨架的函数体是 raise NotImplementedError",
    "读者打开题目，不知道该在哪里动手。",
    "把要读者写的函数留成骨架：",
    'def causal_mask(scores):\n    """把未来的位置换成 −∞。scores 是 (T, T)。"""\n    raise NotImplementedError',
)

DOCSTRING = Rule(
    GROUP,
    "exercise-docstring",
    "缺少 docstring：用它说清任务",
    "页面上的题目就是它：第一行是标题，其余是要做的事。没有它，读者看到的是一道没有题面的题。",
    "写在 `task.py` 的最前面：",
    '"""给注意力加上因果掩码。\n\n填好 causal_mask，让每个词只看见自己与左边的词。\n"""',
)

INCOMPLETE = Rule(
    GROUP,
    "answer-incomplete",
    "没有 {name:函数名}：task.py 里要填的是 {allowed:函数名}",
    "答案换进题目之后，这个函数还是骨架，检查过不去。",
    "在 `solution.py` 里写全每一个要填的函数，名字与题目里一样。",
)

UNRELATED = Rule(
    GROUP,
    "answer-unrelated",
    "没有一个要填的函数：task.py 里要填的是 {allowed:函数名}{nearest}",
    "答案按名字换进题目。没有一个同名的，换进去什么也没有变。",
    "对一对函数名：多半是题目里改了名，答案忘了改。",
)

NOT_WRONG = Rule(
    GROUP,
    "answer-not-wrong",
    "与 solution.py 写得一样，检查抓不住它：改成读者真会犯的错",
    "错误答案是用来试检查的：它本来就对，就什么也没有试。",
    "只改错的那一处，文件名说错在哪里，例如 `wrong_mask_after_softmax.py`。",
)

SILENT = Rule(
    GROUP,
    "assert-silent",
    "这个 assert 没有消息：在逗号后面用中文说多半错在哪里",
    "读者写错了，只看到一行 `AssertionError`，不知道该改什么。",
    "说看到了什么、多半漏了哪一步：",
    'assert total([1, 2]) == 3, "1 加 2 应为 3：有没有漏掉一个数？"',
)
