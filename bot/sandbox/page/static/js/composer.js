// Where a person writes: text, files, the command menu, the reply keyboard, and what stands there instead.

import * as api from "./api.js";
import { contentOf, whyNot } from "./attachment.js";
import { senderOf, sizeOf, snippet } from "./bubble.js";
import { el, fill, icon, iconButton, name } from "./dom.js";
import { replyKeyboard } from "./keyboards.js";
import { Suggestions } from "./suggestions.js";
import { toast } from "./toasts.js";
import { t } from "./words.js";

const TALLEST_PX = 180;

export class Composer {
  constructor(store, act) {
    this.store = store;
    this.act = act;
    this.drafts = new Map();
    this.file = null;
    this.isKeyboardOpen = true;
    this.suggestions = new Suggestions(store, this);
    this.input = el("textarea", {
      id: "message",
      rows: 1,
      placeholder: t("message"),
      "aria-label": t("message"),
      "aria-autocomplete": "list",
      "aria-controls": "suggestions",
      enterKeyHint: "send",
      dir: "auto",
      on: { input: () => this.typed(), keydown: (event) => this.key(event), paste: (event) => this.pasted(event) },
    });
    this.picker = el("input", {
      type: "file",
      class: "hidden-words",
      tabIndex: -1,
      "aria-label": t("attach"),
      on: { change: () => this.attach(this.picker.files[0]) },
    });
    this.menuButton = el(
      "button",
      { type: "button", class: "menu-button", "aria-label": t("menu.long"), on: { click: () => this.openMenu() } },
      icon("menu"),
      el("span", {}, t("menu")),
    );
    this.keyboardButton = iconButton("keyboard", t("keyboard"), () => this.toggleKeyboard(), { hidden: true });
    this.about = el("div", { class: "about", hidden: true });
    this.row = el(
      "form",
      { class: "composer-row", on: { submit: (event) => this.submit(event) } },
      this.menuButton,
      iconButton("attach", t("attach"), () => this.picker.click()),
      this.picker,
      this.input,
      this.keyboardButton,
      el("button", { type: "submit", class: "send-button", "aria-label": t("send"), title: t("send") }, icon("send")),
    );
    this.keyboard = el("div", { class: "reply-keyboard", role: "group", "aria-label": t("keyboard"), hidden: true });
    this.instead = el("div", { class: "instead", hidden: true });
    this.element = el(
      "footer",
      { class: "composer" },
      this.suggestions.element,
      this.about,
      this.row,
      this.instead,
      this.keyboard,
    );
  }

  /** The chat, person or topic changed: their own draft, and what may be done there. */
  open() {
    if (this.place !== undefined) this.drafts.set(this.place, this.input.value);
    const { userId, chatId, threadId } = this.store;
    this.place = [userId, chatId, threadId].join();
    this.file = null;
    this.isKeyboardOpen = true;
    this.suggestions.close();
    this.setText(this.drafts.get(this.place) ?? "");
    this.update();
    this.showAbout();
  }

  /** In step with the chat: whether one may write, and with which keyboard. */
  update() {
    const { chat, userId } = this.store;
    const why = chat ? this.store.whyMute(chat, userId) : "mute.none";
    const isNew = chat?.type === "private" && !chat.has_started && !why;
    this.row.hidden = Boolean(why) || isNew;
    this.instead.hidden = !this.row.hidden;
    if (isNew)
      fill(
        this.instead,
        el(
          "button",
          { type: "button", class: "wide-button is-strong", on: { click: () => this.act.start() } },
          t("start"),
        ),
      );
    else if (why === "mute.blocked")
      fill(
        this.instead,
        el(
          "button",
          { type: "button", class: "wide-button", on: { click: () => this.act.happen("unblock") } },
          t("unblock"),
        ),
      );
    else if (why) fill(this.instead, el("p", {}, t(why)));
    this.menuButton.hidden = chat?.type === "channel";
    const keyboard = chat?.reply_keyboard;
    const isShown = Boolean(keyboard) && !this.row.hidden && [null, userId].includes(keyboard.user_id);
    this.input.placeholder = (isShown && keyboard.placeholder) || t("message");
    this.keyboardButton.hidden = !isShown;
    if (isShown && keyboard.message_id !== this.shownKeyboard) this.isKeyboardOpen = true;
    this.shownKeyboard = isShown ? keyboard.message_id : null;
    fill(this.keyboard, isShown ? replyKeyboard(keyboard.rows, (text) => this.pressKey(keyboard, text)) : []);
    this.keyboard.hidden = !isShown || !this.isKeyboardOpen;
    this.keyboardButton.setAttribute("aria-expanded", String(!this.keyboard.hidden));
  }

  toggleKeyboard() {
    this.isKeyboardOpen = !this.isKeyboardOpen;
    this.update();
  }

  pressKey(keyboard, text) {
    if (keyboard.is_one_time) this.isKeyboardOpen = false;
    this.sendText(text);
    this.update();
  }

  openMenu() {
    this.input.focus();
    if (this.suggestions.isOpen) return this.suggestions.close();
    if (!this.input.value) return this.suggestions.look("/");
    return undefined;
  }

  setText(text) {
    this.input.value = text;
    this.grow();
    this.input.setSelectionRange(text.length, text.length);
  }

  /** Put text in and go on as if it had been typed. */
  type(text) {
    this.setText(text);
    this.input.focus();
    this.typed();
  }

  typed() {
    this.grow();
    if (!this.store.editing) this.suggestions.look(this.input.value);
  }

  grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, TALLEST_PX)}px`;
  }

  /** What the list of suggestions points at, for screen readers. */
  pointAt(id) {
    if (id) this.input.setAttribute("aria-activedescendant", id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (event.isComposing) return;
    if (this.suggestions.takeKey(event)) return event.preventDefault();
    if (event.key === "Escape" && (this.store.replyTo || this.store.editing || this.file)) this.dropAbout();
    else if (event.key === "Enter" && !event.shiftKey) this.submit(event);
  }

  submit(event) {
    event.preventDefault();
    this.suggestions.close();
    const text = this.input.value;
    if (!text.trim() && !this.file) return this.input.focus();
    const isEdit = this.store.editing;
    this.setText("");
    if (isEdit) this.sendEdit(isEdit, text);
    else this.sendText(text, this.file);
    return this.input.focus();
  }

  async sendText(text, file = null) {
    const { chat, userId, threadId, replyTo } = this.store;
    const message = { ...this.act.where(), text };
    if (threadId !== null && chat.is_forum) message.message_thread_id = threadId;
    if (replyTo) message.reply_to_message_id = replyTo.message_id;
    this.file = null;
    this.store.compose({});
    await this.act.doing(
      async () => {
        if (file) Object.assign(message, await contentOf(file));
        await api.send(message);
      },
      () => !this.input.value && this.store.userId === userId && this.setText(text),
    );
  }

  async sendEdit(original, text) {
    this.store.compose({});
    if (text.trim() !== original.text)
      await this.act.doing(() => api.edit({ chat_id: original.chat_id, message_id: original.message_id, text }));
  }

  attach(file) {
    this.picker.value = "";
    if (!file) return;
    const problem = whyNot(file);
    if (problem) return toast(t(problem));
    this.file = file;
    this.showAbout();
    this.input.focus();
  }

  pasted(event) {
    const [file] = event.clipboardData?.files ?? [];
    if (!file) return;
    event.preventDefault();
    this.attach(file);
  }

  /** What the next message is about: the one it answers or changes, the file that goes with it. */
  showAbout() {
    const { replyTo, editing } = this.store;
    const original = editing ?? replyTo;
    const lines = [];
    if (original) {
      const title = editing ? t("editing") : t("replying", { name: senderOf(this.store, original) });
      lines.push(
        icon(editing ? "edit" : "reply"),
        el("span", { class: "about-words" }, el("strong", {}, name(title)), el("span", {}, snippet(original))),
      );
    }
    if (this.file)
      lines.push(
        icon("file"),
        el(
          "span",
          { class: "about-words" },
          el("strong", {}, name(this.file.name)),
          el("span", {}, sizeOf(this.file.size)),
        ),
      );
    this.about.hidden = !lines.length;
    fill(this.about, lines, lines.length ? iconButton("close", t("cancel"), () => this.dropAbout()) : []);
  }

  dropAbout() {
    if (this.store.editing) this.setText("");
    this.file = null;
    this.store.compose({});
    this.input.focus();
  }
}
