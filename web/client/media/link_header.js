// @ts-check
/** PURE. Reads Link headers (RFC 8288, section 3). */

const LINK = /<([^<>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s";,]+))*)/g;
const PARAMETER = /;\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";,]+))/g;

/** @typedef {{target: string, said: Map<string, string>}} Link with its parameters, their names in small letters */

/** @param {string | null} header @returns {Link[]} */
export function linksOf(header) {
  return [...(header ?? '').matchAll(LINK)].map(([, target, rest]) => ({
    target,
    said: new Map([...rest.matchAll(PARAMETER)].map(([, name, quoted, bare]) => [name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? bare])),
  }));
}

/** Where the link of a relation leads; null: there is none. @param {string | null} header @param {string} relation */
export const targetOf = (header, relation) => linksOf(header).find(({ said }) => said.get('rel') === relation)?.target ?? null;
