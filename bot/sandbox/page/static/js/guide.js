// The guide: a row of things to try first in a private chat with the bot, until it is closed.

import { el, fill, iconButton } from "./dom.js";
import { readSetting, saveSetting, t } from "./words.js";

const STORAGE_KEY = "ringkas.guide";
const CLOSED = "closed";

export class Guide {
  constructor(store, act) {
    this.store = store;
    this.act = act;
    this.done = new Set();
    this.isClosed = readSetting(STORAGE_KEY) === CLOSED;
    this.steps = el("div", { class: "guide-steps" });
    this.element = el(
      "section",
      { class: "guide", "aria-labelledby": "guide-title", hidden: true },
      el("h3", { id: "guide-title" }, t("guide")),
      this.steps,
      iconButton("close", t("guide.close"), () => this.close()),
    );
  }

  /** Show the steps that are possible and not done yet: until the bot is started, only the start. */
  update() {
    const { chat } = this.store;
    const { composer } = this.act.parts;
    const steps = chat?.has_started
      ? [
          ["news", () => this.act.sendCommand("/berita")],
          ["text", () => composer.typeText(t("guide.sample"))],
          ["digest", () => this.act.sendCommand("/langganan")],
          ["morning", () => this.act.advanceToMorning()],
        ]
      : [["start", () => this.act.start()]];
    const left = steps.filter(([name]) => !this.done.has(this.keyOf(name)));
    this.element.hidden = this.isClosed || chat?.type !== "private" || chat.is_blocked || !left.length;
    const hadFocus = this.steps.contains(document.activeElement);
    fill(
      this.steps,
      left.map(([name, run]) => this.buildStep(name, run)),
    );
    if (hadFocus) (this.steps.querySelector("button") ?? composer.input).focus();
  }

  buildStep(name, run) {
    const click = () => {
      this.done.add(this.keyOf(name));
      this.update();
      run();
    };
    return el("button", { type: "button", class: "guide-step", on: { click } }, t(`guide.${name}`));
  }

  /** Return the key of a step in `done`: each person has their own. */
  keyOf(name) {
    return `${this.store.userId} ${name}`;
  }

  close() {
    this.isClosed = true;
    saveSetting(STORAGE_KEY, CLOSED);
    this.update();
    this.act.parts.composer.focus();
  }

  /** Show the guide again, with nothing done. */
  reopen() {
    this.isClosed = false;
    saveSetting(STORAGE_KEY, "");
    this.done.clear();
    this.update();
  }
}
