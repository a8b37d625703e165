// @ts-check
/** Whoever goes to another page stands at its beginning, also with keys and a screen reader. */
import { useEffect } from './html.js';

let begun = false;

/** Whether nobody would miss the focus: no field, no button has it. */
export function focusIsFree() {
  const active = document.activeElement;
  return active === null || active === document.body || active.localName === 'main';
}

/** The first page leaves the focus where the browser has it. @param {boolean} there whether the page is drawn */
export function useArrival(there) {
  useEffect(() => {
    if (!there) return;
    const main = document.querySelector('main');
    if (begun && main !== null && !main.contains(document.activeElement)) {
      main.tabIndex = -1;
      main.focus({ preventScroll: true });
    }
    begun = true;
  }, [there]);
}
