"""错误：满足任意一个条件就算满足。"""


def unmet(requirements, installed):
    versions = {same_name(name): version for name, version in installed.items()}
    missing = []
    for requirement in requirements:
        name, rules = split(requirement)
        version = versions.get(same_name(name))
        if version is None or not any(
            COMPARE[sign](numbers(version), numbers(bound)) for sign, bound in rules
        ):
            missing.append(requirement)
    return missing
