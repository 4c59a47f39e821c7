"""配置的账与两种权重文件：与库读到的、与模型卡上的一致。"""

import json

import torch
from guide.code.runner import Run
from safetensors.torch import load_file


def test_count_agrees_with_the_card(run: Run) -> None:
    """模型卡：0.6B，不算词表 0.44B；公式与 meta 设备相同。"""
    space = run.namespace
    assert space["total"] == space["built"] == 596_049_920
    assert round(space["total"] / 1e9, 1) == 0.6
    assert round((space["total"] - space["table"]) / 1e9, 2) == 0.44
    assert round((space["total"] + space["table"]) / 1e9, 1) == 0.8
    # 仓库里 model.safetensors 是 1,503,300,328 字节，其中 8 + 35,552 是表头
    assert space["stored"] == 1_503_300_328 - 8 - 35_552 == 2 * (space["total"] + space["table"])
    assert "文件里正好是两遍： True" in run.text("算参数")


def test_cache_by_hand(run: Run) -> None:
    assert run.namespace["cache"] == 28 * 8 * 128 * 2 * 2 == 112 * 1024
    assert "32768 个词元的缓存：3.50 GiB" in run.text("算显存")
    assert f"权重：{2 * 596_049_920 / 2**30:.2f} GiB" in run.text("算显存")


def test_header_agrees_with_the_library(run: Run) -> None:
    """手拆的表头与 safetensors 读到的张量逐个相同；数据也对得上。"""
    space = run.namespace
    tensors = load_file(run.folder / "models/mini-gpt/model.safetensors")
    assert {name: entry["shape"] for name, entry in space["header"].items()} == {
        name: list(tensor.shape) for name, tensor in tensors.items()
    }
    start, stop = space["header"]["model.norm.weight"]["data_offsets"]
    data = space["raw"][8 + space["size"] :][start:stop]
    by_hand = torch.frombuffer(bytearray(data), dtype=torch.float32)
    assert by_hand.equal(tensors["model.norm.weight"])
    assert space["numbers"] == 140_032


def test_the_file_calls_print_and_is_refused(run: Run) -> None:
    """指令里有“取 print、调用”；weights_only=True 拒绝它，那句话没有被打印成运行的结果。"""
    text = run.text("藏着指令的文件")
    assert text.index("print") < text.index("我在加载时运行了") < text.index("REDUCE")
    refused = run.text("只要权重")
    joined = refused.replace("\n", " ")
    assert joined.startswith("UnpicklingError") and "GLOBAL print was not an allowed global" in joined
    assert "我在加载时运行了" not in refused
    assert "ValueError" in run.text("存不进去")


def test_wrong_folder_looks_like_a_network_problem(run: Run) -> None:
    assert "couldn't connect to 'https://huggingface.co'" in run.text("名字写错了")


def test_mini_gpt_config_is_read_from_its_folder(run: Run) -> None:
    stored = json.loads((run.folder / "models/mini-gpt/config.json").read_text(encoding="utf-8"))
    for key in ("architectures", "hidden_size", "num_hidden_layers", "tie_word_embeddings"):
        assert f"{key}：{stored[key]}" in run.text("我们自己的配置")
