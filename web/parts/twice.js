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
  const again = useRef(/** @type {HTMLButtonElement | null} */ (null));
  useEffect(() => {
    if (!asking) return undefined;
    again.current?.focus();
    const timer = setTimeout(() => setAsking(false), ASKS_MS);
    return () => clearTimeout(timer);
  }, [asking]);
  const icon = Icon ? html`<${Icon} />` : null;
  if (!asking) return html`<button type="button" class=${`button ${extra}`} data-testid=${testid} disabled=${disabled} onClick=${() => setAsking(true)}>${icon}${words}</button>`;
  const confirm = () => {
    setAsking(false);
    void told(act());
  };
  return html`<button type="button" ref=${again} key="sure" class=${`button sure ${extra}`} data-testid=${`${testid}-confirm`} onClick=${confirm}>${icon}${sure}</button>`;
}
