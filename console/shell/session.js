/**
 * Who is signed in. The access token is in memory only; the refresh token is in this tab's sessionStorage.
 *
 * @typedef {{ id: string, role: "customer" | "teller" | "manager" | "auditor" | "admin", customerId: string | null, branchId: string | null }} User
 */
import { signal } from "../vendor/preact.js";
import { api, authorization } from "./api.js";

const REFRESH_TOKEN = "florin.refresh";
const RETURN_TO = "florin.return";
const DEVICE = "florin.device";
const READ_ONCE = "florin.read-once";
const READ_ONCE_MS = 10 * 60_000;
const ANNOUNCEMENTS_SHOWN = 20;
const IDLE_MS = 10 * 60_000;
const WARNING_MS = 60_000;

/** @type {{ value: User | null | undefined }} undefined until `restore` has looked */
export const user = signal(/** @type {any} */ (undefined));
/** @type {{ value: { first_name?: string | null, last_name?: string | null, email?: string | null } | null }} Who it is, once it is read. */
export const profile = signal(/** @type {any} */ (null));
/** @type {{ value: any[] }} What the bank announces, once it is read. */
export const announcements = signal(/** @type {any[]} */ ([]));
/** @type {{ value: "" | "idle" | "expired" | "left" }} Why the last session ended. */
export const ended = signal(/** @type {any} */ (""));
/** @type {{ value: number }} Seconds until the idle log-out, 0 if it is not near. */
export const secondsLeft = signal(0);

/** @type {(() => void)[]} */
const forgets = [];

/** Have something forgotten at the end of the session, such as names that a page has read for the next ones. @param {() => void} forget */
export const forgetAtEnd = (forget) => void forgets.push(forget);

/** Forget what pages have read for the next ones. */
export function forgetWhatWasRead() {
  for (const forget of forgets) forget();
}

/** @type {string | null} */
let accessToken = null;
/** @type {Promise<boolean> | null} */
let renewing = null;
let lastActive = Date.now();

// A duplicated tab has the same refresh token, which works once: whoever renews it passes the new one on.
const otherTabs = new BroadcastChannel("florin.session");
otherTabs.onmessage = (/** @type {MessageEvent} */ { data }) => {
  if (sessionStorage.getItem(REFRESH_TOKEN) === data.replaced) {
    sessionStorage.setItem(REFRESH_TOKEN, data.refresh);
    accessToken = data.access;
  }
};

/** Begin a session with the tokens of a log-in. @param {any} tokens */
export function begin(tokens) {
  keep(tokens);
  if (tokens.device_token) localStorage.setItem(DEVICE, tokens.device_token);
  ended.value = "";
  lastActive = Date.now();
}

/** Go on with the session that the tab has, if it has one. */
export async function restore() {
  if (!sessionStorage.getItem(REFRESH_TOKEN)) user.value = null;
  else if (!(await renew())) user.value = null;
}

/** End the session here and at the API. @param {"idle" | "expired" | "left"} reason */
export function end(reason) {
  if (reason !== "left") sessionStorage.setItem(RETURN_TO, location.hash);
  if (accessToken && reason !== "expired") api.post("/v1/auth/logout", { body: {} }).catch(() => null);
  if (reason === "left") forgetDrafts();
  sessionStorage.removeItem(REFRESH_TOKEN);
  sessionStorage.removeItem(READ_ONCE);
  accessToken = null;
  profile.value = null;
  announcements.value = [];
  forgetWhatWasRead();
  ended.value = reason;
  secondsLeft.value = 0;
  user.value = null;
}

/** Read the name and the announcements, which are for every page, at log-in; a reload of the tab finds them in its storage. */
export async function readOnce() {
  const id = user.value?.id;
  if (!id) return;
  const kept = JSON.parse(sessionStorage.getItem(READ_ONCE) ?? "null");
  if (kept?.id === id && Date.now() - kept.at < READ_ONCE_MS) {
    [profile.value, announcements.value] = [kept.profile, kept.announcements];
    return;
  }
  const [who, told] = await Promise.allSettled([api.get("/v1/user/profile"), api.get("/v1/user/announcements", { query: { limit: ANNOUNCEMENTS_SHOWN } })]);
  if (user.value?.id !== id) return; // someone else has logged in meanwhile
  if (told.status === "fulfilled") announcements.value = told.value.body.data;
  if (who.status === "fulfilled") keepProfile(who.value.body);
  if (told.status === "rejected" || who.status === "rejected") sessionStorage.removeItem(READ_ONCE); // ask again with the next load
}

/** Show who it is, and keep it and the announcements for reloads. @param {any} body a profile */
export function keepProfile({ first_name, last_name, email }) {
  profile.value = { first_name, last_name, email };
  sessionStorage.setItem(READ_ONCE, JSON.stringify({ id: user.value?.id, at: Date.now(), profile: profile.value, announcements: announcements.value }));
}

/** Return where the user was when the session ended, once. */
export function takeReturn() {
  const hash = sessionStorage.getItem(RETURN_TO);
  sessionStorage.removeItem(RETURN_TO);
  return hash && !hash.startsWith("#/log-in") ? hash : "#/";
}

/** Remember the page that needs a session. */
export function rememberReturn() {
  if (!sessionStorage.getItem(RETURN_TO) && location.hash) sessionStorage.setItem(RETURN_TO, location.hash);
}

/** Return the token by which the API knows this device. */
export const deviceToken = () => localStorage.getItem(DEVICE);

/** Note that someone is at the keyboard. */
export function noteActivity() {
  lastActive = Date.now();
  secondsLeft.value = 0;
}

/** Return whether the user has one of these roles. @param {readonly string[]} roles */
export const hasRole = (roles) => user.value !== null && user.value !== undefined && roles.includes(user.value.role);

/** Watch for ten minutes without anyone at the keyboard. */
export function watchIdle() {
  for (const event of ["pointerdown", "keydown", "wheel", "touchstart"]) {
    addEventListener(event, () => secondsLeft.value === 0 && noteActivity(), { passive: true });
  }
  setInterval(() => {
    if (!user.value) return;
    const left = IDLE_MS - (Date.now() - lastActive);
    if (left <= 0) end("idle");
    else secondsLeft.value = left <= WARNING_MS ? Math.ceil(left / 1000) : 0;
  }, 1000);
}

authorization.token = () => accessToken;
authorization.renew = renew;

/** Exchange the refresh token, once at a time. */
function renew() {
  renewing ??= exchange().finally(() => {
    renewing = null;
  });
  return renewing;
}

async function exchange() {
  const held = sessionStorage.getItem(REFRESH_TOKEN);
  if (!held) return false;
  try {
    const { body } = await api.post("/v1/auth/refresh", { body: { refresh_token: held }, anonymous: true });
    keep(body);
    otherTabs.postMessage({ replaced: held, refresh: body.refresh_token, access: body.access_token });
    return true;
  } catch (error) {
    if (/** @type {any} */ (error).status !== 401) throw error; // the API is away; the session is not over
    end("expired");
    return false;
  }
}

/** @param {any} tokens */
function keep(tokens) {
  accessToken = tokens.access_token;
  sessionStorage.setItem(REFRESH_TOKEN, tokens.refresh_token);
  const claims = JSON.parse(atob(tokens.access_token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
  if (user.value?.id === claims.sub && user.value?.role === claims.role) return;
  user.value = {
    id: claims.sub,
    role: claims.role,
    customerId: claims.customer_id ?? null,
    branchId: claims.branch_id ?? null,
  };
}

function forgetDrafts() {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith("florin.draft.")) sessionStorage.removeItem(name);
}
