/** Categories of payments: rules by which new ones get theirs. One call. */
import { html } from "../vendor/preact.js";
import { ActButton } from "../shell/act.js";
import { api } from "../shell/api.js";
import { t } from "../shell/language.js";
import { Card, ConfirmButton, Heading, Pages, Table, usePages } from "../shell/parts.js";
import { CategoryChoices, CHOICES_ID, tagsOf } from "./category_choices.js";
import { categoryName } from "./movements.js";

export default function Categories() {
  const pages = usePages(() => api.get("/v1/category-rules"), []);
  return html`
    <${Heading} title=${t("rules.title")} lead=${t("rules.lead")}><${AddRule} added=${pages.reload} /><//>
    <${CategoryChoices} />
    <${Card}>
      <${Pages} pages=${pages} empty=${t("rules.none")}>${(/** @type {any[]} */ rows) => html`<${Table}
        caption=${t("rules.title")}
        rows=${rows}
        columns=${[
          { label: t("rules.contains"), cell: (row) => html`<span class="text">${row.contains}</span>` },
          { label: t("rules.field"), cell: (row) => t(`rules.field.${row.field}`) },
          { label: t("payment.category"), cell: (row) => categoryName(row.category) },
          { label: t("payment.tags"), cell: (row) => row.tags.join(", ") || "–" },
          { label: t("actions"), cell: (row) => html`<${Remove} rule=${row} reload=${pages.reload} />` },
        ]} />`}<//>
    <//>
  `;
}

/** @param {{ rule: any, reload: () => void }} props */
function Remove({ rule, reload }) {
  const remove = async () => {
    await api.delete("/v1/category-rules/{rule_id}", { params: { rule_id: rule.id } });
    reload();
  };
  return html`<${ConfirmButton} question=${t("rules.remove_question")} onConfirm=${remove}>${t("payees.remove")}<//>`;
}

/** @param {{ added: () => void }} props */
function AddRule({ added }) {
  return html`<${ActButton} name="category-rule" label=${t("rules.add")} done=${added}
    fields=${[
      { name: "contains", label: t("rules.contains"), hint: t("rules.contains_hint"), maxlength: 64, autocomplete: "off", required: true },
      { name: "category", label: t("payment.category"), hint: t("payment.category_hint"), maxlength: 32, list: CHOICES_ID, autocomplete: "off", required: true },
      { name: "tags", label: t("payment.tags"), hint: t("payment.tags_hint"), maxlength: 300, autocomplete: "off", optional: true },
    ]}
    request=${(/** @type {any} */ { contains, category, tags }, /** @type {string} */ key) =>
      api.post("/v1/category-rules", { key, body: { contains: contains.trim(), field: "memo", category: category.trim(), tags: tagsOf(tags) } })} />`;
}
