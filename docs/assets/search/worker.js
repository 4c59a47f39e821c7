// 在后台线程里建索引与搜索，页面不会卡住
import { engine } from "./engine.js";

const ready = fetch(new URL("../../search/index.json", import.meta.url))
  .then((response) => {
    if (!response.ok) throw new Error(`索引没有下载下来（${response.status}）`);
    return response.json();
  })
  .then(engine);

onmessage = async ({ data: { number, query } }) => {
  try {
    const { search, terms } = await ready;
    postMessage({ number, results: search(query), terms: terms(query) });
  } catch (error) {
    postMessage({ number, error: String(error.message || error) });
  }
};
