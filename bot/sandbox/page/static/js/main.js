// The page, put together: parts that show the store, and what a person can do.

import { Actions } from "./actions.js";
import { Chats } from "./chats.js";
import { Composer } from "./composer.js";
import { el } from "./dom.js";
import { Head } from "./head.js";
import { Panel } from "./panel.js";
import { Store } from "./store.js";
import { follow } from "./stream.js";
import { applyTheme } from "./theme.js";
import { Timeline } from "./timeline.js";
import { toastArea } from "./toasts.js";
import { loadWords, t } from "./words.js";

async function begin() {
  applyTheme();
  document.body.dataset.screen = "chat";
  await loadWords();
  const store = new Store();
  const act = new Actions(store);
  const [chats, head, timeline, composer, panel] = [
    new Chats(store),
    new Head(store, act),
    new Timeline(store, act),
    new Composer(store, act),
    new Panel(store, act),
  ];
  const lost = el("p", { class: "lost", role: "alert", hidden: true }, t("lost"));
  act.parts = { head, timeline, composer, panel };
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
        lost,
        timeline.element,
        composer.element,
      ),
      panel.element,
    ),
    toastArea(),
  );
  takeDrops(composer);
  store.listen((what, details) => show({ store, act, chats, head, timeline, composer, panel }, what, details));
  follow(store, (state) => {
    lost.hidden = state === "open";
  });
}

/** Bring the parts in step with what changed. */
function show({ store, act, chats, head, timeline, composer, panel }, what, details) {
  const reactions = {
    all: () => {
      const isKnown = store.users.has(store.userId);
      if (!isKnown) return store.be(store.users.keys().next().value ?? null);
      if (!store.chat) return store.be(store.userId);
      store.markSeen();
      return reactions.place();
    },
    place: () => {
      if (!details?.isSamePlace) document.body.dataset.screen = "chat";
      for (const part of [chats, head, panel]) part.update();
      timeline.open();
      timeline.showTyping();
      composer.open();
    },
    chats: () => {
      act.goWanted();
      for (const part of [chats, head, composer, panel]) part.update();
    },
    messages: ({ fresh }) => {
      store.markSeen();
      timeline.update({ isOwn: fresh.some((message) => store.isMine(message) && message.chat_id === store.chatId) });
      act.follow(fresh);
      chats.update();
    },
    press: () => act.answered(details),
    typing: () => {
      timeline.showTyping();
      head.update();
      chats.update();
    },
    compose: () => composer.showAbout(),
    clock: () => {
      timeline.update();
      panel.update();
    },
    calls: () => panel.update(),
    faults: () => panel.update(),
  };
  reactions[what]?.(details);
}

/** A file may be dropped anywhere on the page. */
function takeDrops(composer) {
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    composer.attach(event.dataTransfer?.files[0]);
  });
}

begin();
