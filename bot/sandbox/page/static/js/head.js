// The header of a chat: title, status and the topics of a forum.

import { avatar, el, fill, icon, iconButton, isolate } from "./dom.js";
import { promptFor } from "./toasts.js";
import { t } from "./words.js";

export class Head {
  constructor(store, act) {
    this.store = store;
    this.act = act;
    this.face = el("span", { class: "head-face" });
    this.title = el("h2", { class: "head-title", id: "chat-title" });
    this.note = el("p", { class: "head-note" });
    this.topics = el("div", { class: "topics", role: "tablist", "aria-label": t("topics"), hidden: true });
    this.panelButton = iconButton("panel", t("panel"), () => act.togglePanel(), {
      "aria-expanded": "false",
      "aria-controls": "panel",
    });
    this.element = el(
      "header",
      { class: "head" },
      el(
        "div",
        { class: "head-row" },
        iconButton("back", t("back"), () => act.showChats(), { class: "icon-button back-button" }),
        this.face,
        el("div", { class: "head-words" }, this.title, this.note),
        this.panelButton,
      ),
      this.topics,
    );
    this.topics.addEventListener("keydown", (event) => this.onKeyDown(event));
  }

  update() {
    const { store } = this;
    const { chat } = store;
    if (!chat) return;
    const title = store.titleOf(chat);
    fill(this.face, avatar(title, chat.type === "private" ? 0 : chat.chat_id));
    fill(this.title, isolate(title));
    const isTyping = (store.typing.get(chat.chat_id) ?? 0) > Date.now();
    this.note.textContent = isTyping ? t("typing") : this.describe(chat);
    this.note.classList.toggle("is-typing", isTyping);
    this.showTopics(chat);
  }

  describe(chat) {
    if (chat.type === "private") return t("kind.bot");
    const count = chat.members.length;
    return chat.type === "channel" ? t("kind.channel", { count }) : t("kind.group", { count });
  }

  showTopics(chat) {
    this.topics.hidden = !chat.is_forum;
    if (!chat.is_forum) return fill(this.topics);
    const hadFocus = this.topics.contains(document.activeElement);
    const all = [{ id: null, name: t("topic.general") }, ...chat.topics];
    fill(
      this.topics,
      all.map((topic) => this.buildTab(chat, topic)),
      iconButton("plus", t("topic.new"), () => this.createTopic(), { class: "icon-button topic-new" }),
    );
    if (hadFocus) this.topics.querySelector("[aria-selected=true]")?.focus();
  }

  buildTab(chat, topic) {
    const isOpen = topic.id === this.store.threadId;
    return el(
      "button",
      {
        type: "button",
        role: "tab",
        class: "topic",
        "aria-selected": String(isOpen),
        tabIndex: isOpen ? 0 : -1,
        on: { click: () => this.store.openChat(chat.chat_id, topic.id) },
      },
      isolate(topic.name),
      topic.is_closed && ` (${t("topic.closed")})`,
    );
  }

  createTopic() {
    promptFor(t("topic.new"), t("topic.name"), (topic) => this.act.triggerEvent("topic", { name: topic }));
  }

  onKeyDown(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const tabs = [...this.topics.querySelectorAll("[role=tab]")];
    const at = tabs.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    tabs[(at + step + tabs.length) % tabs.length].click();
    this.topics.querySelector("[aria-selected=true]")?.focus();
  }
}
