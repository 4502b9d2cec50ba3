/** One standing order: its terms, what it paid, and what may be done with it. Two calls. */
import { html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { date, grouped, maybe, t, typedAmount } from "../shell/language.js";
import { Badge, Card, ConfirmButton, Facts, Heading, Money, Notice, Pages, Resource, Table, usePages, useResource } from "../shell/parts.js";
import { useKnownNames } from "../accounts/known_names.js";
import { frequencyText, STATUS_KIND } from "./words.js";

/** @param {{ params: { order_id: string } }} props */
export default function StandingOrder({ params }) {
  const order = useResource(async () => (await api.get("/v1/standing-orders/{order_id}", { params })).body, [params.order_id]);
  const executions = usePages((cursor) => api.get("/v1/standing-orders/{order_id}/executions", { params, query: { cursor } }), [params.order_id]);
  const changed = (/** @type {any} */ answer) => {
    order.put(answer.body);
    executions.reload();
  };
  return html`
    <${Heading} title=${t("order.title")}><a class="button" href="#/standing-orders">${t("orders.title")}</a><//>
    <${Resource} of=${order}>${(/** @type {any} */ value) => html`<${Terms} order=${value} changed=${changed} />`}<//>
    ${"value" in order && html`<${Card} title=${t("order.executions")}>
      <${Pages} pages=${executions} empty=${t("order.no_executions")}>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("order.executions")}
        rows=${rows}
        keyOf=${(/** @type {any} */ row) => row.date}
        columns=${[
          { label: t("orders.date"), cell: (row) => html`${date(row.date)}${row.execution_date !== row.date && html`<br /><span class="quiet">${t(row.status === "posted" || row.status === "executed" ? "order.paid_on" : "order.pays_on", { date: date(row.execution_date) })}</span>`}` },
          { label: t("orders.status"), cell: (row) => html`<${Badge} kind=${STATUS_KIND[row.status]}>${t(`orders.status.${row.status}`)}<//>${row.status === "executed" && html`<br /><a href=${`#/payments/${row.transaction_id}`}>${t("alerts.payment")}</a>`}` },
          { label: t("order.reason"), cell: reasonOf },
          { label: t("orders.amount"), numeric: true, cell: (row) => html`<${Money} amount=${row.amount} currency=${row.currency} />` },
        ]} />`}<//>
    <//>`}
  `;
}

/** @param {any} row */
function reasonOf(row) {
  const code = row.reason ?? row.attempts.at(-1)?.code;
  return code ? (maybe(`problem.${code}.title`) ?? maybe(`order.reason.${code}`) ?? code) : "–";
}

/** @param {{ order: any, changed: (answer: any) => void }} props */
function Terms({ order, changed }) {
  const [from, to] = useKnownNames([order.from_account_id, order.beneficiary_id ?? order.to_account_id]);
  const isRunning = order.status === "active" || order.status === "suspended";
  return html`<${Card} title=${order.memo ?? t("orders.unnamed")} aside=${html`<${Badge} kind=${STATUS_KIND[order.status]}>${t(`orders.status.${order.status}`)}<//>`}>
    ${order.reason && html`<${Notice} kind="wait"><p>${maybe(`order.reason.${order.reason}`) ?? order.reason}</p><//>`}
    ${order.approval_id && order.status === "suspended" && html`<${Notice} kind="wait"><p>${t("order.waits")}</p><//>`}
    <${Facts} rows=${[
      [t("orders.amount"), html`<${Money} amount=${order.amount} currency=${order.currency} strong />`],
      [t("transfer.from"), from],
      [t("transfer.to"), order.to_iban ? [order.to_name, grouped(order.to_iban)].join(" · ") : (to ?? t("payment.another_account"))],
      [t("payment.remittance"), order.remittance],
      [t("order.first_amount"), order.first_amount && html`<${Money} amount=${order.first_amount} currency=${order.currency} />`],
      [t("order.final_amount"), order.final_amount && html`<${Money} amount=${order.final_amount} currency=${order.currency} />`],
      [t("orders.how_often"), frequencyText(order.frequency, order.start)],
      [t("order.start"), date(order.start)],
      [t("order.end"), order.end ? date(order.end) : order.count ? t("order.count", { count: order.count }) : t("order.no_end")],
      [t("order.business_days"), t(`order.business_days.${order.business_days}`)],
      [t("orders.next"), order.next.slice(0, 3).map((/** @type {any} */ one) => date(one.execution_date)).join(" · ")],
    ]} />
    ${isRunning && html`<div class="actions"><${Actions} order=${order} changed=${changed} /></div>`}
  <//>`;
}

/** @param {{ order: any, changed: (answer: any) => void }} props */
function Actions({ order, changed }) {
  const params = { order_id: order.id };
  const next = order.next[0]?.date;
  return html`
    ${order.status === "active" && next &&
    html`<${ConfirmButton} kind="" question=${t("order.skip_question", { date: date(next) })} confirm=${t("order.skip")}
      onConfirm=${async (/** @type {string} */ key) => changed(await api.post("/v1/standing-orders/{order_id}/skip", { params, key, body: { date: next } }))}>${t("order.skip")}<//>`}
    ${order.status === "active" &&
    html`<${ConfirmButton} kind="" question=${t("order.suspend_question")} confirm=${t("order.suspend")}
      onConfirm=${async (/** @type {string} */ key) => changed(await api.post("/v1/standing-orders/{order_id}/suspend", { params, key, body: {} }))}>${t("order.suspend")}<//>`}
    ${order.status === "suspended" &&
    html`<${ConfirmButton} kind="" question=${t("order.resume_question")} confirm=${t("order.resume")}
      onConfirm=${async (/** @type {string} */ key) => changed(await api.post("/v1/standing-orders/{order_id}/resume", { params, key, body: {} }))}>${t("order.resume")}<//>`}
    <${Change} order=${order} changed=${changed} />
    <${ConfirmButton} question=${t("order.cancel_question")} confirm=${t("order.cancel")}
      onConfirm=${async () => changed(await api.delete("/v1/standing-orders/{order_id}", { params }))}>${t("order.cancel")}<//>
  `;
}

/** Change what is paid from the next payment on, and when it ends. @param {{ order: any, changed: (answer: any) => void }} props */
function Change({ order, changed }) {
  const fields = [
    { name: "amount", label: t("orders.amount"), kind: "amount", currency: order.currency, initial: typedAmount(order.amount), required: true },
    { name: "memo", label: t("transfer.memo"), initial: order.memo ?? "", maxlength: 140, optional: true },
    ...(order.count ? [] : [{ name: "end", label: t("order.end"), kind: "date", initial: order.end ?? "", optional: true }]),
    { name: "pin", label: t("files.pin"), hint: t("files.pin_hint"), kind: "password", inputmode: "numeric", maxlength: 6, pattern: "[0-9]*", autocomplete: "off", optional: true },
  ];
  return html`<${ActButton} name=${`order-${order.id}-${order.updated_at}`} label=${t("order.change")} text=${t("order.change_text")} fields=${fields} done=${(/** @type {any} */ answer) => answer.status === 200 && changed(answer)}
    request=${(/** @type {any} */ values) => api.patch("/v1/standing-orders/{order_id}", { params: { order_id: order.id }, body: changesOf(order, values) })} />`;
}

/** Return the fields that differ from the order. @param {any} order @param {Record<string, string>} values */
function changesOf(order, { pin, ...values }) {
  const changed = Object.entries(values).filter(([name, text]) => (text.trim() || null) !== order[name]);
  return { ...Object.fromEntries(changed.map(([name, text]) => [name, text.trim() || null])), ...(pin ? { pin } : {}) };
}
