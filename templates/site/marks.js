// A person's stars, tags and notes. They stay in this browser, under the posting's key; a browser that keeps nothing for
// files holds them as long as the page is open, and saving to a file keeps them for good.
"use strict";
const ejmxMarks = (() => {
  const key = document.documentElement.dataset.key;
  const read = (name) => { try { return JSON.parse(localStorage.getItem(`${key} ${name}`)); } catch { return null; } };
  const write = (name, value) => { try { localStorage.setItem(`${key} ${name}`, JSON.stringify(value)); return true; } catch { return false; } };
  let marks = read("marks") || {};
  let reviewer = read("reviewer") || "";
  const empty = (mark) => !mark.stars && !mark.tags.length && !mark.notes;
  // What comes from a file or the store may be anything; what goes on is of the right kind.
  const clean = (mark) => ({
    name: String(mark?.name ?? ""),
    stars: Math.min(5, Math.max(0, Math.trunc(Number(mark?.stars)) || 0)),
    tags: Array.isArray(mark?.tags) ? mark.tags.map(String).filter(Boolean) : [],
    notes: String(mark?.notes ?? ""),
  });
  return {
    get: (id) => clean(marks[id]),
    set(id, mark) {
      marks = read("marks") || marks; // another tab may have written since
      if (empty(mark)) delete marks[id]; else marks[id] = clean(mark);
      return write("marks", marks);
    },
    get reviewer() { return reviewer; },
    set reviewer(name) { reviewer = name; write("reviewer", name); },
    refresh() { marks = read("marks") || marks; },
    file: () => JSON.stringify({ format: "ejmx marks", version: 1, reviewer, marks }, null, 1),
    load(words) {
      const file = JSON.parse(words);
      if (file?.format !== "ejmx marks" || file.version !== 1) throw new Error("This is not a file of marks.");
      let count = 0;
      for (const [id, mark] of Object.entries(file.marks ?? {})) {
        if (!/^\d+$/.test(id)) continue;
        marks[id] = clean(mark);
        count++;
      }
      write("marks", marks);
      if (file.reviewer && !reviewer) this.reviewer = String(file.reviewer);
      return count;
    },
    session: {
      get: (name) => { try { return JSON.parse(sessionStorage.getItem(`${key} ${name}`)); } catch { return null; } },
      set: (name, value) => { try { sessionStorage.setItem(`${key} ${name}`, JSON.stringify(value)); } catch { /* the list starts anew */ } },
    },
  };
})();
