/** The customer's own label of a payment: category, tags and memo. The money never changes. */
import { html } from "../vendor/preact.js";
import { CategoryChoices, CHOICES_ID, tagsOf } from "../accounts/category_choices.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { t } from "../shell/language.js";

/** @param {{ payment: any, changed: (payment: any) => void }} props */
export function Label({ payment, changed }) {
  const params = { transaction_id: payment.id };
  const initial = { category: payment.category ?? "", tags: payment.tags.join(", "), memo: payment.memo ?? "" };
  return html`<${CategoryChoices} />
    <${ActButton} name=${`label-${payment.id}`} label=${t("payment.label")} text=${t("payment.label_text")} done=${(/** @type {any} */ answer) => changed(answer.body)}
      fields=${[
        { name: "category", label: t("payment.category"), hint: t("payment.category_hint"), initial: initial.category, maxlength: 32, list: CHOICES_ID, autocomplete: "off", optional: true },
        { name: "tags", label: t("payment.tags"), hint: t("payment.tags_hint"), initial: initial.tags, maxlength: 300, autocomplete: "off", optional: true },
        { name: "memo", label: t("transfer.memo"), initial: initial.memo, maxlength: 140, autocomplete: "off", optional: true },
      ]}
      request=${(/** @type {any} */ values) => api.patch("/v1/transactions/{transaction_id}", { params, body: changesOf(initial, values) })} />`;
}

/** Return what was changed; an emptied field is null. @param {Record<string, string>} initial @param {Record<string, string>} values */
function changesOf(initial, values) {
  const changed = Object.keys(initial).filter((field) => values[field].trim() !== initial[field]);
  return Object.fromEntries(changed.map((field) => [field, field === "tags" ? tagsOf(values.tags) : values[field].trim() || null]));
}
