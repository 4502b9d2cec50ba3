/**
 * The one client of the API. Paths are those of docs/openapi.json, written out, so that a test can compare them.
 *
 * @typedef {{ field: string, message: string }} FieldProblem
 * @typedef {{
 *   params?: Record<string, string>, query?: Record<string, string | number | boolean | null | undefined>,
 *   body?: unknown, document?: Blob, pin?: string, key?: string, ifMatch?: string | number, anonymous?: boolean,
 * }} Options
 * @typedef {{ body: any, status: number, etag: string | null, location: string | null, replayed: boolean }} Answer
 */

/** Files that the API stores elsewhere: the page's policy forbids it to read them there, so it asks for the link. */
const LINK = "application/vnd.florin.link+json";
const TIMEOUT_MS = 31_000; // The API gives up after 29 seconds.
export const BASE = document.querySelector("meta[name=florin-api]")?.getAttribute("content") ?? "/api";

/** What the session gives the client. Session and step-up dialog fill it in. */
export const authorization = {
  /** @type {() => string | null} */
  token: () => null,
  /** @type {() => Promise<boolean>} Get new tokens; false if the session is over. */
  renew: async () => false,
  /** @type {() => Promise<boolean>} Ask for the second factor; false if the user gave up. */
  stepUp: async () => false,
};

/** A refusal or failure, of the API or on the way to it: `code` is for programs, strings/*.json have its words. */
export class Problem extends Error {
  /** @param {number} status @param {any} body */
  constructor(status, body) {
    super(body.detail ?? body.code);
    this.status = status;
    /** @type {string} */
    this.code = body.code;
    /** @type {string} */
    this.detail = body.detail ?? "";
    /** @type {FieldProblem[]} */
    this.errors = body.errors ?? [];
    /** @type {string} */
    this.requestId = body.request_id ?? "";
    /** @type {any} */
    this.body = body;
  }

  /** Return whether the request may have been carried out all the same. */
  get isOutcomeUnknown() {
    return this.code === "outcome_unknown" || this.code === "unreachable" || this.code === "unreadable";
  }

  /** Return whether the API has decided against the request: nothing was done, and to send the same again is no use. */
  get isRefusal() {
    return this.status >= 400 && this.status < 500 && this.status !== 401 && !this.isOutcomeUnknown && !this.isPassing;
  }

  /** Return whether nothing was done, and the same request may succeed later. */
  get isPassing() {
    return (this.status === 503 && !this.isOutcomeUnknown) || this.status === 429 || this.status === 502;
  }
}

/** Return any error as a Problem. @param {unknown} error @returns {Problem} */
export function asProblem(error) {
  if (error instanceof Problem) return error;
  console.error(error);
  return new Problem(0, { code: "console_failed", detail: String(error) });
}

/** @param {string} method @returns {(path: string, options?: Options) => Promise<Answer>} */
const caller = (method) => async (path, options = {}) => {
  const response = await authorized(() => send(method, path, options), options);
  return {
    body: response.status === 204 ? null : await readJson(response),
    status: response.status,
    etag: response.headers.get("etag"),
    location: response.headers.get("location"),
    replayed: response.headers.get("idempotent-replayed") === "true",
  };
};

export const api = {
  get: caller("GET"),
  post: caller("POST"),
  put: caller("PUT"),
  patch: caller("PATCH"),
  delete: caller("DELETE"),

  /**
   * Fetch a file with the session's token, and let the browser save it.
   * @param {string} path @param {Options} options @param {string} name
   * @returns {Promise<any>} null, or what the API says of a file that it is still writing
   */
  async download(path, options, name) {
    const response = await authorized(() => send("GET", path, options, LINK), options);
    if (response.status === 202) return readJson(response);
    const isElsewhere = response.headers.get("content-type") === LINK;
    if (isElsewhere) followLink((await response.json()).href, name);
    else saveFile(await response.blob(), name);
    return null;
  },
};

/** Let the browser save a file that the page has. @param {Blob} content @param {string} name */
export function saveFile(content, name) {
  const address = URL.createObjectURL(content);
  followLink(address, name);
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Lead the browser to a file. @param {string} href @param {string} name of the file, if the address is of this page */
export function followLink(href, name) {
  const link = document.createElement("a");
  link.href = href;
  link.download = name;
  link.click();
}

/**
 * Send a request; renew the session, or ask for the second factor, once where the API demands it.
 * @param {() => Promise<Response>} attempt @param {Options} options
 */
async function authorized(attempt, options) {
  let response = await attempt();
  if (response.status === 401 && !options.anonymous && (await authorization.renew())) response = await attempt();
  if (response.ok) return response;
  let problem = await readProblem(response);
  if (problem.code === "mfa_step_up_required" && (await authorization.stepUp())) {
    response = await attempt();
    if (response.ok) return response;
    problem = await readProblem(response);
  }
  throw problem;
}

/** `document` is sent as it is, in place of JSON. @param {string} method @param {string} path @param {Options} options @param {string} accept */
async function send(method, path, { params = {}, query = {}, body, document, pin, key, ifMatch, anonymous }, accept = "application/json") {
  const headers = new Headers({ Accept: accept });
  const token = anonymous ? null : authorization.token();
  if (token) headers.set("Authorization", `Bearer ${token}`);
  if (body !== undefined) headers.set("Content-Type", "application/json");
  if (document) headers.set("Content-Type", "application/xml");
  if (pin) headers.set("Account-Pin", pin);
  if (key) headers.set("Idempotency-Key", key);
  if (ifMatch !== undefined) headers.set("If-Match", typeof ifMatch === "number" ? `"${ifMatch}"` : ifMatch);
  try {
    return await fetch(address(path, params, query), {
      method,
      headers,
      body: body === undefined ? document : JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new Problem(0, { code: "unreachable" });
  }
}

/** @param {string} path @param {Record<string, string>} params @param {Options["query"]} query */
function address(path, params, query) {
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name]));
  const asked = Object.entries(query ?? {}).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const search = new URLSearchParams(asked.map(([name, value]) => [name, String(value)])).toString();
  return BASE + filled + (search ? `?${search}` : "");
}

/** @param {Response} response */
async function readJson(response) {
  try {
    const text = await response.text();
    return text ? JSON.parse(text) : null;
  } catch {
    throw new Problem(response.status, { code: "unreadable" });
  }
}

/** @param {Response} response @returns {Promise<Problem>} */
async function readProblem(response) {
  let body = null;
  try {
    body = await response.json();
  } catch {
    // A gateway in between may answer with a page.
  }
  const code = response.status >= 500 ? "unreadable" : "forbidden";
  return new Problem(response.status, typeof body?.code === "string" ? body : { code });
}
