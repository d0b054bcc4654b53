// A page that shows a run follows it: the server sends the pieces of the page that changed. Without script the page asks
// again every few seconds.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);

  // A passphrase is asked for only where one is wanted.
  const lock = $("lock");
  if (lock) {
    const show = () => { $("locked").hidden = !lock.checked; };
    lock.addEventListener("change", show);
    show();
  }

  // What was sent is not sent twice. The buttons go after the browser has read which was pressed.
  document.addEventListener("submit", (event) => setTimeout(() => {
    for (const button of event.target.querySelectorAll("button")) button.disabled = true;
  }));
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // Where a run was shown to its end, the eye and the reading begin at its report.
  if (location.hash === "#run") $("run")?.focus();

  const address = document.body.dataset.events;
  if (!address) return;
  const source = new EventSource(address);
  for (const piece of ["run-strip", "run-said", "run-stages", "run-problems"]) {
    source.addEventListener(piece, (event) => {
      const place = $(piece);
      if (place) place.innerHTML = event.data; // made and escaped by the server's templates
    });
  }
  const reload = () => {
    if ("follows" in document.body.dataset) history.replaceState(null, "", "#run");
    location.reload();
  };
  source.addEventListener("ended", () => {
    source.close();
    if ("follows" in document.body.dataset) reload(); // elsewhere the strip says so
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) reload(); // it ended before it could be followed
    else if ($("run-said")) $("run-said").textContent = "ejmx does not answer. Was it ended?";
  });
})();
