/**
 * Hash routes: `#/accounts/acc_1?type=transfer`. app.js has the table of pages.
 *
 * @typedef {{
 *   path: string, title: string, page: () => Promise<{ default: any }>,
 *   roles?: readonly string[], menu?: string, icon?: string,
 * }} Route `roles`: who may open it, nobody signed in needed if absent; `menu`: the menu's section, not in it if absent.
 * @typedef {{ route: Route | null, params: Record<string, string>, query: Record<string, string>, hash: string }} Place
 */
import { computed, signal } from "../vendor/preact.js";

/** @type {Route[]} */
let routes = [];
/** @type {(route: Route) => boolean} */
let mayOpen = () => true;
const address = signal("#/");

/** Where the user is: the first page of this address that the user may open. @type {{ value: Place }} */
export const place = computed(() => find(address.value));

/** Follow the address from now on. @param {Route[]} table @param {(route: Route) => boolean} allowed by role */
export function follow(table, allowed) {
  routes = table;
  mayOpen = allowed;
  addEventListener("hashchange", read);
  read();
}

/** Open a page. @param {string} hash such as "#/accounts" @param {{ replace?: boolean }} options */
export function go(hash, { replace = false } = {}) {
  if (replace) {
    history.replaceState(history.state, "", hash);
    read();
  } else location.hash = hash;
}

/** Change the query of the page without a new entry in the history. @param {Record<string, string>} query */
export function setQuery(query) {
  const kept = Object.entries(query).filter(([, value]) => value);
  const search = new URLSearchParams(kept).toString();
  go(place.value.hash.split("?")[0] + (search ? `?${search}` : ""), { replace: true });
}

function read() {
  address.value = location.hash || "#/";
}

/** @param {string} hash @returns {Place} */
function find(hash) {
  const [path, search = ""] = hash.slice(1).split("?");
  const query = Object.fromEntries(new URLSearchParams(search));
  for (const route of routes) {
    const params = match(route.path, path);
    if (params && mayOpen(route)) return { route, params, query, hash };
  }
  return { route: null, params: {}, query, hash };
}

/** Return the parameters if a path fits a route's pattern. @param {string} pattern @param {string} path */
function match(pattern, path) {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return null;
  /** @type {Record<string, string>} */
  const params = {};
  for (const [index, part] of wanted.entries()) {
    if (!part.startsWith(":")) {
      if (part !== given[index]) return null;
      continue;
    }
    const value = decode(given[index]);
    if (value === null) return null;
    params[part.slice(1)] = value;
  }
  return params;
}

/** Return a part of an address, or null if it is none, as in a link of somebody else. @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
