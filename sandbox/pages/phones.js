"use strict";

// Keeps the page fresh. Only the cards that changed are replaced, and never one in which somebody is writing.
const main = document.getElementById("people");
const news = document.getElementById("news");
let changes = main.dataset.changes;

function localTimes(root) {
  for (const time of root.querySelectorAll("time")) {
    const at = new Date(time.dateTime);
    time.textContent = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    time.title = at.toLocaleString();
  }
}

function inUse(card) {
  const box = card.querySelector("textarea");
  return (box && box.value !== "") || card.contains(document.activeElement) || card.querySelector("details[open]");
}

const served = new Map();
for (const part of main.querySelectorAll("[data-key]")) served.set(part.dataset.key, part.outerHTML);
localTimes(document);

function show(text) {
  const fresh = document.createElement("div");
  fresh.innerHTML = text;
  const keys = (root) => [...root.querySelectorAll("[data-key]")].map((part) => part.dataset.key).join(" ");
  let changed = 0;
  let waiting = false;
  if (keys(fresh) !== keys(main)) {
    if ([...main.querySelectorAll(".card")].some(inUse)) return false;
    main.replaceChildren(...fresh.childNodes);
    changed = main.querySelectorAll(".card").length;
    served.clear();
    for (const part of main.querySelectorAll("[data-key]")) served.set(part.dataset.key, part.outerHTML);
    localTimes(main);
  } else {
    for (const part of fresh.querySelectorAll("[data-key]")) {
      const key = part.dataset.key;
      if (served.get(key) === part.outerHTML) continue;
      const old = main.querySelector(`[data-key="${key}"]`);
      if (old.matches(".card") && inUse(old)) {
        waiting = true;
        continue;
      }
      served.set(key, part.outerHTML);
      old.replaceWith(part);
      localTimes(part);
      changed += part.matches(".card") ? 1 : 0;
    }
  }
  if (changed) news.textContent = changed === 1 ? "One card has changed." : `${changed} cards have changed.`;
  return !waiting;
}

async function look() {
  try {
    const query = new URLSearchParams(location.search);
    query.set("since", changes);
    const answer = await fetch(`/cards?${query}`);
    if (answer.status === 200 && show(await answer.text())) changes = answer.headers.get("X-Changes");
    document.body.classList.remove("away");
  } catch {
    document.body.classList.add("away");
  }
  setTimeout(look, document.hidden ? 5000 : 1000);
}
setTimeout(look, 1000);

// Sends an answer without leaving the place on the page.
main.addEventListener("submit", async (event) => {
  const form = event.target;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  const answer = await fetch(form.action, { method: "POST", body: fields, redirect: "manual" });
  if (answer.status >= 400) {
    news.textContent = await answer.text();
    return;
  }
  form.reset();
  if (form.contains(document.activeElement)) document.activeElement.blur();
});

// Enter sends, Shift and Enter makes a new line.
main.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches("textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});
