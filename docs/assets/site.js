// 每一页都有的：深浅、目录、搜索的入口、复制代码、打印、返回顶部。没有它，每个字、每个链接也都在
(() => {
  const $ = (selector) => document.querySelector(selector);
  const base = new URL(".", document.currentScript.src);

  // 深浅：没选过就跟随系统
  const KEY = "llm-path:scheme";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const scheme = $("button.scheme");
  const paint = (name) => {
    document.body.dataset.mdColorScheme = name;
    scheme.setAttribute("aria-label", name === "slate" ? "换成浅色" : "换成深色");
  };
  const remembered = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // 隐私模式
    }
  };
  paint(document.body.dataset.mdColorScheme);
  scheme.addEventListener("click", () => {
    const name = document.body.dataset.mdColorScheme === "slate" ? "default" : "slate";
    paint(name);
    try {
      localStorage.setItem(KEY, name);
    } catch {
      // 只在这一页有效
    }
  });
  dark.addEventListener("change", () => remembered() || paint(dark.matches ? "slate" : "default"));

  // 窄屏上的目录收在抽屉里；没有脚本时由 <noscript> 里的标签开合
  const drawer = $("#__drawer");
  const menu = $("button.menu");
  menu.addEventListener("click", () => drawer.click());
  drawer.addEventListener("change", () => menu.setAttribute("aria-expanded", drawer.checked));
  addEventListener("keydown", (event) => event.key === "Escape" && drawer.checked && drawer.click());
  // 左侧目录长过一屏时，滚到这一页；空闲时再做，不逼浏览器提前排版
  const later = window.requestIdleCallback || setTimeout;
  later(() => {
    const box = $(".md-sidebar--primary .md-sidebar__scrollwrap");
    const here = box?.querySelector(".md-nav__link--active");
    if (here?.offsetParent && here.offsetTop > box.clientHeight) box.scrollTop = here.offsetTop - box.clientHeight / 2;
  });

  // 搜索：要搜时才下载
  const opener = $("button.search-open");
  const search = () => import(new URL("search/dialog.js", base)).then((dialog) => dialog.open());
  opener.addEventListener("click", search);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
    if (event.key === "/" || event.key === "s") {
      event.preventDefault();
      search();
    }
    if (event.key === "p" || event.key === "n") $(`.md-footer__link--${event.key === "p" ? "prev" : "next"}`)?.click();
  });

  // 从搜索来的：把搜的词标出来
  const words = new URLSearchParams(location.search).get("h");
  if (words && window.Highlight) {
    const pattern = new RegExp(words.split(" ").map((word) => word.replace(/[^\w\u3400-\u9fff]/g, "\\$&")).join("|"), "gi");
    const text = document.createTreeWalker($("article"), NodeFilter.SHOW_TEXT);
    const ranges = [];
    while (text.nextNode()) {
      for (const { index, 0: found } of text.currentNode.data.matchAll(pattern)) {
        if (!found) continue;
        const range = new Range();
        range.setStart(text.currentNode, index);
        range.setEnd(text.currentNode, index + found.length);
        ranges.push(range);
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  }

  // 右侧目录跟着读到的地方走
  const entries = new Map();
  for (const link of document.querySelectorAll(".md-nav--secondary .md-nav__link[href^='#']")) {
    const heading = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (heading) entries.set(heading, [...(entries.get(heading) || []), link]);
  }
  const headings = [...entries.keys()];
  let reading = null;
  const follow = () => {
    const passed = headings.filter((heading) => heading.getBoundingClientRect().top < 120).pop() || null;
    if (passed === reading) return;
    for (const link of entries.get(reading) || []) link.classList.remove("md-nav__link--active");
    for (const link of entries.get(passed) || []) {
      link.classList.add("md-nav__link--active");
      const box = link.closest(".md-sidebar__scrollwrap");
      if (box && link.offsetParent) box.scrollTop = link.offsetTop - box.clientHeight / 2;
    }
    reading = passed;
  };
  const top = $(".md-top");
  let last = scrollY;
  let waiting = false;
  addEventListener(
    "scroll",
    () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        follow();
        if (top) top.hidden = scrollY < 600 || scrollY >= last;
        last = scrollY;
      });
    },
    { passive: true },
  );
  top?.addEventListener("click", () => scrollTo({ top: 0 }));

  // 指向折叠块里面的链接：先展开
  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let box = target?.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    if (target?.closest("details")) target.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  if (location.hash) unfold();

  // 没有 https 的地方浏览器不给剪贴板，就不放按钮
  const copyable = navigator.clipboard ? document.querySelectorAll(".highlight") : [];
  const addCopy = (block) => {
    const button = Object.assign(document.createElement("button"), { className: "copy", type: "button", textContent: "复制" });
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(block.querySelector("code").innerText);
      button.textContent = "已复制";
      setTimeout(() => (button.textContent = "复制"), 2000);
    });
    block.append(button);
  };
  later(() => copyable.forEach(addCopy));

  // 打印成讲义：折叠的答案全部展开，打完恢复
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of folded) one.open = false;
  });
})();
