// Inline keyboards and reply keyboards.

import { el, icon, isOpenable, link } from "./dom.js";
import { t } from "./words.js";

const ICONS = {
  url: "out",
  copy_text: "copy",
  switch_inline_query_current_chat: "search",
  switch_inline_query: "search",
  switch_inline_query_chosen_chat: "search",
};

/** Build the inline keyboard of a message. */
export function inlineKeyboard(message, act) {
  const rows = message.keyboard.map((row) =>
    el("div", { class: "key-row" }, ...row.map((button) => buildKey(message, button, act))),
  );
  return el("div", { class: "inline-keyboard", role: "group", "aria-label": t("buttons") }, ...rows);
}

function buildKey(message, button, act) {
  const content = [
    el("span", { class: "key-text", dir: "auto" }, button.text),
    ICONS[button.kind] && icon(ICONS[button.kind]),
  ];
  const data = { kind: button.kind, ...(button.style && { style: button.style }) };
  if (button.kind === "url" && isOpenable(button.value)) {
    const click = (event) => {
      if (act.followBotLink(button.value)) event.preventDefault();
    };
    return link(button.value, { class: "key", title: button.value, data, on: { click } }, ...content);
  }
  const node = el("button", { type: "button", class: "key", data }, ...content);
  node.addEventListener("click", () => act.press(message, button, node));
  return node;
}

/** Build the rows of a reply keyboard. `onPress` receives the text of the pressed button. */
export function replyKeyboard(rows, onPress) {
  return rows.map((row) =>
    el(
      "div",
      { class: "key-row" },
      ...row.map(({ text, style }) =>
        el(
          "button",
          { type: "button", class: "reply-key", data: style ? { style } : {}, on: { click: () => onPress(text) } },
          text,
        ),
      ),
    ),
  );
}
