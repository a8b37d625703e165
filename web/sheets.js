// @ts-check
/** Style sheets come with the page that wears them, and stand in one order however the reader went from page to page. */

/** Later ones overrule earlier ones. */
export const ORDER = [
  'base',
  'shell',
  'lobby',
  'room',
  'chat',
  'battle',
  'battle_stage',
  'face_off',
  'result',
  'gifts',
  'patrons',
  'giving',
  'tiles',
  'studio',
  'set_up',
  'host',
  'guests',
  'landscape',
  'wallet',
  'me',
  'broadcasts',
  'key',
  'admin',
];

/** @type {Map<string, Promise<void>>} */
const worn = new Map();

/**
 * Which of the sheets that are there `name` must stand before; null: after all of them.
 * @param {string} name
 * @param {readonly string[]} there
 */
export function following(name, there) {
  return ORDER.slice(ORDER.indexOf(name) + 1).find((each) => there.includes(each)) ?? null;
}

/** @param {readonly string[]} names */
export async function wear(names) {
  await Promise.all(names.map(link));
}

/** @param {string} name */
function link(name) {
  const there = linked();
  const known = worn.get(name);
  if (known || there.has(name)) return known;
  const sheet = document.createElement('link');
  sheet.rel = 'stylesheet';
  sheet.href = new URL(`./styles/${name}.css`, import.meta.url).href;
  const loaded = new Promise((resolve, reject) => {
    sheet.onload = () => resolve(undefined);
    sheet.onerror = () => reject(new Error(`no sheet ${name}`));
  }).catch((error) => {
    worn.delete(name);
    sheet.remove();
    throw error;
  });
  worn.set(name, loaded);
  const next = following(name, [...there.keys()]);
  document.head.insertBefore(sheet, next === null ? null : (there.get(next) ?? null));
  return loaded;
}

function linked() {
  const sheets = /** @type {HTMLLinkElement[]} */ ([...document.head.querySelectorAll('link[rel="stylesheet"]')]);
  return new Map(sheets.map((sheet) => [/(\w+)\.css$/.exec(sheet.href)?.[1] ?? '', sheet]));
}
