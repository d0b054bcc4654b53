// One candidate: the packet beside the page, marks, and the way to the previous and the next.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const id = document.body.dataset.id;
  const frame = document.querySelector("iframe");

  // Pages open in the packet beside, where there is room for it.
  const beside = () => frame && frame.getClientRects().length > 0;
  for (const link of document.querySelectorAll("a.inpacket")) {
    link.addEventListener("click", (event) => {
      if (!beside() || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const fresh = frame.cloneNode(); // a viewer does not turn the page for a new fragment alone
      fresh.src = `${link.href}&view=FitH&pagemode=none&navpanes=0`;
      frame.parentNode.replaceChildren(fresh);
    });
  }

  // Previous and next go by the list as it was sorted and filtered last.
  const order = ejmxMarks.session.get("order");
  const at = Array.isArray(order) ? order.indexOf(id) : -1;
  const step = (link, to, arrow) => {
    if (at < 0 || order.length < 2) return;
    const there = order[to];
    if (!there || !/^\d+$/.test(there)) { link?.remove(); return; }
    if (link && link.getAttribute("href") === `${there}.html`) return;
    const fresh = link || document.createElement("a");
    fresh.id = arrow === "←" ? "previous" : "next";
    fresh.href = `${there}.html`;
    fresh.textContent = arrow === "←" ? "← Previous" : "Next →";
    fresh.rel = arrow === "←" ? "prev" : "next";
    if (!link) $("place")[arrow === "←" ? "before" : "after"](fresh);
  };
  step($("previous"), at - 1, "←");
  step($("next"), at + 1, "→");
  if (at >= 0) $("place").textContent = `${at + 1} of ${order.length}`;

  // Marks.
  const mark = ejmxMarks.get(id);
  const stars = [...document.querySelectorAll("input[name=stars]")];
  const show = () => {
    for (const star of stars) star.checked = Number(star.value) === mark.stars;
    $("tags").value = mark.tags.join(", ");
    $("notes").value = mark.notes;
  };
  const keep = () => {
    mark.name = document.body.dataset.name;
    mark.stars = Number(stars.find((star) => star.checked)?.value ?? 0);
    mark.tags = $("tags").value.split(",").map((tag) => tag.trim()).filter(Boolean);
    mark.notes = $("notes").value;
    ejmxMarks.set(id, mark);
  };
  show();
  $("marks").hidden = false;
  $("marks").addEventListener("input", keep);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "radio") return;
    const radio = event.target.type === "radio" && /^Arrow/.test(event.key);
    const go = { ArrowLeft: "previous", k: "previous", ArrowRight: "next", j: "next", u: "up" }[event.key];
    if (go && !radio) { event.preventDefault(); $(go)?.click(); }
    if (/^[0-5]$/.test(event.key)) { mark.stars = Number(event.key); for (const star of stars) star.checked = star.value === event.key; keep(); }
  });
})();
