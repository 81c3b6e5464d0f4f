// Keeps a page fresh: puts the pieces that the stream brings in the place of the old ones.
"use strict";

const RETRY = 10000; // ms, after the server has said no
const live = document.getElementById("live");
const rows = document.getElementById("rows");
const address = new URL(document.body.dataset.stream, location.href);
let stream = null;

function said(words, state) {
  live.textContent = words;
  document.body.className = state;
}

function made(html) {
  const template = document.createElement("template");
  template.innerHTML = html; // all texts in it were escaped by the server
  return template.content.firstElementChild;
}

function renew(id, html) {
  const old = document.getElementById(id);
  const piece = made(html);
  if (!old) {
    rows?.append(piece);
    return;
  }
  const focused = old.contains(document.activeElement) && document.activeElement.getAttribute("href");
  old.replaceWith(piece);
  if (focused) {
    [...piece.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
  }
}

function arrange(order) {
  const shown = new Set(order);
  const focused = document.activeElement;
  for (const row of [...rows.children]) {
    if (!shown.has(row.id)) row.remove();
  }
  let next = rows.firstElementChild;
  for (const id of order) {
    const row = document.getElementById(id);
    if (row === next) next = row && row.nextElementSibling;
    else if (row) rows.insertBefore(row, next);
  }
  if (rows.contains(focused)) focused.focus({ preventScroll: true });
}

function take(message) {
  const { pieces = {}, order } = JSON.parse(message.data);
  for (const [id, html] of Object.entries(pieces)) renew(id, html);
  if (order) arrange(order);
  address.searchParams.set("after", message.lastEventId);
}

function listen() {
  stream?.close();
  if (document.hidden) return; // a browser has few connections: who does not look needs none
  stream = new EventSource(address);
  stream.onopen = () => said("Live", "live");
  stream.onmessage = take;
  stream.onerror = () => {
    said(`Not live: all is as it was at ${new Date().toLocaleTimeString()}.`, "stale");
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, RETRY);
  };
}

document.addEventListener("visibilitychange", listen);
listen();
