/** The transactions of a range as a CSV file: at once if it is short, else written by the bank while one waits. */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { api, asProblem, followLink } from "../shell/api.js";
import { number, t } from "../shell/language.js";
import { Notice, ProblemNotice, useOneAtATime } from "../shell/parts.js";

const ASK_AGAIN_MS = 2_000;

/** @param {{ range: { from: string, to: string, branch_id: string } }} props */
export function Export({ range }) {
  const [state, setState] = useState(/** @type {any} */ ({}));
  const isHere = useRef(true);
  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
    };
  }, []);
  const save = useOneAtATime(async () => {
    setState({ isBusy: true, rows: 0 });
    try {
      const url = await written(range, (rows) => isHere.current && setState({ isBusy: true, rows }));
      if (!isHere.current) return;
      if (url) followLink(url, nameOf(range));
      setState({ isDone: true });
    } catch (error) {
      setState({ problem: asProblem(error) });
    }
  });
  return html`<div class="form">
    <p>${t("reports.file_text")}</p>
    ${state.problem && html`<${ProblemNotice} problem=${state.problem} />`}
    ${state.isDone && html`<${Notice} title=${t("reports.file_saved")} />`}
    <div class="actions">
      <button type="button" disabled=${state.isBusy} aria-busy=${state.isBusy ? "true" : undefined} onClick=${save}>${t("reports.download")}</button>
      ${state.isBusy && state.rows > 0 && html`<span role="status">${t("reports.rows", { rows: number(state.rows) })}</span>`}
    </div>
  </div>`;
}

/** @param {{ from: string, to: string }} range */
const nameOf = ({ from, to }) => `transactions-${from}-${to}.csv`;

/**
 * Save the file, or have it written; return the link to a file that was written elsewhere.
 * @param {{ from: string, to: string, branch_id: string }} range @param {(rows: number) => void} progress
 */
async function written(range, progress) {
  const query = { start_date: range.from, end_date: range.to, branch_id: range.branch_id, format: "csv" };
  let work = await api.download("/v1/reports/transactions", { query }, nameOf(range));
  while (work) {
    if (work.status === "done") return work.url;
    if (work.status === "failed") throw new Error("the export failed");
    progress(work.rows);
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    work = (await api.get("/v1/reports/exports/{export_id}", { params: { export_id: work.id } })).body;
  }
  return null;
}
