"""错误：没有安装的软件包直接跳过，当成没有问题。"""


def unmet(requirements, installed):
    versions = {same_name(name): version for name, version in installed.items()}
    missing = []
    for requirement in requirements:
        name, rules = split(requirement)
        if same_name(name) not in versions:
            continue
        version = versions[same_name(name)]
        met = [COMPARE[sign](numbers(version), numbers(bound)) for sign, bound in rules]
        if not all(met):
            missing.append(requirement)
    return missing
