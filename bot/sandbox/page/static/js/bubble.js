// One message: who, what, when, and the buttons under it.

import { fileAddress } from "./api.js";
import { card } from "./card.js";
import { timeOf } from "./dates.js";
import { avatar, colourOf, el, icon, iconButton, name } from "./dom.js";
import { render } from "./entities.js";
import { inlineKeyboard } from "./keyboards.js";
import { language, t } from "./words.js";

const QUOTED_CHARACTERS = 90;

/** A message of the chat as an element. `view` tells how it stands: mine, first and last of a run, named. */
export function bubble(store, message, view, act) {
  if (message.service) return service(store, message);
  const bare = message.photo && !message.text;
  const content = el(
    "div",
    { class: `bubble${bare ? " is-bare" : ""}` },
    view.hasAvatar && view.isLast && avatar(senderOf(store, message), message.is_bot ? 0 : (message.from_id ?? 0)),
    view.isNamed &&
      el(
        "div",
        { class: `sender ${colourOf(message.is_bot ? 0 : (message.from_id ?? message.chat_id), "colour-text")}` },
        name(senderOf(store, message)),
      ),
    message.forwarded_from !== null &&
      el("div", { class: "forwarded" }, t("forwarded"), " ", name(message.forwarded_from)),
    message.via && el("div", { class: "via" }, t("via"), ` @${message.via}`),
    answered(store, message, act),
    ...body(store, message, act),
  );
  const stack = el(
    "div",
    { class: "stack" },
    content,
    message.is_inline_keyboard && inlineKeyboard(message, act),
    actions(store, message, act),
  );
  return el(
    "article",
    { class: classOf(view), data: { id: message.message_id }, "aria-label": labelOf(store, message), tabIndex: -1 },
    stack,
  );
}

function classOf(view) {
  return [
    "message",
    view.isMine ? "is-mine" : "is-theirs",
    view.hasAvatar && "has-avatar",
    view.isFirst && "is-first",
    view.isLast && "is-last",
  ]
    .filter(Boolean)
    .join(" ");
}

export function senderOf(store, message) {
  return message.sender ?? store.chats.get(message.chat_id)?.title ?? "";
}

/** What a screen reader says first of a message; the text itself follows. */
function labelOf(store, message) {
  const who = store.isMine(message) ? t("you") : senderOf(store, message);
  return `${who}, ${timeOf(message.date)}${message.is_edited ? `, ${t("edited")}` : ""}`;
}

function body(store, message, act) {
  const media = [
    message.photo && photo(message, act),
    message.document && file(message),
    message.location && place(message.location),
  ].filter(Boolean);
  const preview = message.text && !media.length ? card(message) : null;
  const others = preview ? [preview] : media;
  // A picture stands over its caption, a card under its text, unless the bot wants it the other way round.
  const isTextLast = preview ? Boolean(message.link_preview_options?.show_above_text) : !message.is_caption_above;
  if (!message.text) return [...others, meta(store, message)];
  const time = meta(store, message);
  const text = el(
    "div",
    { class: "text", dir: "auto" },
    ...render(message.text, message.entities, act),
    (isTextLast || !others.length) && time,
  );
  return isTextLast || !others.length ? [...others, text] : [text, ...others, time];
}

function meta(store, message) {
  return el(
    "span",
    { class: "meta" },
    message.is_edited && el("span", { class: "edited" }, t("edited")),
    el("time", { dateTime: new Date(message.date * 1000).toISOString() }, timeOf(message.date)),
    store.isMine(message) && icon("checks"),
  );
}

/** The message that this one answers, in one line. */
function answered(store, message, act) {
  if (message.reply_to_message_id === null) return null;
  const original = store.messages.get(message.chat_id)?.get(message.reply_to_message_id);
  if (!original || original.service) return null;
  const who = el("span", { class: "quoted-name" }, name(senderOf(store, original)));
  const what = el("span", { class: "quoted-text" }, message.quote ?? snippet(original));
  return el(
    "button",
    {
      type: "button",
      class: "quoted",
      "aria-label": t("quoted", { name: senderOf(store, original) }),
      on: { click: () => act.show(original.message_id) },
    },
    who,
    what,
  );
}

/** A message in a few words: for the list of chats, and where it is answered. */
export function snippet(message) {
  if (message.service) return "";
  const kind = message.photo
    ? t("photo")
    : message.document
      ? message.document.file_name
      : message.location
        ? t("place")
        : "";
  const text = message.text.replace(/\s+/g, " ").slice(0, QUOTED_CHARACTERS);
  return [kind, text].filter(Boolean).join(" · ");
}

function photo(message, act) {
  const { width, height, file_id: fileId } = message.photo;
  const picture = el("img", {
    src: fileAddress(fileId),
    width,
    height,
    alt: message.text ? "" : t("photo"),
    decoding: "async",
  });
  const open = el("button", { type: "button", class: "photo", "aria-label": t("photo.open") }, picture);
  if (message.has_spoiler) open.classList.add("is-covered");
  open.addEventListener("click", () => {
    if (open.classList.contains("is-covered")) open.classList.remove("is-covered");
    else act.look(fileAddress(fileId), message.text);
  });
  return open;
}

function file(message) {
  const { file_name: fileName, file_size: size, file_id: fileId } = message.document;
  const suffix = fileName.includes(".") ? fileName.split(".").at(-1).slice(0, 4) : "";
  return el(
    "a",
    { class: "file", href: fileAddress(fileId), download: fileName },
    el("span", { class: "file-icon", "aria-hidden": "true" }, suffix || icon("file")),
    el(
      "span",
      { class: "file-words" },
      el("span", { class: "file-name" }, name(fileName)),
      el("span", { class: "file-size" }, sizeOf(size)),
    ),
  );
}

function place({ latitude, longitude }) {
  const degrees = (number) => new Intl.NumberFormat(language, { maximumFractionDigits: 4 }).format(number);
  const words = el(
    "span",
    { class: "file-words" },
    el("span", { class: "file-name" }, t("place")),
    el("span", { class: "file-size" }, `${degrees(latitude)}; ${degrees(longitude)}`),
  );
  return el("div", { class: "file" }, el("span", { class: "file-icon", "aria-hidden": "true" }, icon("pin")), words);
}

export function sizeOf(bytes) {
  const units = ["B", "KB", "MB"];
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: unit ? 1 : 0 }).format(value)} ${units[unit]}`;
}

function actions(store, message, act) {
  const own = store.isMine(message) && !message.via && !message.document && !message.photo && !message.location;
  return el(
    "div",
    { class: "actions" },
    iconButton("reply", t("reply"), () => act.reply(message)),
    own && iconButton("edit", t("edit"), () => act.edit(message)),
  );
}

/** What happened in the chat, as a line of its own. */
function service(store, message) {
  return el("div", { class: "service", data: { id: message.message_id } }, el("span", {}, happening(store, message)));
}

function happening(store, message) {
  const { service: content } = message;
  const who = senderOf(store, message);
  const people = (list) => list.map((user) => user.first_name).join(", ");
  if (content.new_chat_members) return t("service.joined", { name: people(content.new_chat_members) });
  if (content.left_chat_member) return t("service.left", { name: people([content.left_chat_member]) });
  if (content.forum_topic_created) return t("service.topic", { name: content.forum_topic_created.name });
  if (content.migrate_to_chat_id || content.migrate_from_chat_id) return t("service.migrated");
  return t("service.other", { name: who });
}
