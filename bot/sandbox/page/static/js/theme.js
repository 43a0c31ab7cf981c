// Light, dark, or as the system has it.

import { keep, kept } from "./words.js";

const KEPT_AS = "ringkas.theme";
export const THEMES = ["auto", "light", "dark"];

export function theme() {
  const chosen = kept(KEPT_AS);
  return THEMES.includes(chosen) ? chosen : "auto";
}

export function applyTheme(chosen = theme()) {
  document.documentElement.dataset.theme = chosen;
  keep(KEPT_AS, chosen);
}
