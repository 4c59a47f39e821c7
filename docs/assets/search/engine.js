// 搜索引擎：读构建时切好词的索引，回答“哪几页的哪几节”。不碰页面，浏览器与测试都用它。
import MiniSearch from "./minisearch.min.js";

const FIELDS = ["front", "heading", "text", "code"];
const CHINESE = /[\u3400-\u9fff]+/g;
const LATIN = /[a-z0-9_]+(?:[.@+#-][a-z0-9_]+)*/g;
const LONGEST = 8; // 一个词最多几个字

export function engine(data) {
  const words = data.words.split(" ");
  const known = new Set(words);
  const stop = new Set(data.stop.split(" "));
  const decode = (differences) => {
    let id = 0;
    return differences.map((difference) => words[(id += difference)]).join(" ");
  };
  const mini = new MiniSearch({
    fields: FIELDS,
    tokenize: (text) => (text ? text.split(" ") : []),
    processTerm: (term) => term,
  });
  mini.addAll(
    data.entries.map((entry, id) => ({ id, ...Object.fromEntries(FIELDS.map((name, i) => [name, decode(entry[4 + i])])) })),
  );

  // 一串汉字：词表里有的词都要；长词不在词表里，就由短词凑
  const cut = (run) => {
    const found = [];
    let covered = 0;
    for (let i = 0; i < run.length; i++) {
      for (let n = Math.min(LONGEST, run.length - i); n > 0; n--) {
        const word = run.slice(i, i + n);
        if (stop.has(word)) {
          if (n > 1 || i >= covered) covered = Math.max(covered, i + n);
          if (n > 1) break;
          continue;
        }
        if (n === 1 ? i < covered : !known.has(word)) continue; // 剩下的单字也留着，当作词的开头
        found.push(word);
        if (i + n > covered) covered = i + n;
        if (n > 1) break;
      }
    }
    return found;
  };

  const terms = (query) => {
    const text = query.normalize("NFKC");
    const found = (text.match(CHINESE) || []).flatMap(cut);
    for (const run of text.toLowerCase().match(LATIN) || []) {
      const parts = run.split(/[.@+#_-]+/).filter((part) => part && part !== run);
      found.push(...[run, ...parts].filter((word) => !stop.has(word) && (word.length > 1 || word === run)));
    }
    return [...new Set(found)];
  };

  const options = {
    tokenize: (text) => text.split(" "),
    boost: { front: 6, heading: 3, text: 1, code: 0.5 },
    prefix: (term) => (/^[a-z]/.test(term) ? term.length > 2 : term.length === 1),
    fuzzy: (term) => (/^[a-z][a-z0-9]{4,}$/.test(term) && !known.has(term) ? 0.25 : false),
    weights: { prefix: 0.4, fuzzy: 0.6 },
    boostTerm: (term) => (term.length === 1 ? 0.3 : 1), // 单个字说明不了多少
  };

  // 按页合并：页面自己的一条加上最好的一节
  function search(query, most = 12) {
    const asked = terms(query);
    if (!asked.length) return [];
    const pages = new Map();
    for (const { id, score } of mini.search(asked.join(" "), options)) {
      const [page, anchor, heading, excerpt] = data.entries[id];
      if (!pages.has(page)) pages.set(page, { front: 0, best: 0, sections: [] });
      const found = pages.get(page);
      if (anchor === "" && heading === "" && data.entries[id][4].length) found.front = score;
      else {
        if (!found.sections.length) found.best = score;
        if (found.sections.length < 3 && heading) found.sections.push({ anchor, heading, excerpt, score });
      }
    }
    return [...pages]
      .map(([page, found]) => {
        const [url, title, place, weight] = data.pages[page];
        return { url, title, place, score: (found.front + found.best) * weight, sections: found.sections };
      })
      .sort((a, b) => b.score - a.score)
      .slice(0, most);
  }
  return { search, terms };
}
