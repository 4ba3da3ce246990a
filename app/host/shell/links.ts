/** Where links lead: https addresses that the package names, and the sign-in that the engine shows. A page names one of the table, never an address. */
import * as v from 'valibot';
import type { LinkId } from '../../api/schema.ts';

export type Links = Readonly<Partial<Record<Exclude<LinkId, 'sign-in'>, string>>>;

const Package = v.object({ homepage: v.optional(v.string()), repository: v.optional(v.object({ url: v.string() })), bugs: v.optional(v.object({ url: v.string() })) });

/** Undefined for anything but https: who wrote the package meant a page. */
export function httpsOnly(address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  return url.protocol === 'https:' && url.username === '' && url.password === '' ? url.href : undefined;
}

/** What package.json names; what it does not name cannot be opened. */
export function linksOf(packageJson: unknown): Links {
  const read = v.safeParse(Package, packageJson);
  if (!read.success) return {};
  const { homepage, repository, bugs } = read.output;
  const named = { website: homepage, source: repository?.url, issues: bugs?.url };
  return Object.fromEntries(Object.entries(named).flatMap(([link, address]) => (httpsOnly(address) === undefined ? [] : [[link, httpsOnly(address)]])));
}

/** Of this build. A test compares it with package.json, which has none of them yet. */
export const OWN_LINKS: Links = {};
