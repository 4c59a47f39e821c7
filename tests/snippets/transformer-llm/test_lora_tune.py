"""用 LoRA 学会答题：基座不会、微调会；只动了 LoRA；合并不变；关掉就会讲故事。"""

import random

import pytest
import torch
from guide.code.runner import Run
from torch.nn import functional as F


def test_tuned_answers_and_base_does_not(run: Run) -> None:
    """没见过的组合：基座几乎全错，微调之后答对八成以上。"""
    assert run.namespace["BEFORE"] < 0.05
    assert run.namespace["AFTER"] >= 0.8


def test_exam_pairs_never_train(run: Run) -> None:
    """考试的故事不出现在训练里，两边的组合不相交；答案都在故事里。"""
    space, rng = run.namespace, random.Random(5)
    trained = {space["ask"](rng)[0] for _ in range(1500)}
    for story, _, answer in space["EXAM"]:
        assert story not in trained
        assert answer.rstrip("。的家") in story

    def pairs(items: list[str]) -> set[tuple[str, ...]]:
        people, places = space["WORDS"]["人"], space["WORDS"]["家"]
        home = [story for story in items if story[2:4] == "家在"]
        return {(story[:2], story[4:6]) for story in home if story[:2] in people and story[4:6] in places}

    exam_pairs = pairs([space["ask"](rng, exam=True)[0] for _ in range(800)])
    assert exam_pairs
    assert not exam_pairs & pairs(list(trained))


def test_one_fifth_is_kept_for_the_exam(run: Run) -> None:
    """主角与后面第一个词的序号之和能被 5 整除的才考，从打电话的故事里读出来核对。"""
    space, rng = run.namespace, random.Random(6)
    people = space["WORDS"]["人"]

    def total(story: str) -> int:
        caller, _, other = story.partition("，")[2].partition("打电话问")
        return people.index(caller) + people.index(other[:2])

    calls = [space["STORIES"][2]]
    assert all(total(space["ask"](rng, exam=True, stories=calls)[0]) % 5 == 0 for _ in range(40))
    assert {total(space["ask"](rng, stories=calls)[0]) % 5 for _ in range(80)} == {1, 2, 3, 4}


def test_replay_draws_from_every_kind_of_story(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """每步 8 道题只取三种故事，另掺的一篇从十一种里取，整篇都算损失。"""
    space = run.namespace
    asked: list[int] = []
    rows: list[tuple[list[int], list[int]]] = []
    ask, collate = space["ask"], space["collate"]

    def spy(rng: random.Random, exam: bool = False, stories: list[dict[str, object]] = space["STORIES"]) -> object:
        asked.append(len(stories))
        return ask(rng, exam, stories)

    def keep(batch: list[tuple[list[int], list[int]]]) -> object:
        rows.extend(batch)
        return collate(batch)

    monkeypatch.setitem(space, "ask", spy)
    monkeypatch.setitem(space, "collate", keep)
    model = space["AutoModelForCausalLM"].from_pretrained(run.folder / space["MODEL"])
    space["train"](model, 2, 0.0, stories=1)
    assert asked == ([3] * 8 + [11]) * 2
    assert [ids == labels for ids, labels in rows] == ([False] * 8 + [True]) * 2


def test_missed_words_are_counted(run: Run) -> None:
    """答错的题里，答的词故事里有几道，重数一遍；大多数没有。"""
    space = run.namespace
    wrong = [(i[0], said) for i, said in zip(space["EXAM"], space["said_after"], strict=True) if said != i[2]]
    assert len(wrong) == round((1 - space["AFTER"]) * 100)
    assert space["inside"] == sum(said.removesuffix("。") in story for story, said in wrong)
    assert space["inside"] < len(wrong) / 2


def test_loss_covers_the_answer_only(run: Run) -> None:
    """标签里不是 −100 的部分恰好是回答加 <eos>；补齐的位置不算。"""
    space = run.namespace
    tokenizer = space["tokenizer"]
    rng = random.Random(4)
    batch = space["collate"]([space["example"](*space["ask"](rng)) for _ in range(8)])
    for ids, mask, labels in zip(*(batch[k] for k in ("input_ids", "attention_mask", "labels")), strict=True):
        learned = labels != -100
        assert torch.equal(labels[learned], ids[learned])
        assert tokenizer.decode(ids[learned]).endswith("。<eos>")
        assert ids[int(learned.nonzero()[0]) - 1] == tokenizer.convert_tokens_to_ids("<|assistant|>")
        real = tokenizer.decode(ids[mask == 1])
        assert real.startswith("<bos><|user|>")
        assert real.count("<|end|><|assistant|>") == real.count("<|end|>") == real.count("<eos>") == 1
        assert ((ids == tokenizer.pad_token_id) == (mask == 0)).all()


def test_same_prompt_as_the_chat_template(run: Run) -> None:
    """提示与上一课的对话模板拼出来的逐个词元相同。"""
    space = run.namespace
    template = (
        "{{ bos_token }}{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}"
        "{% if add_generation_prompt %}<|assistant|>{% endif %}"
    )
    story, question, _ = space["EXAM"][0]
    turns = [{"role": "user", "content": story + question}]
    ids = space["tokenizer"].apply_chat_template(
        turns, chat_template=template, add_generation_prompt=True, return_dict=True
    )["input_ids"]
    assert ids == space["prompt_of"](story, question)


def test_end_token_has_no_direction_of_its_own(run: Run) -> None:
    """<|end|> 与几百个没训练过的词元是同一个方向，<eos> 与谁都不像。"""
    counts = [int(line.split("：")[1].split()[0]) for line in run.text("结束符为什么是 eos").splitlines()]
    assert counts[0] > 300
    assert counts[1] == 0


def test_answer_loss_equals_transformers(run: Run) -> None:
    """只算几个位置的损失与 transformers 的 labels 损失相等，梯度也相等。"""
    space = run.namespace
    model = space["AutoModelForCausalLM"].from_pretrained(run.folder / space["MODEL"])
    for seed in (1, 2):
        rng = random.Random(seed)
        batch = space["collate"]([space["example"](*space["ask"](rng)) for _ in range(6)])
        grads = []
        for loss in (space["answer_loss"](model, batch), model(**batch).loss):
            model.zero_grad()
            loss.backward()
            grads.append((loss.detach(), model.model.layers[0].self_attn.q_proj.weight.grad.clone()))
        torch.testing.assert_close(grads[0], grads[1], atol=1e-4, rtol=1e-3)


def test_loss_by_hand(run: Run) -> None:
    """第 t 个位置的打分对第 t+1 个词元：手写的交叉熵与 answer_loss 相等。"""
    space = run.namespace
    ids, labels = space["example"](*space["EXAM"][0])
    logits = space["base"](torch.tensor([ids])).logits[0]
    spots = [i for i, label in enumerate(labels) if label != -100]
    expected = F.cross_entropy(logits[[i - 1 for i in spots]], torch.tensor([ids[i] for i in spots]))
    ours = space["answer_loss"](space["base"], space["collate"]([(ids, labels)]))
    torch.testing.assert_close(ours, expected, atol=1e-4, rtol=1e-4)


def test_only_lora_weights_changed(run: Run) -> None:
    """基座的张量逐位没变；每一个 B 都动过。"""
    space = run.namespace
    tuned = space["model"].base_model.model.state_dict()
    fresh = space["AutoModelForCausalLM"].from_pretrained(run.folder / space["MODEL"]).state_dict()
    frozen = {name.replace(".base_layer", ""): value for name, value in tuned.items() if "lora" not in name}
    assert set(frozen) == set(fresh)
    assert all(torch.equal(value, fresh[name]) for name, value in frozen.items())
    grown = [value for name, value in tuned.items() if "lora_B" in name]
    assert len(grown) == 14
    assert all(value.abs().max() > 0 for value in grown)


def test_merged_equals_unmerged(run: Run) -> None:
    """合并之后没有 LoRA 的层，打分与合并之前相同，而且与基座不同。"""
    space = run.namespace
    merged = space["merged"]
    assert not any("lora" in name for name, _ in merged.named_parameters())
    with torch.inference_mode():
        for item in space["EXAM"][:5]:
            ids = torch.tensor([space["example"](*item)[0]])
            tuned, base = space["model"](ids).logits, space["base"](ids).logits
            torch.testing.assert_close(merged(ids).logits, tuned, atol=1e-3, rtol=1e-3)
            assert (tuned - base).abs().max() > 0.5


def test_forgets_and_recovers(run: Run) -> None:
    """微调后讲不了故事，关掉适配器就会，从头掺着旧故事练也会；判分器认得文法自己的故事，不认改错的。"""
    space = run.namespace
    assert space["VALID_TUNED"] < 0.1
    assert space["VALID_OFF"] > 0.9
    assert space["VALID_BOTH"] > 0.7
    assert space["AFTER_BOTH"] > 0.3

    def good(text: str) -> bool:
        return any(p.fullmatch(text) for p in space["PATTERNS"])

    rng = random.Random(0)
    assert all(good(space["ask"](rng)[0]) for _ in range(100))
    story = "小红家在桥头。早上，小红遇见了{0}。{0}问：“你家在哪里？”小红说：“我家在桥头。”大家都笑了。"
    assert good(story.format("小明"))
    assert not good(story.format("小红"))
    assert not good(story.format("小明").replace("我家在桥头", "我家在城里"))
    assert len(space["PATTERNS"]) == len(space["GRAMMAR"]["stories"]) == 11


def test_forgotten_adapter_message(run: Run) -> None:
    """全部冻结再反向：没有什么可求导的。"""
    assert "does not require grad" in run.text("忘了加 LoRA")


@pytest.mark.parametrize("cell", ["改了什么", "保存与合并"])
def test_printed_checks_hold(run: Run, cell: str) -> None:
    """印出来的检查全是 True。"""
    assert "False" not in run.text(cell)
    assert "True" in run.text(cell)
