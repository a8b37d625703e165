// @ts-check
/** What a `User-Agent` header says of itself, as people call it. Pure. */

const BROWSERS = /** @type {const} */ ([
  ['Edg', 'Edge'],
  ['OPR/', 'Opera'],
  ['MicroMessenger', 'WeChat'],
  ['Firefox/', 'Firefox'],
  ['FxiOS', 'Firefox'],
  ['CriOS', 'Chrome'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
]);
const SYSTEMS = /** @type {const} */ ([
  ['Windows', 'Windows'],
  ['Android', 'Android'],
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['CrOS', 'ChromeOS'],
  ['Mac OS X', 'macOS'],
  ['Linux', 'Linux'],
]);
const LONGEST = 40;

/** @param {string} agent @returns {{browser: string, system: string | null} | null} null when it says nothing */
export function agentOf(agent) {
  const browser = BROWSERS.find(([mark]) => agent.includes(mark))?.[1];
  if (browser === undefined) return agent.trim() === '' ? null : { browser: agent.trim().slice(0, LONGEST), system: null };
  return { browser, system: SYSTEMS.find(([mark]) => agent.includes(mark))?.[1] ?? null };
}
