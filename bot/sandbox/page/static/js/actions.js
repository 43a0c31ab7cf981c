// The actions of the selected user, and the display of their results.

import * as api from "./api.js";
import { showAlert, showImage, toast } from "./toasts.js";
import { t } from "./words.js";

// How long a pressed button stays busy without an answer. Telegram clients wait about as long.
const BUTTON_TIMEOUT_S = 15;
const MORNING_HOUR = 7;
const AFTER_MORNING_S = 5;

export class Actions {
  constructor(store) {
    this.store = store;
    this.busyButtons = new Map();
    this.earlyAnswers = new Map();
    this.pendingChatId = null;
  }

  /** Run `action` and return its result. If it fails, call `undo`, show the error in a toast and return null. */
  async attempt(action, undo = () => {}) {
    try {
      return await action();
    } catch (error) {
      undo();
      toast(t("failed", { why: error.message }));
      return null;
    }
  }

  /** Return the open chat and the selected user as request parameters. */
  getChatAndUser() {
    const { chatId, userId } = this.store;
    return { chat_id: chatId, user_id: userId };
  }

  sendCommand(text) {
    if (!this.store.findMuteReason(this.store.chat, this.store.userId)) this.parts.composer.sendText(text);
  }

  /** Send /start, with the parameter of a deep link, in the user's private chat with the bot. */
  start(parameter = "") {
    const { store } = this;
    if (store.chatId !== store.userId) store.openChat(store.userId);
    return this.attempt(() => api.send({ chat_id: store.userId, text: `/start ${parameter}`.trim() }));
  }

  /** If `url` is a t.me link to the bot, send its /start and return true; otherwise return false. */
  followBotLink(url) {
    const { hostname, pathname, searchParams } = new URL(url);
    if (hostname !== "t.me" || pathname.slice(1).toLowerCase() !== this.store.bot.username.toLowerCase()) return false;
    this.start(searchParams.get("start") ?? "");
    return true;
  }

  async press(message, button, node) {
    const { kind, value } = button;
    if (kind === "callback_data") return this.pressCallbackButton(message, value, node);
    if (kind === "copy_text") return this.copy(value.text);
    if (kind.startsWith("switch_inline_query"))
      return this.parts.composer.typeText(`@${this.store.bot.username} ${value.query ?? value}`);
    return toast(t("not.simulated"));
  }

  async pressCallbackButton(message, data, node) {
    if (node.getAttribute("aria-busy")) return;
    node.setAttribute("aria-busy", "true");
    const { user_id: userId, chat_id: chatId } = this.getChatAndUser();
    const answer = await this.attempt(() =>
      api.press({ chat_id: chatId, user_id: userId, message_id: message.message_id, button: data }),
    );
    const id = answer?.callback_query_id;
    if (!id) return node.removeAttribute("aria-busy");
    this.busyButtons.set(id, node);
    setTimeout(() => this.releaseButton(id), BUTTON_TIMEOUT_S * 1000);
    // The bot's answer may have arrived before the sandbox's response.
    if (this.earlyAnswers.has(id)) this.showAnswer(this.earlyAnswers.get(id));
  }

  releaseButton(id) {
    this.busyButtons.get(id)?.removeAttribute("aria-busy");
    this.busyButtons.delete(id);
    this.earlyAnswers.delete(id);
  }

  /** Show the bot's answer to a callback query, if the selected user pressed the button. */
  showAnswer(press) {
    if (press.user_id !== this.store.userId) return;
    if (!this.busyButtons.has(press.callback_query_id)) {
      this.earlyAnswers.set(press.callback_query_id, press);
      return;
    }
    this.releaseButton(press.callback_query_id);
    if (press.url) this.followBotLink(press.url);
    if (press.text && press.show_alert) showAlert(this.store.bot.first_name, press.text);
    else if (press.text) toast(press.text);
  }

  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      toast(t("copied"));
    } catch {
      showAlert(t("copy"), text);
    }
  }

  reply(message) {
    this.store.setContext({ replyTo: message });
    this.parts.composer.input.focus();
  }

  edit(message) {
    this.store.setContext({ editing: message });
    this.parts.composer.setText(message.text);
    this.parts.composer.input.focus();
  }

  showMessage(messageId) {
    this.parts.timeline.showMessage(messageId);
  }

  openImage(address, caption) {
    showImage(address, caption);
  }

  /** Start a reply to a new message that forces one (ForceReply). */
  replyIfForced(fresh) {
    const forced = fresh.find(
      (message) => message.forces_reply && message.chat_id === this.store.chatId && this.isForMe(message),
    );
    if (forced) this.reply(forced);
  }

  /** Return whether the message is meant for the selected user: a selective one is only for the user it replies to. */
  isForMe(message) {
    const original = this.store.messages.get(message.chat_id).get(message.reply_to_message_id);
    return !message.is_selective || (original !== undefined && this.store.isMine(original));
  }

  /** Move the clock to the next 07:00 in the browser's time zone, the digest's usual time, and a few seconds more. */
  advanceToMorning() {
    const now = new Date(this.store.now() * 1000);
    const morning = new Date(now);
    morning.setHours(MORNING_HOUR, 0, 0, 0);
    if (morning <= now) morning.setDate(morning.getDate() + 1);
    return this.attempt(() => api.advanceClock((morning - now) / 1000 + AFTER_MORNING_S));
  }

  async reset() {
    await this.attempt(api.reset);
    this.parts.guide.reopen();
  }

  async triggerEvent(event, details = {}) {
    const answer = await this.attempt(() => api.triggerEvent(this.store.chatId, event, details));
    if (event === "migrate") this.pendingChatId = answer?.chat_id ?? null;
    this.openPendingChat();
    if (event === "topic" && answer?.message_thread_id)
      this.store.openChat(this.store.chatId, answer.message_thread_id);
  }

  /** Open the supergroup that replaces a migrated group, once the stream has delivered it. */
  openPendingChat() {
    if (!this.store.chats.has(this.pendingChatId)) return;
    this.store.openChat(this.pendingChatId);
    this.pendingChatId = null;
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
