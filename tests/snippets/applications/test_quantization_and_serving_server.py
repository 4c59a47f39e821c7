"""服务：写的与逐条生成相同，会拒绝，断开就停，超时有话说，日志不记原文。"""

import itertools
import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import torch
from guide.code.runner import Run

MODEL = Path(__file__).parents[3] / "snippets/models/mini-gpt"
PROMPTS = ["小青养了一只黑", "春天，", "早上，小明在", "小梅过生日，小军送来一", "有一天，小红", "放学后，"]


@pytest.fixture(scope="module")
def http():
    """一个客户端，用到底。"""
    with httpx.Client(timeout=30) as client:
        yield client


class Slow:
    """把引擎的每一步放慢，好看清楚停没停。"""

    def __init__(self, engine, seconds: float) -> None:
        step = engine.step

        def slowly():
            time.sleep(seconds)
            step()

        engine.step = slowly


@pytest.fixture
def serve(run: Run):
    """起服务，测试完全部关掉。"""
    started = []

    def start(engine, **options):
        service = run.namespace["Service"](run.namespace["build_app"](engine, **options))
        started.append((service, engine))
        return f"{service.url}/v1/chat/completions", service

    yield start
    for service, engine in started:
        engine.stop()
        service.stop()


def ask(prompt: str, **more):
    """一条请求的正文。"""
    return {"messages": [{"role": "user", "content": prompt}], **more}


def idle(engine, seconds: float = 10) -> int:
    """等引擎没活了，返回一共写的词元数。"""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        with engine.changed:
            if not engine.running and not engine.waiting:
                return engine.tokens
        time.sleep(0.01)
    raise AssertionError("引擎一直没有停下来")


def test_together_equals_alone(run: Run, serve, http) -> None:
    """六条不同的请求一起来，每条都与 generate 逐条贪心的相同。"""
    ns = run.namespace
    engine = ns["Engine"](slots=4, max_waiting=8)
    url, _ = serve(engine)

    def call(prompt):
        answer = http.post(url, json=ask(prompt, max_tokens=25)).json()
        return answer["choices"][0]["message"]["content"]

    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(call, PROMPTS))
    for prompt, text in zip(PROMPTS, together, strict=True):
        ids = ns["tokenizer"](prompt, return_tensors="pt").input_ids
        with torch.inference_mode():
            out = ns["model"].generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=25, do_sample=False)
        assert text == ns["tokenizer"].decode(out[0, ids.shape[1] :], skip_special_tokens=True)


def test_stream_is_well_formed(run: Run, serve, http) -> None:
    """每个事件是一段 JSON，恰好一个结束原因，以 [DONE] 收尾；拼起来与不流式的相同。"""
    url, _ = serve(run.namespace["Engine"]())
    answer = http.post(url, json=ask("春天，", stream=True, max_tokens=7))
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = answer.text.strip().split("\n\n")
    assert events[-1] == "data: [DONE]"
    chunks = [json.loads(e.removeprefix("data: ")) for e in events[:-1]]
    finishes = [c["choices"][0]["finish_reason"] for c in chunks]
    assert finishes == [None] * 7 + ["length"] and len({c["id"] for c in chunks}) == 1
    whole = http.post(url, json=ask("春天，", max_tokens=7)).json()
    assert "".join(c["choices"][0]["delta"]["content"] for c in chunks) == whole["choices"][0]["message"]["content"]
    usage = whole["usage"]
    assert usage["completion_tokens"] == 7
    assert usage["total_tokens"] == usage["prompt_tokens"] + 7


@pytest.mark.parametrize(
    "body",
    [{}, {"messages": []}, ask("春", max_tokens=0), ask("春", max_tokens=121), ask("春" * 200)],
)
def test_bad_requests_cost_nothing(run: Run, serve, http, body) -> None:
    """不合规矩的是 400，用 OpenAI 的错误格式，引擎一个词元也没写。"""
    engine = run.namespace["Engine"]()
    url, _ = serve(engine)
    answer = http.post(url, json=body)
    assert answer.status_code == 400 and answer.json()["error"]["message"]
    assert engine.tokens == 0


def test_full_engine_refuses_at_once(run: Run, serve, http) -> None:
    """位置与队列满了立刻 503，带多久后再来；空出来之后又能用；就绪与健康是两回事。"""
    engine = run.namespace["Engine"](slots=1, max_waiting=2)
    engine.paused = True
    url, service = serve(engine)
    with ThreadPoolExecutor(5) as pool:
        calls = [pool.submit(http.post, url, json=ask("春天，", max_tokens=2)) for _ in range(5)]
        limit = time.monotonic() + 10
        while sum(c.done() for c in calls) < 2 and time.monotonic() < limit:
            time.sleep(0.01)
        refused = [c.result() for c in calls if c.done()]
        assert [r.status_code for r in refused] == [503, 503]
        assert all(r.headers["retry-after"] == "1" for r in refused)
        assert http.get(f"{service.url}/ready").status_code == 503
        assert http.get(f"{service.url}/health").json() == {"alive": True}
        engine.paused = False
        with engine.changed:
            engine.changed.notify()
        assert sorted(c.result().status_code for c in calls) == [200, 200, 200, 503, 503]
    assert http.post(url, json=ask("春天，", max_tokens=2)).status_code == 200
    assert http.get(f"{service.url}/ready").status_code == 200


def test_bucket_follows_the_clock(run: Run) -> None:
    """令牌桶：先许一阵，之后按速度；攒不过上限。"""
    now = [0.0]
    bucket = run.namespace["Bucket"](rate=2, burst=3, clock=lambda: now[0])
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    now[0] = 0.4
    assert not bucket.take()
    now[0] = 0.45
    assert not bucket.take()  # 0.4 秒时长出来的不再算一遍
    now[0] = 0.5
    assert bucket.take() and not bucket.take()
    now[0] = 100
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_users_do_not_share_a_bucket(run: Run, serve, http) -> None:
    """一个用户用完了自己的，另一个不受影响；429 也带多久后再来。"""
    url, _ = serve(run.namespace["Engine"](), rate=1e-6, burst=1)
    one, two = ({"Authorization": f"Bearer {name}"} for name in "ab")
    codes = [http.post(url, json=ask("春", max_tokens=1), headers=h) for h in (one, one, two)]
    assert [c.status_code for c in codes] == [200, 429, 200]
    assert codes[1].headers["retry-after"] == "1"


@pytest.mark.parametrize("stream", [True, False])
def test_leaving_stops_the_engine(run: Run, serve, stream: bool) -> None:
    """流式与不流式，客户端走了引擎都停；位置马上能给别人。"""
    engine = run.namespace["Engine"](slots=1)
    Slow(engine, 0.02)
    url, _ = serve(engine)
    body = ask("春天，", stream=stream, max_tokens=120, ignore_eos=True)
    with httpx.Client(timeout=30) as leaver:
        if stream:
            with leaver.stream("POST", url, json=body) as answer:
                next(answer.iter_lines())
        else:
            with pytest.raises(httpx.ReadTimeout):
                leaver.post(url, json=body, timeout=0.3)
    assert idle(engine) < 60
    with httpx.Client(timeout=30) as other:
        assert other.post(url, json=ask("春天，", max_tokens=2)).status_code == 200


def test_leaving_the_queue_frees_the_place(run: Run, serve, http) -> None:
    """排队时走了，名额让出来。"""
    engine = run.namespace["Engine"](slots=1, max_waiting=1)
    Slow(engine, 0.02)
    url, _ = serve(engine)
    body = ask("春天，", stream=True, max_tokens=100, ignore_eos=True)
    with http.stream("POST", url, json=body) as busy:
        lines = busy.iter_lines()  # 留着它：被回收时连接就关了
        next(lines)
        with http.stream("POST", url, json=body):
            assert http.post(url, json=body).status_code == 503
        limit = time.monotonic() + 5
        while engine.waiting and time.monotonic() < limit:
            time.sleep(0.01)
        assert not engine.waiting and len(engine.running) == 1


def test_timeouts_speak(run: Run, serve, http) -> None:
    """不流式是 504；流式是 200，但流里有错误、没有 [DONE]；引擎被告知不用写了。"""
    engine = run.namespace["Engine"](slots=2)
    engine.paused = True
    url, _ = serve(engine, timeout=0.1)
    assert http.post(url, json=ask("春天，")).status_code == 504
    answer = http.post(url, json=ask("春天，", stream=True))
    assert answer.status_code == 200 and "超时" in answer.text and "[DONE]" not in answer.text
    assert all(r.cancelled for r in engine.waiting)


@pytest.mark.parametrize("stream", [True, False])
def test_timeout_counts_the_whole_answer(run: Run, serve, http, stream: bool) -> None:
    """每个词元都不慢，加起来超过了也算超时。"""
    engine = run.namespace["Engine"]()
    Slow(engine, 0.03)
    url, _ = serve(engine, timeout=0.4)
    answer = http.post(url, json=ask("春天，", stream=stream, max_tokens=60, ignore_eos=True))
    assert answer.status_code == (200 if stream else 504) and "超时" in answer.text
    assert idle(engine) < 40


def test_ready_follows_the_queue(run: Run, serve, http) -> None:
    """队列恰好满了就是没准备好，差一个还是准备好的。"""
    engine = run.namespace["Engine"](slots=1, max_waiting=2)
    engine.paused = True
    _, service = serve(engine)
    for waiting, status in ((1, 200), (2, 503)):
        engine.waiting.extend([object()] * (waiting - len(engine.waiting)))
        assert http.get(f"{service.url}/ready").status_code == status
    engine.waiting.clear()
    engine.stop()
    assert http.get(f"{service.url}/ready").status_code == 503


def test_first_token_delay_is_the_first(run: Run, serve, http) -> None:
    """日志里的首字延迟只到第一个字，不是写完的时间。"""
    engine = run.namespace["Engine"]()
    Slow(engine, 0.03)
    url, _ = serve(engine)
    began = time.perf_counter()
    http.post(url, json=ask("春天，", stream=True, max_tokens=20, ignore_eos=True))
    whole = (time.perf_counter() - began) * 1e3
    assert 25 <= json.loads(run.namespace["LOGS"][-1])["ttft_ms"] < whole / 2


def test_logs_hold_no_text(run: Run, serve, http) -> None:
    """日志有长度、时间与结局，没有提示词也没有回答。"""
    ns = run.namespace
    url, _ = serve(ns["Engine"]())
    before = len(ns["LOGS"])
    text = http.post(url, json=ask("小青养了一只黑", max_tokens=9)).json()["choices"][0]["message"]["content"]
    http.post(url, json=ask("小青养了一只黑", stream=True, max_tokens=9))
    new = ns["LOGS"][before:]
    assert len(new) == 2
    for line in new:
        record = json.loads(line)
        assert set(record) == {"id", "prompt_tokens", "completion_tokens", "ttft_ms", "finish"}
        assert record["completion_tokens"] == 9 and record["finish"] == "length"
        assert "小青" not in line and text[:4] not in line and json.dumps(text[:4])[1:-1] not in line


def test_continuous_batching_fills_empty_places(run: Run) -> None:
    """引擎一步里同时写的不超过位置数，先写完的让位给排队的。"""
    ns = run.namespace
    engine = ns["Engine"](slots=2)
    engine.paused = True
    sizes, step = [], engine.step

    def watched():
        sizes.append(len(engine.running))
        step()

    engine.step = watched

    class Quiet(ns["Request"]):
        def __init__(self, ids, max_tokens):
            self.ids, self.n_prompt, self.max_tokens = list(ids), len(ids), max_tokens
            self.ignore_eos, self.cancelled = True, False

        def send(self, item):
            pass

    for n in (2, 8, 3, 3):
        engine.submit(Quiet([1, 20], n))
    engine.stop()
    engine.thread.join(timeout=10)
    assert sizes == [2] * 8 and engine.tokens == 16


def test_stopped_engine_takes_nothing(run: Run) -> None:
    """停机之后不再收，线程会结束。"""
    engine = run.namespace["Engine"]()
    engine.stop()
    engine.thread.join(timeout=5)
    assert not engine.thread.is_alive()
    with pytest.raises(run.namespace["Full"]):
        engine.submit(object())


def test_page_shows_the_whole_service(run: Run) -> None:
    """只凭页面上嵌入的代码，按次序拼起来就是一个能起、能答的服务。"""
    page = (Path(__file__).parents[3] / "docs/applications/quantization-and-serving.md").read_text(encoding="utf-8")
    blocks = re.findall(
        r"```snippet\nfile: applications/quantization_and_serving_server.py\nshow: (\S+)\n(.*?)```", page, re.S
    )
    shown = list(itertools.takewhile(lambda block: block[0] != "用官方客户端调用", blocks))
    assert len(shown) >= 9 and not any("lines:" in rest for _, rest in shown)
    cells = {c.cell.title: run.snippet.text(c.cell.start, c.cell.end) for c in run.cells}
    code = "\n".join(cells[title] for title, _ in shown).replace('"models/mini-gpt"', repr(str(MODEL)))
    space: dict = {"__name__": "server"}
    exec(code, space)
    try:
        answer = httpx.post(f"{space['service'].url}/v1/chat/completions", json=ask("春天，", max_tokens=3))
        assert answer.status_code == 200 and answer.json()["usage"]["completion_tokens"] == 3
    finally:
        space["http"].close()
        space["service"].stop()
        space["engine"].stop()


def test_page_claims(run: Run) -> None:
    """页面读的那几行：断开、没人喊停、堵住、优雅停机。"""
    assert "停： True" in run.text("断开以后") and "cancelled" in run.text("断开以后")
    assert run.text("没有人喊停").strip().endswith("120")
    assert run.text("别堵住事件循环").split()[-1] == "False" and "True" in run.text("别堵住事件循环")
    assert "82 个事件，最后是 data: [DONE]" in run.text("优雅停机")
    assert "ConnectError" in run.text("优雅停机")
    assert "APIError 超时" in run.text("太频繁与太久")
    lines = run.text("压一压").splitlines()
    assert len(lines) == 12 and threading.active_count() < 30
