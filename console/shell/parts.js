/** What pages are made of: sources of data, notices, tables, amounts. */
import { Fragment, html, useCallback, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { asProblem } from "./api.js";
import { dateTime, language, maybe, money, t } from "./language.js";

const EMPTY_PAGES_MAX = 5;

/**
 * Read something for a page. A failure is never an empty answer, and an older answer keeps its time. The answer for earlier
 * inputs is dropped before the page is painted with the new ones.
 * @param {() => Promise<any>} load @param {any[]} inputs it is read again when one changes
 */
export function useResource(load, inputs) {
  const [state, setState] = useState(/** @type {any} */ ({ status: "loading" }));
  const run = useRef(0);
  const latest = useRef(load);
  latest.current = load; // whoever reloads later, such as a dialog, reads for the inputs of then
  const reload = useCallback(async () => {
    const mine = ++run.current;
    setState((/** @type {any} */ was) => ({ ...was, status: "value" in was ? "refreshing" : "loading" }));
    try {
      const value = await latest.current();
      if (mine === run.current) setState({ status: "ready", value, at: new Date() });
    } catch (error) {
      const problem = asProblem(error);
      if (mine === run.current) setState((/** @type {any} */ was) => ({ ...was, status: "failed", problem }));
    }
  }, []);
  useLayoutEffect(() => {
    setState({ status: "loading" });
    reload();
    return () => void run.current++;
  }, inputs);
  const put = useCallback((/** @type {any} */ value) => setState({ status: "ready", value, at: new Date() }), []);
  return { ...state, reload, put };
}

/**
 * Read a list page by page. `reload` keeps the rows on the page until the new ones are there. The rows of another filter are
 * dropped before the page is painted with the new one, so that none of them can be clicked.
 * @param {(cursor: string | undefined) => Promise<{ body: any }>} load @param {any[]} inputs
 */
export function usePages(load, inputs) {
  const empty = { status: "loading", rows: /** @type {any[]} */ ([]), hasMore: false, cursor: undefined };
  const [state, setState] = useState(/** @type {any} */ (empty));
  const run = useRef(0);
  const latest = useRef({ load, state });
  latest.current = { load, state }; // whoever reloads later, such as a dialog, reads for the inputs of then
  const read = async (/** @type {any} */ before, shown = before) => {
    const mine = ++run.current;
    setState({ ...shown, status: shown === before ? "loading" : "refreshing" });
    try {
      const body = await nextWithRows(latest.current.load, before.cursor);
      const rows = [...before.rows, ...body.data];
      const next = { status: "ready", rows, hasMore: body.has_more ?? false, cursor: body.next_cursor, at: new Date() };
      if (mine === run.current) setState(next);
    } catch (error) {
      if (mine === run.current) setState({ ...shown, status: "failed", problem: asProblem(error), retry: () => read(before, shown) });
    }
  };
  useLayoutEffect(() => {
    read(empty);
    return () => void run.current++;
  }, inputs);
  const isBusy = state.status === "loading" || state.status === "refreshing";
  const reload = () => read(empty, latest.current.state.rows.length ? latest.current.state : empty);
  return { ...state, more: () => isBusy || read(state), reload };
}

/**
 * Read the next page that has rows: a page of a filtered list may be empty although more follow. After some, the button reads on.
 * @param {(cursor: string | undefined) => Promise<{ body: any }>} load @param {string | undefined} cursor
 */
async function nextWithRows(load, cursor) {
  let { body } = await load(cursor);
  for (let more = 1; more < EMPTY_PAGES_MAX && body.data.length === 0 && body.has_more; more++) ({ body } = await load(body.next_cursor));
  return body;
}

/**
 * Return whether an element has been in the window yet, so that what is far down is read when one gets there.
 * @param {{ current: HTMLElement | null }} element
 */
export function useSeen(element) {
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    if (isSeen || !element.current) return undefined;
    const watch = new IntersectionObserver((found) => found.some((one) => one.isIntersecting) && setSeen(true));
    watch.observe(element.current);
    return () => watch.disconnect();
  }, [isSeen]);
  return isSeen;
}

/** Show what a resource has, or that it loads, failed or is from earlier. @param {any} props `children`: a function of the value */
export function Resource({ of, children, lines = 3 }) {
  if (!("value" in of)) {
    if (of.status === "failed") return html`<${ProblemNotice} problem=${of.problem} retry=${of.reload} />`;
    return html`<${Loading} lines=${lines} />`;
  }
  return html`
    ${of.status === "failed" && html`<${ProblemNotice} problem=${of.problem} retry=${of.reload} since=${of.at} />`}
    ${children(of.value)}
  `;
}

/** @param {{ lines?: number }} props */
export function Loading({ lines = 3 }) {
  return html`<div class="loading" role="status" aria-busy="true">
    <span class="hidden">${t("loading")}</span>
    ${Array.from({ length: lines }, (_, index) => html`<span key=${index} class="bone"></span>`)}
  </div>`;
}

/** Codes with many causes: only the API's sentence, which is in English, says which one it is. */
const GENERAL = ["action_blocked", "conflict", "forbidden", "no_approver", "payload_too_large", "unsupported_media_type", "validation_failed"];

/** Say what to do about a problem. Who reads another language than English gets the general advice, too. @param {{ problem: import("./api.js").Problem }} props */
export function Advice({ problem }) {
  const advice = maybe(`problem.${problem.code}.advice`);
  const detail = (GENERAL.includes(problem.code) || !advice) && problem.detail;
  return html`${advice && !(detail && language.value === "en") && html`<p>${advice}</p>`}
    ${detail && html`<p lang="en">${detail}</p>`}`;
}

/** Say what failed and what to do. @param {any} props */
export function ProblemNotice({ problem, retry, since }) {
  return html`<div class="notice bad" role="alert">
    <p><strong>${t(`problem.${problem.code}.title`)}</strong></p>
    <${Advice} problem=${problem} />
    ${since && html`<p>${t("stale", { at: dateTime(since) })}</p>`}
    ${problem.requestId && html`<p class="quiet">${t("problem.reference", { id: problem.requestId })}</p>`}
    ${retry && html`<p><button type="button" onClick=${retry}>${t("retry")}</button></p>`}
  </div>`;
}

/** Say what was done; screen readers hear it. @param {any} props */
export function Notice({ kind = "good", title, children }) {
  return html`<div class=${`notice ${kind}`} role="status">${title && html`<p><strong>${title}</strong></p>`}${children}</div>`;
}

/** The heading of a page, which takes focus when the page opens. @param {any} props */
export function Heading({ title, lead, children }) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    document.title = `${title} · Florin`;
    heading.current?.focus({ preventScroll: true });
  }, []);
  return html`<header class="heading">
    <div><h1 tabindex="-1" ref=${heading}>${title}</h1>${lead && html`<p class="lead">${lead}</p>`}</div>
    ${children && html`<div class="actions">${children}</div>`}
  </header>`;
}

/** Show the fields of a form again. The button that was pressed goes, so the page's heading takes focus. @param {() => void} change */
export function showFields(change) {
  change();
  document.querySelector("h1")?.focus();
}

/** A part of a page with its own heading. `screenOnly`: it is not printed, as it is only for pressing. @param {any} props */
export function Card({ title, aside, children, wide, narrow, screenOnly, id }) {
  return html`<section class=${`card${wide ? " wide" : ""}${narrow ? " narrow" : ""}${screenOnly ? " screen-only" : ""}`} id=${id}>
    ${title && html`<header><h2>${title}</h2>${aside && html`<div class="aside">${aside}</div>`}</header>`}
    ${children}
  </section>`;
}

/** @param {any} props */
export const Empty = ({ children }) => html`<p class="empty">${children}</p>`;

/** An amount in tabular figures. `signed`: in is marked with + and out with −. @param {any} props */
export function Money({ amount, currency, direction, strong }) {
  const sign = direction === "in" ? "+" : direction === "out" ? "−" : "";
  const shown = money(direction ? String(amount).replace("-", "") : amount, currency);
  return html`<span class=${`money ${direction ?? ""}${strong ? " strong" : ""}`}>${sign}${shown}</span>`;
}

/** @param {{ at: string }} props */
export const Moment = ({ at }) => html`<time datetime=${at}>${dateTime(at)}</time>`;

/** A state in a word and a colour. @param {{ kind?: "good" | "wait" | "bad" | "plain", children?: any }} props */
export const Badge = ({ kind = "plain", children }) => html`<span class=${`badge ${kind}`}>${children}</span>`;

/** Names and values. @param {{ rows: [string, any][] }} props */
export function Facts({ rows }) {
  const given = rows.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  return html`<dl class="facts">${given.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Return the class of a column: amounts are at its right edge, buttons at that of the table. @param {{ label: string, numeric?: boolean }} column */
const classOf = ({ label, numeric }) => (numeric ? "numeric" : label === t("actions") ? "acts" : "");

/**
 * A table, whose rows become blocks on a narrow screen.
 * `even`: its columns have widths that do not depend on what is in them.
 * @param {{ caption: string, rows: any[], columns: { label: string, cell: (row: any) => any, numeric?: boolean }[], keyOf?: (row: any) => string, even?: boolean }} props
 */
export function Table({ caption, rows, columns, keyOf = (row) => row.id, even }) {
  return html`<div class="table"><table class=${even && "even"}>
    <caption class="hidden">${caption}</caption>
    <thead><tr>${columns.map((one) => html`<th key=${one.label} scope="col" class=${classOf(one)}>${one.label}</th>`)}</tr></thead>
    <tbody>${rows.map(
      (row) => html`<tr key=${keyOf(row)}>${columns.map((one) => html`<td key=${one.label} data-label=${one.label} class=${classOf(one)}><div>${one.cell(row)}</div></td>`)}</tr>`,
    )}</tbody>
  </table></div>`;
}

/**
 * A list that is read page by page, with a button for the next page. `endless`: it also works by itself while one scrolls.
 * @param {{ pages: any, empty: string, children: (rows: any[]) => any, endless?: boolean }} props
 */
export function Pages({ pages, empty, children, endless }) {
  const button = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (!endless || !button.current) return undefined;
    const watch = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && pages.more(), { rootMargin: "200px" });
    const follow = () => button.current && watch.observe(button.current);
    addEventListener("scroll", follow, { once: true, passive: true }); // not before: a tall window would read page after page
    return () => {
      removeEventListener("scroll", follow);
      watch.disconnect();
    };
  });
  const { rows, status, hasMore, problem, retry, at } = pages;
  return html`<${Fragment}>
    ${rows.length > 0 && children(rows)}
    ${status === "ready" && rows.length === 0 && !hasMore && html`<${Empty}>${empty}<//>`}
    ${status === "loading" && html`<${Loading} lines=${rows.length ? 1 : 4} />`}
    ${status === "failed" && html`<${ProblemNotice} problem=${problem} retry=${retry} since=${rows.length > 0 && at} />`}
    ${status === "ready" && hasMore && html`<p class="more"><button type="button" ref=${button} onClick=${pages.more}>${t("more")}</button></p>`}
  <//>`;
}

/** Return whether it is the second click of a double one: the first may have put another button there. @param {MouseEvent} event */
export const isSecondClick = (event) => event.detail > 1;

/**
 * Return work that ignores calls while it is under way: a click may come before the page has disabled the button.
 * @template {any[]} Given @param {(...given: Given) => Promise<any>} work
 * @returns {(...given: Given) => Promise<void>}
 */
export function useOneAtATime(work) {
  const isUnderWay = useRef(false);
  return async (...given) => {
    if (isUnderWay.current) return;
    isUnderWay.current = true;
    try {
      await work(...given);
    } finally {
      isUnderWay.current = false;
    }
  };
}

/** A dialog over the page that keeps focus inside. @param {any} props */
export function Dialog({ title, children, onClose }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return html`<dialog ref=${dialog} aria-labelledby="dialog-title" onCancel=${(/** @type {Event} */ event) => {
    event.preventDefault();
    onClose?.();
  }}><h2 id="dialog-title">${title}</h2>${children}</dialog>`;
}

/** A button that asks once more before it does something that cannot be undone. @param {any} props */
export function ConfirmButton({ children, question, confirm, onConfirm, kind = "danger" }) {
  const [isOpen, setOpen] = useState(false);
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [isBusy, setBusy] = useState(false);
  const key = useRef(crypto.randomUUID());
  const yes = useOneAtATime(async () => {
    setBusy(true);
    setProblem(null);
    try {
      await onConfirm(key.current);
      key.current = crypto.randomUUID(); // the next time is another request
      setOpen(false);
    } catch (error) {
      const failed = asProblem(error);
      if (failed.isRefusal) key.current = crypto.randomUUID();
      setProblem(failed);
    } finally {
      setBusy(false);
    }
  });
  return html`<${Fragment}>
    <button type="button" class=${kind} onClick=${() => setOpen(true)}>${children}</button>
    ${isOpen &&
    html`<${Dialog} title=${children} onClose=${() => setOpen(false)}>
      <p>${question}</p>
      ${problem && html`<${ProblemNotice} problem=${problem} />`}
      <div class="actions">
        <button type="button" onClick=${() => setOpen(false)}>${t("cancel")}</button>
        <button type="button" class=${`primary ${kind}`} disabled=${isBusy} onClick=${(/** @type {MouseEvent} */ event) => isSecondClick(event) || yes()}>${confirm ?? children}</button>
      </div>
    <//>`}
  <//>`;
}

const ICONS = {
  home: "M3 11 12 4l9 7M5 10v10h5v-6h4v6h5V10",
  transfer: "M4 8h14l-4-4M20 16H6l4 4",
  card: "M3 6h18v12H3zM3 10h18",
  people: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM2 21a7 7 0 0 1 14 0M16 3.5a4 4 0 0 1 0 7M18 14.5a7 7 0 0 1 4 6.5",
  calendar: "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4",
  message: "M4 5h16v11H9l-5 4z",
  settings: "M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.1 2.1M16.3 16.3l2.1 2.1M18.4 5.6l-2.1 2.1M7.7 16.3l-2.1 2.1",
  shield: "M12 3 4 6v6c0 5 3.5 8 8 9 4.5-1 8-4 8-9V6z",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM16 16l5 5",
  inbox: "M4 13 6 5h12l2 8v6H4zM4 13h5l1 3h4l1-3h5",
  alert: "M12 4 2.5 20h19zM12 10v4M12 17v.5",
  cash: "M3 6h18v12H3zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  chart: "M4 20V4M4 20h16M8 16v-4M12 16V8M16 16v-6",
  seal: "M12 14a5 5 0 1 0 0-10 5 5 0 0 0 0 10ZM8.5 13 7 21l5-3 5 3-1.5-8M10 9l1.5 1.5L14 8",
  percent: "M6 18 18 6M7.5 9.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM16.5 18.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  scales: "M12 4v16M7 20h10M5 7h14M5 7l-3 7h6zM19 7l-3 7h6z",
  building: "M4 21V8l8-5 8 5v13M9 21v-6h6v6M8 11h.5M15.5 11h.5",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.5M4 12h.5M4 18h.5",
  key: "M15 11a4 4 0 1 0-4-4M11 7 3 15v4h4v-3h3v-3l2-2",
  link: "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1.5 1.5M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1.5-1.5",
  menu: "M4 6h16M4 12h16M4 18h16",
  out: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
};

/** A line drawing of 20 px. @param {{ name: string }} props */
export function Icon({ name }) {
  const path = ICONS[/** @type {keyof typeof ICONS} */ (name)] ?? ICONS.list;
  return html`<svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false"><path d=${path} /></svg>`;
}
