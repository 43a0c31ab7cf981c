// What is offered while somebody types: commands of the menu, results of inline mode. A listbox over the composer.

import * as api from "./api.js";
import { avatar, el, fill } from "./dom.js";
import { toast } from "./toasts.js";
import { t } from "./words.js";

const INLINE_PAUSE_MS = 250;
const INLINE_WAIT_S = 8;

export class Suggestions {
  constructor(store, composer) {
    this.store = store;
    this.composer = composer;
    this.list = el("ul", {
      class: "suggestions",
      id: "suggestions",
      role: "listbox",
      "aria-label": t("suggestions"),
      hidden: true,
    });
    this.count = el("span", { class: "hidden-words", role: "status" });
    this.element = el("div", { class: "suggestions-frame" }, this.list, this.count);
    this.items = [];
    this.index = -1;
    this.turn = 0;
  }

  get isOpen() {
    return !this.list.hidden;
  }

  close() {
    this.turn += 1;
    clearTimeout(this.timer);
    this.show([]);
  }

  /** Offer what fits the text so far. */
  async look(text) {
    clearTimeout(this.timer);
    const turn = (this.turn += 1);
    const inline = this.inlineQuery(text);
    if (inline !== null) {
      this.timer = setTimeout(() => this.lookInline(inline, turn), INLINE_PAUSE_MS);
    } else if (/^\/\w*$/.test(text)) {
      await this.lookCommands(text.slice(1), turn);
    } else this.close();
  }

  inlineQuery(text) {
    const start = `@${this.store.bot?.username} `;
    return text.toLowerCase().startsWith(start.toLowerCase()) ? text.slice(start.length) : null;
  }

  async lookCommands(start, turn) {
    const { chatId, userId } = this.store;
    const menu = await api.commands(chatId, userId).catch(() => []);
    if (turn !== this.turn) return;
    const found = menu.filter(({ command }) => command.startsWith(start.toLowerCase()));
    this.show(
      found.map(({ command, description }) => ({
        face: [el("span", { class: "command" }, `/${command}`), el("span", { class: "description" }, description)],
        complete: () => this.composer.setText(`/${command} `),
        pick: () => {
          this.composer.setText("");
          this.composer.sendText(`/${command}`);
        },
      })),
      { isStrict: start !== "" },
    );
  }

  async lookInline(query, turn) {
    const { userId } = this.store;
    const wanted = { query, user_id: userId, timeout_s: INLINE_WAIT_S };
    const answer = await api.inline(wanted).catch(() => ({ results: null }));
    if (turn !== this.turn) return;
    if (answer.results === null) return this.show([this.note(t("inline.silent"))]);
    const results = answer.results.map((result) => this.result(answer.inline_query_id, result));
    const button = answer.button?.start_parameter ? [this.startButton(answer.button)] : [];
    this.show(results.length || button.length ? [...button, ...results] : [this.note(t("inline.none"))]);
  }

  note(text) {
    return { face: [el("span", { class: "description" }, text)], pick: () => this.close() };
  }

  startButton(button) {
    return {
      face: [el("span", { class: "command" }, button.text)],
      pick: () => this.composer.act.start(button.start_parameter),
    };
  }

  result(queryId, result) {
    const title = result.title ?? result.caption ?? result.type;
    return {
      face: [
        avatar(title, title.length, { class: "is-square" }),
        el(
          "span",
          { class: "result-words" },
          el("span", { class: "result-title", dir: "auto" }, title),
          el("span", { class: "description", dir: "auto" }, result.description ?? ""),
        ),
      ],
      pick: () => this.choose(queryId, result.id),
    };
  }

  async choose(queryId, resultId) {
    this.composer.setText("");
    const { chatId, userId } = this.store;
    try {
      await api.drop({ inline_query_id: queryId, result_id: resultId, chat_id: chatId, user_id: userId });
    } catch (error) {
      toast(t("failed", { why: error.message }));
    }
  }

  show(items, { isStrict = true } = {}) {
    this.items = items;
    this.index = items.length && isStrict ? 0 : -1;
    fill(
      this.list,
      items.map((item, index) =>
        el(
          "li",
          {
            id: `suggestion-${index}`,
            role: "option",
            "aria-selected": "false",
            on: { mousedown: (event) => event.preventDefault(), click: () => this.pick(index) },
          },
          ...item.face,
        ),
      ),
    );
    this.list.hidden = !items.length;
    this.count.textContent = items.length ? t("suggestions.count", { count: items.length }) : "";
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((node, index) => node.setAttribute("aria-selected", String(index === this.index)));
    this.list.children[this.index]?.scrollIntoView({ block: "nearest" });
    this.composer.pointAt(this.index >= 0 ? `suggestion-${this.index}` : null, this.isOpen);
  }

  pick(index) {
    const item = this.items[index];
    this.close();
    item?.pick();
  }

  /** Whether a key was meant for the list. */
  takeKey(event) {
    if (!this.isOpen) return false;
    const { length } = this.items;
    if (event.key === "ArrowDown") this.index = (this.index + 1) % length;
    else if (event.key === "ArrowUp") this.index = (Math.max(this.index, 0) - 1 + length) % length;
    else if (event.key === "Escape") return (this.close(), true);
    else if (event.key === "Tab" && !event.shiftKey && this.items[Math.max(this.index, 0)].complete) {
      const item = this.items[Math.max(this.index, 0)];
      this.close();
      item.complete();
      return true;
    } else if (event.key === "Enter" && !event.shiftKey && this.index >= 0) return (this.pick(this.index), true);
    else return false;
    this.mark();
    return true;
  }
}
