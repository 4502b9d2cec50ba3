/** Files of payments (pain.001) that the customer has handed in, and handing in another one. One call. */
import { html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api, Problem } from "../shell/api.js";
import { number, t } from "../shell/language.js";
import { Badge, Card, Heading, Moment, Money, Pages, Table, usePages } from "../shell/parts.js";
import { go } from "../shell/router.js";
import { FILE_KIND } from "./words.js";

export default function Files() {
  const pages = usePages((cursor) => api.get("/v1/payment-files", { query: { cursor } }), []);
  return html`
    <${Heading} title=${t("files.title")} lead=${t("files.lead")}><${HandIn} /><//>
    <${Card}>
      <${Pages} pages=${pages} empty=${t("files.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("files.title")}
        rows=${rows}
        columns=${[
          { label: t("files.message_id"), cell: (row) => html`<a class="text" href=${`#/payment-files/${row.id}`}>${row.message_id ?? t("files.one")}</a>` },
          { label: t("orders.status"), cell: (row) => html`<${Badge} kind=${FILE_KIND[row.status]}>${t(`files.status.${row.status}`)}<//>` },
          { label: t("files.count"), numeric: true, cell: (row) => number(row.payments) },
          { label: t("files.refused"), numeric: true, cell: (row) => number(row.refused) },
          { label: t("files.sum"), numeric: true, cell: (row) => row.sums.map((/** @type {any} */ one) => html`<div key=${one.currency}><${Money} amount=${one.amount} currency=${one.currency} /></div>`) },
          { label: t("files.handed_in_at"), cell: (row) => html`<${Moment} at=${row.created_at} />` },
        ]} />`}<//>
    <//>
  `;
}

/** Hand in a file. A browser cannot keep it in a draft, so after a reload it has to be chosen again. */
function HandIn() {
  const send = ({ file, pin }, /** @type {string} */ key) => {
    if (!file) throw new Problem(422, { code: "validation_failed", errors: [{ field: "file", message: t("files.choose_again") }] });
    return api.post("/v1/payment-files", { document: file, pin, key });
  };
  return html`<${ActButton} name="payment-file" label=${t("files.hand_in")} text=${t("files.hand_in_text")} outcome=${() => t("files.handed_in")} done=${(/** @type {any} */ { body }) => go(`#/payment-files/${body.id}`)}
    fields=${[
      { name: "file", label: t("files.file"), hint: t("files.file_hint"), kind: "file", accept: ".xml,application/xml,text/xml", required: true },
      { name: "pin", label: t("files.pin"), hint: t("files.pin_hint"), kind: "password", inputmode: "numeric", maxlength: 6, pattern: "[0-9]*", autocomplete: "off", optional: true },
    ]}
    request=${send} />`;
}
