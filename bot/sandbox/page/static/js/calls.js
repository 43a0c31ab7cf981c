// The bot's API calls, newest first, with parameters, verdict and response.

import { formatTime } from "./dates.js";
import { el } from "./dom.js";
import { t } from "./words.js";

export class CallList {
  constructor(store) {
    this.store = store;
    this.onlyProblems = el("input", { type: "checkbox", id: "only-problems", on: { change: () => this.update() } });
    this.list = el("ul", { class: "calls" });
    this.nodes = new Map();
    this.element = el(
      "section",
      { "aria-labelledby": "panel-calls" },
      el("h3", { id: "panel-calls" }, t("calls")),
      el("p", { class: "panel-note" }, t("calls.note")),
      el("label", { class: "check" }, this.onlyProblems, " ", t("calls.only")),
      this.list,
    );
  }

  update() {
    const calls = [...this.store.calls.values()].sort((a, b) => b.number - a.number);
    const shown = this.onlyProblems.checked ? calls.filter(isProblem) : calls;
    const numbers = new Set(calls.map((call) => call.number));
    for (const number of this.nodes.keys()) if (!numbers.has(number)) this.nodes.delete(number);
    const nodes = new Set(shown.map((call) => this.getNode(call)));
    for (const node of [...this.list.children]) if (!nodes.has(node)) node.remove();
    // Nodes that stay are not moved: a click on one that moves between press and release would be lost.
    let next = this.list.firstChild;
    for (const node of nodes) {
      if (node === next) next = next.nextSibling;
      else this.list.insertBefore(node, next);
    }
  }

  /** Return the call's element. It is reused until the status changes, so that an expanded line stays expanded. */
  getNode(call) {
    const known = this.nodes.get(call.number);
    if (known && known.status === call.status) return known.node;
    const node = buildLine(call);
    this.nodes.set(call.number, { status: call.status, node });
    return node;
  }
}

function isProblem(call) {
  return !call.valid || call.problem !== null || call.fault !== null;
}

function buildLine(call) {
  const state =
    call.status === null ? "is-open" : call.status === 200 ? "is-good" : call.status === 429 ? "is-slow" : "is-bad";
  const verdict = call.valid ? (call.simulated ? "calls.valid" : "calls.unknown") : "calls.invalid";
  return el(
    "li",
    {},
    el(
      "details",
      { class: `call ${state}` },
      el(
        "summary",
        {},
        el("span", { class: "call-method" }, call.method),
        el("span", { class: "call-status" }, call.status === null ? "…" : String(call.status)),
        el("time", {}, formatTime(call.time)),
      ),
      el("p", { class: call.valid ? "call-valid" : "call-invalid" }, t(verdict)),
      call.problem && el("p", { class: "call-problem" }, call.problem),
      call.fault && el("p", {}, t("calls.fault", { kind: call.fault })),
      el("h4", {}, t("calls.asked")),
      el("pre", {}, formatJson(call.parameters)),
      el("h4", {}, t("calls.got")),
      el("pre", {}, formatJson(call.response)),
    ),
  );
}

/** Return `value` as indented JSON. Parameters that are JSON-encoded strings are decoded first. */
function formatJson(value) {
  const expanded =
    value && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, parseIfJson(v)]))
      : value;
  return JSON.stringify(expanded ?? null, null, 2);
}

function parseIfJson(value) {
  if (typeof value !== "string" || !/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
