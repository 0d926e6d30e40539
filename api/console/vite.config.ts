import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import solid from "vite-plugin-solid";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
// Where `ops/dev console` has the API and the gateway.
const api = process.env.CONSOLE_API ?? "http://localhost:3000";

export default defineConfig({
  plugins: [solid()],
  logLevel: process.env.CONSOLE_API ? "info" : "warn",
  resolve: {
    alias: {
      "@blockbotx/client": path("../../ops/client/src/index.ts"),
      "openapi-fetch": path("node_modules/openapi-fetch"),
    },
  },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // For the error reports; scripts/maps.js takes them out of what is served.
    sourcemap: "hidden",
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: {
    port: 5173,
    // The page's origin is the API's for everything that it asks, as in production.
    proxy: { "/api": { target: api, changeOrigin: true, headers: { origin: api } } },
    fs: { allow: [path("."), path("../../ops/client")] },
  },
});
