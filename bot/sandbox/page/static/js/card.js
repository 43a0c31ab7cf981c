// The card of a link. The sandbox fetches nothing, so it says only what stands in the address itself.

import { el, isOpenable, link } from "./dom.js";
import { t } from "./words.js";

/** The card under (or over) a text with a link, as link_preview_options has it; null where there is none. */
export function card(message) {
  const options = message.link_preview_options ?? {};
  const url = options.url ?? firstLink(message);
  if (options.is_disabled || !url || !isOpenable(url)) return null;
  const { hostname, pathname } = new URL(url);
  const size = options.prefer_large_media ? " is-large" : "";
  return link(
    url,
    { class: `card${size}`, title: url },
    el("span", { class: "card-site" }, hostname.replace(/^www\./, "")),
    el("span", { class: "card-title" }, titleFromPath(pathname) || hostname),
    el("span", { class: "card-note" }, t("card.note")),
  );
}

function firstLink(message) {
  const entity = message.entities.find((e) => ["url", "text_link"].includes(e.type));
  if (!entity) return null;
  if (entity.url) return entity.url;
  const url = message.text.slice(entity.offset, entity.offset + entity.length);
  return /^https?:/i.test(url) ? url : `http://${url}`;
}

/** The words in the longest part of a path: "/2026/harga-cabai-turun.html" is "Harga cabai turun". */
function titleFromPath(pathname) {
  const parts = pathname.split("/").map((part) =>
    part
      .replace(/\.\w+$/, "")
      .split(/[-_]+/)
      .filter((word) => /\p{L}/u.test(word)),
  );
  const longest = parts.reduce((best, part) => (part.length > best.length ? part : best), []);
  let words = longest.join(" ");
  try {
    words = decodeURIComponent(words);
  } catch {
    // a path that is not UTF-8 stays as it is
  }
  return words.charAt(0).toUpperCase() + words.slice(1);
}
