// @ts-check
/** STUN and TURN servers in Link headers (RFC 9725, section 4.6; syntax of RFC 8288, section 3). */

const LINK = /<([^<>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s";,]+))*)/g;
const PARAMETER = /;\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";,]+))/g;
const MOST = 8;

/** Links of other kinds, and servers that a browser would refuse, are left out. @param {string | null} header @returns {RTCIceServer[]} */
export function iceServers(header) {
  /** @type {RTCIceServer[]} */
  const servers = [];
  for (const [, urls, rest] of (header ?? '').matchAll(LINK)) {
    const said = new Map([...rest.matchAll(PARAMETER)].map(([, name, quoted, bare]) => [name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? bare]));
    if (said.get('rel') !== 'ice-server' || (said.get('credential-type') ?? 'password') !== 'password') continue;
    const [username, credential] = [said.get('username'), said.get('credential')];
    if (/^stuns?:/.test(urls)) servers.push({ urls });
    else if (/^turns?:/.test(urls) && username !== undefined && credential !== undefined) servers.push({ urls, username, credential });
  }
  return servers.slice(0, MOST);
}
