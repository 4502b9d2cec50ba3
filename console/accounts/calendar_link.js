/** A link to an account's calendar for a calendar program. Whoever has it sees what is scheduled, so it is shown once and stored nowhere. */
import { html, useState } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api, BASE } from "../shell/api.js";
import { t } from "../shell/language.js";
import { ConfirmButton, Notice } from "../shell/parts.js";

/** @param {{ account: any }} props */
export function CalendarLink({ account }) {
  const [link, setLink] = useState("");
  const params = { account_id: account.id };
  const make = async () => {
    const answer = await api.post("/v1/accounts/{account_id}/calendar-link", { params });
    setLink(new URL(BASE + answer.body.url, location.href).href);
    return { ...answer, body: {} }; // forms keep their answers
  };
  const revoke = async () => {
    await api.delete("/v1/accounts/{account_id}/calendar-link", { params });
    setLink("");
  };
  return html`
    <p class="quiet">${t("calendar.text")}</p>
    ${link && html`<${Notice} kind="wait" title=${t("calendar.link")}><p>${t("calendar.link_text")}</p><p class="hash">${link}</p><//>`}
    <div class="actions">
      <${ActButton} name=${`calendar-${account.id}`} label=${t("calendar.make")} text=${t("calendar.make_text")} done=${() => null} request=${make} />
      <${ConfirmButton} question=${t("calendar.revoke_question")} onConfirm=${revoke}>${t("calendar.revoke")}<//>
    </div>
  `;
}
