// 小测：选了就说对不对、为什么；复制代码；学习进度：只记在这台设备的 localStorage 里
(() => {
  for (const quiz of document.querySelectorAll("form.quiz")) {
    const result = quiz.querySelector(".quiz-result");
    const answers = [...quiz.querySelectorAll(".quiz-answers li")];
    const options = [...quiz.querySelectorAll(".quiz-option")];
    quiz.addEventListener("submit", (event) => event.preventDefault());
    quiz.addEventListener("change", (event) => {
      const chosen = event.target.closest(".quiz-option");
      const several = event.target.type === "checkbox";
      for (const option of options) {
        const on = option.querySelector("input").checked;
        option.classList.toggle("right", on && option.dataset.correct === "true");
        option.classList.toggle("wrong", on && option.dataset.correct !== "true");
      }
      if (!event.target.checked) return (result.textContent = "");
      const right = chosen.dataset.correct === "true";
      result.innerHTML = answers[options.indexOf(chosen)].innerHTML;
      if (several && right) {
        const missing = options.some((o) => o.dataset.correct === "true" && !o.querySelector("input").checked);
        if (missing) result.append("（还有别的正确选项）");
      }
    });
  }

  // 没有 https 的地方浏览器不给剪贴板，就不放按钮
  for (const block of navigator.clipboard ? document.querySelectorAll(".highlight") : []) {
    const button = Object.assign(document.createElement("button"), { className: "copy", type: "button", textContent: "复制" });
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(block.querySelector("code").innerText);
      button.textContent = "已复制";
      setTimeout(() => (button.textContent = "复制"), 2000);
    });
    block.append(button);
  }

  // 表格比屏幕宽时要能用键盘滚动；外面那层是主题加上的
  addEventListener("load", () => {
    document.querySelectorAll(".md-typeset__scrollwrap").forEach((box, i) => {
      const first = box.querySelector("th, td");
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", `表格 ${i + 1}：${first ? first.textContent.trim() : ""}`);
    });
  });

  // 打印成讲义：折叠的答案全部展开，打完恢复
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of folded) one.open = false;
  });

  const KEY = "llm-path:done";
  const read = () => {
    try {
      return new Set(JSON.parse(localStorage.getItem(KEY) || "[]"));
    } catch {
      return new Set();
    }
  };
  const done = read();
  for (const item of document.querySelectorAll("li[data-lesson]")) {
    if (!done.has(item.dataset.lesson)) continue;
    item.classList.add("done");
    const mark = document.createElement("span");
    mark.className = "done-mark";
    mark.textContent = "✓ 已学完";
    item.append(mark);
  }
  for (const button of document.querySelectorAll("button.lesson-done")) {
    const show = () => {
      const yes = done.has(button.dataset.lesson);
      button.setAttribute("aria-pressed", yes);
      button.textContent = yes ? "✓ 已学完（再点取消）" : "标记为学完";
    };
    button.hidden = false;
    show();
    button.addEventListener("click", () => {
      const name = button.dataset.lesson;
      done.has(name) ? done.delete(name) : done.add(name);
      try {
        localStorage.setItem(KEY, JSON.stringify([...done]));
      } catch {
        // 隐私模式下存不了，只在这一页有效
      }
      show();
    });
  }
})();
