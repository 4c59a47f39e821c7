import ast


def truncate(text, stops=()):
    found = [at for stop in stops if (at := text.find(stop)) >= 0]
    text = text[: min(found, default=len(text))]
    kept, depth = [], 0
    for line in text.splitlines():
        if depth <= 0 and line.strip() and not line.startswith(" "):
            break
        kept.append(line)
        depth += sum(line.count(c) for c in "([{") - sum(line.count(c) for c in ")]}")
    while kept and kept[-1] == "":
        kept.pop()
    return "".join(line + "\n" for line in kept)


def finished(text):
    try:
        ast.parse(HEAD + truncate(text))
    except SyntaxError:
        return False
    return True
