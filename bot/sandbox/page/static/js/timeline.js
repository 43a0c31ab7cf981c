// The messages of the chat that is open, kept in step with the store: nodes that did not change stay where they are.

import { bubble } from "./bubble.js";
import { dayKey, dayOf } from "./dates.js";
import { el, icon } from "./dom.js";
import { t } from "./words.js";

const RUN_S = 600;
const NEAR_END_PX = 120;

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
    this.jump = el(
      "button",
      { type: "button", class: "jump", hidden: true, "aria-label": t("to.end"), on: { click: () => this.toEnd() } },
      icon("down"),
    );
    this.scroller = el(
      "div",
      { class: "timeline", tabIndex: 0, role: "region", "aria-label": t("messages") },
      this.list,
      this.typing,
    );
    this.element = el("div", { class: "timeline-frame" }, this.scroller, this.jump);
    this.scroller.addEventListener("scroll", () => this.showJump(), { passive: true });
    this.scroller.addEventListener("scrollend", () => this.finishScroll(), { passive: true });
    for (const moved of ["wheel", "touchstart", "pointerdown", "keydown"])
      this.scroller.addEventListener(moved, () => this.arrive(), { passive: true });
    // Pictures and a keyboard that opens change the room: who was at the end stays there.
    new ResizeObserver(() => this.wasAtEnd && this.toEnd(false)).observe(this.scroller);
    new ResizeObserver(() => this.wasAtEnd && this.toEnd(false)).observe(this.list);
    this.wasAtEnd = true;
    this.isOnTheWay = false;
  }

  get isAtEnd() {
    // What comes while the list still moves to its end must not leave the reader behind.
    return this.isOnTheWay || this.leftBelow < NEAR_END_PX;
  }

  get leftBelow() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight;
  }

  /** Finish a scroll to the end. A message that arrives during the animation ends it early. */
  finishScroll() {
    if (this.isOnTheWay && this.leftBelow >= NEAR_END_PX) this.toEnd(false);
    this.arrive();
  }

  /** The list has come to its end, or the reader moves it. */
  arrive() {
    this.isOnTheWay = false;
    this.showJump();
  }

  showJump() {
    this.wasAtEnd = this.isAtEnd;
    this.jump.hidden = this.wasAtEnd;
  }

  toEnd(isSmooth = true) {
    const behavior = isSmooth && !matchMedia("(prefers-reduced-motion: reduce)").matches ? "smooth" : "instant";
    this.isOnTheWay = behavior === "smooth" && this.leftBelow > 1;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior });
    this.wasAtEnd = true;
  }

  /** Another chat, topic or person: all anew, and nothing of it is read aloud. */
  open() {
    this.list.setAttribute("aria-busy", "true");
    this.nodes.clear();
    this.list.replaceChildren();
    this.update();
    this.toEnd(false);
    this.showJump();
    this.list.removeAttribute("aria-busy");
  }

  /** Bring the list in step. Whoever reads further up is left there, unless they wrote themselves. */
  update({ isOwn = false } = {}) {
    const stays = this.isAtEnd || isOwn;
    const chat = this.store.chat;
    const wanted = chat ? this.wanted(chat) : [];
    const kept = new Set(wanted.map(([key]) => key));
    for (const [key, known] of this.nodes) {
      if (!kept.has(key)) {
        known.node.remove();
        this.nodes.delete(key);
      }
    }
    let place = this.list.firstChild;
    for (const [key, stamp, make] of wanted) {
      const known = this.nodes.get(key);
      const node = known?.stamp === stamp ? known.node : make();
      if (known && known.node !== node) {
        if (place === known.node) place = node;
        replace(known.node, node);
      } else if (node !== place) this.list.insertBefore(node, place);
      this.nodes.set(key, { stamp, node });
      place = node.nextSibling;
    }
    this.list.classList.toggle("is-empty", !wanted.length);
    if (stays) this.toEnd();
  }

  /** What should stand in the list: a key, a stamp that changes with the look, and how to make it. */
  wanted(chat) {
    const { store } = this;
    const messages = store.messagesOf(chat, store.threadId);
    const wanted = [];
    messages.forEach((message, index) => {
      const [before, after] = [messages[index - 1], messages[index + 1]];
      if (!before || dayKey(before.date) !== dayKey(message.date)) {
        const day = dayOf(message.date, store.now());
        wanted.push([`day ${message.message_id}`, day, () => el("div", { class: "day" }, el("span", {}, day))]);
      }
      const view = this.viewOf(chat, message, before, after);
      const quoted = store.messages.get(message.chat_id)?.get(message.reply_to_message_id)?.event ?? 0;
      const stamp = [message.event, quoted, ...Object.values(view)].join();
      wanted.push([message.message_id, stamp, () => bubble(store, message, view, this.act)]);
    });
    return wanted;
  }

  viewOf(chat, message, before, after) {
    const isMine = this.store.isMine(message);
    const isGroup = chat.type === "group" || chat.type === "supergroup";
    const isFirst = !before || !isOneRun(before, message);
    return {
      isMine,
      isFirst,
      isLast: !after || !isOneRun(message, after),
      isNamed: isFirst && !isMine && isGroup,
      hasAvatar: isGroup && !isMine,
    };
  }

  showTyping() {
    const until = this.store.typing.get(this.store.chatId) ?? 0;
    const left = until - Date.now();
    clearTimeout(this.timer);
    const stays = this.isAtEnd;
    this.typing.hidden = left <= 0;
    if (left > 0) {
      this.timer = setTimeout(() => this.store.tell("typing"), left + 50);
      if (stays) this.toEnd();
    }
  }

  /** Scroll to a message and let it shine for a moment. */
  show(messageId) {
    const node = this.nodes.get(messageId)?.node;
    if (!node) return;
    this.wasAtEnd = this.isOnTheWay = false;
    node.scrollIntoView({ block: "center" });
    node.focus({ preventScroll: true });
    node.classList.add("is-found");
    node.addEventListener("animationend", () => node.classList.remove("is-found"), { once: true });
  }
}

function isOneRun(a, b) {
  return (
    !a.service &&
    !b.service &&
    a.from_id === b.from_id &&
    a.is_bot === b.is_bot &&
    b.date - a.date < RUN_S &&
    dayKey(a.date) === dayKey(b.date)
  );
}

/** An edit in place: a button that had the focus keeps it, by its words or its place. */
function replace(old, node) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const buttons = (root) => [...root.querySelectorAll("button, a[href]")];
  const index = focused ? buttons(old).indexOf(focused) : -1;
  old.replaceWith(node);
  if (!focused) return;
  const fresh = buttons(node);
  (fresh.find((b) => b.textContent === focused.textContent) ?? fresh[index] ?? node).focus({ preventScroll: true });
}
