/** Staff who follow an account come to its customer. One call. */
import { html, useEffect } from "../vendor/preact.js";
import { api } from "../shell/api.js";
import { t } from "../shell/language.js";
import { Heading, Resource, useResource } from "../shell/parts.js";
import { go } from "../shell/router.js";

/** @param {{ params: { account_id: string } }} props */
export default function AccountOwner({ params }) {
  const account = useResource(async () => (await api.get("/v1/accounts/{account_id}", { params })).body, [params.account_id]);
  const owner = account.value?.customer_id;
  useEffect(() => {
    if (owner) go(`#/customers/${owner}`, { replace: true });
  }, [owner]);
  return html`<${Heading} title=${t("account.title")} /><${Resource} of=${account}>${() => null}<//>`;
}
