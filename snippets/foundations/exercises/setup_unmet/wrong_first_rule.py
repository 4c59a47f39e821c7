"""错误：只看第一个条件。"""


def unmet(requirements, installed):
    versions = {same_name(name): version for name, version in installed.items()}
    missing = []
    for requirement in requirements:
        name, rules = split(requirement)
        version = versions.get(same_name(name))
        sign, bound = rules[0]
        if version is None or not COMPARE[sign](numbers(version), numbers(bound)):
            missing.append(requirement)
    return missing
