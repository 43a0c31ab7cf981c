// The sidebar: user switcher, chat list, theme and language buttons.

import { snippet } from "./bubble.js";
import { formatTimeOrDay } from "./dates.js";
import { avatar, el, fill, icon, isolate } from "./dom.js";
import { THEMES, applyTheme, getTheme } from "./theme.js";
import { chooseLanguage, language, t } from "./words.js";

const KINDS = { channel: "megaphone", group: "people", supergroup: "people" };
const THEME_ICONS = { auto: "auto", light: "sun", dark: "moon" };

export class Chats {
  constructor(store) {
    this.store = store;
    this.people = el("div", { class: "people", role: "radiogroup", "aria-label": t("people") });
    this.list = el("ul", { class: "chat-list" });
    this.themeButton = el("button", { type: "button", class: "icon-button", on: { click: () => this.switchTheme() } });
    const other = language === "id" ? "en" : "id";
    const languageButton = el(
      "button",
      {
        type: "button",
        class: "language-button",
        lang: other,
        "aria-label": other === "id" ? "Bahasa Indonesia" : "English",
        on: { click: () => chooseLanguage(other) },
      },
      other.toUpperCase(),
    );
    this.element = el(
      "nav",
      { class: "chats", "aria-label": t("chats") },
      el(
        "header",
        { class: "chats-head" },
        el("h1", {}, "Ringkas", el("small", {}, t("sandbox"))),
        languageButton,
        this.themeButton,
      ),
      this.people,
      this.list,
      el("p", { class: "chats-foot" }, t("foot")),
    );
    this.showTheme();
  }

  switchTheme() {
    applyTheme(THEMES[(THEMES.indexOf(getTheme()) + 1) % THEMES.length]);
    this.showTheme();
  }

  showTheme() {
    const label = t(`theme.${getTheme()}`);
    this.themeButton.setAttribute("aria-label", label);
    this.themeButton.title = label;
    fill(this.themeButton, icon(THEME_ICONS[getTheme()]));
  }

  update() {
    const { store } = this;
    const focused = this.element.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    fill(
      this.people,
      [...store.users.values()].map((user) => this.buildPerson(user)),
    );
    fill(
      this.list,
      store.chatsOf(store.userId).map((chat) => this.buildEntry(chat)),
    );
    if (focused) this.element.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  buildPerson(user) {
    const { store } = this;
    const input = el("input", {
      type: "radio",
      name: "person",
      value: user.id,
      checked: user.id === store.userId,
      data: { key: `person ${user.id}` },
      on: { change: () => store.switchUser(user.id) },
    });
    return el(
      "label",
      { class: "person", title: store.nameOf(user) },
      input,
      avatar(store.nameOf(user), user.id),
      el("span", { class: "person-name" }, isolate(user.first_name)),
    );
  }

  buildEntry(chat) {
    const { store } = this;
    const last = store.lastMessage(chat);
    const isOpen = chat.chat_id === store.chatId;
    const unread = isOpen ? 0 : store.countUnread(chat);
    const title = store.titleOf(chat);
    const button = el(
      "button",
      {
        type: "button",
        class: "chat-entry",
        "aria-current": isOpen ? "true" : null,
        data: { key: `chat ${chat.chat_id}` },
        on: { click: () => store.openChat(chat.chat_id) },
      },
      avatar(title, chat.type === "private" ? 0 : chat.chat_id),
      el(
        "span",
        { class: "chat-words" },
        el(
          "span",
          { class: "chat-line" },
          KINDS[chat.type] && icon(KINDS[chat.type]),
          el("span", { class: "chat-title" }, isolate(title)),
          last && el("span", { class: "chat-time" }, formatTimeOrDay(last.date, store.now())),
        ),
        el(
          "span",
          { class: "chat-line" },
          el("span", { class: "chat-last", dir: "auto" }, this.previewText(chat, last)),
          unread > 0 && el("span", { class: "unread", "aria-label": t("unread", { count: unread }) }, String(unread)),
        ),
      ),
    );
    return el("li", {}, button);
  }

  previewText(chat, last) {
    const { store } = this;
    if ((store.typing.get(chat.chat_id) ?? 0) > Date.now()) return t("typing");
    if (!last) return t("empty.chat");
    if (last.service) return t("service.short");
    const isGroup = chat.type === "group" || chat.type === "supergroup";
    const prefix = store.isMine(last) ? `${t("you")}: ` : isGroup && last.from ? `${last.from}: ` : "";
    return prefix + snippet(last);
  }
}
