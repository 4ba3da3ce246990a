/**
 * The policy of contents of both pages: that of the tray app (main/page-files.ts) and that in a browser (headless/http-rules.ts).
 * Our own files alone, one place to speak to, and no text that becomes markup or script. Pure.
 */

/** `connect`: a source of the policy, as `ws://127.0.0.1:8080`; `'none'`: the page speaks to nobody by itself. */
export const pagePolicy = (connect: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // Nor may a policy be made that lets some.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
