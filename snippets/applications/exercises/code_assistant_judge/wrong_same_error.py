import json


def judge(code, reference, inputs, check, run):
    if check(code):
        return "被拦下"
    expected = run(reference, inputs)
    result = run(code, inputs)
    if json.dumps(result) == json.dumps(expected):
        return "对"
    return "错答" if result[0] == "完成" else result[0]


def summary(verdicts):
    return {verdict: verdicts.count(verdict) for verdict in VERDICTS}
