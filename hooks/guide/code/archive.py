"""压缩包：脚本要读的一个文件夹，解压到运行脚本的文件夹里，路径就对了。"""

import io
import zipfile
from functools import lru_cache
from pathlib import Path


def archive(root: Path, folder: Path) -> bytes:
    """把 `folder` 装进 zip，里面的路径相对 `root`；内容一样，结果就一样。"""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return _archive(root, tuple((file, file.stat().st_mtime_ns, file.stat().st_size) for file in files))


@lru_cache(maxsize=64)
def _archive(root: Path, files: tuple[tuple[Path, int, int], ...]) -> bytes:
    """文件没有变就不再压缩。"""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for file, _, _ in files:
            entry = zipfile.ZipInfo(file.relative_to(root).as_posix())  # 固定的时间，不随检出而变
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, file.read_bytes())
    return target.getvalue()
