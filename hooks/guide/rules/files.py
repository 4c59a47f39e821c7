"""文件读不懂：编码、YAML 与 Python 的语法。"""

from guide.problem import Rule

GROUP = "文件"

NOT_UTF8 = Rule(
    GROUP,
    "not-utf8",
    "不是 UTF-8{place}：用 UTF-8 重新保存",
    "别的编码（多半是 GBK）在读者那里是一片乱码，MkDocs 读到它会整个停下。",
    "在编辑器里选“以 UTF-8 保存”，或者在命令行里转换一次：",
    "iconv -f gbk -t utf-8 旧.md > 新.md",
)

UNREADABLE = Rule(
    GROUP,
    "unreadable",
    "读不了这个文件：{reason:原因}",
    "网站构建不出这一页，别人克隆了仓库也一样。",
    "多半是权限不对，或者是一个指向不存在的文件的符号链接。改回普通的文件：",
    "chmod 644 文件.md",
)

CONFLICT = Rule(
    GROUP,
    "merge-conflict",
    "没有解决的合并冲突：留下要的一边，删掉 <<<<<<<、======= 与 >>>>>>>",
    "两个人的两种写法都会印在页面上，连同这些记号；代码则根本不能运行。",
    "编辑器里选“采用当前的”“采用传入的”或两者都要；录下的输出不要手改，删掉记号后运行 `make record`。",
)

NOT_A_PAGE = Rule(
    GROUP,
    "not-a-page",
    "页面的文件名要以小写的 .md 结尾：改成 “{right:改好的名字}”",
    "别的写法，MkDocs 或检查认不出来：读者看不到它，或者没有人检查过它。",
    "用 `git mv` 改名；只差大小写的，在 Windows 与 macOS 上要先改成别的名字，再改回来。",
)

OUTSIDE = Rule(
    GROUP,
    "symlink-outside",
    "这个符号链接指到了仓库外面：{target:目标}",
    "它指着的东西只在你的电脑上；发布时还会把那里的内容放到网上。",
    "把文件复制进来，或者删掉这个链接。",
)

GONE = Rule(
    GROUP,
    "file-gone",
    "这个文件不见了：从 git 里取回来，没有内容也要留一个空的",
    "术语、搬家的地址与钉住的版本各在一个文件里；文件没有了，这些检查就不声不响地停了。",
    "多半是误删，取回来：",
    "git checkout HEAD -- terms.yml",
)

YAML = Rule(
    GROUP,
    "yaml-syntax",
    "{where}YAML 读不懂：{reason:原因}",
    "一处写错，整段都读不出来：页面没有了标题，围栏没有了内容，术语表成了空的。",
    "常见的三种：值里有冒号加空格，缩进用了制表符，引号没有成对。多数时候，用单引号把整个值括起来就好；双引号里 `\\t`、`\\f` 会变成别的字符，公式就坏了。",
    "title: '注意力: 从零开始'",
)

TOML = Rule(
    GROUP,
    "toml-syntax",
    "TOML 写得不对：{reason:原因}",
    "依赖、ruff 的设置与一课的要求都写在这个文件里；一处写错，全都读不出来。",
    "照消息改那一行；引号没有成对时，真正写错的多半在它上面几行。",
    "[tool.guide.lesson]\nexercises = 2",
)

RUFF_SETTINGS = Rule(
    GROUP,
    "ruff-settings",
    "ruff 读不懂它的设置：{reason:ruff 的话}",
    "ruff 停在这里，Python 的风格就没有人检查了。",
    "照 ruff 的话改 `[tool.ruff]` 里的那一行；键的名字见 <https://docs.astral.sh/ruff/settings/>。",
)

PYTHON = Rule(
    GROUP,
    "python-syntax",
    "这不是合法的 Python：{reason:原因}",
    "读者下载的就是这个文件，一运行就停在这一行；语法不对，也切不出单元来显示。",
    "在 `snippets/` 里运行一次这个文件，改到不再出现 `SyntaxError`。",
)
