"""答案：名字先统一写法，再逐条看条件。"""


def unmet(requirements, installed):
    versions = {same_name(name): version for name, version in installed.items()}
    missing = []
    for requirement in requirements:
        name, rules = split(requirement)
        version = versions.get(same_name(name))
        if version is None:
            missing.append(requirement)
            continue
        met = [COMPARE[sign](numbers(version), numbers(bound)) for sign, bound in rules]
        if not all(met):
            missing.append(requirement)
    return missing
