"""临时文件夹里的小站点：用本站的钩子、主题与设置，只有测试要的那几页。"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
NOT_COPIED = shutil.ignore_patterns("problems.txt", "remove.txt")


@dataclass
class Result:
    """一次构建：退出码与终端上的文字。"""

    code: int
    output: str

    @property
    def problems(self) -> list[str]:
        """终端里报告的问题，去掉日志的前缀与规则的短名。"""
        return [re.sub(r" \[[a-z0-9-]+\]$", "", line) for line in self.reported]

    @property
    def reported(self) -> list[str]:
        """终端里报告的问题，去掉日志的前缀。"""
        marked = [line for line in self.output.splitlines() if line.startswith(("ERROR", "WARNING"))]
        return [line.partition("检查: ")[2] for line in marked if "检查: " in line]


class SmallSite:
    """一个小站点；`base` 是它的根。"""

    def __init__(self, base: Path) -> None:
        self.base = base
        settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
        settings = settings.replace("hooks/", f"{ROOT}/hooks/").replace("custom_dir: ", f"custom_dir: {ROOT}/")
        settings = settings.replace("paths: [hooks, snippets]", f"paths: [{ROOT}/hooks, snippets]")
        settings = settings.replace(
            "watch: [snippets, hooks, overrides, terms.yml, redirects.yml, constraints.txt]", ""
        )
        self.write("mkdocs.yml", settings)
        (base / "docs").mkdir(exist_ok=True)
        for name in ("terms.yml", "redirects.yml", "constraints.txt"):
            if not (base / name).exists():
                self.write(name, "")
        self.write("snippets/matplotlibrc", (ROOT / "snippets/matplotlibrc").read_bytes())

    def spoil(self, case: Path) -> None:
        """盖上一个坏例子；它的 remove.txt 列出要删的文件。"""
        shutil.copytree(case, self.base, dirs_exist_ok=True, ignore=NOT_COPIED)
        if (removed := case / "remove.txt").exists():
            for name in removed.read_text(encoding="utf-8").split():
                (self.base / name).unlink()

    def write(self, path: str, content: str | bytes) -> Path:
        """写一个文件，文件夹没有就建。"""
        file = self.base / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def page(self, path: str, meta: str, body: str = "正文。\n") -> Path:
        """写一页：front matter 与正文。"""
        return self.write(f"docs/{path}", f"---\n{meta.strip()}\n---\n\n{body}")

    def home(self) -> None:
        """首页。"""
        self.page("index.md", "title: 首页")

    def stage(self, number: int, body: str = "正文。\n", **extra: str) -> None:
        """一个阶段页。"""
        folders = ("foundations", "deep-learning-nlp", "transformer-llm", "applications", "advanced")
        levels = ("初级", "中级", "中级", "高级", "高级")
        meta = (
            f"title: 阶段 {number}\nstage: {number}\nlevel: {levels[number - 1]}\nmonths: [0, 3]\ngoals: [会做一件事]\n"
        )
        meta += "".join(f"{key}: {value}\n" for key, value in extra.items())
        self.page(f"{folders[number - 1]}/index.md", meta, body)

    def lesson(self, path: str, stage: int, order: int, body: str = "正文。\n", **extra: str) -> None:
        """一课；`extra` 是另加或替换的 front matter。"""
        values = {
            "title": f"课 {stage}.{order}",
            "stage": str(stage),
            "order": str(order),
            "goal": "做出一样东西",
            "minutes": "30",
        }
        values |= extra
        self.page(path, "".join(f"{key}: {value}\n" for key, value in values.items()), body)

    def snippet(self, path: str, source: str, record: bool = True) -> None:
        """一个片段；`record` 为真时真的运行一次，写下记录。"""
        from guide.code import recording, runner
        from guide.code.snippet import parse

        self.write(f"snippets/{path}", source)
        if record:
            root = self.base / "snippets"
            recording.save(root, runner.run(parse(path, source), root))

    def mkdocs(self, *arguments: str, site_url: str = "") -> Result:
        """运行 mkdocs，返回退出码与终端上的文字。"""
        environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": ""}
        if site_url:
            environment["SITE_URL"] = site_url
        command = [sys.executable, "-m", "mkdocs", *arguments]
        ran = subprocess.run(command, cwd=self.base, env=environment, capture_output=True, text=True)
        return Result(ran.returncode, ran.stdout + ran.stderr)

    def build(self, *arguments: str) -> Result:
        """严格构建。"""
        return self.mkdocs("build", "--strict", *arguments)

    def html(self, path: str) -> str:
        """构建出来的一个文件。"""
        return (self.base / "site" / path).read_text(encoding="utf-8")
