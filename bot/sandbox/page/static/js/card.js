// Link previews. The sandbox fetches no pages, so a preview is derived from the URL alone. Only the sandbox's own news
// site has pictures.

import { el, icon, isOpenable, link } from "./dom.js";
import { t } from "./words.js";

const SITE = "/berita/";

/** Build the preview of a message according to its link_preview_options, or return null. */
export function card(message) {
  const options = message.link_preview_options ?? {};
  const url = options.url ?? firstLink(message);
  if (options.is_disabled || !url || !isOpenable(url)) return null;
  const { hostname, origin, pathname } = new URL(url);
  const isOwn = origin === location.origin && pathname.startsWith(SITE);
  return link(
    url,
    { class: "card", title: url },
    el("span", { class: "card-site" }, isOwn ? t("card.own") : hostname.replace(/^www\./, "")),
    el("span", { class: "card-title" }, titleFromPath(pathname) || hostname),
    isOwn || options.prefer_large_media ? picture(url, isOwn) : el("span", { class: "card-note" }, t("card.note")),
  );
}

function picture(url, isOwn) {
  if (isOwn) return el("img", { class: "card-picture", src: `${url}.svg`, alt: "" });
  return el("span", { class: "card-picture" }, icon("picture"), t("card.picture"));
}

function firstLink(message) {
  const entity = message.entities.find((e) => ["url", "text_link"].includes(e.type));
  if (!entity) return null;
  if (entity.url) return entity.url;
  const url = message.text.slice(entity.offset, entity.offset + entity.length);
  return /^https?:/i.test(url) ? url : `http://${url}`;
}

/** Return the words of the longest path segment: "/2026/harga-cabai-turun.html" gives "Harga cabai turun". */
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
    // Not valid UTF-8: keep the encoded form.
  }
  return words.charAt(0).toUpperCase() + words.slice(1);
}
