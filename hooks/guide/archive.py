"""压缩包：脚本要读的一个文件夹，解压到运行脚本的文件夹里，路径就对了。"""

import io
import zipfile
from pathlib import Path


def archive(root: Path, folder: Path) -> bytes:
    """把 `folder` 装进 zip，里面的路径相对 `root`；内容一样，结果就一样。"""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(root).as_posix())  # 固定的时间，不随检出而变
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, file.read_bytes())
    return target.getvalue()
