import type { Plugin } from "vite";

/** Vite hands styles to a page in development in ways that the policy of the built page forbids. */
export const policyOnlyInBuild = (): Plugin => ({
  name: "policy-only-in-build",
  apply: "serve",
  transformIndexHtml: (html) => html.replace(/<meta http-equiv="Content-Security-Policy".*\n/, ""),
});

/** Keeps the page from being shown in the wrong theme before its script has run. */
export const paintWhenReady = (): Plugin => ({
  name: "paint-when-ready",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler: (html) => html.replace("<script type=", '<script blocking="render" type='),
  },
});
