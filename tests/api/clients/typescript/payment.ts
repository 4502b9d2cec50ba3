/** Makes a payment with the client that openapi-typescript generates, and prints what it was answered as JSON. */

import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

declare const process: { argv: string[] };
type Problem = components["schemas"]["Problem"];
/** Responses to what is only tried, and to what waits for a second person. */
type NotDone = components["schemas"]["DryRunView"] | components["schemas"]["ApprovalView"];

async function main(url: string, email: string, password: string) {
  const anybody = createClient<paths>({ baseUrl: url });
  const tokens = answered(await anybody.POST("/v1/auth/login", { body: { email, password } }));
  if (!("access_token" in tokens)) throw new Error("This user has a second factor.");
  const headers = { Authorization: `Bearer ${tokens.access_token}` };
  const bank = createClient<paths>({ baseUrl: url, headers });

  const open = async (type: "current" | "savings") =>
    answered(await bank.POST("/v1/accounts", { body: { type } }));
  const [from, to] = [await open("current"), await open("savings")];
  const deposit = { account_id: from.id, amount: "100.00" };
  answered(await bank.POST("/v1/transactions/deposit", { body: deposit, params: { header: { "Idempotency-Key": "d" } } }));

  const pay = (amount: string, key: string) =>
    bank.POST("/v1/transactions/transfer", {
      body: { from_account_id: from.id, to_account_number: to.account_number, amount, memo: "Lunch" },
      params: { header: { "Idempotency-Key": key } },
    });
  const paid = answered(await pay("25.50", "t"));
  const again = answered(await pay("25.50", "t"));
  const refused: Problem | undefined = (await pay("75.00", "u")).error;
  const path = { account_id: to.id };
  await bank.PATCH("/v1/accounts/{account_id}", { body: { statements: "monthly" }, params: { path } });
  const edited = answered(await bank.PATCH("/v1/accounts/{account_id}", { body: { nickname: "Lunch" }, params: { path } }));
  const query = { limit: 1, type: "transfer" as const };
  const history = answered(await bank.GET("/v1/accounts/{account_id}/history", { params: { path, query } }));

  console.log(
    JSON.stringify({
      from: from.id,
      to: to.id,
      transaction: paid.id,
      status: paid.status,
      replayed: again.id,
      refused: refused?.code,
      available: refused?.available,
      nickname: edited.nickname,
      statements: edited.statements,
      received: history.data.map((entry) => entry.amount),
      has_more: history.has_more,
    }),
  );
}

function answered<T>(reply: { data?: T; error?: Problem; response: Response }): Exclude<T, NotDone> {
  if (reply.data === undefined) throw new Error(`${reply.response.status}: ${JSON.stringify(reply.error)}`);
  return reply.data as Exclude<T, NotDone>;
}

const [, , url = "", email = "", password = ""] = process.argv;
await main(url, email, password);
