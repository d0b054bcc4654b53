// The list: search, filters, sorting, keyboard, documents' texts, and what a person marked.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  // Case and accents do not count: "garcia" finds García.
  const fold = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const body = document.querySelector("#candidates tbody");
  const rows = [...body.rows].map((tr) => ({
    tr, id: tr.dataset.id, link: tr.querySelector("th a"), words: fold(tr.textContent + " " + tr.dataset.f), values: JSON.parse(tr.dataset.f),
  }));
  const byID = new Map(rows.map((row) => [row.id, row]));
  const query = $("query"), deep = $("deep"), starred = $("starred");
  const filters = [...document.querySelectorAll("select[data-filter]")];

  // ---- search and filters ----
  const matches = (row, words, chosen, found) =>
    chosen.every(([i, value]) => row.values[i].includes(value)) &&
    (!starred.checked || ejmxMarks.get(row.id).stars > 0) &&
    (words.every((word) => row.words.includes(word)) || found.has(row.id));

  const apply = () => {
    const words = fold(query.value).split(/\s+/).filter(Boolean);
    const chosen = filters.filter((f) => f.value).map((f) => [Number(f.dataset.filter), f.value]);
    const found = searchTexts(query.value);
    let count = 0;
    for (const row of rows) {
      const shown = matches(row, words, chosen, found);
      if (row.tr.hidden === shown) row.tr.hidden = !shown;
      if (shown) count++;
    }
    $("count").textContent = count === rows.length ? `${count} candidates` : `${count} of ${rows.length} candidates`;
    $("none").hidden = count > 0 || rows.length === 0;
    $("chosen").textContent = chosen.length ? ` (${chosen.length} chosen)` : "";
    remember();
  };

  const remember = () => {
    ejmxMarks.session.set("order", [...body.rows].filter((tr) => !tr.hidden).map((tr) => tr.dataset.id));
    ejmxMarks.session.set("list", {
      query: query.value, deep: !!deep?.checked, starred: starred.checked, filters: filters.map((f) => f.value), sort: sorted,
    });
  };

  // ---- sorting ----
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const headers = [...document.querySelectorAll("#candidates thead th")];
  let sorted = null;
  const valueAt = (row, i, kind) => {
    const cell = row.tr.cells[i];
    return kind === "number" ? Number(cell.dataset.v) : cell.textContent;
  };
  const sort = (i, down) => {
    const kind = headers[i].dataset.kind;
    const keyed = [...body.rows].map((tr) => { const row = byID.get(tr.dataset.id); return [valueAt(row, i, kind), row]; });
    keyed.sort(([a], [b]) => (kind === "number" ? a - b : collator.compare(a, b)) * (down ? -1 : 1));
    body.append(...keyed.map(([, row]) => row.tr));
    for (const [at, th] of headers.entries()) {
      if (at === i) th.setAttribute("aria-sort", down ? "descending" : "ascending"); else th.removeAttribute("aria-sort");
    }
    sorted = { i, down };
  };
  for (const [i, th] of headers.entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...th.childNodes);
    th.append(button);
    button.addEventListener("click", () => {
      const first = th.dataset.kind === "number"; // the most first
      sort(i, sorted?.i === i ? !sorted.down : first);
      remember();
    });
  }

  // ---- documents' texts, loaded when first asked for ----
  let texts = null, waiting = 0;
  window.ejmxTexts = (entries) => {
    for (const entry of entries) texts.push({ ...entry, low: entry.pages.map((page) => page.toLowerCase()) });
  };
  const loadTexts = () => {
    if (texts) return;
    texts = [];
    for (const name of deep.dataset.texts.split(" ")) {
      const script = document.createElement("script");
      script.src = name;
      waiting++;
      script.onload = script.onerror = () => { if (--waiting === 0) apply(); };
      document.head.append(script);
    }
  };

  const maxHits = 100, around = 70, shortest = 3;
  const searchTexts = (words) => {
    const found = new Set(), hits = [];
    const wanted = words.trim().toLowerCase();
    $("hits").hidden = !deep?.checked || wanted.length < shortest;
    if ($("hits").hidden) return found;
    loadTexts();
    for (const entry of texts) {
      const page = entry.low.findIndex((low) => low.includes(wanted));
      if (page < 0) continue;
      found.add(String(entry.id));
      hits.push({ entry, page });
    }
    $("hits-count").textContent = waiting ? "Reading the documents …" :
      hits.length > maxHits ? `${hits.length} documents, the first ${maxHits} are shown.` : `${hits.length} documents.`;
    $("hits").querySelector("ol").replaceChildren(...hits.slice(0, maxHits).map((hit) => showHit(hit, wanted)));
    return found;
  };

  const showHit = ({ entry, page }, wanted) => {
    const text = entry.pages[page];
    const at = entry.low[page].indexOf(wanted);
    const link = document.createElement("a");
    const number = entry.first + page;
    link.href = `${entry.packet}#page=${number}`;
    link.textContent = `${byID.get(String(entry.id))?.link.textContent ?? entry.id}: ${entry.label}, page ${number}`;
    const mark = document.createElement("mark");
    mark.textContent = text.slice(at, at + wanted.length);
    const snippet = document.createElement("span");
    snippet.append((at > around ? "… " : "") + text.slice(Math.max(0, at - around), at), mark, text.slice(at + wanted.length, at + wanted.length + around) + " …");
    const item = document.createElement("li");
    item.append(link, document.createElement("br"), snippet);
    return item;
  };

  // ---- what a person marked ----
  const showMark = (row) => {
    const mark = ejmxMarks.get(row.id);
    const cell = row.tr.cells[0], tags = row.link.parentNode.lastElementChild;
    if (Number(cell.dataset.v) !== mark.stars) {
      cell.dataset.v = mark.stars;
      cell.textContent = "★".repeat(mark.stars);
      if (mark.stars) cell.setAttribute("aria-label", `${mark.stars} of 5 stars`); else cell.removeAttribute("aria-label");
    }
    const words = mark.tags.length ? " " + mark.tags.join(", ") : "";
    if (tags.textContent !== words) tags.textContent = words;
  };
  const showMarks = () => {
    ejmxMarks.refresh();
    for (const row of rows) showMark(row);
    $("reviewer").value = ejmxMarks.reviewer;
  };
  const giveStars = (row, stars) => {
    ejmxMarks.set(row.id, { ...ejmxMarks.get(row.id), name: row.link.textContent, stars });
    showMark(row);
  };
  $("reviewer").addEventListener("input", () => { ejmxMarks.reviewer = $("reviewer").value.trim(); });
  $("save").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([ejmxMarks.file()], { type: "application/json" }));
    link.download = `marks ${ejmxMarks.reviewer || "mine"}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
  $("load").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    try {
      const count = ejmxMarks.load(await file.text());
      $("marks-status").textContent = `${count} marks loaded.`;
      showMarks();
      apply();
    } catch (error) {
      $("marks-status").textContent = `Nothing was loaded: ${error.message}`;
    }
    event.target.value = "";
  });

  // ---- keyboard ----
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && event.target === query) { query.value = ""; apply(); return; }
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    if (event.key === "/") { event.preventDefault(); query.focus(); query.select(); return; }
    const row = byID.get(document.activeElement.closest?.("#candidates tbody tr")?.dataset.id);
    if (row && /^[0-5]$/.test(event.key)) { giveStars(row, Number(event.key)); return; }
    const step = { j: 1, k: -1 }[event.key];
    if (!step) return;
    const links = [...body.rows].filter((tr) => !tr.hidden).map((tr) => tr.querySelector("th a"));
    const at = links.indexOf(document.activeElement);
    links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))]?.focus();
  });

  // ---- start ----
  let timer = 0;
  query.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(apply, deep?.checked ? 150 : 0); });
  for (const control of [deep, starred, ...filters]) control?.addEventListener("change", apply);
  const controls = $("controls");
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("reset", () => setTimeout(apply));
  $("none-clear").addEventListener("click", () => { controls.reset(); query.focus(); });
  controls.hidden = $("marks").hidden = false;
  if (matchMedia("(max-width: 42rem)").matches) $("filters").open = false; // a phone has no room for them
  showMarks();
  const last = ejmxMarks.session.get("list");
  if (last) {
    query.value = String(last.query ?? "");
    if (deep) deep.checked = !!last.deep;
    starred.checked = !!last.starred;
    for (const [i, filter] of filters.entries()) filter.value = last.filters?.[i] ?? "";
    if (headers[last.sort?.i]) sort(last.sort.i, !!last.sort.down);
  }
  apply();
  window.addEventListener("pageshow", (event) => { if (event.persisted) { showMarks(); apply(); } });
  document.documentElement.dataset.ready = "true";
})();
