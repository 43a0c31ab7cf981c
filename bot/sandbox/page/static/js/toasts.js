// Toasts, alerts, questions, the image viewer and the text prompt.

import { el } from "./dom.js";
import { t } from "./words.js";

const SHOWN_MS = 3500;
const toasts = el("div", { class: "toasts", role: "status", "aria-live": "polite" });

export const toastArea = () => toasts;

export function toast(text) {
  const node = el("div", { class: "toast", dir: "auto" }, text);
  toasts.append(node);
  setTimeout(() => node.remove(), SHOWN_MS + text.length * 25);
}

/** Open a modal dialog. The browser traps the focus and restores it on close. */
function dialog(properties, ...children) {
  const node = el("dialog", properties, ...children);
  node.addEventListener("close", () => node.remove());
  node.addEventListener("click", (event) => event.target === node && node.close());
  document.body.append(node);
  node.showModal();
  return node;
}

export function showAlert(title, text) {
  const ok = el(
    "button",
    { type: "button", class: "plain-button is-strong", on: { click: () => node.close() } },
    t("ok"),
  );
  const node = dialog(
    { class: "alert", "aria-label": title },
    el("h2", {}, title),
    el("p", { dir: "auto" }, text),
    el("div", { class: "dialog-buttons" }, ok),
  );
  ok.focus();
}

export function showImage(address, caption) {
  const close = el("button", { type: "button", class: "plain-button", on: { click: () => node.close() } }, t("close"));
  const node = dialog(
    { class: "viewer", "aria-label": t("photo") },
    el("img", { src: address, alt: caption }),
    el("div", { class: "dialog-buttons" }, close),
  );
}

/** Ask before something that cannot be undone. The focus is on the button that cancels. */
export function confirmThat(title, text, label, onConfirm) {
  const confirm = () => {
    node.close();
    onConfirm();
  };
  const cancel = el("button", { type: "button", class: "plain-button", on: { click: () => node.close() } }, t("cancel"));
  const node = dialog(
    { class: "alert", role: "alertdialog", "aria-labelledby": "confirm-title", "aria-describedby": "confirm-text" },
    el("h2", { id: "confirm-title" }, title),
    el("p", { id: "confirm-text" }, text),
    el(
      "div",
      { class: "dialog-buttons" },
      cancel,
      el("button", { type: "button", class: "plain-button is-danger", on: { click: confirm } }, label),
    ),
  );
  cancel.focus();
}

/** Ask for one line of text. `onText` receives it unless it is blank or the dialog is cancelled. */
export function promptFor(title, label, onText) {
  const input = el("input", { type: "text", id: "asked", maxLength: 64, autocomplete: "off" });
  const submit = (event) => {
    event.preventDefault();
    node.close();
    if (input.value.trim()) onText(input.value.trim());
  };
  const buttons = [
    el("button", { type: "button", class: "plain-button", on: { click: () => node.close() } }, t("cancel")),
    el("button", { type: "submit", class: "plain-button is-strong" }, t("ok")),
  ];
  const form = el(
    "form",
    { on: { submit } },
    el("label", { for: "asked" }, label),
    input,
    el("div", { class: "dialog-buttons" }, ...buttons),
  );
  const node = dialog({ class: "alert", "aria-label": title }, el("h2", {}, title), form);
  input.focus();
}
