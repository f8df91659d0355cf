// Keeps the numbers of a notice up to date while its page is open. Without it the link "Look again" does the same.
"use strict";

const reach = document.getElementById("reach");
const live = reach.querySelector("[data-live]");
const source = new EventSource(reach.dataset.events);

source.onmessage = (event) => {
  const now = JSON.parse(event.data);
  for (const [standing, count] of Object.entries(now.counts)) {
    for (const place of reach.querySelectorAll(`[data-standing="${standing}"]`)) {
      if (place.tagName === "METER") {
        place.max = now.invited || 1;
        place.value = count;
      } else if (place.textContent !== String(count)) {
        place.textContent = count;
      }
    }
  }
  reach.querySelector("[data-invited]").textContent = now.invited;
  reach.querySelector("[data-complete]").hidden = !now.complete;
  live.hidden = false;
};
source.onerror = () => { live.hidden = true; };
addEventListener("pagehide", () => source.close());
