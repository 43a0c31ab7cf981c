// Translations: one JSON dictionary per language, with the same keys in each (checked by a test).

const LANGUAGES = ["id", "en"];
const STORAGE_KEY = "ringkas.language";
let words = {};

export let language = "id";

/** Return the language chosen on this page, else the browser's if supported, else Indonesian. */
function preferredLanguage() {
  const chosen = readSetting(STORAGE_KEY);
  if (LANGUAGES.includes(chosen)) return chosen;
  return (navigator.language || "").toLowerCase().startsWith("en") ? "en" : "id";
}

export async function loadWords() {
  language = preferredLanguage();
  words = await (await fetch(`/page/static/words/${language}.json`)).json();
  document.documentElement.lang = language;
}

export function chooseLanguage(code) {
  saveSetting(STORAGE_KEY, code);
  location.reload();
}

/** Return the text of a key, with each `{name}` replaced by its value. */
export function t(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// Settings kept between visits. The page also works where localStorage is blocked.

export function readSetting(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function saveSetting(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Not saved: the setting lasts until the page is closed.
  }
}
