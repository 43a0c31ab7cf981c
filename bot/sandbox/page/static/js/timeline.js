// The message list of the open chat. Updates replace only the nodes of changed messages.

import { bubble } from "./bubble.js";
import { dayKey, formatDay } from "./dates.js";
import { el, icon } from "./dom.js";
import { updateMoments } from "./entities.js";
import { t } from "./words.js";

// Longest pause between two messages that are shown as one run, with one name and avatar.
const MAX_RUN_GAP_S = 600;
// Within this distance of the end, the list follows new messages.
const NEAR_END_PX = 120;
// "5 minutes ago" is updated this often.
const MOMENTS_MS = 30_000;

export class Timeline {
  constructor(store, act) {
    this.store = store;
    this.act = act;
    this.nodes = new Map();
    this.list = el("div", {
      class: "timeline-list",
      role: "log",
      "aria-live": "polite",
      "aria-label": t("messages"),
      data: { empty: t("empty.chat") },
    });
    this.typing = el(
      "div",
      { class: "typing", hidden: true },
      el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")),
      el("span", { class: "hidden-words" }, t("typing")),
    );
    this.jumpButton = el(
      "button",
      {
        type: "button",
        class: "jump",
        hidden: true,
        "aria-label": t("to.end"),
        on: { click: () => this.scrollToEnd() },
      },
      icon("down"),
    );
    this.scroller = el(
      "div",
      { class: "timeline", tabIndex: 0, role: "region", "aria-label": t("messages") },
      this.list,
      this.typing,
    );
    this.element = el("div", { class: "timeline-frame" }, this.scroller, this.jumpButton);
    this.scroller.addEventListener("scroll", () => this.updateJumpButton(), { passive: true });
    this.scroller.addEventListener("scrollend", () => this.finishScroll(), { passive: true });
    for (const moved of ["wheel", "touchstart", "pointerdown", "keydown"])
      this.scroller.addEventListener(moved, () => this.stopScrolling(), { passive: true });
    // Loading images and an opening keyboard change the height. Stay at the end if the reader was there.
    new ResizeObserver(() => this.wasAtEnd && this.scrollToEnd(false)).observe(this.scroller);
    new ResizeObserver(() => this.wasAtEnd && this.scrollToEnd(false)).observe(this.list);
    setInterval(() => updateMoments(this.list, store.now()), MOMENTS_MS);
    this.wasAtEnd = true;
    this.isScrolling = false;
  }

  get isAtEnd() {
    // Messages that arrive during a smooth scroll to the end must not stop the list from following.
    return this.isScrolling || this.distanceToEnd < NEAR_END_PX;
  }

  get distanceToEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight;
  }

  /** Finish a scroll to the end. A message that arrives during the animation ends it early. */
  finishScroll() {
    if (this.isScrolling && this.distanceToEnd >= NEAR_END_PX) this.scrollToEnd(false);
    this.stopScrolling();
  }

  /** Record that the scroll has ended, at the end of the list or because the reader interrupted it. */
  stopScrolling() {
    this.isScrolling = false;
    this.updateJumpButton();
  }

  updateJumpButton() {
    this.wasAtEnd = this.isAtEnd;
    this.jumpButton.hidden = this.wasAtEnd;
  }

  scrollToEnd(isSmooth = true) {
    const behavior = isSmooth && !matchMedia("(prefers-reduced-motion: reduce)").matches ? "smooth" : "instant";
    this.isScrolling = behavior === "smooth" && this.distanceToEnd > 1;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior });
    this.wasAtEnd = true;
  }

  /** Rebuild the list for another chat, topic or user. Screen readers do not announce it. */
  open() {
    this.list.setAttribute("aria-busy", "true");
    this.nodes.clear();
    this.list.replaceChildren();
    this.update();
    this.scrollToEnd(false);
    this.updateJumpButton();
    this.list.removeAttribute("aria-busy");
  }

  /** Update the list. Scroll to the end if the reader was near it or just sent a message. */
  update({ isOwn = false } = {}) {
    const followsEnd = this.isAtEnd || isOwn;
    const chat = this.store.chat;
    const rows = chat ? this.buildRows(chat) : [];
    const keys = new Set(rows.map(([key]) => key));
    for (const [key, known] of this.nodes) {
      if (!keys.has(key)) {
        known.node.remove();
        this.nodes.delete(key);
      }
    }
    let nextNode = this.list.firstChild;
    for (const [key, version, build] of rows) {
      const known = this.nodes.get(key);
      const node = known?.version === version ? known.node : build();
      if (known && known.node !== node) {
        if (nextNode === known.node) nextNode = node;
        replaceKeepingFocus(known.node, node);
      } else if (node !== nextNode) this.list.insertBefore(node, nextNode);
      this.nodes.set(key, { version, node });
      nextNode = node.nextSibling;
    }
    updateMoments(this.list, this.store.now());
    this.list.classList.toggle("is-empty", !rows.length);
    if (followsEnd) this.scrollToEnd();
  }

  /** Return a row per message and date: its key, a version that changes with its appearance, and a builder. */
  buildRows(chat) {
    const { store } = this;
    const messages = store.messagesOf(chat, store.threadId);
    const rows = [];
    const { description } = store;
    if (!messages.length && chat.type === "private" && description)
      rows.push(["description", description, () => describeBot(description)]);
    messages.forEach((message, index) => {
      const [before, after] = [messages[index - 1], messages[index + 1]];
      if (!before || dayKey(before.date) !== dayKey(message.date)) {
        const day = formatDay(message.date, store.now());
        rows.push([`day ${message.message_id}`, day, () => el("div", { class: "day" }, el("span", {}, day))]);
      }
      const layout = this.layoutOf(chat, message, before, after);
      const quoted = store.messages.get(message.chat_id)?.get(message.reply_to_message_id)?.event ?? 0;
      const version = [message.event, quoted, ...Object.values(layout)].join();
      rows.push([message.message_id, version, () => bubble(store, message, layout, this.act)]);
    });
    return rows;
  }

  layoutOf(chat, message, before, after) {
    const isMine = this.store.isMine(message);
    const isGroup = chat.type === "group" || chat.type === "supergroup";
    const isFirst = !before || !isSameRun(before, message);
    return {
      isMine,
      isFirst,
      isLast: !after || !isSameRun(message, after),
      isNamed: isFirst && !isMine && chat.type !== "private",
      hasAvatar: isGroup && !isMine,
    };
  }

  showTyping() {
    const until = this.store.typing.get(this.store.chatId) ?? 0;
    const left = until - Date.now();
    clearTimeout(this.timer);
    const followsEnd = this.isAtEnd;
    this.typing.hidden = left <= 0;
    if (left > 0) {
      this.timer = setTimeout(() => this.store.notify("typing"), left + 50);
      if (followsEnd) this.scrollToEnd();
    }
  }

  /** Scroll to a message and highlight it briefly. */
  showMessage(messageId) {
    const node = this.nodes.get(messageId)?.node;
    if (!node) return;
    this.wasAtEnd = this.isScrolling = false;
    node.scrollIntoView({ block: "center" });
    node.focus({ preventScroll: true });
    node.classList.add("is-found");
    node.addEventListener("animationend", () => node.classList.remove("is-found"), { once: true });
  }
}

/** Build the description that Telegram shows in an empty chat with a bot. */
function describeBot(description) {
  return el(
    "section",
    { class: "bot-description", "aria-labelledby": "bot-description" },
    el("h3", { id: "bot-description" }, t("description")),
    el("p", { dir: "auto" }, description),
  );
}

function isSameRun(a, b) {
  return (
    !a.service &&
    !b.service &&
    a.from_id === b.from_id &&
    a.is_bot === b.is_bot &&
    b.date - a.date < MAX_RUN_GAP_S &&
    dayKey(a.date) === dayKey(b.date)
  );
}

/** Replace a node. A focused button keeps the focus: the new one with its text, or else its position, gets it. */
function replaceKeepingFocus(old, node) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const buttons = (root) => [...root.querySelectorAll("button, a[href]")];
  const index = focused ? buttons(old).indexOf(focused) : -1;
  old.replaceWith(node);
  if (!focused) return;
  const fresh = buttons(node);
  (fresh.find((b) => b.textContent === focused.textContent) ?? fresh[index] ?? node).focus({ preventScroll: true });
}
