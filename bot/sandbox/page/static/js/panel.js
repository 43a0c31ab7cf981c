// The developer panel, closed at first: clock, fault injection, chat events and the bot's API calls.

import * as api from "./api.js";
import { CallList } from "./calls.js";
import { formatDateTime } from "./dates.js";
import { el, fill, icon, iconButton } from "./dom.js";
import { confirmThat, toast } from "./toasts.js";
import { t } from "./words.js";

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;

const FAULTS = [
  [
    "429",
    { kind: "status", code: 429, description: "Too Many Requests: retry after 5", parameters: { retry_after: 5 } },
  ],
  ["500", { kind: "status", code: 500, description: "Internal Server Error" }],
  ["delay", { kind: "delay", seconds: 5 }],
  ["cut", { kind: "reset_after" }],
];

// One city in each of Indonesia's time zones.
const PLACES = [
  ["Jakarta", -6.2, 106.8],
  ["Makassar", -5.15, 119.4],
  ["Jayapura", -2.53, 140.7],
];

export class Panel {
  constructor(store, act) {
    this.store = store;
    this.act = act;
    this.calls = new CallList(store);
    this.time = el("output", { class: "clock-time", "aria-live": "off" });
    this.ahead = el("p", { class: "panel-note" });
    this.until = el("input", { type: "datetime-local", id: "clock-until", step: 60 });
    this.pendingFaults = el("ul", { class: "waiting" });
    this.events = el("div", { class: "button-row" });
    this.places = el(
      "div",
      { class: "button-row" },
      PLACES.map(([town, latitude, longitude]) =>
        button(town, () =>
          this.act.attempt(() => api.send({ ...this.act.getChatAndUser(), location: { latitude, longitude } })),
        ),
      ),
    );
    this.count = el(
      "select",
      { id: "fault-count" },
      [1, 3, 10].map((n) => el("option", { value: n }, `${n}×`)),
    );
    this.element = el(
      "aside",
      { class: "panel", id: "panel", "aria-label": t("panel"), hidden: true },
      el(
        "header",
        { class: "panel-head" },
        el("h2", {}, t("panel")),
        iconButton("close", t("panel.close"), () => act.togglePanel(false)),
      ),
      el(
        "div",
        { class: "panel-body" },
        this.buildClockSection(),
        this.buildFaultSection(),
        this.buildEventSection(),
        this.calls.element,
      ),
    );
    setInterval(() => this.showTime(), 1000);
  }

  get isOpen() {
    return !this.element.hidden;
  }

  toggle(isOpen = !this.isOpen) {
    this.element.hidden = !isOpen;
    this.update();
  }

  update() {
    if (!this.isOpen) return;
    this.showTime();
    this.showFaults();
    this.showEvents();
    this.calls.update();
  }

  buildClockSection() {
    const steps = [
      ["clock.minutes", 10 * MINUTE_S],
      ["clock.hour", HOUR_S],
      ["clock.hours", 6 * HOUR_S],
    ];
    const buttons = steps.map(([key, seconds]) => button(t(key), () => this.advanceClock(seconds)));
    buttons.push(button(t("clock.morning"), () => this.act.advanceToMorning()));
    const form = el(
      "form",
      { class: "clock-form", on: { submit: (event) => this.advanceClockTo(event) } },
      el("label", { for: "clock-until" }, t("clock.until")),
      this.until,
      el("button", { type: "submit", class: "small-button" }, t("clock.go")),
    );
    return el(
      "section",
      { "aria-labelledby": "panel-clock" },
      el("h3", { id: "panel-clock" }, t("clock")),
      el("div", { class: "clock-now" }, icon("clock"), this.time),
      this.ahead,
      el("div", { class: "button-row" }, ...buttons),
      form,
    );
  }

  showTime() {
    if (!this.isOpen) return;
    const now = this.store.now();
    this.time.value = formatDateTime(now);
    const ahead = Math.round((now - Date.now() / 1000) / MINUTE_S);
    this.ahead.textContent =
      ahead > 0 ? t("clock.ahead", { hours: Math.floor(ahead / 60), minutes: ahead % 60 }) : t("clock.same");
  }

  async advanceClock(seconds) {
    await this.act.attempt(() => api.advanceClock(seconds));
    this.showTime();
  }

  advanceClockTo(event) {
    event.preventDefault();
    const seconds = new Date(this.until.value).getTime() / 1000 - this.store.now();
    if (!(seconds > 0)) return toast(t("clock.back"));
    return this.advanceClock(seconds);
  }

  buildFaultSection() {
    const buttons = FAULTS.map(([key, fault]) =>
      button(t(`fault.${key}`), () =>
        this.act.attempt(() => api.addFault({ ...fault, count: Number(this.count.value) })),
      ),
    );
    return el(
      "section",
      { "aria-labelledby": "panel-faults" },
      el("h3", { id: "panel-faults" }, t("faults")),
      el("p", { class: "panel-note" }, t("faults.note")),
      el(
        "div",
        { class: "button-row" },
        el("label", { class: "hidden-words", for: "fault-count" }, t("fault.count")),
        this.count,
        ...buttons,
      ),
      this.pendingFaults,
    );
  }

  showFaults() {
    const { faults } = this.store;
    const lines = faults.map((fault) =>
      el("li", {}, t("fault.waits", { what: this.faultName(fault), count: fault.count })),
    );
    fill(
      this.pendingFaults,
      lines,
      faults.length
        ? el(
            "li",
            {},
            button(t("faults.clear"), () => this.act.attempt(api.clearFaults)),
          )
        : [],
    );
  }

  faultName(fault) {
    const known = FAULTS.find(([, f]) => f.kind === fault.kind && (f.code === undefined || f.code === fault.code));
    return known ? t(`fault.${known[0]}`) : fault.kind;
  }

  buildEventSection() {
    return el(
      "section",
      { "aria-labelledby": "panel-events" },
      el("h3", { id: "panel-events" }, t("events")),
      this.events,
      el("p", { class: "panel-note is-below" }, t("places")),
      this.places,
    );
  }

  /** Show a button for each event that can happen in the open chat. */
  showEvents() {
    const { chat } = this.store;
    const names = [];
    if (chat?.type === "private") names.push(chat.is_blocked ? "unblock" : "block");
    else if (chat && !chat.migrated_to)
      names.push(["left", "kicked", null].includes(chat.bot_status) ? "add" : "kick", "promote");
    if (chat?.type === "group" && !chat.migrated_to) names.push("migrate");
    if (this.store.threadId !== null) names.push(this.isTopicClosed(chat) ? "reopen_topic" : "close_topic");
    const thread = this.store.threadId === null ? {} : { message_thread_id: this.store.threadId };
    fill(
      this.events,
      names.map((event) =>
        button(t(`event.${event}`), () => this.act.triggerEvent(event, event.endsWith("topic") ? thread : {})),
      ),
      button(t("event.reset"), () => this.askToReset(), "is-strong"),
    );
  }

  askToReset() {
    confirmThat(t("event.reset"), t("reset.text"), t("reset.yes"), () => this.act.reset());
  }

  isTopicClosed(chat) {
    return chat?.topics.find((topic) => topic.id === this.store.threadId)?.is_closed;
  }
}

function button(label, onClick, extra = "") {
  return el("button", { type: "button", class: `small-button ${extra}`, on: { click: onClick } }, label);
}
