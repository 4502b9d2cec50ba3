/** The secret of a webhook endpoint: the API tells it once, and the console stores it nowhere. */
import { html } from "../vendor/preact.js";
import { t } from "../shell/language.js";
import { Notice } from "../shell/parts.js";

/**
 * Hand an answer's secret to `show`, and return the answer without it, since forms keep their answers.
 * @param {Promise<import("../shell/api.js").Answer>} request @param {(secret: string) => void} show
 */
export async function withoutSecret(request, show) {
  const answer = await request;
  const { secret, ...body } = answer.body;
  if (secret) show(secret);
  return { ...answer, body };
}

/** @param {{ secret: string, seen: () => void }} props */
export function Secret({ secret, seen }) {
  return html`<${Notice} kind="wait" title=${t("webhooks.secret")}>
    <p>${t("webhooks.secret_text")}</p>
    <p class="figures" id="webhook-secret">${secret}</p>
    <p><button type="button" onClick=${seen}>${t("webhooks.secret_seen")}</button></p>
  <//>`;
}
