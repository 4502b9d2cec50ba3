/** What staff see first: the pages that their role may open. */
import { html } from "../vendor/preact.js";
import { Notices } from "../dashboard/notices.js";
import { t } from "../shell/language.js";
import { Card, Heading } from "../shell/parts.js";
import * as session from "../shell/session.js";

export default function StaffHome() {
  const name = session.profile.value?.first_name;
  return html`
    <${Heading} title=${name ? t("dashboard.welcome", { name }) : t("staff.title")} lead=${t(`role.${session.user.value?.role}`)} />
    <${Notices} />
    <${Card}><p>${t("staff.lead")}</p><//>
  `;
}
