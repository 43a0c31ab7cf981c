// Every word of the page, from a JSON dictionary a language. Keys are the same in all; a test sees to that.

const LANGUAGES = ["id", "en"];
const STORAGE_KEY = "ringkas.language";
let words = {};

export let language = "id";

/** The language that was chosen here, else the browser's, else Indonesian. */
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

/** The words behind a key; `{name}` in them stands for a value. */
export function t(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// What is kept between visits. A browser that keeps nothing is fine too.

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
    // it lasts until the page is closed
  }
}
