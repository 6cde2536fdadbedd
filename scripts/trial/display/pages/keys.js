// Keys of the review pages: in the gallery they mark the next or previous output, on the page of an output they turn
// to it. Without this file everything is a link all the same.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const items = [...document.querySelectorAll(".thumbnails a")];
  if (items.length) markOutput(event, items);
  else turnPage(event);
});

// Letters and vertical arrows act only once an output is marked: before that they belong to the reader's own tools.
function markOutput(event, items) {
  const at = items.indexOf(document.activeElement);
  const last = items.length - 1;
  const anywhere = { ArrowRight: at + 1, ArrowLeft: at - 1 };
  const marked = { ArrowDown: at + 1, j: at + 1, ArrowUp: at - 1, k: at - 1, Home: 0, End: last };
  const target = at < 0 ? anywhere[event.key] : { ...anywhere, ...marked }[event.key];
  if (target === undefined) return;
  event.preventDefault();
  items[Math.min(Math.max(target, 0), last)].focus();
}

// A wide table that has the focus scrolls by the same keys.
function turnPage(event) {
  const rel = { ArrowRight: "next", ArrowLeft: "prev" }[event.key];
  const link = rel && document.querySelector(`.steps a[rel=${rel}]`);
  if (!link || document.activeElement.closest(".scroll, summary")) return;
  event.preventDefault();
  link.click();
}
