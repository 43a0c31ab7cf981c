// DOM helpers. Elements are built, never parsed: strings become text nodes, so no text can inject markup.

/**
 * Build an element. `on` maps events to listeners, `data` sets data attributes, and names with a dash are attributes.
 * Other names are set as properties if the element has them.
 */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "class") node.className = value;
    else if (name in node && !name.includes("-") && name !== "list" && name !== "form") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Replace the children of `node`. */
export function fill(node, ...children) {
  node.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const PATHS = {
  back: "M15 5l-7 7 7 7",
  send: "M4 12l16-8-5 16-3.5-6.5z",
  attach: "M20 11.5l-8 8a5 5 0 01-7-7l8.5-8.5a3.4 3.4 0 014.8 4.8l-8.4 8.4a1.7 1.7 0 01-2.4-2.4l7.6-7.6",
  close: "M6 6l12 12M18 6L6 18",
  menu: "M4 7h16M4 12h16M4 17h10",
  keyboard: "M3 7h18v10H3zM7 11h.01M11 11h.01M15 11h.01M8 14h8",
  reply: "M10 6l-6 6 6 6M4 12h9a7 7 0 017 7",
  edit: "M5 19l1-4L16.5 4.500l3 3L9 18z",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  down: "M6 9l6 6 6-6",
  panel: "M4 5h16v14H4zM14 5v14",
  sun: "M12 8a4 4 0 100 8 4 4 0 000-8zM12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M18.700 5.300l-1.400 1.400M6.700 17.300l-1.400 1.400",
  moon: "M20 14.500A8.500 8.500 0 019.500 4 8.500 8.500 0 1020 14.500z",
  auto: "M12 4a8 8 0 100 16zM12 4a8 8 0 010 16",
  copy: "M9 9h10v11H9zM5 15V4h10",
  out: "M8 16L17 7M9 7h8v8",
  search: "M11 4a7 7 0 100 14 7 7 0 000-14zM16 16l4.500 4.500",
  clock: "M12 4a8 8 0 100 16 8 8 0 000-16zM12 8v4.500l3 2",
  plus: "M12 5v14M5 12h14",
  check: "M5 12.500l4.500 4.500L19 7",
  checks: "M2 12.500l4.500 4.500L15 7M11 16l1 1L21 7",
  megaphone: "M4 10v4h3l8 4V6l-8 4zM18 9a4 4 0 010 6",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.500 9h.01",
  quote: "M7 7h4v5a4 4 0 01-4 4M14 7h4v5a4 4 0 01-4 4",
  pin: "M12 21s7-6.200 7-11.500a7 7 0 00-14 0C5 14.800 12 21 12 21zM12 7a2.500 2.500 0 100 5 2.500 2.500 0 000-5z",
  people:
    "M9 11a3.500 3.500 0 100-7 3.500 3.500 0 000 7zM2.500 20a6.500 6.500 0 0113 0M16 4.500a3.500 3.500 0 010 6.500M18 14a6.500 6.500 0 013.500 6",
};
const SVG = "http://www.w3.org/2000/svg";

/** Build an icon, hidden from screen readers: its button has a label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** Build a button that shows an icon, with `label` as its accessible name. */
export function iconButton(name, label, onClick, properties = {}) {
  return el(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, on: { click: onClick }, ...properties },
    icon(name),
  );
}

const COLOURS = 7;

/** Return the colour class for an id. The bot has id 0 and a colour of its own. */
export const colourClass = (id, prefix = "colour") => `${prefix}-${id === 0 ? 0 : 1 + (Math.abs(id) % (COLOURS - 1))}`;

/** Build an avatar: the initials of `name` on the colour of `id`. */
export function avatar(name, id, properties = {}) {
  const words = (name || "?").trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...word][0] ?? "").join("");
  return el(
    "span",
    { "aria-hidden": "true", ...properties, class: `avatar ${colourClass(id)} ${properties.class ?? ""}` },
    letters.toUpperCase(),
  );
}

/** Isolate untrusted text, so that its writing direction does not affect the text around it. */
export const isolate = (text) => el("bdi", {}, text);

/** Return whether a URL may become a link. Other schemes are shown as text. */
export function isOpenable(url) {
  try {
    return ["http:", "https:", "mailto:"].includes(new URL(url).protocol);
  } catch {
    return false;
  }
}

/** Build a link that opens in a new tab and sends no referrer. */
export function link(url, properties, ...children) {
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow", ...properties }, ...children);
}
