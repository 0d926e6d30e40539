/** The system's colours, or those that somebody chose. */
import { createSignal } from "solid-js";

export type Theme = "system" | "dark" | "light";
const NAME = "blockbotx.theme";

const stored = localStorage.getItem(NAME);
const [theme, setTheme] = createSignal<Theme>(stored === "dark" || stored === "light" ? stored : "system");

export { theme };

export function applyTheme(): void {
  if (theme() === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme();
}

export function chooseTheme(chosen: Theme): void {
  setTheme(chosen);
  if (chosen === "system") localStorage.removeItem(NAME);
  else localStorage.setItem(NAME, chosen);
  applyTheme();
}

/** Whether dark colours are shown now. */
export function isDark(): boolean {
  return theme() === "dark" || (theme() === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
}
