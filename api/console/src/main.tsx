import "./styles/base.css";
import { render } from "solid-js/web";
import { App } from "./app";
import { watchErrors } from "./lib/errors";
import { watchParts } from "./lib/reload";
import { applyTheme } from "./lib/theme";

watchErrors();
watchParts();
applyTheme();
const root = document.getElementById("root");
if (root) render(() => <App />, root);
