/** All announcements of the bank, for staff, who publish, change and withdraw them. One call. */
import { html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { dateTime, t } from "../shell/language.js";
import { Badge, Card, ConfirmButton, Heading, Pages, usePages } from "../shell/parts.js";
import * as session from "../shell/session.js";

const PUBLISHING = ["teller", "manager", "admin"];
const AUDIENCES = ["everyone", "customers", "staff"];
/** @type {Record<string, "good" | "wait" | "bad" | "plain">} */
const STATUS_KIND = { published: "good", scheduled: "wait", over: "plain", withdrawn: "bad" };

export default function BankAnnouncements() {
  const pages = usePages((cursor) => api.get("/v1/announcements/all", { query: { cursor } }), []);
  const mayPublish = session.hasRole(PUBLISHING);
  return html`
    <${Heading} title=${t("announcements.title")} lead=${t("announcements.lead_staff")}>${mayPublish && html`<${Publish} done=${pages.reload} />`}<//>
    <${Pages} pages=${pages} empty=${t("announcements.none")}>${(/** @type {any[]} */ rows) => html`<div class="stack">${rows.map(
      (row) => html`<${Card} key=${row.id} title=${row.title} aside=${html`<${Badge} kind=${STATUS_KIND[row.status]}>${t(`announcements.status.${row.status}`)}<//>`}>
        <p class="text">${row.message}</p>
        <p class="quiet">${[t(`announcements.audience.${row.audience}`), dateTime(row.published_from), row.published_until && t("announcements.until", { until: dateTime(row.published_until) })].filter(Boolean).join(" · ")}</p>
        ${mayPublish && row.status !== "withdrawn" && html`<${Acts} announcement=${row} done=${pages.reload} />`}
      <//>`,
    )}</div>`}<//>
  `;
}

/** @param {any} [one] what there is already */
const fields = (one = {}) => [
  { name: "title", label: t("announcements.heading"), maxlength: 200, initial: one.title, autocomplete: "off", required: true },
  { name: "message", label: t("announcements.message"), kind: "textarea", maxlength: 4000, initial: one.message, required: true },
  { name: "audience", label: t("announcements.audience"), kind: "select", options: AUDIENCES.map((value) => ({ value, label: t(`announcements.audience.${value}`) })), initial: one.audience ?? "everyone" },
];

/** @param {{ done: () => void }} props */
function Publish({ done }) {
  return html`<${ActButton} name="announcement" label=${t("announcements.publish")} text=${t("announcements.publish_text")} fields=${fields()} done=${done}
    request=${(/** @type {any} */ values, /** @type {string} */ key) => api.post("/v1/announcements", { key, body: values })} />`;
}

/** @param {{ announcement: any, done: () => void }} props */
function Acts({ announcement, done }) {
  const params = { announcement_id: announcement.id };
  const withdraw = async () => {
    await api.delete("/v1/announcements/{announcement_id}", { params, ifMatch: announcement.version });
    done();
  };
  return html`<div class="actions">
    <${ActButton} name=${`announcement-${announcement.id}-${announcement.version}`} label=${t("announcements.edit")} fields=${fields(announcement)} done=${done}
      request=${(/** @type {any} */ values) => api.patch("/v1/announcements/{announcement_id}", { params, ifMatch: announcement.version, body: values })} />
    <${ConfirmButton} question=${t("announcements.withdraw_question", { title: announcement.title })} onConfirm=${withdraw}>${t("announcements.withdraw")}<//>
  </div>`;
}
