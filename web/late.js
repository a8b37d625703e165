// @ts-check
/** Parts of a page that are fetched when the page has use for them, with the sheets they wear. */
import { html, signal, useEffect } from './html.js';
import { tError } from './i18n.js';
import { toast } from './parts/toasts.js';
import { wear } from './sheets.js';

/** @typedef {(properties: any) => any} Part */

const AGAIN_MS = 2000;
/** Some browsers remember that a module did not come: then only a new page brings it. */
const TOLD_AFTER = 2;

/**
 * A part that draws nothing until it has come; while there is use for it, what did not come is asked for again,
 * and the reader is told how to help.
 * @param {() => Promise<Part>} fetched
 * @param {readonly string[]} [sheets]
 * @returns {Part}
 */
export function late(fetched, sheets = []) {
  const here = signal(/** @type {{Part: Part} | null} */ (null));
  const missed = signal(0);
  /** @type {Promise<void> | null} */
  let coming = null;
  const bring = async () => {
    try {
      const [Part] = await Promise.all([fetched(), wear(sheets)]);
      here.value = { Part };
    } catch (error) {
      coming = null;
      missed.value += 1;
      if (missed.value === TOLD_AFTER) toast(tError({ code: 'part-missing' }), 'bad');
      console.debug('a part of the page did not come', error);
    }
  };
  const want = () => {
    coming ??= bring();
  };
  return function Late(properties) {
    const come = here.value;
    const times = missed.value;
    useEffect(() => {
      if (times === 0) want();
      const timer = times === 0 ? undefined : setTimeout(want, AGAIN_MS);
      return () => clearTimeout(timer);
    }, [times]);
    return come && html`<${come.Part} ...${properties} />`;
  };
}
