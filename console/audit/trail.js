/** The audit trail with what each change changed, and whether everything verifies. One call; to verify, as many as it takes. */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { api, asProblem } from "../shell/api.js";
import { dateTime, number, t } from "../shell/language.js";
import { Card, Facts, Heading, Notice, Pages, ProblemNotice, useOneAtATime, usePages } from "../shell/parts.js";
import { setQuery } from "../shell/router.js";
import { UserName } from "../users/user_name.js";

const ASK_AGAIN_MS = 2_000;

/** @param {{ query: Record<string, string> }} props */
export default function Trail({ query }) {
  return html`
    <${Heading} title=${t("audit.title")} lead=${t("audit.lead")}><a class="button" href="#/audit/logins">${t("logins.title")}</a><//>
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
      (row) => html`<${Change} key=${row.pk + row.sk + row.version} record=${row} isOfThing=${Boolean(entity)} />`,
    )}</ul>`}<//>
  <//>`;
}

/** @param {{ record: any, isOfThing: boolean }} props `isOfThing`: all are of one thing, so who did it tells them apart */
function Change({ record, isOfThing }) {
  const about = isOfThing ? html`<${Actor} actor=${record.actor} />` : record.pk.split("#").pop();
  return html`<li>
    <details>
      <summary><span class="row-title">${record.event}</span> <span class="quiet">${dateTime(record.at)} · ${about}</span></summary>
      <table>
        <caption class="hidden">${record.event}</caption>
        <thead><tr><th scope="col">${t("audit.field")}</th><th scope="col">${t("audit.before")}</th><th scope="col">${t("audit.after")}</th></tr></thead>
        <tbody>${fieldsOf(record).map(
          (field) => html`<tr key=${field}><td data-label=${t("audit.field")}>${field}</td>${
            record.changed.includes(field)
              ? html`<td colspan="2" class="quiet">${t("audit.not_kept")}</td>`
              : html`<td data-label=${t("audit.before")}>${shown(record.before?.[field])}</td><td data-label=${t("audit.after")}>${shown(record.after?.[field])}</td>`
          }</tr>`,
        )}</tbody>
      </table>
      <${Facts} rows=${[
        [t("audit.who"), record.actor.startsWith("usr_") ? html`<a href=${`#/users/${record.actor}`}><${UserName} id=${record.actor} /></a>` : record.actor],
        [t("audit.thing"), html`<span class="hash">${record.pk}</span>`],
        [t("digests.hash"), html`<span class="hash">${record.hash}</span>`],
      ]} />
    </details>
  </li>`;
}

/** Return the fields that a change touched; of those in `changed` the audit keeps no values. @param {any} record @returns {string[]} */
const fieldsOf = (record) => [...new Set([...Object.keys(record.before ?? {}), ...Object.keys(record.after ?? {}), ...record.changed])].sort();

/** Who made a change: a user, or the system by its name. @param {{ actor: string }} props */
const Actor = ({ actor }) => (actor.startsWith("usr_") ? html`<${UserName} id=${actor} />` : actor);

/** @param {any} value */
const shown = (value) => (value === undefined || value === null ? "–" : typeof value === "object" ? JSON.stringify(value) : String(value));

/** Ask whether the ledger and its audit trail hold; what takes longer is asked for again until it is done. */
function Verify() {
  const [state, setState] = useState(/** @type {any} */ ({ status: "idle" }));
  const isHere = useRef(true);
  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
    };
  }, []);
  const show = (/** @type {any} */ next) => isHere.current && setState(next);
  const ask = useOneAtATime(async () => {
    show({ status: "asking" });
    try {
      const answer = await api.get("/v1/audit/verify");
      const verdict = answer.status === 202 ? await finished(answer.body, (progress) => show({ status: "asking", progress }), isHere) : answer.body;
      show({ status: "told", verdict });
    } catch (error) {
      show({ status: "failed", problem: asProblem(error) });
    }
  });
  const { status, verdict, progress } = state;
  return html`<${Card} title=${t("audit.verify_title")}>
    <p>${t("audit.verify_text")}</p>
    ${status === "told" && html`<${Verdict} verdict=${verdict} />`}
    ${progress && html`<p role="status">${progress.of ? t("audit.progress", { done: number(progress.done), of: number(progress.of) }) : t("audit.begun")}</p>`}
    ${status === "failed" && html`<${ProblemNotice} problem=${state.problem} />`}
    <div class="actions"><button type="button" disabled=${status === "asking"} aria-busy=${status === "asking" ? "true" : undefined} onClick=${ask}>${t("audit.verify")}</button></div>
  <//>`;
}

/**
 * Wait for a verification, and return its report.
 * @param {any} work @param {(work: any) => void} show @param {{ current: boolean }} isHere
 */
async function finished(work, show, isHere) {
  let latest = work;
  while (latest.status === "running" && isHere.current) {
    show(latest);
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    latest = (await api.get("/v1/audit/verifications/{verification_id}", { params: { verification_id: work.id } })).body;
  }
  return latest.report ?? { ok: false, broken: null };
}

/** What was verified, or the first thing that does not match. @param {{ verdict: any }} props */
function Verdict({ verdict }) {
  const { ok, checked, broken } = verdict;
  if (!ok)
    return html`<div class="notice bad" role="alert"><p><strong>${t(broken ? "audit.broken" : "audit.stopped")}</strong></p>
      ${broken && html`<${Facts} rows=${[[t("audit.where"), broken.where], [t("audit.expected"), broken.expected], [t("audit.found"), broken.found]]} />`}</div>`;
  const counts = Object.fromEntries(["accounts", "entries", "transactions", "audit_records"].map((name) => [name, number(checked[name])]));
  return html`<${Notice} title=${t("audit.holds")}><p>${t("audit.checked", counts)}</p><//>`;
}
