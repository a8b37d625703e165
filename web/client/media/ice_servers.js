// @ts-check
/** STUN and TURN servers in Link headers (RFC 9725, section 4.6). */
import { linksOf } from './link_header.js';

const MOST = 8;

/** Links of other kinds, and servers that a browser would refuse, are left out. @param {string | null} header @returns {RTCIceServer[]} */
export function iceServers(header) {
  /** @type {RTCIceServer[]} */
  const servers = [];
  for (const { target: urls, said } of linksOf(header)) {
    if (said.get('rel') !== 'ice-server' || (said.get('credential-type') ?? 'password') !== 'password') continue;
    const [username, credential] = [said.get('username'), said.get('credential')];
    if (/^stuns?:/.test(urls)) servers.push({ urls });
    else if (/^turns?:/.test(urls) && username !== undefined && credential !== undefined) servers.push({ urls, username, credential });
  }
  return servers.slice(0, MOST);
}
