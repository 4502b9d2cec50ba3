/** The audit trail with what each change changed, and whether everything verifies. One call, one more to verify. */
import { html, useState } from "../vendor/preact.js";
import { api, asProblem } from "../shell/api.js";
import { dateTime, t } from "../shell/language.js";
import { Card, Heading, Notice, Pages, ProblemNotice, usePages } from "../shell/parts.js";
import { setQuery } from "../shell/router.js";

/** @param {{ query: Record<string, string> }} props */
export default function Trail({ query }) {
  return html`
    <${Heading} title=${t("audit.title")} lead=${t("audit.lead")} />
    <${Verify} />
    <${Card}><${Search} query=${query} /><//>
    ${(query.entity || query.actor) && html`<${Changes} key=${JSON.stringify(query)} query=${query} />`}
  `;
}

/** Whose changes to show: of a thing, or by a user. @param {{ query: Record<string, string> }} props */
function Search({ query }) {
  const [id, setId] = useState(query.entity ?? query.actor ?? "");
  const [kind, setKind] = useState(query.actor ? "actor" : "entity");
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    setQuery({ [kind]: id.trim() });
  };
  return html`<form role="search" onSubmit=${submit}>
    <fieldset>
      <legend>${t("audit.search")}</legend>
      <div class="choice">${["entity", "actor"].map(
        (one) => html`<label key=${one}><input type="radio" name="kind" value=${one} checked=${kind === one} onChange=${() => setKind(one)} />${t(`audit.by.${one}`)}</label>`,
      )}</div>
    </fieldset>
    <div class="field"><label for="audit-id">${t("audit.id")}</label>
      <input id="audit-id" type="search" value=${id} onInput=${(/** @type {any} */ event) => setId(event.target.value)} autocomplete="off" spellcheck="false" required />
    </div>
    <button type="submit" class="primary">${t("customers.search")}</button>
  </form>`;
}

/** @param {{ query: Record<string, string> }} props */
function Changes({ query }) {
  const { entity, actor } = query;
  const pages = usePages((cursor) => api.get("/v1/audit", { query: { entity, actor, cursor, limit: 30 } }), []);
  return html`<${Card} title=${t("audit.changes")}>
    <${Pages} pages=${pages} empty=${t("audit.none")} endless>${(/** @type {any[]} */ rows) => html`<ul class="rows">${rows.map(
      (row) => html`<${Change} key=${row.pk + row.sk + row.version} record=${row} />`,
    )}</ul>`}<//>
  <//>`;
}

/** @param {{ record: any }} props */
function Change({ record }) {
  return html`<li>
    <details>
      <summary><span class="row-title">${record.event}</span> <span class="quiet">${dateTime(record.at)} · ${record.pk}</span></summary>
      <table>
        <caption class="hidden">${record.event}</caption>
        <thead><tr><th scope="col">${t("audit.field")}</th><th scope="col">${t("audit.before")}</th><th scope="col">${t("audit.after")}</th></tr></thead>
        <tbody>${record.changed.map(
          (/** @type {string} */ field) => html`<tr key=${field}><td>${field}</td><td>${shown(record.before?.[field])}</td><td>${shown(record.after?.[field])}</td></tr>`,
        )}</tbody>
      </table>
      <p class="quiet figures">${record.hash}</p>
    </details>
  </li>`;
}

/** @param {any} value */
const shown = (value) => (value === undefined || value === null ? "–" : typeof value === "object" ? JSON.stringify(value) : String(value));

/** Ask whether the ledger and its audit trail hold. */
function Verify() {
  const [state, setState] = useState(/** @type {any} */ ({ status: "idle" }));
  const ask = async () => {
    setState({ status: "asking" });
    try {
      const answer = await api.get("/v1/audit/verify");
      setState({ status: answer.status === 202 ? "later" : "told", verdict: answer.body });
    } catch (error) {
      setState({ status: "failed", problem: asProblem(error) });
    }
  };
  const { verdict } = state;
  return html`<${Card} title=${t("audit.verify_title")}>
    <p>${t("audit.verify_text")}</p>
    ${state.status === "told" && html`<${Notice} kind=${verdict.ok ? "good" : "bad"} title=${t(verdict.ok ? "audit.holds" : "audit.broken")} />`}
    ${state.status === "later" && html`<${Notice} kind="wait" title=${t("audit.later")} />`}
    ${state.status === "failed" && html`<${ProblemNotice} problem=${state.problem} />`}
    <div class="actions"><button type="button" disabled=${state.status === "asking"} aria-busy=${state.status === "asking" ? "true" : undefined} onClick=${ask}>${t("audit.verify")}</button></div>
  <//>`;
}
