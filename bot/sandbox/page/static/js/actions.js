// What a person does, and what comes of it.

import * as api from "./api.js";
import { alertOf, lookAt, toast } from "./toasts.js";
import { t } from "./words.js";

// Telegram lets a press go unanswered for about this long.
const PRESS_S = 15;

export class Actions {
  constructor(store) {
    this.store = store;
    this.pressed = new Map();
    this.answers = new Map();
    this.wantedChatId = null;
  }

  /** Do it; if that fails, say so in words, and let `undo` put things back. */
  async doing(work, undo = () => {}) {
    try {
      return await work();
    } catch (error) {
      undo();
      toast(t("failed", { why: error.message }));
      return null;
    }
  }

  /** Where and who, as the sandbox wants to know it. */
  where() {
    const { chatId, userId } = this.store;
    return { chat_id: chatId, user_id: userId };
  }

  command(text) {
    if (!this.store.whyMute(this.store.chat, this.store.userId)) this.parts.composer.sendText(text);
  }

  /** Send /start in the person's own chat with the bot, with what a link brought. */
  start(parameter = "") {
    const { store } = this;
    if (store.chatId !== store.userId) store.go(store.userId);
    return this.doing(() => api.send({ chat_id: store.userId, text: `/start ${parameter}`.trim() }));
  }

  /** Whether the address leads to the bot itself, and so was followed here. */
  bot(url) {
    const { hostname, pathname, searchParams } = new URL(url);
    if (hostname !== "t.me" || pathname.slice(1).toLowerCase() !== this.store.bot.username.toLowerCase()) return false;
    this.start(searchParams.get("start") ?? "");
    return true;
  }

  async press(message, button, node) {
    const { kind, value } = button;
    if (kind === "callback_data") return this.pressData(message, value, node);
    if (kind === "copy_text") return this.copy(value.text);
    if (kind.startsWith("switch_inline_query"))
      return this.parts.composer.type(`@${this.store.bot.username} ${value.query ?? value}`);
    return toast(t("not.simulated"));
  }

  async pressData(message, data, node) {
    if (node.getAttribute("aria-busy")) return;
    node.setAttribute("aria-busy", "true");
    const { user_id: userId, chat_id: chatId } = this.where();
    const answer = await this.doing(() =>
      api.press({ chat_id: chatId, user_id: userId, message_id: message.message_id, button: data }),
    );
    const id = answer?.callback_query_id;
    if (!id) return node.removeAttribute("aria-busy");
    this.pressed.set(id, node);
    setTimeout(() => this.free(id), PRESS_S * 1000);
    // The bot's answer may have been here before the sandbox's.
    if (this.answers.has(id)) this.answered(this.answers.get(id));
  }

  free(id) {
    this.pressed.get(id)?.removeAttribute("aria-busy");
    this.pressed.delete(id);
    this.answers.delete(id);
  }

  /** The bot answered a press. Whoever pressed sees the words of it. */
  answered(press) {
    if (press.user_id !== this.store.userId) return;
    if (!this.pressed.has(press.callback_query_id)) {
      this.answers.set(press.callback_query_id, press);
      return;
    }
    this.free(press.callback_query_id);
    if (press.url) this.bot(press.url);
    if (press.text && press.show_alert) alertOf(this.store.bot.first_name, press.text);
    else if (press.text) toast(press.text);
  }

  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      toast(t("copied"));
    } catch {
      alertOf(t("copy"), text);
    }
  }

  reply(message) {
    this.store.compose({ replyTo: message });
    this.parts.composer.input.focus();
  }

  edit(message) {
    this.store.compose({ editing: message });
    this.parts.composer.setText(message.text);
    this.parts.composer.input.focus();
  }

  show(messageId) {
    this.parts.timeline.show(messageId);
  }

  look(address, caption) {
    lookAt(address, caption);
  }

  /** What a new message of the bot asks of the person: an answer to it. */
  follow(fresh) {
    const asking = fresh.find(
      (message) => message.forces_reply && message.chat_id === this.store.chatId && this.isForMe(message),
    );
    if (asking) this.reply(asking);
  }

  /** What is selective is for whom the message answers. */
  isForMe(message) {
    const original = this.store.messages.get(message.chat_id).get(message.reply_to_message_id);
    return !message.is_selective || (original !== undefined && this.store.isMine(original));
  }

  async happen(event, details = {}) {
    const answer = await this.doing(() => api.happen(this.store.chatId, event, details));
    if (event === "migrate") this.wantedChatId = answer?.chat_id ?? null;
    this.goWanted();
    if (event === "topic" && answer?.message_thread_id) this.store.go(this.store.chatId, answer.message_thread_id);
  }

  /** Follow a group to its new id, as soon as that chat is known here. */
  goWanted() {
    if (!this.store.chats.has(this.wantedChatId)) return;
    this.store.go(this.wantedChatId);
    this.wantedChatId = null;
  }

  showChats() {
    document.body.dataset.screen = "chats";
    document.querySelector(".chat-entry[aria-current]")?.focus();
  }

  togglePanel(isOpen) {
    const { panel, head } = this.parts;
    panel.toggle(isOpen);
    document.body.classList.toggle("has-panel", panel.isOpen);
    head.panelButton.setAttribute("aria-expanded", String(panel.isOpen));
    if (panel.isOpen) panel.element.querySelector("button")?.focus();
    else head.panelButton.focus();
  }
}
