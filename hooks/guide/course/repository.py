"""仓库：源码、编辑与反馈在托管网站上的地址。GitHub 与 Gitee 的写法相同；GitHub 还会照地址填好表单。"""

from urllib.parse import quote, urlencode

BRANCH = "main"
"""读者的改动合进哪个分支；.github/workflows/ 发布的也是它。"""


def source(repository: str, path: str, start: int, end: int) -> str:
    """仓库里一个文件的第 start–end 行。"""
    return f"{repository}/blob/{BRANCH}/{quote(path)}#L{start}-L{end}"


def edit(repository: str, path: str) -> str:
    """在网页上编辑一个文件。"""
    return f"{repository}/edit/{BRANCH}/{quote(path)}"


def issue(repository: str, form: str, **fields: str) -> str:
    """开一个问题：用 .github/ISSUE_TEMPLATE/ 里的表单 `form`，`fields` 是其中已经填好的字段。"""
    return f"{repository}/issues/new?{urlencode({'template': f'{form}.yml', **fields}, quote_via=quote)}"
