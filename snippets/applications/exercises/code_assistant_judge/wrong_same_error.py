import json


def judge(code, reference, inputs, check, run):
    if check(code):
        return "被拦下"
    status, want = run(reference, inputs)
    expected = (status, want)
    if (result := run(code, inputs)) == expected:
        return "对"
    status, got = result
    if status != "完成":
        return status
    return "对" if json.dumps(got) == json.dumps(want) else "错答"


def summary(verdicts):
    return {verdict: verdicts.count(verdict) for verdict in VERDICTS}
