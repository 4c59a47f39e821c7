"""Git 在做什么

在一个临时文件夹里真的运行 Git：提交什么、忽略什么、差异怎样读、分支怎样合并、
冲突长什么样，最后推到另一个文件夹。需要装好 Git；作者与时间是固定的，
所以提交的编号每次相同。在 snippets/ 文件夹里运行：
python foundations/python_ecosystem_git.py

来源：《Pro Git》第 2、3 章；git-diff、gitignore 的手册页
"""

# %% 一个不碰你的设置的 Git
import os
import subprocess
import tempfile
from pathlib import Path

folder = tempfile.TemporaryDirectory()
WORK = Path(folder.name) / "reviews"
WORK.mkdir()
MOMENT = "2026-11-24T09:00:00+08:00"
SETTINGS = {
    "GIT_CONFIG_GLOBAL": os.devnull,  # 不读、不改你自己的设置
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "小林",
    "GIT_AUTHOR_EMAIL": "lin@example.com",
    "GIT_COMMITTER_NAME": "小林",
    "GIT_COMMITTER_EMAIL": "lin@example.com",
    "GIT_AUTHOR_DATE": MOMENT,
    "GIT_COMMITTER_DATE": MOMENT,
    "LC_ALL": "C",
}


def git(*words, where=WORK, quiet=False):
    """在 where 里运行 git，打印命令与它说的话，返回它说的话；出错也只是打印"""
    command = ["git", "-c", "core.autocrlf=false", "-c", "core.quotePath=false", *words]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    done = subprocess.run(
        command, cwd=where, env=environment | SETTINGS, capture_output=True, check=False
    )
    said = (done.stdout + done.stderr).decode("utf-8").rstrip()
    if not quiet:
        print("$ git", *(f'"{word}"' if " " in word else word for word in words))
        if said:
            print(said)
    return said


def write(name, *lines):
    """把几行文字写进 WORK 里的一个文件，换行一律用 \\n"""
    path = WORK / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


# %% 提交什么
write("stats.py", "import numpy as np", "", "def spread(x):", "    return np.std(x)")
write("README.md", "# 评论统计", "", "运行：python stats.py")
write("data/reviews.jsonl", '{"label": 0, "text": "不错"}')
write(".env", "API_KEY=...")
git("init", "--quiet", "--initial-branch", "main")
git("status", "--short")

# %% 写 .gitignore
write(".gitignore", ".venv/", "__pycache__/", "data/", "*.pt", ".env")
git("status", "--short")
git("add", ".gitignore", "README.md", "stats.py")
git("commit", "--quiet", "-m", "统计每类评论的字数")
git("log", "--oneline")

# %% 差异怎样读
git("switch", "--quiet", "-c", "sample-std")
write(
    "stats.py",
    "import numpy as np",
    "",
    "def spread(x):",
    "    return np.std(x, ddof=1)",
)
git("diff")
git("commit", "--quiet", "-am", "标准差除以 n - 1，与 pandas 的默认一致")

# %% 分支与合并
git("switch", "--quiet", "main")
print("main 上：", (WORK / "stats.py").read_text(encoding="utf-8").splitlines()[-1])
git("merge", "--quiet", "--no-ff", "-m", "合并 sample-std", "sample-std")
print("合并后：", (WORK / "stats.py").read_text(encoding="utf-8").splitlines()[-1])
git("log", "--oneline", "--graph")

# %% 两边改了同一行
git("switch", "--quiet", "-c", "median")
write("README.md", "# 评论统计", "", "运行：python stats.py --median")
git("commit", "--quiet", "-am", "说明怎样打印中位数")
git("switch", "--quiet", "main")
write("README.md", "# 评论统计", "", "运行：python -m stats")
git("commit", "--quiet", "-am", "改成模块的运行方式")
git("merge", "median")
print((WORK / "README.md").read_text(encoding="utf-8"))

# %% 解开冲突
write("README.md", "# 评论统计", "", "运行：python -m stats --median")
git("add", "README.md")
git("commit", "--quiet", "-m", "合并 median：两边的改动都要")
git("status", "--short")
git("log", "--oneline", "-1")

# %% 克隆与推送
SERVER = Path(folder.name) / "server.git"  # 用一个文件夹假装远处的服务器
FRIEND = Path(folder.name) / "friend"
git("clone", "--quiet", "--bare", str(WORK), str(SERVER), quiet=True)
git("clone", "--quiet", str(SERVER), str(FRIEND), quiet=True)
git("switch", "--quiet", "-c", "fix-typo", where=FRIEND)
(FRIEND / "README.md").write_text("# 书评统计\n", encoding="utf-8", newline="\n")
git("commit", "--quiet", "-am", "标题写清楚是书评", where=FRIEND)
git("push", "--quiet", "origin", "fix-typo", where=FRIEND)
git("branch", where=SERVER)

# %% 密钥进了历史
write(".env", "API_KEY=not-a-real-key")
git("add", "--force", ".env")
git("commit", "--quiet", "-m", "不小心提交了密钥")
git("rm", "--quiet", ".env")
git("commit", "--quiet", "-m", "删掉密钥")
print("文件还在吗：", (WORK / ".env").exists())
git("show", "HEAD~1:.env")

# %% 收拾
folder.cleanup()
print("临时文件夹还在吗：", WORK.exists())
