/** Log-ins of everybody or of one user, also those that failed. One call, and one for the names. */
import { html } from "../vendor/preact.js";
import { OUTCOME_KIND } from "../identity/words.js";
import { api } from "../shell/api.js";
import { t } from "../shell/language.js";
import { Badge, Card, Heading, Moment, Pages, Table, usePages } from "../shell/parts.js";
import { UserName } from "../users/user_name.js";

/** @param {{ query: Record<string, string> }} props */
export default function Logins({ query }) {
  const { user } = query;
  const pages = usePages((cursor) => api.get("/v1/audit/logins", { query: { user_id: user, cursor } }), [user]);
  return html`
    <${Heading} title=${t("logins.title")} lead=${t(user ? "logins.lead_one" : "logins.lead")}>
      ${user && html`<a class="button" href="#/audit/logins">${t("logins.all")}</a>`}<a class="button" href="#/audit">${t("audit.title")}</a>
    <//>
    <${Card}>
      <${Pages} pages=${pages} empty=${t("security.no_logins")} endless>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("logins.title")} rows=${rows}
        columns=${[
          { label: t("security.when"), cell: (row) => html`<${Moment} at=${row.at} />` },
          { label: t("audit.who"), cell: (row) => (row.user_id ? html`<a href=${`#/audit/logins?user=${row.user_id}`}><${UserName} id=${row.user_id} /></a>` : t("logins.unknown")) },
          { label: t("security.outcome"), cell: (row) => html`<${Badge} kind=${OUTCOME_KIND[row.outcome]}>${t(`security.outcome.${row.outcome}`)}<//>` },
          { label: t("security.from"), cell: (row) => row.source_ip ?? "–" },
        ]} />`}<//>
    <//>
  `;
}
