// Colour theme: light, dark, or the setting of the system.

import { readSetting, saveSetting } from "./words.js";

const STORAGE_KEY = "ringkas.theme";
export const THEMES = ["auto", "light", "dark"];

export function getTheme() {
  const chosen = readSetting(STORAGE_KEY);
  return THEMES.includes(chosen) ? chosen : "auto";
}

export function applyTheme(chosen = getTheme()) {
  document.documentElement.dataset.theme = chosen;
  saveSetting(STORAGE_KEY, chosen);
}
