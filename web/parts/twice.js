// @ts-check
/** A button that asks once more before it does what cannot be undone. */
import { html, useEffect, useRef, useState } from '../html.js';
import { told } from './told.js';

const ASKS_MS = 4000;

/**
 * @param {{words: string, sure: string, testid: string, act: () => Promise<unknown>, icon?: any, class?: string, disabled?: boolean}} properties
 */
export function Twice({ words, sure, testid, icon: Icon, act, class: extra = '', disabled = false }) {
  const [asking, setAsking] = useState(false);
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const focused = useRef(false);
  const ask = (/** @type {boolean} */ wanted) => {
    focused.current = wanted || document.activeElement === button.current;
    setAsking(wanted);
  };
  useEffect(() => {
    if (focused.current) button.current?.focus(); // the one before it has gone with it
    if (!asking) return undefined;
    const timer = setTimeout(() => ask(false), ASKS_MS);
    return () => clearTimeout(timer);
  }, [asking]);
  const icon = Icon ? html`<${Icon} />` : null;
  if (!asking) return html`<button type="button" ref=${button} key="first" class=${`button ${extra}`} data-testid=${testid} disabled=${disabled} onClick=${() => ask(true)}>${icon}${words}</button>`;
  const confirm = () => {
    ask(false);
    void told(act());
  };
  return html`<button type="button" ref=${button} key="sure" class=${`button sure ${extra}`} data-testid=${`${testid}-confirm`} onClick=${confirm}>${icon}${sure}</button>`;
}
