/** From when on a payment looks risky: each rule with its figures, and what they were before; managers set them. Two calls. */
import { html } from "../vendor/preact.js";
import { Versions } from "../approvals/versions.js";
import { ActButton } from "../shell/act.js";
import { api, Problem } from "../shell/api.js";
import { number, t } from "../shell/language.js";
import { Badge, Card, Facts, Heading, Resource, usePages, useResource } from "../shell/parts.js";
import * as session from "../shell/session.js";

const SETTING = ["manager", "admin"];
const ACTIONS = ["off", "alert", "review", "decline"];
/** @type {Record<string, "good" | "wait" | "bad" | "plain">} */
const ACTION_KIND = { off: "plain", alert: "wait", review: "wait", decline: "bad" };

export default function Thresholds() {
  const thresholds = useResource(async () => (await api.get("/v1/risk-thresholds")).body, []);
  const history = usePages((cursor) => api.get("/v1/risk-thresholds/history", { query: { cursor } }), []);
  const done = () => {
    thresholds.reload();
    history.reload();
  };
  return html`
    <${Heading} title=${t("thresholds.title")} lead=${t("thresholds.lead")}><a class="button" href="#/alerts">${t("alerts.title")}</a><//>
    <div class="stack">
      <${Resource} of=${thresholds} lines=${8}>${(/** @type {any} */ value) => html`<div class="grid">
        ${Object.keys(value.rules).map((rule) => html`<${Rule} key=${rule} thresholds=${value} rule=${rule} done=${done} />`)}
        <${Severities} thresholds=${value} done=${done} />
      </div>`}<//>
      <${Card} title=${t("versions.title")}><${Versions} pages=${history} /><//>
    </div>
  `;
}

/** @param {{ thresholds: any, rule: string, done: () => void }} props */
function Rule({ thresholds, rule, done }) {
  const { action, ...figures } = thresholds.rules[rule];
  return html`<${Card} title=${t(`alerts.reason.${rule}`)} aside=${html`<${Badge} kind=${ACTION_KIND[action]}>${t(`thresholds.action.${action}`)}<//>`}>
    <${Facts} rows=${Object.entries(figures).map(([name, value]) => [t(`thresholds.figure.${name}`), number(/** @type {number} */ (value))])} />
    <${SetPart} thresholds=${thresholds} name=${rule} title=${t(`alerts.reason.${rule}`)} done=${done}
      fields=${[{ name: "action", label: t("thresholds.action"), kind: "select", options: ACTIONS.map((value) => ({ value, label: t(`thresholds.action.${value}`) })), initial: action }, ...Object.entries(figures).map(([name, value]) => figure(name, t(`thresholds.figure.${name}`), value))]}
      bodyOf=${({ action: chosen, ...values }) => ({ rules: { ...thresholds.rules, [rule]: { action: chosen, ...numbers(values) } } })} />
  <//>`;
}

/** From which score on an alert is of which severity. @param {{ thresholds: any, done: () => void }} props */
function Severities({ thresholds, done }) {
  const { severities } = thresholds;
  const names = Object.keys(severities);
  return html`<${Card} title=${t("thresholds.severities")}>
    <${Facts} rows=${names.map((name) => [t(`alerts.severity.${name}`), number(severities[name])])} />
    <${SetPart} thresholds=${thresholds} name="severities" title=${t("thresholds.severities")} done=${done}
      fields=${names.map((name) => figure(name, t(`alerts.severity.${name}`), severities[name]))} bodyOf=${(/** @type {any} */ values) => ({ severities: numbers(values) })} />
  <//>`;
}

/** Set a part of the thresholds; the API takes all of them at once. @param {any} props */
function SetPart({ thresholds, name, title, fields, bodyOf, done }) {
  if (!session.hasRole(SETTING)) return null;
  const { rules, severities, unit_weights, number: version } = thresholds;
  const put = async (/** @type {any} */ values) => {
    try {
      return await api.put("/v1/risk-thresholds", { ifMatch: version, body: { rules, severities, unit_weights, ...bodyOf(values) } });
    } catch (error) {
      if (error instanceof Problem) error.errors = error.errors.map((one) => ({ ...one, field: one.field.split(".").pop() ?? "" }));
      throw error;
    }
  };
  return html`<div class="actions"><${ActButton} name=${`thresholds-${name}-${version}`} label=${t("policies.set")} title=${title} text=${t("thresholds.set_text")} fields=${fields} done=${done} request=${put} /></div>`;
}

/** @param {string} name @param {string} label @param {unknown} value */
const figure = (name, label, value) => ({ name, label, kind: "number", min: 0, step: 1, initial: String(value), required: true });

/** @param {Record<string, string>} values */
const numbers = (values) => Object.fromEntries(Object.entries(values).map(([name, text]) => [name, Number(text)]));
