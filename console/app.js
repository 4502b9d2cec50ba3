/** The console: its table of pages, its frame with the menu, and what lies over every page. */
import { html, render, useEffect, useLayoutEffect, useState } from "./vendor/preact.js";
import { asProblem, authorization } from "./shell/api.js";
import { chooseLanguage, LANGUAGES, language, loadLanguage, t } from "./shell/language.js";
import { Dialog, Heading, Icon, Loading, Notice, ProblemNotice } from "./shell/parts.js";
import { follow, go, place } from "./shell/router.js";
import * as session from "./shell/session.js";

const CUSTOMER = ["customer"];
const STAFF = ["teller", "manager", "auditor", "admin"];

/** Every page: where it is, who may open it, where the menu has it. @type {import("./shell/router.js").Route[]} */
const PAGES = [
  { path: "/log-in", title: "login.title", page: () => import("./identity/login.js") },
  { path: "/sign-up", title: "signup.title", page: () => import("./identity/signup.js") },
  { path: "/forgotten-password", title: "forgotten.title", page: () => import("./identity/forgotten.js") },
  { path: "/invitation", title: "invitation.title", page: () => import("./identity/invitation.js") },

  // Customers
  { path: "/", title: "dashboard.title", roles: CUSTOMER, menu: "menu.money", icon: "home", page: () => import("./dashboard/dashboard.js") },
  { path: "/transfer", title: "transfer.title", roles: CUSTOMER, menu: "menu.money", icon: "transfer", page: () => import("./payments/transfer.js") },
  { path: "/categories", title: "rules.title", roles: CUSTOMER, menu: "menu.money", icon: "chart", page: () => import("./accounts/categories.js") },
  { path: "/standing-orders/new", title: "order.new_title", roles: CUSTOMER, page: () => import("./orders/new_order.js") },
  { path: "/standing-orders/:order_id", title: "order.title", roles: CUSTOMER, page: () => import("./orders/standing_order.js") },
  { path: "/standing-orders", title: "orders.title", roles: CUSTOMER, menu: "menu.payments", icon: "calendar", page: () => import("./orders/standing_orders.js") },
  { path: "/payees", title: "payees.title", roles: CUSTOMER, menu: "menu.payments", icon: "people", page: () => import("./orders/payees.js") },
  { path: "/payment-files/:file_id", title: "files.one", roles: CUSTOMER, page: () => import("./payment_files/file.js") },
  { path: "/payment-files", title: "files.title", roles: CUSTOMER, menu: "menu.payments", icon: "inbox", page: () => import("./payment_files/files.js") },
  { path: "/pending", title: "pending.title", roles: CUSTOMER, menu: "menu.payments", icon: "list", page: () => import("./payments/pending.js") },
  { path: "/profile", title: "profile.title", roles: CUSTOMER, menu: "menu.service", icon: "settings", page: () => import("./profile/profile.js") },
  { path: "/profile/data", title: "data.title", roles: CUSTOMER, page: () => import("./profile/data.js") },
  { path: "/tickets/new", title: "tickets.new", roles: CUSTOMER, page: () => import("./support/new_ticket.js") },

  // Staff
  { path: "/", title: "staff.title", roles: STAFF, menu: "menu.bank", icon: "home", page: () => import("./staff/home.js") },
  { path: "/customers", title: "customers.title", roles: STAFF, menu: "menu.bank", icon: "search", page: () => import("./customers/search.js") },
  { path: "/busy-accounts", title: "busy.title", roles: ["manager", "auditor", "admin"], page: () => import("./accounts/busy.js") },
  { path: "/closed-accounts", title: "closed.title", roles: STAFF, page: () => import("./accounts/closed.js") },
  { path: "/customers/:customer_id/reads", title: "reads.title", roles: ["auditor", "admin"], page: () => import("./customers/reads.js") },
  { path: "/customers/:customer_id", title: "customer.title", roles: STAFF, page: () => import("./customers/customer.js") },
  { path: "/approvals", title: "approvals.title", roles: STAFF, menu: "menu.bank", icon: "inbox", page: () => import("./approvals/inbox.js") },
  { path: "/alerts", title: "alerts.title", roles: STAFF, menu: "menu.bank", icon: "alert", page: () => import("./risk/alerts.js") },
  { path: "/clearing/reconciliation", title: "reconciliation.title", roles: STAFF, page: () => import("./clearing/reconciliation.js") },
  { path: "/clearing/recalls", title: "recalls.title", roles: STAFF, page: () => import("./clearing/recalls.js") },
  { path: "/clearing", title: "clearing.title", roles: STAFF, menu: "menu.bank", icon: "transfer", page: () => import("./clearing/clearing.js") },
  { path: "/reports", title: "reports.title", roles: STAFF, menu: "menu.books", icon: "chart", page: () => import("./reports/reports.js") },
  { path: "/branches", title: "branches.title", roles: STAFF, menu: "menu.books", icon: "building", page: () => import("./branches/branches.js") },
  { path: "/branches/:branch_id", title: "branches.one", roles: STAFF, page: () => import("./branches/branch.js") },
  { path: "/rates", title: "rates.title", roles: STAFF, menu: "menu.books", icon: "percent", page: () => import("./interest/rates.js") },
  { path: "/runs/:kind/:period", title: "runs.one", roles: STAFF, page: () => import("./runs/run.js") },
  { path: "/runs", title: "runs.title", roles: STAFF, menu: "menu.books", icon: "calendar", page: () => import("./runs/runs.js") },
  { path: "/trial-balance", title: "trial.title", roles: STAFF, menu: "menu.books", icon: "scales", page: () => import("./reports/trial_balance.js") },
  { path: "/audit/logins", title: "logins.title", roles: ["auditor", "admin"], page: () => import("./audit/logins.js") },
  { path: "/audit", title: "audit.title", roles: ["auditor", "admin"], menu: "menu.control", icon: "shield", page: () => import("./audit/trail.js") },
  { path: "/digests", title: "digests.title", roles: ["auditor", "admin"], menu: "menu.control", icon: "seal", page: () => import("./audit/digests.js") },
  { path: "/users", title: "users.title", roles: ["auditor", "admin"], menu: "menu.control", icon: "people", page: () => import("./users/users.js") },
  { path: "/users/:user_id", title: "users.one", roles: ["auditor", "admin"], page: () => import("./users/user.js") },
  { path: "/ceilings", title: "ceilings.title", roles: STAFF, page: () => import("./approvals/ceilings.js") },
  { path: "/risk-thresholds", title: "thresholds.title", roles: STAFF, page: () => import("./risk/thresholds.js") },
  { path: "/policies", title: "policies.title", roles: ["manager", "auditor", "admin"], menu: "menu.control", icon: "settings", page: () => import("./approvals/policies.js") },

  // Everybody who is signed in
  { path: "/accounts/:account_id/changes", title: "changes.title", roles: [...CUSTOMER, ...STAFF], page: () => import("./accounts/changes.js") },
  { path: "/accounts/:account_id/interest", title: "interest.title", roles: [...CUSTOMER, ...STAFF], page: () => import("./accounts/interest.js") },
  { path: "/accounts/:account_id", title: "account.title", roles: [...CUSTOMER, ...STAFF], page: () => import("./accounts/account.js") },
  { path: "/payments/:transaction_id", title: "payment.title", roles: [...CUSTOMER, ...STAFF], page: () => import("./payments/payment.js") },
  { path: "/tickets", title: "tickets.title", roles: [...CUSTOMER, ...STAFF], menu: "menu.service", icon: "message", page: () => import("./support/tickets.js") },
  { path: "/tickets/:ticket_id", title: "tickets.one", roles: [...CUSTOMER, ...STAFF], page: () => import("./support/ticket.js") },
  { path: "/announcements", title: "announcements.title", roles: CUSTOMER, menu: "menu.service", icon: "bell", page: () => import("./support/announcements.js") },
  { path: "/announcements", title: "announcements.title", roles: STAFF, menu: "menu.service", icon: "bell", page: () => import("./support/bank_announcements.js") },
  { path: "/webhooks", title: "webhooks.title", roles: [...CUSTOMER, "manager", "admin"], menu: "menu.service", icon: "link", page: () => import("./webhooks/endpoints.js") },
  { path: "/webhooks/:endpoint_id", title: "webhooks.one", roles: [...CUSTOMER, "manager", "admin"], page: () => import("./webhooks/endpoint.js") },
  { path: "/security/factors", title: "factors.title", roles: [...CUSTOMER, ...STAFF], page: () => import("./identity/factors.js") },
  { path: "/security", title: "security.title", roles: [...CUSTOMER, ...STAFF], menu: "menu.service", icon: "key", page: () => import("./identity/security.js") },
];

/** @type {Map<import("./shell/router.js").Route, any>} Pages that were loaded. */
const loaded = new Map();

function App() {
  const signedIn = session.user.value;
  language.value;
  if (signedIn === undefined) return html`<p class="start">Florin</p>`;
  return signedIn ? html`<${Frame} />` : html`<${Outside} />`;
}

/** The page around pages that need nobody signed in. */
function Outside() {
  const { route } = place.value;
  useEffect(() => {
    if (route) return;
    if (session.ended.value !== "left") session.rememberReturn(); // who logged out is not led back, nor is whoever comes next
    go("#/log-in", { replace: true });
  }, [route]);
  return html`<div class="outside">
    <header class="brand"><span class="logo" aria-hidden="true">F</span> Florin <${LanguageChoice} /></header>
    <main id="main">
      ${session.ended.value && html`<${Notice} kind=${session.ended.value === "left" ? "good" : "wait"}>${t(`ended.${session.ended.value}`)}<//>`}
      ${route && html`<${Page} route=${route} />`}
    </main>
  </div>`;
}

/** The page around pages of someone who is signed in. */
function Frame() {
  const { route, params, hash } = place.value;
  const [isMenuOpen, setMenuOpen] = useState(false);
  useEffect(() => void session.readOnce(), [session.user.value?.id]);
  useEffect(() => setMenuOpen(false), [hash]);
  useEffect(() => {
    if (route && !route.roles) go(session.takeReturn(), { replace: true });
  }, [route]);
  return html`
    <a class="skip" href="#main" onClick=${skip}>${t("skip")}</a>
    <div class="frame">
      <header class="bar">
        <a class="brand" href="#/"><span class="logo" aria-hidden="true">F</span> Florin</a>
        <button type="button" class="menu-button" aria-expanded=${isMenuOpen ? "true" : "false"} aria-controls="menu" onClick=${() => setMenuOpen(!isMenuOpen)}>
          <${Icon} name="menu" /><span>${t("menu")}</span>
        </button>
      </header>
      <nav id="menu" class=${isMenuOpen ? "open" : ""} aria-label=${t("menu")}><div><div class="sections"><${Menu} hash=${hash} /></div><${Person} /></div></nav>
      <main id="main" tabindex="-1">
        ${route?.roles ? html`<${Page} key=${route.path + JSON.stringify(params)} route=${route} />` : html`<${NotFound} />`}
      </main>
    </div>
    <${IdleWarning} /><${StepUp} />
  `;
}

/** @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** @param {{ hash: string }} props */
function Menu({ hash }) {
  const path = hash.split("?")[0];
  /** @type {Map<string, import("./shell/router.js").Route[]>} */
  const sections = new Map();
  for (const one of PAGES) {
    if (one.menu && one.roles && session.hasRole(one.roles)) sections.set(one.menu, [...(sections.get(one.menu) ?? []), one]);
  }
  return [...sections].map(
    ([name, pages]) => html`<div key=${name} class="section">
      <h2>${t(name)}</h2>
      <ul>${pages.map((one) => {
        const isHere = path === `#${one.path}` || (one.path !== "/" && path.startsWith(`#${one.path}/`));
        return html`<li key=${one.path}><a href=${`#${one.path}`} aria-current=${isHere ? "page" : undefined}><${Icon} name=${one.icon ?? "list"} />${t(one.title)}</a></li>`;
      })}</ul>
    </div>`,
  );
}

function Person() {
  const who = session.profile.value;
  const name = [who?.first_name, who?.last_name].filter(Boolean).join(" ") || who?.email || "";
  return html`<div class="person">
    <p><strong>${name}</strong><br /><span class="quiet">${t(`role.${session.user.value?.role}`)}</span></p>
    <${LanguageChoice} />
    <button type="button" onClick=${() => session.end("left")}><${Icon} name="out" />${t("logout")}</button>
  </div>`;
}

function LanguageChoice() {
  return html`<label class="language"><span class="hidden">${t("language")}</span>
    <select value=${language.value} onChange=${(/** @type {any} */ event) => chooseLanguage(event.target.value)}>
      ${LANGUAGES.map((code) => html`<option key=${code} value=${code} selected=${code === language.value}>${code === "de" ? "Deutsch" : "English"}</option>`)}
    </select></label>`;
}

/** Load a page's file, then show it. @param {{ route: import("./shell/router.js").Route }} props */
function Page({ route }) {
  const [, redraw] = useState(0);
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  useEffect(() => {
    document.title = `${t(route.title)} · Florin`;
    scrollTo(0, 0);
    if (loaded.has(route)) return;
    route.page().then(
      (file) => {
        loaded.set(route, file.default);
        redraw((count) => count + 1);
      },
      (error) => setProblem(asProblem(error)),
    );
  }, [route]);
  const content = loaded.get(route);
  if (problem) return html`<${ProblemNotice} problem=${problem} retry=${() => location.reload()} />`;
  if (!content) return html`<${Loading} lines=${6} />`;
  return html`<${content} params=${place.value.params} query=${place.value.query} />`;
}

function NotFound() {
  return html`<${Heading} title=${t("notfound.title")} lead=${t("notfound.text")} /><p><a class="button" href="#/">${t("notfound.home")}</a></p>`;
}

/** Say that nobody has been at the keyboard, a minute before the session ends. */
function IdleWarning() {
  const left = session.secondsLeft.value;
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(left > 0), [left > 0]);
  if (!isOpen || left === 0) return null;
  return html`<${Dialog} title=${t("idle.title")} onClose=${session.noteActivity}>
    <p role="alert">${t("idle.text")}</p>
    <p aria-hidden="true">${t("idle.left", { seconds: left })}</p>
    <div class="actions"><button type="button" class="primary" onClick=${session.noteActivity}>${t("idle.stay")}</button></div>
  <//>`;
}

/** Ask for the second factor where the API wants it used lately; then the request is sent again. It is ready before a page's answers come. */
function StepUp() {
  const [waiting, setWaiting] = useState(/** @type {any} */ (null));
  useLayoutEffect(() => {
    authorization.stepUp = async () => {
      const { default: Ask } = await import("./identity/step_up.js");
      return new Promise((resolve) => setWaiting({ Ask, resolve }));
    };
  }, []);
  if (!waiting) return null;
  const done = (/** @type {boolean} */ isProven) => {
    waiting.resolve(isProven);
    setWaiting(null);
  };
  return html`<${waiting.Ask} done=${done} />`;
}

async function start() {
  await loadLanguage();
  follow(PAGES, (page) => !page.roles || session.hasRole(page.roles));
  session.watchIdle();
  const root = /** @type {HTMLElement} */ (document.getElementById("app"));
  root.textContent = "";
  render(html`<${App} />`, root);
  try {
    await session.restore();
  } catch (error) {
    render(html`<main class="outside"><${ProblemNotice} problem=${asProblem(error)} retry=${() => location.reload()} /></main>`, root);
  }
}

start();
