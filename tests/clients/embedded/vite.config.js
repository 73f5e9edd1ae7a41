// The page of EmbeddedChat, for the browser that tests/clients/test_embedded_chat.py drives.

import { defineConfig } from "vite";

export default defineConfig({
  root: "src",
  base: "./",
  define: { global: "globalThis", "process.env": {} }, // as EmbeddedChat's own README asks
  build: {
    outDir: "../../../../build/embedded-chat",
    emptyOutDir: true,
    rollupOptions: { onwarn: (warning, warn) => warning.code !== "EVAL" && warn(warning) },
  },
});
