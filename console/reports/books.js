/** How the books of the general ledger are called. */
import { maybe, t } from "../shell/language.js";

/** Return a book's name for people. @param {string} account such as gl.cash.brn_1.USD @param {any[]} branches */
export function bookName(account, branches) {
  if (account === "customers") return t("book.customers");
  const [, kind, part] = account.split(".");
  if (kind === "cash") return t("book.cash", { branch: branches.find((one) => one.id === part)?.name ?? t("branches.one") });
  if (kind === "clearing") return t("book.clearing", { rail: maybe(`payment.rail.${part}`) ?? part });
  return maybe(`book.${kind}`) ?? account;
}
