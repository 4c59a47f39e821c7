// 用法：node run.mjs 名字=文件夹 …  每页跑 RUNS 次（默认 5），印出中位数的表
// 与读者的处境一样：手机、模拟慢 4G、四分之一的 CPU，服务器用 gzip
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const RUNS = Number(process.env.RUNS || 5);
const PAGES = (process.env.PAGES || "/ /transformer-llm/ /transformer-llm/mini-gpt/ /resources/").split(" ");
const TYPES = {
  ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".json": "application/json",
  ".svg": "image/svg+xml", ".png": "image/png", ".woff2": "font/woff2", ".xml": "application/xml", ".txt": "text/plain; charset=utf-8",
}; // prettier-ignore
const cache = new Map();

async function answer(folder, request, response) {
  let path = decodeURIComponent(new URL(request.url, "http://x").pathname);
  if (path.endsWith("/")) path += "index.html";
  const file = join(folder, path);
  try {
    if (!cache.has(file)) {
      const plain = await readFile(file);
      const packed = /\.(png|woff2|webp|jpg)$/.test(file) ? null : gzipSync(plain, { level: 9 });
      cache.set(file, { plain, packed });
    }
    const { plain, packed } = cache.get(file);
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file)] || "application/octet-stream",
      "Cache-Control": "max-age=3600",
      ...(packed ? { "Content-Encoding": "gzip" } : {}),
    });
    response.end(packed || plain);
  } catch {
    response.writeHead(404).end();
  }
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const chrome = await launch({
  chromePath: process.env.CHROMIUM || "/usr/bin/chromium",
  chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
});
console.log("| 站点 | 页面 | 性能 | 无障碍 | 最佳实践 | SEO | FCP s | LCP s | TBT ms | CLS | KB | 请求 | 外来主机 |");
console.log("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
for (const site of process.argv.slice(2)) {
  const [name, folder] = site.split("=");
  const server = createServer((request, response) => answer(folder, request, response)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.on("listening", resolve));
  const base = `http://127.0.0.1:${server.address().port}`;
  for (const page of PAGES) {
    const runs = [];
    const failed = new Set();
    for (let i = 0; i < RUNS; i++) {
      const { lhr } = await lighthouse(base + page, { port: chrome.port, logLevel: "silent" });
      const requests = lhr.audits["network-requests"].details.items;
      runs.push({
        ...Object.fromEntries(Object.entries(lhr.categories).map(([key, { score }]) => [key, Math.round(score * 100)])),
        fcp: lhr.audits["first-contentful-paint"].numericValue / 1000,
        lcp: lhr.audits["largest-contentful-paint"].numericValue / 1000,
        tbt: lhr.audits["total-blocking-time"].numericValue,
        cls: lhr.audits["cumulative-layout-shift"].numericValue,
        kb: requests.reduce((sum, one) => sum + (one.transferSize || 0), 0) / 1024,
        requests: requests.length,
        hosts: new Set(requests.map((one) => new URL(one.url).host).filter((host) => host && !base.endsWith(host))).size,
      });
      for (const category of Object.values(lhr.categories)) {
        if (category.id === "performance") continue;
        for (const { id, weight } of category.auditRefs) if (weight && lhr.audits[id].score === 0) failed.add(id);
      }
    }
    const of = (key) => median(runs.map((run) => run[key]));
    console.log(
      `| ${name} | ${page} | ${of("performance")} | ${of("accessibility")} | ${of("best-practices")} | ${of("seo")} | ${of("fcp").toFixed(1)} | ${of("lcp").toFixed(1)} | ${Math.round(of("tbt"))} | ${of("cls").toFixed(3)} | ${Math.round(of("kb"))} | ${of("requests")} | ${of("hosts")} |${failed.size ? ` 没过：${[...failed].join("、")}` : ""}`,
    );
  }
  server.close();
}
chrome.kill();
