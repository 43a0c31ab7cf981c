// The state of the page: the sandbox's state as received from the stream, the selected user and the open chat.

const CALLS_KEPT = 200;

/**
 * Notifies its subscribers of changes by kind: "all" (a new snapshot), "chats", "messages", "press", "typing", "calls",
 * "faults", "clock", "place" (another user, chat or topic) and "compose" (another reply or edit).
 */
export class Store {
  constructor() {
    this.listeners = [];
    this.clear();
    this.userId = null;
    this.chatId = null;
    this.threadId = null;
    this.replyTo = null;
    this.editing = null;
    this.lastRead = new Map();
  }

  clear() {
    this.bot = null;
    this.users = new Map();
    this.chats = new Map();
    this.messages = new Map();
    this.calls = new Map();
    this.faults = [];
    this.descriptions = {};
    this.typing = new Map();
    this.clock = { aheadS: 0 };
  }

  subscribe(listener) {
    this.listeners.push(listener);
  }

  notify(change, details) {
    for (const listener of this.listeners) listener(change, details);
  }

  /** Return the sandbox's time, as a Unix timestamp in seconds. */
  now() {
    return Date.now() / 1000 + this.clock.aheadS;
  }

  /** Apply one event of the stream, a snapshot or a change, and notify the subscribers. */
  applyEvent(event) {
    if (event.is_all) {
      this.clear();
      this.bot = event.bot;
    }
    for (const user of event.users ?? []) this.users.set(user.id, user);
    for (const chat of event.chats ?? []) {
      this.chats.set(chat.chat_id, chat);
      if (!this.messages.has(chat.chat_id)) this.messages.set(chat.chat_id, new Map());
    }
    const [fresh, changed] = [[], []];
    for (const message of event.messages ?? []) {
      const known = this.messages.get(message.chat_id);
      if (!known) continue;
      (known.has(message.message_id) ? changed : fresh).push(message);
      known.set(message.message_id, message);
    }
    for (const gone of event.gone ?? []) this.messages.get(gone.chat_id)?.delete(gone.message_id);
    for (const call of event.calls ?? []) this.calls.set(call.number, call);
    while (this.calls.size > CALLS_KEPT) this.calls.delete(this.calls.keys().next().value);
    if (event.descriptions) this.descriptions = event.descriptions;
    if (event.faults) this.faults = event.faults;
    if (event.clock) this.clock.aheadS = event.clock.now - Date.now() / 1000;
    for (const { chat_id: chatId, for_s: forS } of event.typing ?? [])
      this.typing.set(chatId, Date.now() + forS * 1000);
    this.notifyChanges(event, fresh, changed);
  }

  notifyChanges(event, fresh, changed) {
    if (event.is_all) return this.notify("all");
    if (event.clock) this.notify("clock");
    if (event.users || event.chats || event.descriptions) this.notify("chats");
    if (fresh.length || changed.length || event.gone)
      this.notify("messages", { fresh, changed, gone: event.gone ?? [] });
    for (const press of event.presses ?? []) this.notify("press", press);
    if (event.typing) this.notify("typing");
    if (event.calls) this.notify("calls", event.calls);
    if (event.faults) this.notify("faults");
  }

  get chat() {
    return this.chats.get(this.chatId) ?? null;
  }

  get user() {
    return this.users.get(this.userId) ?? null;
  }

  /** Return the user's chats in the order of creation; the private chat with the bot comes first. */
  chatsOf(userId) {
    return [...this.chats.values()].filter((chat) =>
      chat.type === "private" ? chat.chat_id === userId : chat.members.some((member) => member.id === userId),
    );
  }

  /** Return the bot's description in the language of the user's app, or "". */
  get description() {
    return this.descriptions[this.user?.language_code?.slice(0, 2)] || this.descriptions[""] || "";
  }

  titleOf(chat) {
    return chat.type === "private" ? (this.bot?.first_name ?? "") : chat.title;
  }

  nameOf(user) {
    return [user.first_name, user.last_name].filter(Boolean).join(" ");
  }

  statusOf(chat, userId) {
    return chat.members.find((member) => member.id === userId)?.status ?? null;
  }

  /** Return the word key of the reason why the user cannot write in the chat, or null. */
  findMuteReason(chat, userId) {
    if (chat.migrated_to) return "mute.migrated";
    if (chat.is_blocked) return "mute.blocked";
    if (chat.type === "channel" && !["creator", "administrator"].includes(this.statusOf(chat, userId)))
      return "mute.channel";
    return null;
  }

  /** Return the messages of a chat in order. In a forum, return those of one topic. */
  messagesOf(chat, threadId = null) {
    const all = [...(this.messages.get(chat.chat_id)?.values() ?? [])].sort((a, b) => a.message_id - b.message_id);
    return chat.is_forum ? all.filter((message) => this.isInThread(message, threadId)) : all;
  }

  isInThread(message, threadId) {
    return (message.message_thread_id ?? null) === threadId;
  }

  lastMessage(chat) {
    let last = null;
    for (const message of this.messages.get(chat.chat_id)?.values() ?? []) {
      if (!last || message.message_id > last.message_id) last = message;
    }
    return last;
  }

  isMine(message) {
    return message.from_id === this.userId;
  }

  countUnread(chat) {
    const lastRead = this.lastRead.get(`${this.userId}.${chat.chat_id}`) ?? 0;
    const messages = [...(this.messages.get(chat.chat_id)?.values() ?? [])];
    return messages.filter((message) => message.message_id > lastRead && message.is_bot).length;
  }

  markRead() {
    const last = this.chat && this.lastMessage(this.chat);
    if (last) this.lastRead.set(`${this.userId}.${this.chatId}`, last.message_id);
  }

  switchUser(userId) {
    this.userId = userId;
    const chats = this.chatsOf(userId);
    const chat = chats.find((c) => c.chat_id === this.chatId) ?? chats[0];
    this.openChat(chat?.chat_id ?? null, null, { isSamePlace: true });
  }

  openChat(chatId, threadId = null, { isSamePlace = false } = {}) {
    this.chatId = chatId;
    this.threadId = threadId;
    this.replyTo = null;
    this.editing = null;
    this.markRead();
    this.notify("place", { isSamePlace });
  }

  setContext({ replyTo = null, editing = null }) {
    this.replyTo = replyTo;
    this.editing = editing;
    this.notify("compose");
  }
}
