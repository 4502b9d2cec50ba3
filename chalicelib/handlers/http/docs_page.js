"use strict";
const base = location.href.replace(/\/v1\/docs.*$/, "");
for (const element of document.querySelectorAll("pre, .url")) {
  element.textContent = element.textContent.replaceAll("{url}", base);
}

function openAnchor() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.tagName === "DETAILS") { target.hidden = false; target.open = true; target.scrollIntoView(); }
}
addEventListener("hashchange", openAnchor);
openAnchor();

document.getElementById("search").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/);
  for (const operation of document.querySelectorAll(".operation")) {
    const text = operation.textContent.toLowerCase();
    operation.hidden = !words.every((word) => text.includes(word));
  }
});

function takeToken(text) {
  const found = /"access_token":"([^"]+)"/.exec(text);
  if (found) document.getElementById("token").value = found[1];
}

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const headers = {};
    const query = new URLSearchParams();
    let path = form.dataset.path;
    for (const input of form.querySelectorAll("input")) {
      const value = input.value || (input.name === "Idempotency-Key" ? crypto.randomUUID() : "");
      if (!value) continue;
      if (input.dataset.in === "path") path = path.replace(`{${input.name}}`, encodeURIComponent(value));
      if (input.dataset.in === "query") query.append(input.name, value);
      if (input.dataset.in === "header") headers[input.name] = value;
    }
    const token = document.getElementById("token").value.trim();
    if (token) headers.Authorization = `Bearer ${token}`;
    const body = form.querySelector("textarea")?.value;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const shown = form.querySelector("pre");
    try {
      const url = base + path + (query.toString() ? `?${query}` : "");
      const answer = await fetch(url, { method: form.dataset.method, headers, body });
      const text = await answer.text();
      takeToken(text);
      shown.textContent = `${answer.status}\n${text}`;
    } catch (error) {
      shown.textContent = String(error);
    }
  });
}
