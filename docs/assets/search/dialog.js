// 搜索框：边输入边出结果，方向键选，回车打开，Esc 关上
const root = new URL("../../", import.meta.url);
const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });

const box = document.createElement("dialog");
box.className = "search md-typeset";
box.setAttribute("aria-label", "搜索");
box.innerHTML = `<form method="dialog" role="search"><input type="search" aria-label="搜什么" placeholder="词、问题、函数名或报错，如 LoRA 微调" autocomplete="off" autocapitalize="off" spellcheck="false" enterkeyhint="search"><button aria-label="关上搜索">关上</button></form><p class="search-status" role="status"></p><ol class="search-results"></ol>`;
document.body.append(box);
const [input] = box.getElementsByTagName("input");
const status = box.querySelector(".search-status");
const list = box.querySelector("ol");

export function open() {
  if (!box.open) box.showModal();
  input.select();
  input.focus();
}

let asked = 0;
let shown = 0;
const ask = () => {
  const query = input.value.trim();
  asked++;
  if (query) {
    if (!shown) status.textContent = "正在准备搜索…";
    worker.postMessage({ number: asked, query });
  } else {
    list.replaceChildren();
    status.textContent = "";
  }
};
input.addEventListener("input", ask);

const element = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text });

function link(page, words, section) {
  const url = new URL(page.url, root);
  url.searchParams.set("h", words.join(" "));
  if (section) url.hash = section.anchor;
  const found = element("a", section ? "search-section" : "search-page", "");
  found.href = url.href;
  found.append(element("span", "", section ? section.heading : page.title));
  if (!section && page.place) found.append(element("small", "", page.place));
  if (section?.excerpt) found.append(element("small", "search-excerpt", section.excerpt));
  return found;
}

worker.onmessage = ({ data: { number, results, terms, error } }) => {
  if (number !== asked) return; // 已经又输入了
  shown++;
  status.textContent = error || (results.length ? `找到 ${results.length} 页` : "没有找到：换个说法，或只写其中一个词");
  list.replaceChildren(
    ...(results || []).map((page) => {
      const item = document.createElement("li");
      item.append(link(page, terms), ...page.sections.map((section) => link(page, terms, section)));
      return item;
    }),
  );
};
worker.onerror = () => (status.textContent = "这个浏览器里搜索跑不起来；可以从首页的路线图往下找");

box.addEventListener("keydown", (event) => {
  const links = [...list.getElementsByTagName("a")];
  const now = links.indexOf(document.activeElement);
  if (event.key === "Escape") {
    event.preventDefault(); // 不然第一下只清空输入
    box.close();
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && links.length) {
    event.preventDefault();
    const next = now + step;
    (next < 0 ? input : links[Math.min(next, links.length - 1)]).focus();
  } else if (event.key === "Enter" && document.activeElement === input) {
    event.preventDefault(); // 回车打开第一条，不关框
    links[0]?.click();
  }
});
box.addEventListener("click", (event) => event.target === box && box.close()); // 点框外关上
