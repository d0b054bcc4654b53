// Dark or light: as the system says, unless a person chose. It runs before the page is drawn, so that nothing flashes.
"use strict";
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => { try { return localStorage.getItem("ejmx theme"); } catch { return null; } };
  const now = () => root.dataset.theme || (dark.matches ? "dark" : "light");
  const choice = stored();
  if (choice) root.dataset.theme = choice;
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const say = () => { button.textContent = now() === "dark" ? "Light" : "Dark"; };
    button.hidden = false;
    say();
    dark.addEventListener("change", say);
    button.addEventListener("click", () => {
      root.dataset.theme = now() === "dark" ? "light" : "dark";
      try { localStorage.setItem("ejmx theme", root.dataset.theme); } catch { /* the choice lasts as long as the page */ }
      say();
    });
  });
})();
