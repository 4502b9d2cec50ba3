/** Everything that the bank has stored about the customer, as a file. One call for each page of it, on request only. */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { erasureWords } from "../customers/customer_acts.js";
import { ActButton } from "../shell/act.js";
import { api, asProblem, saveFile } from "../shell/api.js";
import { bankDay, maybe, number, t } from "../shell/language.js";
import { Card, Facts, Heading, Notice, ProblemNotice, useOneAtATime } from "../shell/parts.js";
import * as session from "../shell/session.js";

const PAGE = 100;

export default function OwnData() {
  const [state, setState] = useState(/** @type {any} */ ({ status: "idle", records: [] }));
  const isHere = useRef(true);
  useEffect(
    () => () => {
      isHere.current = false;
    },
    [],
  );
  const show = (/** @type {any} */ next) => isHere.current && setState(next);
  const collect = useOneAtATime(async (/** @type {any} */ begun) => {
    let { records, cursor } = begun;
    try {
      do {
        show({ status: "collecting", records, cursor });
        const { body } = await api.get("/v1/customers/{customer_id}/export", { params: { customer_id: session.user.value?.customerId ?? "" }, query: { limit: PAGE, cursor } });
        records = [...records, ...body.data];
        cursor = body.next_cursor;
      } while (cursor && isHere.current);
      show({ status: "done", records, at: new Date() });
    } catch (error) {
      show({ status: "failed", records, cursor, problem: asProblem(error) });
    }
  });
  const save = () => saveFile(new Blob([JSON.stringify({ records: state.records }, null, 2)], { type: "application/json" }), `florin-${bankDay()}.json`);
  const isBusy = state.status === "collecting";
  return html`
    <${Heading} title=${t("data.title")} lead=${t("data.lead")}><a class="button" href="#/profile">${t("profile.title")}</a><//>
    <${Card} narrow>
      <p>${t("data.text")}</p>
      ${state.status === "failed" && html`<${ProblemNotice} problem=${state.problem} retry=${() => collect(state)} />`}
      ${isBusy && html`<p role="status" aria-busy="true"><span class="spinner" aria-hidden="true"></span> ${t("data.progress", { count: number(state.records.length) })}</p>`}
      ${state.status === "done" && html`<${Notice} title=${t("data.done", { count: number(state.records.length) })}><p>${t("data.done_text")}</p><//><${Counts} records=${state.records} />`}
      <div class="actions">
        ${state.status === "done"
          ? html`<button type="button" class="primary" onClick=${save}>${t("data.save")}</button>`
          : state.status !== "failed" && html`<button type="button" class="primary" disabled=${isBusy} onClick=${() => collect({ records: [], cursor: undefined })}>${t("data.collect")}</button>`}
      </div>
    <//>
    <${Card} narrow title=${t("data.erase")}><p>${t("data.erase_text")}</p><${EraseOwnData} /><//>
  `;
}

/** Erase the customer who is logged in, and log out. */
function EraseOwnData() {
  const done = (/** @type {import("../shell/api.js").Answer} */ { body }) => body.status === "erased" && session.end("left");
  return html`<div class="actions"><${ActButton} name="erase-me" label=${t("data.erase")} text=${t("data.erase_question")} danger done=${done} outcome=${erasureWords}
    request=${() => api.delete("/v1/customers/{customer_id}", { params: { customer_id: session.user.value?.customerId ?? "" } })} /></div>`;
}

/** How many records of each kind there are. @param {{ records: any[] }} props */
function Counts({ records }) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { kind } of records) {
    const name = maybe(`data.kind.${kind}`) ?? t("data.other");
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return html`<${Facts} rows=${[...counts].map(([name, count]) => [name, html`<span class="figures">${number(count)}</span>`])} />`;
}
