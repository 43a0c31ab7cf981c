// Date and time formats of Telegram, in the browser's time zone. Arguments are Unix timestamps in seconds.

import { language, t } from "./words.js";

const formats = new Map();

function format(seconds, name, options) {
  const key = `${language}.${name}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(language === "en" ? "en-GB" : "id-ID", options));
  return formats.get(key).format(new Date(seconds * 1000));
}

export const formatTime = (seconds) => format(seconds, "time", { hour: "2-digit", minute: "2-digit" });
export const dayKey = (seconds) => new Date(seconds * 1000).toDateString();
export const formatDateTime = (seconds) =>
  format(seconds, "moment", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
const DAY_S = 86400;

/** Return "Today", "Yesterday" or the date. `now` is the sandbox's time. */
export function formatDay(seconds, now) {
  if (dayKey(seconds) === dayKey(now)) return t("today");
  if (dayKey(seconds) === dayKey(now - DAY_S)) return t("yesterday");
  const isThisYear = new Date(seconds * 1000).getFullYear() === new Date(now * 1000).getFullYear();
  return format(seconds, isThisYear ? "day" : "year", {
    day: "numeric",
    month: "long",
    ...(isThisYear ? {} : { year: "numeric" }),
  });
}

/** Return the time if `seconds` is on the same day as `now`, otherwise the day. */
export function formatTimeOrDay(seconds, now) {
  return dayKey(seconds) === dayKey(now)
    ? formatTime(seconds)
    : format(seconds, "short", { day: "numeric", month: "short" });
}

const MOMENT_PARTS = {
  w: { weekday: "long" },
  d: { day: "2-digit", month: "2-digit", year: "2-digit" },
  D: { day: "numeric", month: "long", year: "numeric" },
  t: { hour: "2-digit", minute: "2-digit" },
  T: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
};
const RELATIVE_UNITS = [
  ["day", DAY_S],
  ["hour", 3600],
  ["minute", 60],
];

/** Return a `date_time` entity's moment in the letters of the Bot API: "r" (relative), or some of "wdDtT" in a row. */
export function formatMoment(seconds, letters, now) {
  if (letters !== "r") {
    const parts = [...letters].map((letter) => MOMENT_PARTS[letter] ?? {});
    return format(seconds, `moment ${letters}`, Object.assign({}, ...parts));
  }
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const away = seconds - now;
  const [unit, size] = RELATIVE_UNITS.find(([, length]) => Math.abs(away) >= length) ?? ["second", 1];
  return relative.format(unit === "second" ? 0 : Math.trunc(away / size), unit);
}
