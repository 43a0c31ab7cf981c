// A message in the timeline: sender, content, time and inline keyboard.

import { fileUrl } from "./api.js";
import { card } from "./card.js";
import { formatTime } from "./dates.js";
import { avatar, colourClass, el, icon, iconButton, isolate } from "./dom.js";
import { render } from "./entities.js";
import { inlineKeyboard } from "./keyboards.js";
import { language, t } from "./words.js";

const QUOTED_CHARACTERS = 90;

/** Build the element of a message. `layout` is the result of `Timeline.layoutOf`. */
export function bubble(store, message, layout, act) {
  if (message.service) return service(store, message);
  const isBare = message.photo && !message.text;
  const face = faceOf(store, message);
  const content = el(
    "div",
    { class: `bubble${isBare ? " is-bare" : ""}` },
    layout.hasAvatar && layout.isLast && avatar(senderOf(store, message), face),
    layout.isNamed &&
      el(
        "div",
        { class: `sender ${colourClass(face, "colour-text")}` },
        isolate(senderOf(store, message)),
      ),
    message.forwarded_from !== null &&
      el("div", { class: "forwarded" }, t("forwarded"), " ", isolate(message.forwarded_from)),
    message.via && el("div", { class: "via" }, t("via"), ` @${message.via}`),
    message.guest_of && el("div", { class: "via" }, t("guest.of"), " ", isolate(message.guest_of)),
    quotedMessage(store, message, act),
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
    {
      class: classNames(layout),
      data: { id: message.message_id },
      "aria-label": describeMessage(store, message),
      tabIndex: -1,
    },
    stack,
  );
}

function classNames(layout) {
  return [
    "message",
    layout.isMine ? "is-mine" : "is-theirs",
    layout.hasAvatar && "has-avatar",
    layout.isFirst && "is-first",
    layout.isLast && "is-last",
  ]
    .filter(Boolean)
    .join(" ");
}

export function senderOf(store, message) {
  return message.sender ?? store.chats.get(message.chat_id)?.title ?? "";
}

/** Return the id that decides the sender's colour. A post has that of its channel. */
function faceOf(store, message) {
  if (store.chats.get(message.chat_id)?.type === "channel") return message.chat_id;
  return message.is_bot ? 0 : (message.from_id ?? message.chat_id);
}

/** Return the label that screen readers announce before the text. */
function describeMessage(store, message) {
  const sender = store.isMine(message) ? t("you") : senderOf(store, message);
  return `${sender}, ${formatTime(message.date)}${message.is_edited ? `, ${t("edited")}` : ""}`;
}

function body(store, message, act) {
  const media = [
    message.photo && photo(message, act),
    message.document && file(message),
    message.location && locationBox(message.location),
  ].filter(Boolean);
  const preview = message.text && !media.length ? card(message) : null;
  const others = preview ? [preview] : media;
  // By default a photo is above its caption and a link card is below its text; the message can reverse either.
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
    el("time", { dateTime: new Date(message.date * 1000).toISOString() }, formatTime(message.date)),
    store.isMine(message) && icon("checks"),
  );
}

/** Build a one-line excerpt of the message that this one replies to. */
function quotedMessage(store, message, act) {
  if (message.reply_to_message_id === null) return null;
  const original = store.messages.get(message.chat_id)?.get(message.reply_to_message_id);
  if (!original || original.service) return null;
  const sender = el("span", { class: "quoted-name" }, isolate(senderOf(store, original)));
  const excerpt = el("span", { class: "quoted-text" }, message.quote ?? snippet(original));
  return el(
    "button",
    {
      type: "button",
      class: "quoted",
      "aria-label": t("quoted", { name: senderOf(store, original) }),
      on: { click: () => act.showMessage(original.message_id) },
    },
    sender,
    excerpt,
  );
}

/** Return a one-line excerpt of a message, for the chat list and for replies. */
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
    src: fileUrl(fileId),
    width,
    height,
    alt: message.text ? "" : t("photo"),
    decoding: "async",
  });
  const button = el("button", { type: "button", class: "photo", "aria-label": t("photo.open") }, picture);
  if (message.has_spoiler) button.classList.add("is-covered");
  button.addEventListener("click", () => {
    if (button.classList.contains("is-covered")) button.classList.remove("is-covered");
    else act.openImage(fileUrl(fileId), message.text);
  });
  return button;
}

function file(message) {
  const { file_name: fileName, file_size: size, file_id: fileId } = message.document;
  const suffix = fileName.includes(".") ? fileName.split(".").at(-1).slice(0, 4) : "";
  return el(
    "a",
    { class: "file", href: fileUrl(fileId), download: fileName },
    el("span", { class: "file-icon", "aria-hidden": "true" }, suffix || icon("file")),
    el(
      "span",
      { class: "file-words" },
      el("span", { class: "file-name" }, isolate(fileName)),
      el("span", { class: "file-size" }, formatSize(size)),
    ),
  );
}

function locationBox({ latitude, longitude }) {
  const degrees = (number) => new Intl.NumberFormat(language, { maximumFractionDigits: 4 }).format(number);
  const words = el(
    "span",
    { class: "file-words" },
    el("span", { class: "file-name" }, t("place")),
    el("span", { class: "file-size" }, `${degrees(latitude)}; ${degrees(longitude)}`),
  );
  return el("div", { class: "file" }, el("span", { class: "file-icon", "aria-hidden": "true" }, icon("pin")), words);
}

export function formatSize(bytes) {
  const units = ["B", "KB", "MB"];
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: unit ? 1 : 0 }).format(value)} ${units[unit]}`;
}

function actions(store, message, act) {
  const isEditable = store.isMine(message) && !message.via && !message.document && !message.photo && !message.location;
  return el(
    "div",
    { class: "actions" },
    iconButton("reply", t("reply"), () => act.reply(message)),
    isEditable && iconButton("edit", t("edit"), () => act.edit(message)),
  );
}

function service(store, message) {
  return el(
    "div",
    { class: "service", data: { id: message.message_id } },
    el("span", {}, describeService(store, message)),
  );
}

function describeService(store, message) {
  const { service: content } = message;
  const sender = senderOf(store, message);
  const people = (list) => list.map((user) => user.first_name).join(", ");
  if (content.new_chat_members) return t("service.joined", { name: people(content.new_chat_members) });
  if (content.left_chat_member) return t("service.left", { name: people([content.left_chat_member]) });
  if (content.forum_topic_created) return t("service.topic", { name: content.forum_topic_created.name });
  if (content.migrate_to_chat_id || content.migrate_from_chat_id) return t("service.migrated");
  return t("service.other", { name: sender });
}
