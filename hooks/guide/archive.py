"""压缩包：一个模型文件夹，解压出来就在 models/ 下。"""

import io
import zipfile
from pathlib import Path


def archive(folder: Path) -> bytes:
    """把 `folder` 装进 zip，里面的路径是 models/<名字>/…；内容一样，结果就一样。"""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for file in sorted(path for path in folder.iterdir() if path.is_file()):
            entry = zipfile.ZipInfo(f"models/{folder.name}/{file.name}")  # 固定的时间，不随检出而变
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, file.read_bytes())
    return target.getvalue()
