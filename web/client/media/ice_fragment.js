// @ts-check
/** PURE. ICE restart without a new offer: what of ours goes into a PATCH, and what of the answer it replaces (RFC 9725, section 4.3.3). */

const LINES = /\r?\n/;

/** Our side: the section that carries the bundle, without candidates, for the server learns our address from our checks. @param {string} offer */
export function fragmentOf(offer) {
  const lines = offer.split(LINES);
  const first = lines.findIndex((line) => line.startsWith('m='));
  const next = lines.findIndex((line, place) => place > first && line.startsWith('m='));
  const section = lines.slice(first, next < 0 ? undefined : next);
  const common = lines.slice(0, first).filter((line) => /^a=(ice-options|group:BUNDLE|ice-ufrag|ice-pwd)/.test(line));
  const ours = section.filter((line) => /^a=(mid|ice-options|ice-ufrag|ice-pwd):/.test(line));
  return `${[...common, section[0], ...ours].join('\r\n')}\r\n`;
}

/** The server's answer with the credentials and candidates of `fragment` in place of its own. @param {string} answer @param {string} fragment */
export function restarted(answer, fragment) {
  const theirs = fragment.split(LINES);
  const ufrag = theirs.find((line) => line.startsWith('a=ice-ufrag:'));
  const password = theirs.find((line) => line.startsWith('a=ice-pwd:'));
  if (ufrag === undefined || password === undefined) throw new Error('a fragment without credentials');
  const candidates = theirs.filter((line) => /^a=(candidate:|end-of-candidates)/.test(line));
  return answer
    .split(LINES)
    .filter((line) => !/^a=(ice-ufrag:|candidate:|end-of-candidates)/.test(line))
    .flatMap((line) => (line.startsWith('a=ice-pwd:') ? [ufrag, password, ...candidates] : [line]))
    .join('\r\n');
}
