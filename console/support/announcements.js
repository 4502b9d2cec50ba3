/** What the bank announces to this user. One call. */
import { html } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { dateTime, t } from "../shell/language.js";
import { Card, Heading, Pages, usePages } from "../shell/parts.js";

export default function Announcements() {
  const pages = usePages((cursor) => api.get("/v1/user/announcements", { query: { cursor } }), []);
  return html`
    <${Heading} title=${t("announcements.title")} />
    <${Pages} pages=${pages} empty=${t("announcements.none")}>${(/** @type {any[]} */ rows) => html`<div class="stack">${rows.map(
      (row) => html`<${Card} key=${row.id} title=${row.title} aside=${dateTime(row.published_from)}><p class="text">${row.message}</p><//>`,
    )}</div>`}<//>
  `;
}
