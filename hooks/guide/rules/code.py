"""代码：片段与练习里不许出现的，以及 ruff 的报告。"""

from guide.problem import Rule

GROUP = "代码"

NETWORK = Rule(
    GROUP,
    "network-import",
    "片段不能联网：不要导入 {name:模块}",
    "读者可能没有网络，或者打不开那个网站；测试也不联网，联网的片段运行不了。",
    "数据写在代码里，或放进 `snippets/data/`；模型用 `snippets/models/` 里读者自己训练的那一个。真实的服务在注释里说怎样换。",
    'MODEL = "models/mini-gpt"  # 换成 "Qwen/…" 即可',
)

UNSAFE = Rule(
    GROUP,
    "unsafe-import",
    "不要用 {name:模块}：读它会执行任意代码；权重用 safetensors，数据用 JSON",
    "读者会照着做：有一天打开别人给的文件，里面藏的代码就在他的电脑上运行了。",
    "数组与权重用 safetensors，其余的用 JSON：",
    "from safetensors.torch import load_file, save_file",
)

REMOTE_CODE = Rule(
    GROUP,
    "trust-remote-code",
    "不要用 trust_remote_code：它会运行从网上下载的代码",
    "它让模型仓库里的任何 Python 在读者的电脑上运行，而读者多半不会先读一遍。",
    "换一个 transformers 本来就支持的模型，去掉这个参数。",
)

WEIGHTS_ONLY = Rule(
    GROUP,
    "weights-only",
    "torch.load 要写 weights_only=True，否则会执行文件里的任意代码",
    "权重文件里可以藏代码，一读就运行。读者学会的写法，应当是安全的那一种。",
    "加上这个参数，或者用 safetensors 存。",
    'state = torch.load("models/tiny.pt", weights_only=True)',
)

SECRET = Rule(
    GROUP,
    "secret",
    "这像一个密钥：不要写进代码，从环境变量读",
    "提交进仓库的密钥谁都看得到，删掉之后历史里还有，几分钟内就会被人拿去用。",
    "先到服务商那里作废这个密钥，再改成从环境变量读：",
    'api_key = os.environ["OPENAI_API_KEY"]',
)

ABSOLUTE_PATH = Rule(
    GROUP,
    "absolute-path",
    "不要写绝对路径 “{path:路径}”：路径相对 snippets/",
    "别人的电脑上没有这个文件夹，运行到这里就停下。",
    "文件放进 `snippets/data/`，路径从 `snippets/` 写起：",
    'Path("data/stories.txt")',
)

PUBLIC_DOCSTRING = Rule(
    GROUP,
    "public-docstring",
    "{name:函数或类} 没有 docstring：说它是什么、张量的形状、会抛什么错、出自哪里",
    "代码页的“接口”由 docstring 得出；没有它，读者只能从函数体里猜形状。",
    "一两行就够：",
    'def attention(q, k, v):\n    """缩放点积注意力。q、k、v 都是 (B, T, C)，返回 (B, T, C)。"""',
)

RUFF = Rule(
    GROUP,
    "ruff",
    "{code:规则号} {message:ruff 的话}{fix}",
    "没有用到的导入、没有定义的名字、写乱的次序：读者会以为它们有用，真的错误也藏在里面。",
    "`make format` 改好能自动改的；其余的，运行 `.venv/bin/ruff rule <规则号>` 看它为什么、怎样改。",
)
