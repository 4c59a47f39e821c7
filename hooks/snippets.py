"""片段、练习、小测：正文换成展开后的，图、下载与代码页加进站点。"""

from guide.code.archive import archive
from guide.code.notebook import notebook
from guide.page import wrapping
from guide.page.render import RAW, code_page_markdown, code_page_source, figure_path
from guide.site import Site
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    fences = config.mdx_configs.setdefault("pymdownx.superfences", {}).setdefault("custom_fences", [])
    fences.append({"name": RAW, "class": RAW, "format": lambda source, *_, **__: source})
    config.markdown_extensions.append(f"{wrapping.__name__}:JoinWrapped")  # 片段的 docstring 是折行写的
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    library, hidden = _site(config).library, _site(config).hidden
    for parsed in library.snippets():
        path = parsed.path
        if path in hidden:
            continue
        source = str(library.root / path)
        files.append(File.generated(config, f"downloads/{path}", abs_src_path=source))
        files.append(File.generated(config, f"downloads/{path.removesuffix('py')}ipynb", content=notebook(parsed)))
        files.append(File.generated(config, code_page_source(path), content=code_page_markdown(parsed)))
        record = library.kept(path)
        for figure in (f for figures in (record.figures if record else {}).values() for f in figures):
            recorded = library.root / parsed.stage / "recorded" / parsed.name / figure.file
            if recorded.exists():  # 少了图的记录已经报告
                files.append(File.generated(config, figure_path(parsed, figure), abs_src_path=str(recorded)))
    if (style := library.root / "matplotlibrc").exists():
        files.append(File.generated(config, "downloads/matplotlibrc", abs_src_path=str(style)))
    for folder in [library.root / "data", *sorted((library.root / "models").glob("*/"))]:
        if folder.is_dir():
            name = folder.relative_to(library.root).as_posix()
            content = archive(library.root, folder)
            files.append(File.generated(config, f"downloads/{name}.zip", content=content))
    for path in library.exercises:
        if path in hidden:
            continue
        task = str(library.root / path / "task.py")
        files.append(File.generated(config, f"downloads/{path}/task.py", abs_src_path=task))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    expansion = _site(config).expansions.get(page.file.src_uri)
    return expansion.markdown if expansion else markdown


def _site(config: MkDocsConfig) -> Site:
    site = config.extra["site"]
    assert isinstance(site, Site)
    return site
