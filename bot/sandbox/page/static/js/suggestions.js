// Autocomplete above the composer, as an ARIA listbox: menu commands and inline results.

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
    this.requestId = 0;
  }

  get isOpen() {
    return !this.list.hidden;
  }

  close() {
    this.requestId += 1;
    clearTimeout(this.timer);
    this.show([]);
  }

  /** Show the suggestions for the typed text, if any. */
  async suggest(text) {
    clearTimeout(this.timer);
    const requestId = (this.requestId += 1);
    const query = this.parseInlineQuery(text);
    if (query !== null) {
      this.timer = setTimeout(() => this.suggestInline(query, requestId), INLINE_PAUSE_MS);
    } else if (/^\/\w*$/.test(text)) {
      await this.suggestCommands(text.slice(1), requestId);
    } else this.close();
  }

  parseInlineQuery(text) {
    const prefix = `@${this.store.bot?.username} `;
    return text.toLowerCase().startsWith(prefix.toLowerCase()) ? text.slice(prefix.length) : null;
  }

  async suggestCommands(prefix, requestId) {
    const { chatId, userId } = this.store;
    const menu = await api.fetchCommands(chatId, userId).catch(() => []);
    if (requestId !== this.requestId) return;
    const found = menu.filter(({ command }) => command.startsWith(prefix.toLowerCase()));
    this.show(
      found.map(({ command, description }) => ({
        content: [el("span", { class: "command" }, `/${command}`), el("span", { class: "description" }, description)],
        complete: () => this.composer.setText(`/${command} `),
        pick: () => {
          this.composer.setText("");
          this.composer.sendText(`/${command}`);
        },
      })),
      { selectsFirst: prefix !== "" },
    );
  }

  async suggestInline(query, requestId) {
    const { userId } = this.store;
    const inlineQuery = { query, user_id: userId, timeout_s: INLINE_WAIT_S };
    const answer = await api.queryInline(inlineQuery).catch(() => ({ results: null }));
    if (requestId !== this.requestId) return;
    if (answer.results === null) return this.show([this.noteItem(t("inline.silent"))]);
    const results = answer.results.map((result) => this.resultItem(answer.inline_query_id, result));
    const button = answer.button?.start_parameter ? [this.startItem(answer.button)] : [];
    this.show(results.length || button.length ? [...button, ...results] : [this.noteItem(t("inline.none"))]);
  }

  noteItem(text) {
    return { content: [el("span", { class: "description" }, text)], pick: () => this.close() };
  }

  startItem(button) {
    return {
      content: [el("span", { class: "command" }, button.text)],
      pick: () => this.composer.act.start(button.start_parameter),
    };
  }

  resultItem(queryId, result) {
    const title = result.title ?? result.caption ?? result.type;
    return {
      content: [
        avatar(title, title.length, { class: "is-square" }),
        el(
          "span",
          { class: "result-words" },
          el("span", { class: "result-title", dir: "auto" }, title),
          el("span", { class: "description", dir: "auto" }, result.description ?? ""),
        ),
      ],
      pick: () => this.sendResult(queryId, result.id),
    };
  }

  async sendResult(queryId, resultId) {
    this.composer.setText("");
    const { chatId, userId } = this.store;
    try {
      await api.sendInlineResult({ inline_query_id: queryId, result_id: resultId, chat_id: chatId, user_id: userId });
    } catch (error) {
      toast(t("failed", { why: error.message }));
    }
  }

  show(items, { selectsFirst = true } = {}) {
    this.items = items;
    this.index = items.length && selectsFirst ? 0 : -1;
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
          ...item.content,
        ),
      ),
    );
    this.list.hidden = !items.length;
    this.count.textContent = items.length ? t("suggestions.count", { count: items.length }) : "";
    this.highlight();
  }

  highlight() {
    [...this.list.children].forEach((node, index) => node.setAttribute("aria-selected", String(index === this.index)));
    this.list.children[this.index]?.scrollIntoView({ block: "nearest" });
    this.composer.setActiveSuggestion(this.index >= 0 ? `suggestion-${this.index}` : null, this.isOpen);
  }

  pick(index) {
    const item = this.items[index];
    this.close();
    item?.pick();
  }

  /** Handle a key press for the open list. Return whether the list used it. */
  handleKey(event) {
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
    this.highlight();
    return true;
  }
}
