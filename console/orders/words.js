/** How standing orders are put in words. */
import { date, t } from "../shell/language.js";

/** @type {Record<string, "good" | "wait" | "bad" | "plain">} */
export const STATUS_KIND = {
  active: "good",
  suspended: "wait",
  ended: "plain",
  cancelled: "plain",
  scheduled: "plain",
  posted: "good",
  executed: "good",
  pending: "wait",
  failed: "bad",
  skipped: "plain",
};

/** Return how often an order pays. @param {any} frequency @param {string} start */
export function frequencyText({ unit, every, day, weekday }, start) {
  const often = every === 1 ? t(`orders.each.${unit}`) : t(`orders.every.${unit}`, { count: every });
  if (unit === "week") return weekday ? t("orders.on", { often, day: t(`weekday.${weekday}`) }) : often;
  if (unit === "month" && day) return t("orders.on", { often, day: day === "last" ? t("orders.on_last_day") : t("orders.day", { day }) });
  if (unit === "year") return t("orders.on", { often, day: date(start) });
  return often;
}
