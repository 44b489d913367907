// The filter. Without a script all findings are there, and the filter is not.
(() => {
  "use strict";
  const find = (id) => document.getElementById(id);
  const filter = find("filter");

  // What is folded away is on paper too.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    closed.forEach((details) => (details.open = true));
  });
  addEventListener("afterprint", () => closed.forEach((details) => (details.open = false)));

  const unfold = () => {
    const target = location.hash.length > 1 && find(decodeURIComponent(location.hash.slice(1)));
    const details = target && target.closest("details");
    if (details) details.open = true;
  };
  addEventListener("hashchange", unfold);
  unfold();

  if (!filter) return;
  const text = find("filter-text");
  const kind = find("filter-kind");
  const boxes = [...filter.querySelectorAll("input[name=severity]")];
  const cards = [...document.querySelectorAll(".card")].map((card) => ({
    card,
    heading: card.querySelector("h3").textContent.toLowerCase(),
    findings: [...card.querySelectorAll(".finding")].map((finding) => ({ finding, words: null })),
  }));
  const total = cards.reduce((sum, { findings }) => sum + findings.length, 0);

  const apply = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const severities = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let shown = 0;
    for (const { card, heading, findings } of cards) {
      let inCard = 0;
      for (const entry of findings) {
        const { severity, kind: ofKind } = entry.finding.dataset;
        let fits = severities.has(severity) && (!kind.value || kind.value === ofKind);
        if (fits && words.length) {
          entry.words ??= `${heading} ${entry.finding.textContent.toLowerCase()}`;
          fits = words.every((word) => entry.words.includes(word));
        }
        entry.finding.hidden = !fits;
        if (fits) inCard += 1;
      }
      card.hidden = inCard === 0;
      shown += inCard;
    }
    find("filter-none").hidden = shown > 0;
    find("filter-count").textContent = shown === total ? `${total} shown` : `${shown} of ${total} shown`;
  };

  let waiting;
  text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 120);
  });
  [kind, ...boxes].forEach((control) => control.addEventListener("change", apply));
  filter.hidden = false;
  apply();
})();
