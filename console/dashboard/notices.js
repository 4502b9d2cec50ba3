/** The bank's announcements. Who has read one does not see it again in this browser. */
import { html, signal } from "../vendor/preact.js";
import { date, t } from "../shell/language.js";
import * as session from "../shell/session.js";

const READ = "florin.read-announcements";
const SHOWN = 3;
const KEPT = 100;

/** @type {{ value: string[] }} */
const read = signal(JSON.parse(localStorage.getItem(READ) ?? "[]"));

export function Notices() {
  const unread = session.announcements.value.filter((one) => !read.value.includes(one.id)).slice(0, SHOWN);
  if (unread.length === 0) return null;
  return html`<section class="stack notices" aria-label=${t("notices.title")}>${unread.map(
    (one) => html`<div key=${one.id} class="notice plain">
      <div class="line"><h2>${one.title}</h2><button type="button" onClick=${() => forget(one.id)}>${t("notices.read")}<span class="hidden"> ${one.title}</span></button></div>
      <p>${one.message}</p>
      <p class="quiet">${date(one.published_from)}</p>
    </div>`,
  )}</section>`;
}

/** @param {string} id */
function forget(id) {
  read.value = [id, ...read.value].slice(0, KEPT);
  localStorage.setItem(READ, JSON.stringify(read.value));
}
