// 小测：选了就说对不对、为什么。学习进度：只记在这台设备的 localStorage 里
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
  // 首页：学过几课的人，从下一课接着学
  const start = document.querySelector(".start-link");
  const next = start && [...document.querySelectorAll(".roadmap li[data-lesson]:not(.done) a")][0];
  if (next && done.size) {
    start.href = next.href;
    start.textContent = `接着学 ${next.textContent}`;
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
