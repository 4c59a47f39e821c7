"""错误：名字没有统一写法，scikit-learn 就找不到了。"""


def unmet(requirements, installed):
    missing = []
    for requirement in requirements:
        name, rules = split(requirement)
        version = installed.get(name)
        if version is None or not all(
            COMPARE[sign](numbers(version), numbers(bound)) for sign, bound in rules
        ):
            missing.append(requirement)
    return missing
