"""一个流式的、会拒绝的模型服务

把自己训练的小模型放到兼容 OpenAI 的接口后面：一个线程做连续批处理，接口负责限长、
限流、排队上限、超时、取消、健康检查与日志；然后用 openai 客户端调用它，断开它、
压垮它、关掉它，看每一道防线有没有起作用，最后在回环地址上量延迟。

来源：openai-python 的流式接口；Server-Sent Events，WHATWG HTML 标准第 9.2 节
"""

# %% 准备
import asyncio
import json
import threading
import time
import uuid
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor

import httpx
import matplotlib.pyplot as plt
import numpy as np
import openai
import torch
import uvicorn
from fastapi import FastAPI, Header
from fastapi import Request as HttpRequest
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field
from transformers import AutoModelForCausalLM, AutoTokenizer

MODEL = "models/mini-gpt"  # 换成 "Qwen/Qwen2.5-0.5B-Instruct" 即可
tokenizer = AutoTokenizer.from_pretrained(MODEL)
model = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32).eval()


# %% 一条请求
class Request:
    """引擎眼里的一条请求：词元、还能写几个、写好的往哪里送"""

    def __init__(self, ids, max_tokens, ignore_eos=False):
        self.ids = list(ids)
        self.n_prompt = len(ids)
        self.max_tokens = max_tokens
        self.ignore_eos = ignore_eos
        self.cancelled = False
        self.loop = asyncio.get_running_loop()
        self.out = asyncio.Queue()  # 接口那边在这里等

    def send(self, item):
        """从引擎的线程送到接口的事件循环：asyncio.Queue 不能直接跨线程用"""
        self.loop.call_soon_threadsafe(self.out.put_nowait, item)

    @property
    def written(self):
        """已经写了几个词元"""
        return len(self.ids) - self.n_prompt


# %% 引擎
class Full(Exception):
    """位置与队列都满了，或正在停机"""


class Engine:
    """一个线程，一个模型，连续批处理：每一步给每条在写的请求各加一个词元

    为了好读，每一步都从头算，没有 KV 缓存；真的引擎当然有
    """

    def __init__(self, slots=4, max_waiting=8):
        self.slots, self.max_waiting = slots, max_waiting
        self.waiting, self.running = deque(), []
        self.changed = threading.Condition()
        self.paused = self.stopping = False
        self.tokens = 0  # 一共写了多少，断开的实验要看
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def submit(self, request):
        """排队；排不下就立刻说，不让它无声地等"""
        with self.changed:
            load = len(self.waiting) + len(self.running)
            if self.stopping or load >= self.slots + self.max_waiting:
                raise Full
            self.waiting.append(request)
            self.changed.notify()

    def stop(self):
        """不再收新的，手上的写完就结束"""
        with self.changed:
            self.stopping, self.paused = True, False
            self.changed.notify()

    def has_work(self):
        """有没有活可干"""
        return not self.paused and (self.waiting or self.running)

    def work(self):
        """线程的主循环：没有活就睡，有活就一步一步地写"""
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.has_work() or self.stopping)
                if not self.has_work():
                    return
                self.running = [r for r in self.running if not r.cancelled]
                self.waiting = deque(r for r in self.waiting if not r.cancelled)
                while self.waiting and len(self.running) < self.slots:
                    self.running.append(self.waiting.popleft())
            if self.running:
                self.step()

    @torch.inference_mode()
    def step(self):
        """一次前向，每条请求多一个词元；写完的让位"""
        lengths = torch.tensor([len(r.ids) for r in self.running])
        ids = torch.zeros(len(lengths), lengths.max(), dtype=torch.long)
        for row, r in zip(ids, self.running, strict=True):
            row[: len(r.ids)] = torch.tensor(r.ids)  # 补在右边：各取各的最后一个
        logits = model(ids).logits[torch.arange(len(lengths)), lengths - 1]
        going = []
        for r, token in zip(self.running, logits.argmax(-1).tolist(), strict=True):
            finish = None
            if token == tokenizer.eos_token_id and not r.ignore_eos:
                finish = "stop"
            else:
                r.ids.append(token)
                self.tokens += 1
                r.send((tokenizer.decode([token], skip_special_tokens=True), None))
                if r.written == r.max_tokens:
                    finish = "length"
            if finish:
                r.send(("", finish))
            else:
                going.append(r)
        with self.changed:
            self.running = going


# %% 请求长什么样
MAX_PROMPT, MAX_TOKENS = 100, 120  # 一条请求最多读多少、写多少


class Message(BaseModel):
    """一条消息"""

    role: str
    content: str


class Chat(BaseModel):
    """兼容 OpenAI 的请求；上限写在类型里，超了就进不来"""

    messages: list[Message] = Field(min_length=1)
    max_tokens: int = Field(60, ge=1, le=MAX_TOKENS)
    stream: bool = False
    ignore_eos: bool = False  # 压测用：不许提前写完


def error(status, message, retry_after=None):
    """OpenAI 的错误格式：客户端据此决定报错还是重试"""
    headers = {"Retry-After": str(retry_after)} if retry_after else None
    body = {"error": {"message": message, "type": "error", "code": status}}
    return JSONResponse(body, status, headers)


# %% 限流
class Bucket:
    """令牌桶：每秒长 rate 个令牌，最多攒 burst 个，一次请求花一个"""

    def __init__(self, rate, burst, clock=time.monotonic):
        self.rate, self.burst, self.clock = rate, burst, clock
        self.tokens, self.last = burst, clock()

    def take(self):
        """有令牌就花掉一个并返回 True"""
        now = self.clock()
        self.tokens = min(self.burst, self.tokens + (now - self.last) * self.rate)
        self.last = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


# %% 把写好的一个个取出来
async def pieces(request, timeout):
    """逐个交出 (文字, 结束原因)；总时间超过 timeout 秒就抛 TimeoutError"""
    try:
        async with asyncio.timeout(timeout):
            while True:
                text, finish = await request.out.get()
                yield text, finish
                if finish:
                    return
    finally:  # 写完、超时、客户端断开，都从这里走
        request.cancelled = True


def event(data):
    """一个服务器推送事件：data 开头，空行结尾"""
    body = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"data: {body}\n\n"


async def events(request, record, timeout):
    """流式回答的正文：一段一个事件，最后是 [DONE]"""
    try:
        async for text, finish in pieces(request, timeout):
            record.saw(text, finish)
            choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
            chunk = {"id": record.id, "object": "chat.completion.chunk",
                     "created": int(time.time()), "model": "mini-gpt", "choices": [choice]}
            yield event(chunk)
        yield event("[DONE]")
    except TimeoutError:  # 状态码早就发出去了，只能在流里说
        record.finish = "timeout"
        yield event({"error": {"message": "超时", "type": "timeout", "code": 504}})
    finally:
        record.write()


# %% 一行日志
LOGS = []


class Record:
    """一条请求的账：记长度、时间与结局，不记说了什么"""

    def __init__(self, request):
        self.id = f"chatcmpl-{uuid.uuid4().hex[:8]}"
        self.request, self.finish = request, "cancelled"
        self.began, self.first, self.last = time.perf_counter(), None, None

    def saw(self, text, finish):
        """看见一段文字或结束"""
        self.last = time.perf_counter()
        if self.first is None and text:
            self.first = self.last
        if finish:
            self.finish = finish

    def write(self):
        """写一行 JSON；真的服务把它交给日志库"""
        ttft = None if self.first is None else round((self.first - self.began) * 1e3)
        LOGS.append(json.dumps({
            "id": self.id, "prompt_tokens": self.request.n_prompt,
            "completion_tokens": self.request.written,
            "ttft_ms": ttft, "finish": self.finish}))


# %% 接口
def build_app(engine, timeout=10.0, rate=1000.0, burst=1000):
    """把引擎包成网络接口"""
    app, buckets = FastAPI(), {}

    @app.exception_handler(RequestValidationError)
    async def invalid(http: HttpRequest, problem: RequestValidationError):
        first = problem.errors()[0]
        return error(400, f"{'.'.join(map(str, first['loc'][1:]))}：{first['msg']}")

    @app.get("/health")
    async def health():
        return {"alive": engine.thread.is_alive()}

    @app.get("/ready")
    async def ready():
        full = len(engine.waiting) >= engine.max_waiting
        return error(503, "忙或正在停机") if full or engine.stopping else {"ready": True}

    @app.post("/v1/chat/completions")
    async def chat(body: Chat, http: HttpRequest, authorization: str = Header("")):
        bucket = buckets.setdefault(authorization, Bucket(rate, burst))
        if not bucket.take():
            return error(429, "请求太频繁", retry_after=1)
        ids = tokenizer(body.messages[-1].content).input_ids
        if len(ids) > MAX_PROMPT:
            return error(400, f"提示词有 {len(ids)} 个词元，最多 {MAX_PROMPT} 个")
        request = Request(ids, body.max_tokens, body.ignore_eos)
        try:
            engine.submit(request)
        except Full:
            return error(503, "服务忙", retry_after=1)
        record = Record(request)
        if body.stream:
            return StreamingResponse(
                events(request, record, timeout), media_type="text/event-stream"
            )
        text = ""
        try:
            async for piece, finish in pieces(request, timeout):
                record.saw(piece, finish)
                text += piece
                if await http.is_disconnected():  # 非流式没有人替我们听
                    request.cancelled = True
                    return error(499, "客户端走了")
        except TimeoutError:
            record.finish = "timeout"
            return error(504, "超时")
        finally:
            record.write()
        n, m = request.n_prompt, request.written
        usage = {"prompt_tokens": n, "completion_tokens": m, "total_tokens": n + m}
        choice = {"index": 0, "message": {"role": "assistant", "content": text},
                  "finish_reason": record.finish}
        return {"id": record.id, "object": "chat.completion", "created": int(time.time()),
                "model": "mini-gpt", "choices": [choice], "usage": usage}

    return app


# %% 起服务
class Service:
    """在另一个线程里运行 uvicorn，只听回环地址，端口由系统挑"""

    def __init__(self, app):
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    def client(self, **options):
        """连到这个服务的 openai 客户端；重试先关掉，免得看不见错误"""
        options = {"max_retries": 0, "api_key": "x", **options}
        return openai.OpenAI(base_url=f"{self.url}/v1", **options)

    def stop(self):
        """请它停，等它停完"""
        self.server.should_exit = True
        self.thread.join()


engine = Engine()
service = Service(build_app(engine))
http = httpx.Client(timeout=30)  # 反复用同一个，不必每次重新建连接
print("活着：", http.get(f"{service.url}/health").json())
print("就绪：", http.get(f"{service.url}/ready").json())

# %% 用官方客户端调用
client = service.client()
ask = {"model": "mini-gpt", "messages": [{"role": "user", "content": "小青养了一只黑"}]}
whole = client.chat.completions.create(**ask)
parts = [
    chunk.choices[0].delta.content
    for chunk in client.chat.completions.create(stream=True, **ask)
]
print("结束原因：", whole.choices[0].finish_reason)
print("用量：", whole.usage.prompt_tokens, "+", whole.usage.completion_tokens)
print("流式拼起来与一次返回相同：", "".join(parts) == whole.choices[0].message.content)
cut = client.chat.completions.create(max_tokens=5, **ask)
print("只许写 5 个：", cut.choices[0].finish_reason, cut.usage.completion_tokens)

# %% 线上跑的是什么 tags=["varies"]
chat_url = f"{service.url}/v1/chat/completions"
answer = http.post(chat_url, json={**ask, "stream": True, "max_tokens": 2})
print(answer.headers["content-type"])
print(answer.text.strip())

# %% 不合规矩的请求
before = engine.tokens
for name, change in [
    ("没有消息", {"messages": []}),
    ("要写一万个", {"max_tokens": 10000}),
    ("提示词太长", {"messages": [{"role": "user", "content": "春" * 300}]}),
]:
    answer = http.post(chat_url, json={**ask, **change})
    print(name, answer.status_code, answer.json()["error"]["message"])
print("引擎为它们写了几个词元：", engine.tokens - before)


# %% 断开以后
def disconnect_after(url, n):
    """开一个流，读 n 个事件就断开"""
    body = {**ask, "stream": True, "max_tokens": MAX_TOKENS, "ignore_eos": True}
    with http.stream("POST", url, json=body) as answer:
        lines = (line for line in answer.iter_lines() if line)
        for _ in range(n):
            next(lines)


def wait_idle(engine):
    """等引擎手上没有活，返回它一共写过几个词元"""
    while True:
        with engine.changed:
            if not engine.running and not engine.waiting:
                return engine.tokens
        time.sleep(0.01)


before = wait_idle(engine)
disconnect_after(chat_url, 3)
wasted = wait_idle(engine) - before
print(f"最多写 {MAX_TOKENS} 个，读 3 个就断开")
print("引擎写了不到一半就停：", wasted < MAX_TOKENS // 2)
time.sleep(0.1)
print("日志里的结局：", json.loads(LOGS[-1])["finish"])

# %% 没有人喊停
deaf = Engine()
deaf_app = FastAPI()


@deaf_app.post("/v1/chat/completions")
async def no_cancel(body: Chat):
    """错的写法：流断了，没有告诉引擎"""
    request = Request(tokenizer(body.messages[-1].content).input_ids,
                      body.max_tokens, body.ignore_eos)
    deaf.submit(request)

    async def stream():
        while True:
            text, finish = await request.out.get()
            yield event({"text": text})
            if finish:
                return

    return StreamingResponse(stream(), media_type="text/event-stream")


deaf_service = Service(deaf_app)
disconnect_after(f"{deaf_service.url}/v1/chat/completions", 3)
print("同样读 3 个就断开，引擎写了：", wait_idle(deaf))
deaf_service.stop()
deaf.stop()

# %% 排不下就说
small = Engine(slots=2, max_waiting=3)
small.paused = True  # 让引擎停住，好看清楚队列
crowded = Service(build_app(small, timeout=30))


def status(_):
    """发一条请求，返回状态码与多久后重试"""
    url = f"{crowded.url}/v1/chat/completions"
    answer = http.post(url, json={**ask, "max_tokens": 3})
    return answer.status_code, answer.headers.get("retry-after")


with ThreadPoolExecutor(8) as pool:
    waiting = [pool.submit(status, i) for i in range(8)]
    while sum(f.done() for f in waiting) < 3:  # 被拒绝的立刻就回来了
        time.sleep(0.01)
    print("引擎没动，已有回音：", Counter(f.result() for f in waiting if f.done()))
    print("就绪检查：", http.get(f"{crowded.url}/ready").status_code, end="，")
    print("健康检查：", http.get(f"{crowded.url}/health").status_code)
    small.paused = False
    with small.changed:
        small.changed.notify()
    print("引擎恢复后，一共：", Counter(f.result()[0] for f in waiting))
crowded.stop()

# %% 太频繁与太久
strict = Service(build_app(engine, rate=0.001, burst=3))
codes = [
    http.post(f"{strict.url}/v1/chat/completions", json={**ask, "max_tokens": 1}).status_code
    for _ in range(5)
]
print("一个用户连发 5 条：", codes)
other = http.post(
    f"{strict.url}/v1/chat/completions",
    json={**ask, "max_tokens": 1},
    headers={"Authorization": "Bearer another"},
)
print("换一个用户：", other.status_code)
strict.stop()
frozen = Engine(slots=1)
frozen.paused = True  # 假装模型卡住了
slow = Service(build_app(frozen, timeout=0.2))
print("不流式，超时：", http.post(f"{slow.url}/v1/chat/completions", json=ask).status_code)
try:
    for _ in slow.client().chat.completions.create(stream=True, **ask):
        pass
except openai.APIError as problem:
    print("流式，超时：", type(problem).__name__, problem.message)
slow.stop()

# %% 别堵住事件循环
blocking = FastAPI()


@blocking.get("/health")
async def blocked_health():
    """什么也不做，本该立刻返回"""
    return {"alive": True}


@blocking.post("/async")
async def blocks_everyone():
    """错的写法：在事件循环里直接算，谁也轮不到"""
    time.sleep(0.5)  # 假装是一次很久的前向


@blocking.post("/thread")
def runs_in_a_thread():
    """普通的 def，FastAPI 会放到线程池里"""
    time.sleep(0.5)


blocked = Service(blocking)
for path in ["/async", "/thread"]:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(http.post, blocked.url + path, timeout=10)
        time.sleep(0.1)
        began = time.perf_counter()
        http.get(f"{blocked.url}/health", timeout=10)
        print(f"{path}：健康检查等了很久 {time.perf_counter() - began > 0.2}")
blocked.stop()

# %% 优雅停机
last = Engine()
closing = Service(build_app(last))
url = f"{closing.url}/v1/chat/completions"
body = {**ask, "stream": True, "max_tokens": 80, "ignore_eos": True}
with http.stream("POST", url, json=body) as answer:
    lines = (line for line in answer.iter_lines() if line)
    next(lines)
    closing.server.should_exit = True  # 等于收到 SIGTERM
    rest = list(lines)
closing.thread.join()
print("正在写的写完了：", len(rest) + 1, "个事件，最后是", rest[-1])
last.stop()
last.thread.join(timeout=5)
print("引擎的线程结束了：", not last.thread.is_alive())
try:
    http.get(f"{closing.url}/health")
except httpx.ConnectError as problem:
    print("新的连接：", type(problem).__name__)

# %% 看一行日志 tags=["varies"]
print(LOGS[0])


# %% 压一压 tags=["varies"]
def one_call(url):
    """一次流式调用：返回 (首字延迟, 之后每个词元的间隔, 词元数)，单位秒"""
    began, stamps = time.perf_counter(), []
    body = {**ask, "stream": True, "max_tokens": 30, "ignore_eos": True}
    with http.stream("POST", url, json=body) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: {"):
                stamps.append(time.perf_counter())
    stamps = stamps[:-1]  # 最后一个事件只有结束原因
    return stamps[0] - began, (stamps[-1] - stamps[0]) / (len(stamps) - 1), len(stamps)


figures = {}
for slots in [1, 8]:
    loaded = Engine(slots=slots, max_waiting=64)
    service_under_load = Service(build_app(loaded, timeout=60))
    url = f"{service_under_load.url}/v1/chat/completions"
    for users in [1, 2, 4]:
        began = time.perf_counter()
        with ThreadPoolExecutor(users) as pool:
            calls = list(pool.map(lambda _, url=url: one_call(url), range(8)))
        speed = sum(n for *_, n in calls) / (time.perf_counter() - began)
        ttft, tpot, _ = (np.array(column) * 1e3 for column in zip(*calls, strict=True))
        figures[slots, users] = speed
        print(f"{slots} 个位置，{users} 人：每秒 {speed:.0f} 个词元")
        print(f"  TTFT 中位 {np.median(ttft):.0f}、最慢 {ttft.max():.0f}，", end="")
        print(f"TPOT {np.median(tpot):.1f} 毫秒")
    service_under_load.stop()
    loaded.stop()
fig, ax = plt.subplots(figsize=(5.6, 3.4))
for slots, marker in [(1, "s"), (8, "o")]:
    speeds = [figures[slots, users] for users in [1, 2, 4]]
    ax.plot([1, 2, 4], speeds, marker=marker, label=f"{slots} 个位置")
ax.set(xlabel="几个人同时用", ylabel="每秒词元数", ylim=(0, None), xticks=[1, 2, 4])
ax.legend()
plt.show()
service.stop()
engine.stop()
