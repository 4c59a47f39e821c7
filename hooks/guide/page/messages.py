"""“检查的每一条”那一页：规则按组写出来，每条有自己的锚点、消息的样子、为什么与怎样改。"""

import re
from collections.abc import Callable
from html import escape

from guide.page import render
from guide.page.fences import fence_for
from guide.problem import RULES, Rule
from guide.rules import GROUPS


def page() -> str:
    """页面上的 Markdown。"""
    return _written(_head)


def plain() -> str:
    """副本里的 Markdown。"""
    return _written(lambda rule: f"### {rule.code}\n\n> {rule.sample}")


def _written(head: Callable[[Rule], str]) -> str:
    parts = []
    for group in GROUPS:
        parts.append(f"## {group}")
        for rule in (rule for rule in RULES.values() if rule.group == group):
            parts += [head(rule), f"**为什么**：{rule.why}", f"**怎样改**：{rule.mend}"]
            parts += [fence_for(rule.example, "text")] if rule.example else []
    return "\n\n".join(parts)


def _head(rule: Rule) -> str:
    """短名与消息的样子。标题写成 HTML：搜索照它切节，目录里却只有各组，几十个短名不会把它撑满。"""
    link = f'<a class="headerlink" href="#{rule.code}" title="这一条的链接">&para;</a>'
    said = re.sub(r"〈[^〉]*〉", r"<var>\g<0></var>", escape(rule.sample, quote=False))
    return render.raw(
        f'<h3 class="rule-name" id="{rule.code}"><code>{rule.code}</code>{link}</h3><p class="rule-message">{said}</p>'
    )
