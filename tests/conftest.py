"""整套测试共用：在导入任何数值库之前定好环境。"""

import os

from guide.runner import ENVIRONMENT

os.environ.update(ENVIRONMENT)
