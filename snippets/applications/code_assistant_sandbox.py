"""代码生成助手：先看，再关起来跑，最后判

候选代码过三道门：ast 名单、有限额的子进程、在父进程里比答案。
放进一批坏程序，看每一道门各挡住什么，又有什么挡不住。
"""

# %% 准备
import ast
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile

HEAD = "def f(xs):\n"
GOOD = HEAD + "    return sum(x + 1 for x in xs if x > 2)\n"


# %% 在自己的进程里跑会怎样
def naive_judge(code, tests):
    """最省事的判法：exec，再用等号比。给出的代码与判题的代码在同一个进程里。"""
    scope = {}
    exec(code, scope)
    return all(scope["f"](xs) == want for xs, want in tests)


TESTS = [([1, 2, 3, 4], 9), ([5], 6)]  # (3+1) + (4+1)；5+1
CHEAT = """\
class Yes:
    def __eq__(self, other):
        return True
def f(xs):
    return Yes()
"""
print("正常的：", naive_judge(GOOD, TESTS))
print("什么都等于的：", naive_judge(CHEAT, TESTS))

# %% 拿走内建函数也不够
ESCAPE = """\
def f(xs):
    for c in ().__class__.__base__.__subclasses__():
        if c.__name__ == "_wrap_close":
            return c.__init__.__globals__["getcwd"]()
"""
scope = {"__builtins__": {}}  # 没有 open，没有 import
exec(ESCAPE, scope)
print("仍然拿到了工作目录：", scope["f"]([]) == os.getcwd())

# %% 语法树长什么样
print(ast.dump(ast.parse("x + 6", mode="eval"), indent=2))

# %% 语法树名单
NODES = (
    *(ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return),
    *(ast.Call, ast.GeneratorExp, ast.comprehension, ast.Name, ast.Load, ast.Store),
    *(ast.Constant, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Mod, ast.Pow),
    *(ast.UnaryOp, ast.USub, ast.Compare, ast.Gt, ast.Lt, ast.Eq, ast.NotEq),
)
NAMES = {"xs", "x", "abs", "sum", "max", "min", "sorted"}


def check(code):
    """运行之前看一遍。返回问题的说明，没有问题返回空字符串。

    名单是这一族要求用得到的写法；名单以外的一律不跑
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"语法：{getattr(error, 'msg', error)}"
    if [getattr(node, "name", "") for node in tree.body] != ["f"]:
        return "应当恰好是一个函数 f"
    for node in ast.walk(tree):
        if not isinstance(node, NODES):
            return f"不许出现 {type(node).__name__}"
        if isinstance(node, ast.Name) and node.id not in NAMES:
            return f"不许使用 {node.id}"
        if isinstance(node, ast.Constant) and type(node.value) is not int:
            return "常数只许是整数"
    return ""


# %% 一批坏程序
server = socket.create_server(("127.0.0.1", 0))  # 假装是外面的一台机器
PORT = server.getsockname()[1]
BODIES = {
    "少括号": "return sum(x for x in xs",
    "死循环": "while True: pass",
    "大乘方": "return 9 ** 9 ** 9",
    "睡着": "import time; time.sleep(60)",
    "吃内存": "return len([0] * 10**9)",
    "写大文件": "return open('big', 'w').write('a' * 10**7)",
    "刷屏": "while True: print('a' * 10**5)",
    "读密钥": "import os; return os.environ['API_KEY']",
    "直接退出": "import os; os._exit(0)",
    "假的通过": "import os; os.write(1, b'[true] passed'); os._exit(0)",
    "一串左括号": "import os; os.write(1, b'[' * 60000); os._exit(0)",
    "读文件": "import os; return len(open(os.__file__).read()) > 0",
    "联网": f"import socket; return socket.create_connection(('127.0.0.1', {PORT})) and 1",
}
BAD = {name: f"{HEAD}    {body}\n" for name, body in BODIES.items()}
BAD["什么都等于"] = CHEAT
BAD["绕道内建"] = ESCAPE

for name, code in {"正常": GOOD, **BAD}.items():
    print(f"{name}：{check(code) or '放行'}")

# %% 关起来的那一头
WORKER = """
import json, sys
try:
    import resource as r
except ImportError:  # Windows 没有这个模块
    r = None
if r:
    r.setrlimit(r.RLIMIT_CPU, (1, 2))  # 1 秒处理器时间
    r.setrlimit(r.RLIMIT_FSIZE, (2**16, 2**16))  # 每个文件 64 KB，输出也算
    r.setrlimit(r.RLIMIT_CORE, (0, 0))  # 崩溃时不留下内存转储
    if sys.platform == "linux":  # macOS 设不住内存上限
        r.setrlimit(r.RLIMIT_AS, (2**28, 2**28))  # 256 MB 地址空间
        r.setrlimit(r.RLIMIT_NPROC, (0, 0))  # 不许再开进程；对 root 不起作用
job = json.load(sys.stdin)
channel, sys.stdout = sys.stdout, sys.stderr  # 候选代码 print 的东西去别处
results = []
try:
    scope = {}
    exec(job["code"], scope)
    for xs in job["inputs"]:
        results.append(["值", json.loads(json.dumps(scope["f"](xs)))])
except BaseException as error:
    results.append(["异常", f"{type(error).__name__}: {error}"[:200]])
channel.write(json.dumps(results))
"""


# %% 另一头
def kill_group(process):
    """杀掉整个进程组：候选代码开的子进程也要一起走。"""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:  # Windows
            process.kill()
    process.wait()


def run(code, inputs, seconds=3.0):
    """在另一个 Python 进程里对每份输入运行 f。

    返回 (状态, 内容)：("完成", 各份的值)，或 ("异常" 或 "超时", 一句说明)
    """
    job = json.dumps({"code": code, "inputs": inputs}).encode()
    keep = {k: os.environ[k] for k in ("SYSTEMROOT",) if k in os.environ}
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryFile() as out,  # 文件受大小限制，管道不受
        tempfile.TemporaryFile() as noise,
    ):
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", WORKER],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=noise,
            cwd=folder,  # 空文件夹，用完即删
            env=keep,  # 不把密钥传进去
            start_new_session=True,  # 自成一个进程组
        )
        try:
            process.communicate(job, timeout=seconds)
        except subprocess.TimeoutExpired:
            return "超时", f"等了 {seconds:.0f} 秒"
        finally:
            kill_group(process)
        out.seek(0)
        answer = out.read()
    if process.returncode == -getattr(signal, "SIGXCPU", 0):
        return "超时", "用完了处理器时间"
    try:
        results = json.loads(answer)
        if kinds := [message for kind, message in results if kind == "异常"]:
            return "异常", kinds[0]
        if len(results) == len(inputs):
            return "完成", [value for _, value in results]
    except (ValueError, TypeError, RecursionError):  # 交回来的也不可信
        pass
    return "异常", f"没有交回结果，退出码 {process.returncode}"


print(run(GOOD, [[1, 2, 3, 4], [5]]))

# %% 跳过名单，直接关起来跑
os.environ["API_KEY"] = "这是一把假钥匙"
outcomes = {name: run(code, [[1, 2, 3, 4]]) for name, code in BAD.items()}
for name, (status, content) in outcomes.items():
    print(f"{name}：{status}，{content}")


# %% 两个同样的错误
def naive_run(code, xs):
    """把错误也变成一个字符串返回：看上去很方便。"""
    scope = {}
    exec(code, scope)
    try:
        return scope["f"](xs)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


reference = HEAD + "    return max(x + 1 for x in xs if x > 9)\n"
wrong = HEAD + "    return max(x * 5 for x in xs if x % 7 == 0)\n"
print(naive_run(reference, [1, 2, 3]))
print("与错的程序“结果相等”：", naive_run(reference, [1, 2, 3]) == naive_run(wrong, [1, 2, 3]))


# %% 五种结论
def answers(reference, inputs):
    """用参考答案算出期望的值；参考答案自己跑不通就抛 ValueError，不许当作答案。"""
    status, content = run(reference, inputs)
    if status != "完成":
        raise ValueError(f"参考答案{status}：{content}")
    return content


def judge(code, tests):
    """tests 是 (输入, 期望) 的列表。返回 (结论, 说明)。

    结论是“对”“错答”“异常”“超时”“被拦下”之一；一组测试也没有就抛 ValueError
    """
    if not tests:
        raise ValueError("没有测试，判不了")
    if problem := check(code):
        return "被拦下", problem
    status, content = run(code, [xs for xs, _ in tests])
    if status != "完成":
        return status, content
    for (xs, want), got in zip(tests, content, strict=True):
        if json.dumps(got) != json.dumps(want):  # 1、1.0 与 True 不是一回事
            return "错答", f"f({xs}) 得到 {got}，应为 {want}"
    return "对", ""


# %% 判六份
INPUTS = [[1, 2, 3, 4], [5]]
tests = list(zip(INPUTS, answers(GOOD, INPUTS), strict=True))
for body in [
    "return sum(x + 1 for x in xs if x > 2)",
    "return sum(1 + x for x in xs if 2 < x)",
    "return sum(x + 1 for x in xs if x > 3)",
    "return max(x for x in xs if x > 9)",
    "return 9 ** 9 ** 9",
    "return sum(xs) if xs else 0",
]:
    verdict, why = judge(f"{HEAD}    {body}\n", tests)
    print(f"{body} → {verdict} {why}")

# %% 参考答案也会坏 tags=["raises-exception"]
answers(reference, [[1, 2, 3]])

# %% 逃出进程组 tags=["varies"]
DAEMON = """\
def f(xs):
    import os, time
    child = os.fork()
    if child:
        return child
    os.setsid()
    time.sleep(20)
    os._exit(0)
"""
print("名单：", check(DAEMON))
status, content = run(DAEMON, [[1]])
if status == "完成":
    with contextlib.suppress(ProcessLookupError):
        os.kill(content[0], 0)  # 0 号信号只看它在不在
        print("父进程已经返回，那个子进程还活着")
        os.kill(content[0], signal.SIGKILL)
else:
    print(status, content)
server.close()
