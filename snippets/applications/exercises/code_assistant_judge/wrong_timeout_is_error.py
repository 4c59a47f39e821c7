import json


def judge(code, reference, inputs, check, run):
    if check(code):
        return "被拦下"
    status, want = run(reference, inputs)
    if status != "完成":
        raise ValueError(f"参考答案{status}：{want}")
    status, got = run(code, inputs)
    if status != "完成":
        return "异常"
    return "对" if json.dumps(got) == json.dumps(want) else "错答"


def summary(verdicts):
    return {verdict: verdicts.count(verdict) for verdict in VERDICTS}
