/** How accounts are called on every page. */
import { t } from "../shell/language.js";

export const STATUS_KIND = { active: "good", frozen: "wait", closed: "plain" };

/** Return the name that the customer gave an account, or its kind and last digits. @param {any} account */
export const accountName = (account) => account.nickname ?? `${t(`account.type.${account.type}`)} ··${account.account_number.slice(-4)}`;
