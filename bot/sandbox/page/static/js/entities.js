// Message entities to DOM nodes. Offsets count UTF-16 code units, like JavaScript strings.

import { formatDateTime, formatMoment } from "./dates.js";
import { el, icon, isOpenable, link } from "./dom.js";
import { t } from "./words.js";

const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code" };
const BLOCKS = new Set(["blockquote", "expandable_blockquote", "pre"]);
// An expandable quote has a button only if its text does not fit into the folded lines.
const quoteSizes = new ResizeObserver((entries) => {
  for (const { target: body } of entries) {
    const quote = body.closest("blockquote");
    const isShort = quote.classList.contains("is-folded") && body.scrollHeight <= body.clientHeight + 1;
    quote.classList.toggle("is-short", isShort);
  }
});

/** Return the nodes of a text. Commands call `act.sendCommand`, links `act.followBotLink`. */
export function render(text, entities, act) {
  const edges = new Set([0, text.length]);
  const valid = entities.filter((e) => e.length > 0 && e.offset >= 0 && e.offset + e.length <= text.length);
  for (const entity of valid) edges.add(entity.offset).add(entity.offset + entity.length);
  const ordered = valid.map((e, order) => ({ ...e, end: e.offset + e.length, order }));
  ordered.sort(
    (a, b) =>
      a.offset - b.offset ||
      b.end - a.end ||
      Number(BLOCKS.has(b.type)) - Number(BLOCKS.has(a.type)) ||
      a.order - b.order,
  );
  return renderRange(text, 0, text.length, ordered, act);
}

/** Return the nodes between two offsets. Entities that overlap are split, so that elements nest. */
function renderRange(text, start, end, entities, act) {
  const nodes = [];
  let at = start;
  let rest = entities
    .filter((e) => e.offset < end && e.end > start)
    .map((e) => ({ ...e, offset: Math.max(e.offset, start), end: Math.min(e.end, end) }));
  while (rest.length) {
    const [first] = rest;
    if (first.offset > at) nodes.push(document.createTextNode(text.slice(at, first.offset)));
    const inner = rest.slice(1).filter((e) => e.offset < first.end);
    const children = renderRange(text, first.offset, first.end, inner, act);
    nodes.push(wrap(first, text.slice(first.offset, first.end), children, act));
    at = first.end;
    rest = rest
      .slice(1)
      .filter((e) => e.end > at)
      .map((e) => ({ ...e, offset: Math.max(e.offset, at) }));
    // Skip the line break after a block element, which would show as an empty line.
    if (BLOCKS.has(first.type) && text[at] === "\n" && at < end) at += 1;
    rest = rest.filter((e) => e.end > at).map((e) => ({ ...e, offset: Math.max(e.offset, at) }));
  }
  if (at < end) nodes.push(document.createTextNode(text.slice(at, end)));
  return nodes;
}

function wrap(entity, text, children, act) {
  if (TAGS[entity.type]) return el(TAGS[entity.type], {}, ...children);
  switch (entity.type) {
    case "spoiler":
      return spoiler(children);
    case "blockquote":
      return el("blockquote", {}, icon("quote"), ...children);
    case "expandable_blockquote":
      return expandable(children);
    case "pre":
      return el("pre", { data: entity.language ? { language: entity.language } : {} }, el("code", {}, ...children));
    case "bot_command":
      return el(
        "button",
        { type: "button", class: "text-button", on: { click: () => act.sendCommand(text) } },
        ...children,
      );
    case "text_link":
      return buildLink(entity.url, children, act);
    case "url":
      return buildLink(/^[a-z]+:/i.test(text) ? text : `http://${text}`, children, act);
    case "date_time":
      return moment(entity, children, act);
    case "email":
      return buildLink(`mailto:${text}`, children, act);
    default:
      return ["mention", "hashtag", "cashtag", "text_mention", "phone_number"].includes(entity.type)
        ? el("span", { class: "mention" }, ...children)
        : el("span", {}, ...children);
  }
}

function buildLink(url, children, act) {
  if (!isOpenable(url)) return el("span", { class: "mention" }, ...children);
  const click = (event) => {
    if (act.followBotLink(url)) event.preventDefault();
  };
  return link(url, { title: url, on: { click } }, ...children);
}

/** Build a moment in the viewer's zone and language. Without a format the text stays; the pointer shows it in full. */
function moment({ unix_time: seconds, date_time_format: letters = "" }, children, act) {
  const words = letters ? [formatMoment(seconds, letters, act.store.now())] : children;
  const properties = { dateTime: new Date(seconds * 1000).toISOString(), data: { seconds, letters } };
  return el("time", { class: "moment", title: formatDateTime(seconds), ...properties }, ...words);
}

/** Update the relative moments below `root` ("5 minutes ago"). */
export function updateMoments(root, now) {
  for (const time of root.querySelectorAll("time[data-letters=r]"))
    time.textContent = formatMoment(Number(time.dataset.seconds), "r", now);
}

function spoiler(children) {
  const inside = el("span", { class: "spoiler-text", "aria-hidden": "true" }, ...children);
  const cover = el("span", { class: "spoiler", role: "button", tabIndex: 0, "aria-label": t("spoiler") }, inside);
  const open = (event) => {
    if (event.type === "keydown" && !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    for (const type of ["click", "keydown"]) cover.removeEventListener(type, open, true);
    for (const name of ["role", "aria-label", "tabindex"]) cover.removeAttribute(name);
    inside.removeAttribute("aria-hidden");
    cover.classList.add("is-open");
  };
  // Capture the events: links and buttons under the cover do not react.
  for (const type of ["click", "keydown"]) cover.addEventListener(type, open, true);
  return cover;
}

/** Build a quote that is folded to three lines. A press anywhere but on a link or a button opens or folds it. */
function expandable(children) {
  const body = el("div", { class: "quote-text" }, ...children);
  const button = el("button", { type: "button", class: "quote-button", "aria-expanded": "false" }, icon("down"));
  button.setAttribute("aria-label", t("quote.more"));
  const toggle = (event) => {
    if (quote.classList.contains("is-short") || event.target.closest("a, button:not(.quote-button), .spoiler")) return;
    // Selecting text is no press.
    if (!getSelection().isCollapsed) return;
    const isFolded = quote.classList.toggle("is-folded");
    button.setAttribute("aria-expanded", String(!isFolded));
    button.setAttribute("aria-label", t(isFolded ? "quote.more" : "quote.less"));
  };
  const quote = el("blockquote", { class: "is-folded", on: { click: toggle } }, icon("quote"), body, button);
  quoteSizes.observe(body);
  return quote;
}
