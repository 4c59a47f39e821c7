"""演练：骨架与公式一致，检查查得出每一种坏法，微调只动 LoRA。"""

import json
import re
import shutil
from pathlib import Path

import pytest
import torch
from guide.code.runner import Run
from safetensors import safe_open


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    """那个小模型文件夹的一份拷贝。"""
    return Path(shutil.copytree(run.namespace["FOLDER"], tmp_path / "model"))


def test_the_whole_folder_has_no_problem(run: Run, folder: Path) -> None:
    assert run.namespace["problems_of"](folder) == []


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json"])
def test_missing_file_is_named(run: Run, folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert run.namespace["problems_of"](folder) == [f"缺 {name}"]


@pytest.mark.parametrize("shard", [0, 1])
@pytest.mark.parametrize("cut", [1, 1000])
def test_broken_shard_is_named(run: Run, folder: Path, shard: int, cut: int) -> None:
    """哪怕只少一个字节，也查得出是哪一片。"""
    path = sorted(folder.glob("*.safetensors"))[shard]
    path.write_bytes(path.read_bytes()[:-cut])
    assert run.namespace["problems_of"](folder) == [f"{path.name} 不完整，重新下载它"]
    path.unlink()
    assert run.namespace["problems_of"](folder) == [f"缺权重 {path.name}"]


@pytest.mark.parametrize("suffix", [".bin", ".pt", ".pth", ".pkl"])
def test_pickle_and_code_are_reported(run: Run, folder: Path, suffix: str) -> None:
    (folder / f"weights{suffix}").write_bytes(b"x")
    (folder / "modeling.py").write_text("")
    found = run.namespace["problems_of"](folder)
    assert len(found) == 2 and "modeling.py" in found[0] and f"weights{suffix}" in found[1]


def test_single_file_model(run: Run, tmp_path: Path) -> None:
    """没有索引的模型只有一个 model.safetensors；mini-gpt 就是这样，查下来没有毛病。"""
    found = run.namespace["problems_of"](run.folder / "models/mini-gpt")
    assert found == []
    lonely = Path(shutil.copytree(run.folder / "models/mini-gpt", tmp_path / "m"))
    (lonely / "model.safetensors").unlink()
    assert run.namespace["problems_of"](lonely) == ["缺权重 model.safetensors"]


@pytest.mark.parametrize("start", [b"", b"abc", b"version https://git-lfs.github.com/spec/v1\n"])
def test_file_without_a_whole_header_is_broken(run: Run, folder: Path, start: bytes) -> None:
    """空的、断在开头的、只是一个指针的文件，也只报“不完整”，不会报错。"""
    path = min(folder.glob("*.safetensors"))
    path.write_bytes(start)
    assert run.namespace["problems_of"](folder) == [f"{path.name} 不完整，重新下载它"]


def test_header_in_any_order(run: Run, tmp_path: Path) -> None:
    """头部里张量的次序不一定是存放的次序，要看最远的那一个。"""
    entries = {"b": [4, 12], "a": [0, 4], "__metadata__": {}}
    header = {k: v if k == "__metadata__" else {"data_offsets": v} for k, v in entries.items()}
    text = json.dumps(header).encode()
    path = tmp_path / "m.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(12))
    assert run.namespace["expected_size"](path) == path.stat().st_size


def test_cut_inside_the_header_is_broken(run: Run, folder: Path) -> None:
    path = min(folder.glob("*.safetensors"))
    path.write_bytes(path.read_bytes()[:20])
    assert run.namespace["problems_of"](folder) == [f"{path.name} 不完整，重新下载它"]


def test_cells_that_break_files_touch_only_the_rehearsal_folder(run: Run) -> None:
    """把 MODEL 换成下载好的文件夹之后，没有一行会写进去；演练的文件夹最后也修好了。"""
    lines = [line for line in run.snippet.source.splitlines() if re.search(r"write_bytes|unlink|save_pretrained", line)]
    assert len(lines) > 5
    assert not any("MODEL" in line for line in lines)
    assert run.namespace["problems_of"](run.namespace["FOLDER"]) == []


def test_size_cannot_see_one_wrong_bit(run: Run) -> None:
    assert run.text("与网站上的指纹核对").split() == ["大小看得出吗：", "False", "指纹看得出吗：", "True"]


def test_formulas_equal_the_loaded_model(run: Run) -> None:
    """权重与缓存的字节数，公式与真的相等。"""
    pairs = re.findall(r"([\d,]+) 字节，公式 ([\d,]+) 字节", run.text("核对两个公式"))
    assert len(pairs) == 2
    assert all(measured == formula for measured, formula in pairs)


def test_expected_size_reads_the_format(run: Run, folder: Path) -> None:
    """由开头算出的长度等于文件的长度；每个张量都在索引写的那一片里。"""
    index = json.loads((folder / "model.safetensors.index.json").read_text())["weight_map"]
    assert len(set(index.values())) > 1
    for path in folder.glob("*.safetensors"):
        assert run.namespace["expected_size"](path) == path.stat().st_size
        with safe_open(path, "pt") as tensors:
            assert all(index[name] == path.name for name in tensors.keys())  # noqa: SIM118


def test_template_ends_where_the_answer_begins(run: Run) -> None:
    """提问的词元是“提问加回答”的开头，所以前面那一段正好不算损失。"""
    prompt, whole = run.namespace["inputs"].input_ids[0].tolist(), run.namespace["ids"][0].tolist()
    assert whole[: len(prompt)] == prompt
    labels = run.namespace["labels"][0].tolist()
    assert set(labels[: len(prompt)]) == {-100}
    assert labels[len(prompt) :] == whole[len(prompt) :]
    assert run.namespace["tokenizer"].eos_token_id in labels


def test_generation_follows_the_folder(run: Run) -> None:
    """生成的默认来自 generation_config.json；写明 do_sample=False 就每次相同。"""
    saved = json.loads((Path(run.namespace["FOLDER"]) / "generation_config.json").read_text())
    assert saved["do_sample"] is True and saved["temperature"] == 0.6
    assert torch.equal(*run.namespace["greedy"])
    assert not torch.equal(run.namespace["first"], run.namespace["second"])


def test_only_lora_is_trained(run: Run) -> None:
    """要训练的个数与公式一致，冻结的权重没有梯度，也与文件里的相同。"""
    tuned = run.namespace["tuned"]
    config = run.namespace["config"]
    width, q = config.hidden_size, config.num_attention_heads * config.head_dim
    kv = config.num_key_value_heads * config.head_dim
    ends = [width + q, width + kv, width + kv, q + width] + [width + config.intermediate_size] * 3
    assert sum(p.numel() for p in run.namespace["trained"]) == config.num_hidden_layers * 4 * sum(ends)
    frozen = {n: p for n, p in tuned.named_parameters() if "lora_" not in n}
    assert all(p.grad is None and not p.requires_grad for p in frozen.values())
    kept = tuned.get_base_model().model.embed_tokens.weight
    files = sorted(Path(run.namespace["FOLDER"]).glob("*.safetensors"))
    for path in files:
        with safe_open(path, "pt") as tensors:
            if "model.embed_tokens.weight" in tensors.keys():  # noqa: SIM118
                assert torch.equal(tensors.get_tensor("model.embed_tokens.weight").float(), kept.data)
                return
    raise AssertionError("没有找到嵌入表")


def test_loss_falls(run: Run) -> None:
    assert run.namespace["losses"][-1] < 0.3 * run.namespace["losses"][0]
