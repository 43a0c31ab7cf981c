// The composer: text input, attachment, command menu, reply keyboard, or a notice where writing is not allowed.

import * as api from "./api.js";
import { checkFile, readContent } from "./attachment.js";
import { formatSize, senderOf, snippet } from "./bubble.js";
import { el, fill, icon, iconButton, isolate } from "./dom.js";
import { replyKeyboard } from "./keyboards.js";
import { Suggestions } from "./suggestions.js";
import { toast } from "./toasts.js";
import { t } from "./words.js";

const MAX_HEIGHT_PX = 180;

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
      on: {
        input: () => this.onInput(),
        keydown: (event) => this.onKeyDown(event),
        paste: (event) => this.onPaste(event),
      },
    });
    this.filePicker = el("input", {
      type: "file",
      class: "hidden-words",
      tabIndex: -1,
      "aria-label": t("attach"),
      on: { change: () => this.attach(this.filePicker.files[0]) },
    });
    this.menuButton = el(
      "button",
      { type: "button", class: "menu-button", "aria-label": t("menu.long"), on: { click: () => this.openMenu() } },
      icon("menu"),
      el("span", {}, t("menu")),
    );
    this.keyboardButton = iconButton("keyboard", t("keyboard"), () => this.toggleKeyboard(), { hidden: true });
    this.context = el("div", { class: "about", hidden: true });
    this.row = el(
      "form",
      { class: "composer-row", on: { submit: (event) => this.submit(event) } },
      this.menuButton,
      iconButton("attach", t("attach"), () => this.filePicker.click()),
      this.filePicker,
      this.input,
      this.keyboardButton,
      el("button", { type: "submit", class: "send-button", "aria-label": t("send"), title: t("send") }, icon("send")),
    );
    this.keyboard = el("div", { class: "reply-keyboard", role: "group", "aria-label": t("keyboard"), hidden: true });
    this.notice = el("div", { class: "instead", hidden: true });
    this.element = el(
      "footer",
      { class: "composer" },
      this.suggestions.element,
      this.context,
      this.row,
      this.notice,
      this.keyboard,
    );
  }

  /** Show the draft and controls of the current user, chat and topic. */
  open() {
    if (this.draftKey !== undefined) this.drafts.set(this.draftKey, this.input.value);
    const { userId, chatId, threadId } = this.store;
    this.draftKey = [userId, chatId, threadId].join();
    this.file = null;
    this.isKeyboardOpen = true;
    this.suggestions.close();
    this.setText(this.drafts.get(this.draftKey) ?? "");
    this.update();
    this.showContext();
  }

  /** Show the input or a notice, and the reply keyboard, according to the state of the chat. */
  update() {
    const { chat, userId } = this.store;
    const muteReason = chat ? this.store.findMuteReason(chat, userId) : "mute.none";
    const isNew = chat?.type === "private" && !chat.has_started && !muteReason;
    this.row.hidden = Boolean(muteReason) || isNew;
    this.notice.hidden = !this.row.hidden;
    if (isNew)
      fill(
        this.notice,
        el(
          "button",
          { type: "button", class: "wide-button is-strong", on: { click: () => this.act.start() } },
          t("start"),
        ),
      );
    else if (muteReason === "mute.blocked")
      fill(
        this.notice,
        el(
          "button",
          { type: "button", class: "wide-button", on: { click: () => this.act.triggerEvent("unblock") } },
          t("unblock"),
        ),
      );
    else if (muteReason) fill(this.notice, el("p", {}, t(muteReason)));
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

  /** Focus the input, or the button in its place. */
  focus() {
    if (this.row.hidden) this.notice.querySelector("button")?.focus();
    else this.input.focus();
  }

  openMenu() {
    this.input.focus();
    if (this.suggestions.isOpen) return this.suggestions.close();
    if (!this.input.value) return this.suggestions.suggest("/");
    return undefined;
  }

  setText(text) {
    this.input.value = text;
    this.resize();
    this.input.setSelectionRange(text.length, text.length);
  }

  /** Replace the text and handle it like typed input. */
  typeText(text) {
    this.setText(text);
    this.input.focus();
    this.onInput();
  }

  onInput() {
    this.resize();
    if (!this.store.editing) this.suggestions.suggest(this.input.value);
  }

  resize() {
    this.input.style.height = "auto";
    // A hidden input has no height.
    if (this.input.scrollHeight) this.input.style.height = `${Math.min(this.input.scrollHeight, MAX_HEIGHT_PX)}px`;
  }

  /** Set the suggestion that screen readers announce as active, or none. */
  setActiveSuggestion(id) {
    if (id) this.input.setAttribute("aria-activedescendant", id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  onKeyDown(event) {
    if (event.isComposing) return;
    if (this.suggestions.handleKey(event)) return event.preventDefault();
    if (event.key === "Escape" && (this.store.replyTo || this.store.editing || this.file)) this.clearContext();
    else if (event.key === "Enter" && !event.shiftKey) this.submit(event);
  }

  submit(event) {
    event.preventDefault();
    this.suggestions.close();
    const text = this.input.value;
    if (!text.trim() && !this.file) return this.input.focus();
    const editing = this.store.editing;
    this.setText("");
    if (editing) this.sendEdit(editing, text);
    else this.sendText(text, this.file);
    return this.input.focus();
  }

  async sendText(text, file = null) {
    const { chat, userId, threadId, replyTo } = this.store;
    const message = { ...this.act.getChatAndUser(), text };
    if (threadId !== null && chat.is_forum) message.message_thread_id = threadId;
    if (replyTo) message.reply_to_message_id = replyTo.message_id;
    this.file = null;
    this.store.setContext({});
    await this.act.attempt(
      async () => {
        if (file) Object.assign(message, await readContent(file));
        await api.send(message);
      },
      () => !this.input.value && this.store.userId === userId && this.setText(text),
    );
  }

  async sendEdit(original, text) {
    this.store.setContext({});
    if (text.trim() !== original.text)
      await this.act.attempt(() => api.edit({ chat_id: original.chat_id, message_id: original.message_id, text }));
  }

  attach(file) {
    this.filePicker.value = "";
    if (!file) return;
    const problem = checkFile(file);
    if (problem) return toast(t(problem));
    this.file = file;
    this.showContext();
    this.input.focus();
  }

  onPaste(event) {
    const [file] = event.clipboardData?.files ?? [];
    if (!file) return;
    event.preventDefault();
    this.attach(file);
  }

  /** Show the message being edited or replied to, and the attached file. */
  showContext() {
    const { replyTo, editing } = this.store;
    const original = editing ?? replyTo;
    const lines = [];
    if (original) {
      const title = editing ? t("editing") : t("replying", { name: senderOf(this.store, original) });
      lines.push(
        icon(editing ? "edit" : "reply"),
        el("span", { class: "about-words" }, el("strong", {}, isolate(title)), el("span", {}, snippet(original))),
      );
    }
    if (this.file)
      lines.push(
        icon("file"),
        el(
          "span",
          { class: "about-words" },
          el("strong", {}, isolate(this.file.name)),
          el("span", {}, formatSize(this.file.size)),
        ),
      );
    this.context.hidden = !lines.length;
    fill(this.context, lines, lines.length ? iconButton("close", t("cancel"), () => this.clearContext()) : []);
  }

  clearContext() {
    if (this.store.editing) this.setText("");
    this.file = null;
    this.store.setContext({});
    this.input.focus();
  }
}
