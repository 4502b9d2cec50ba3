/** Payees at other banks: how requests name them, and whether the name that was given is the holder's. */
import { html } from "../vendor/preact.js";
import { api, asProblem } from "../shell/api.js";
import { t } from "../shell/language.js";
import { Notice, ProblemNotice } from "../shell/parts.js";
import { looksLikeIban, plainNumber } from "./parties.js";

/** Return whether an IBAN has another country or bank than the paying account's. @param {string} iban @param {any} from */
const isOfAnotherBank = (iban, from) => looksLikeIban(iban) && (iban.slice(0, 2) !== from.iban.slice(0, 2) || iban.slice(4, 8) !== from.iban.slice(4, 8));

/** Return whether the form names a payee at another bank by IBAN. @param {any} values @param {any} from */
export const isElsewhere = (values, from) => values.kind === "number" && isOfAnotherBank(plainNumber(values.number), from);

/** Compare the payee's name with the holder's, if both were given. @param {any} values */
export async function checkPayee({ kind, number, name }) {
  if (kind !== "number" || !name.trim() || !looksLikeIban(plainNumber(number))) return null;
  try {
    return (await api.post("/v1/payee-verifications", { body: { iban: plainNumber(number), name: name.trim() } })).body;
  } catch (error) {
    return { problem: asProblem(error) };
  }
}

/** Return the fields that name the payee in a request. What was checked goes with it: the bank keeps it as evidence, also
 * that the payer has seen another name and goes on. @param {any} values @param {any} from @param {any} check */
export function payeeFields(values, from, check) {
  if (values.kind === "own") return { to_account_id: values.own };
  if (values.kind === "payee") return { beneficiary_id: values.payee };
  const number = plainNumber(values.number);
  if (!isElsewhere(values, from)) return { [looksLikeIban(number) ? "to_iban" : "to_account_number"]: number };
  return {
    to_iban: number,
    to_name: values.name.trim(),
    ...(values.memo ? { remittance: values.memo } : {}),
    ...(check?.id ? { verification_id: check.id } : {}),
    ...(check?.result === "no_match" ? { accept_mismatch: true } : {}),
  };
}

/** Whether the name that was given is the holder's. @param {{ check: any, name: string }} props */
export function NameCheck({ check, name }) {
  if (check.problem) return html`<${ProblemNotice} problem=${check.problem} />`;
  const kind = check.result === "match" ? "good" : "wait";
  return html`<${Notice} kind=${kind} title=${t(`payee_check.${check.result}`, { name, matched: check.matched_name ?? "" })}><p>${t(`payee_check.${check.result}.advice`)}</p><//>`;
}
