// Entry point: builds the components and updates them when the store changes.

import { Actions } from "./actions.js";
import { Chats } from "./chats.js";
import { Composer } from "./composer.js";
import { el } from "./dom.js";
import { Guide } from "./guide.js";
import { Head } from "./head.js";
import { Panel } from "./panel.js";
import { Store } from "./store.js";
import { connect } from "./stream.js";
import { applyTheme } from "./theme.js";
import { Timeline } from "./timeline.js";
import { toastArea } from "./toasts.js";
import { loadWords, t } from "./words.js";

async function start() {
  applyTheme();
  document.body.dataset.screen = "chat";
  await loadWords();
  const store = new Store();
  const act = new Actions(store);
  const [chats, head, timeline, guide, composer, panel] = [
    new Chats(store),
    new Head(store, act),
    new Timeline(store, act),
    new Guide(store, act),
    new Composer(store, act),
    new Panel(store, act),
  ];
  const connectionAlert = el("p", { class: "lost", role: "alert", hidden: true }, t("lost"));
  act.parts = { head, timeline, guide, composer, panel };
  document.body.append(
    el(
      "a",
      { class: "skip", href: "#message", on: { click: (event) => (event.preventDefault(), composer.input.focus()) } },
      t("skip"),
    ),
    el(
      "div",
      { class: "app" },
      chats.element,
      el(
        "main",
        { class: "chat", "aria-labelledby": "chat-title" },
        head.element,
        connectionAlert,
        timeline.element,
        guide.element,
        composer.element,
      ),
      panel.element,
    ),
    toastArea(),
  );
  acceptDrops(composer);
  store.subscribe((change, details) => 
    update({ store, act, chats, head, timeline, guide, composer, panel }, change, details),
  );
  connect(store, (state) => {
    connectionAlert.hidden = state === "open";
  });
}

/** Update the components that depend on `change`, one of the kinds that Store lists. */
function update({ store, act, chats, head, timeline, guide, composer, panel }, change, details) {
  const handlers = {
    all: () => {
      const isKnown = store.users.has(store.userId);
      if (!isKnown) return store.switchUser(store.users.keys().next().value ?? null);
      if (!store.chat) return store.switchUser(store.userId);
      store.markRead();
      return handlers.place();
    },
    place: () => {
      if (!details?.isSamePlace) document.body.dataset.screen = "chat";
      for (const part of [chats, head, guide, panel]) part.update();
      timeline.open();
      timeline.showTyping();
      composer.open();
    },
    chats: () => {
      act.openPendingChat();
      for (const part of [chats, head, timeline, guide, composer, panel]) part.update();
    },
    messages: ({ fresh }) => {
      store.markRead();
      timeline.update({ isOwn: fresh.some((message) => store.isMine(message) && message.chat_id === store.chatId) });
      act.replyIfForced(fresh);
      chats.update();
    },
    press: () => act.showAnswer(details),
    typing: () => {
      timeline.showTyping();
      head.update();
      chats.update();
    },
    compose: () => composer.showContext(),
    clock: () => {
      timeline.update();
      panel.update();
    },
    calls: () => panel.update(),
    faults: () => panel.update(),
  };
  handlers[change]?.(details);
}

/** Attach a file that is dropped anywhere on the page. */
function acceptDrops(composer) {
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    composer.attach(event.dataTransfer?.files[0]);
  });
}

start();
