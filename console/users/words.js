/** Roles and states of users, to choose from. */
import { t } from "../shell/language.js";

const ROLES = ["teller", "manager", "auditor", "admin"];
const STATUSES = ["active", "disabled"];

export const roles = () => ROLES.map((value) => ({ value, label: t(`role.${value}`) }));
export const statuses = () => STATUSES.map((value) => ({ value, label: t(`users.status.${value}`) }));
