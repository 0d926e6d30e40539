import "./styles/base.css";
import { render } from "solid-js/web";
import { App } from "./app";
import { applyTheme } from "./lib/theme";

// While a roll mixes two builds, a file of the other one may be missing: one reload brings the page of this build.
const RELOADED = "blockbotx.reloaded";
addEventListener("vite:preloadError", (event) => {
  if (sessionStorage.getItem(RELOADED) !== null) return;
  sessionStorage.setItem(RELOADED, "1");
  event.preventDefault();
  location.reload();
});
addEventListener("load", () => setTimeout(() => sessionStorage.removeItem(RELOADED), 10_000));

applyTheme();
const root = document.getElementById("root");
if (root) render(() => <App />, root);
