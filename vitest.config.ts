import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

const src: string = fileURLToPath(new URL("./src", import.meta.url));

const config: ViteUserConfig = defineConfig({
  resolve: {
    // Tests and examples import the package by its name and run on the source, so neither needs a build.
    alias: [
      { find: /^diffeo$/, replacement: `${src}/index.ts` },
      { find: /^diffeo\/(\w+)$/, replacement: `${src}/$1/index.ts` },
      { find: /^diffeo\/threads\/(\w+)$/, replacement: `${src}/threads/$1.ts` },
      { find: /^(?:\.\.\/)+dist\/(.+)\.js$/, replacement: `${src}/$1.ts` }, // of bench/
    ],
  },
  test: {
    // what takes a minute or needs more than Node is run by `npm run test:slow`
    ...(process.env.SLOW === undefined
      ? { include: ["test/**/*.test.ts"], exclude: ["test/slow/**"] }
      : { include: ["test/slow/**/*.test.ts"] }),
    setupFiles: ["test/support/setup.ts"],
    reporters: ["default", "./test/support/countReporter.ts"],
    allowOnly: false, // biome cannot look for focused tests: it would take our fit() for one
    testTimeout: process.env.SLOW === undefined ? 30_000 : 120_000,
    hookTimeout: 30_000,
    pool: "threads",
    maxWorkers: 2,
  },
});

export default config;
