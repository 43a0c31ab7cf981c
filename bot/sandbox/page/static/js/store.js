// What the page knows: the sandbox's record as it streams in, and who looks at which chat.

const CALLS_KEPT = 200;

/** Tells its listeners what changed: "chats", "messages", "presses", "typing", "calls", "faults", "clock", "place", … */
export class Store {
  constructor() {
    this.listeners = [];
    this.clear();
    this.userId = null;
    this.chatId = null;
    this.threadId = null;
    this.replyTo = null;
    this.editing = null;
    this.seen = new Map();
  }

  clear() {
    this.bot = null;
    this.users = new Map();
    this.chats = new Map();
    this.messages = new Map();
    this.calls = new Map();
    this.faults = [];
    this.typing = new Map();
    this.clock = { aheadS: 0 };
  }

  listen(listener) {
    this.listeners.push(listener);
  }

  tell(what, details) {
    for (const listener of this.listeners) listener(what, details);
  }

  /** Seconds on the sandbox's clock. */
  now() {
    return Date.now() / 1000 + this.clock.aheadS;
  }

  /** Take over one event of the stream. */
  take(news) {
    if (news.is_all) {
      this.clear();
      this.bot = news.bot;
    }
    for (const user of news.users ?? []) this.users.set(user.id, user);
    for (const chat of news.chats ?? []) {
      this.chats.set(chat.chat_id, chat);
      if (!this.messages.has(chat.chat_id)) this.messages.set(chat.chat_id, new Map());
    }
    const [fresh, changed] = [[], []];
    for (const message of news.messages ?? []) {
      const known = this.messages.get(message.chat_id);
      if (!known) continue;
      (known.has(message.message_id) ? changed : fresh).push(message);
      known.set(message.message_id, message);
    }
    for (const gone of news.gone ?? []) this.messages.get(gone.chat_id)?.delete(gone.message_id);
    for (const call of news.calls ?? []) this.calls.set(call.number, call);
    while (this.calls.size > CALLS_KEPT) this.calls.delete(this.calls.keys().next().value);
    if (news.faults) this.faults = news.faults;
    if (news.clock) this.clock.aheadS = news.clock.now - Date.now() / 1000;
    for (const { chat_id: chatId, for_s: forS } of news.typing ?? []) this.typing.set(chatId, Date.now() + forS * 1000);
    this.announce(news, fresh, changed);
  }

  announce(news, fresh, changed) {
    if (news.is_all) return this.tell("all");
    if (news.clock) this.tell("clock");
    if (news.users || news.chats) this.tell("chats");
    if (fresh.length || changed.length || news.gone) this.tell("messages", { fresh, changed, gone: news.gone ?? [] });
    for (const press of news.presses ?? []) this.tell("press", press);
    if (news.typing) this.tell("typing");
    if (news.calls) this.tell("calls", news.calls);
    if (news.faults) this.tell("faults");
  }

  // Who and where

  get chat() {
    return this.chats.get(this.chatId) ?? null;
  }

  get user() {
    return this.users.get(this.userId) ?? null;
  }

  /** The chats that the person is in: the one with the bot first, then as they were made. */
  chatsOf(userId) {
    return [...this.chats.values()].filter((chat) =>
      chat.type === "private" ? chat.chat_id === userId : chat.members.some((member) => member.id === userId),
    );
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

  /** Whether the person may write there now; else why not, as a key of words. */
  whyMute(chat, userId) {
    if (chat.migrated_to) return "mute.migrated";
    if (chat.is_blocked) return "mute.blocked";
    if (chat.type === "channel" && !["creator", "administrator"].includes(this.statusOf(chat, userId)))
      return "mute.channel";
    return null;
  }

  /** The messages of a chat in order; of one topic only where the chat has topics. */
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

  unreadIn(chat) {
    const seen = this.seen.get(`${this.userId}.${chat.chat_id}`) ?? 0;
    return [...(this.messages.get(chat.chat_id)?.values() ?? [])].filter((m) => m.message_id > seen && m.is_bot).length;
  }

  markSeen() {
    const last = this.chat && this.lastMessage(this.chat);
    if (last) this.seen.set(`${this.userId}.${this.chatId}`, last.message_id);
  }

  be(userId) {
    this.userId = userId;
    const own = this.chatsOf(userId);
    const chat = own.find((c) => c.chat_id === this.chatId) ?? own[0];
    this.go(chat?.chat_id ?? null, null, { isSamePlace: true });
  }

  go(chatId, threadId = null, { isSamePlace = false } = {}) {
    this.chatId = chatId;
    this.threadId = threadId;
    this.replyTo = null;
    this.editing = null;
    this.markSeen();
    this.tell("place", { isSamePlace });
  }

  compose({ replyTo = null, editing = null }) {
    this.replyTo = replyTo;
    this.editing = editing;
    this.tell("compose");
  }
}
