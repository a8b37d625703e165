// @ts-check
/** Choosing the quality of the picture, and what comes at the moment. */
import { html, useEffect, useState } from '../html.js';
import { t } from '../i18n.js';
import { chooseQuality } from './quality_choice.js';

/** @typedef {import('../client/player/player.js').Offered} Offered */

/** The size of the picture that is shown now; empty before the first one. @param {{current: HTMLVideoElement | null}} video */
function useSize(video) {
  const [size, setSize] = useState('');
  useEffect(() => {
    const element = /** @type {HTMLVideoElement} */ (video.current);
    const look = () => setSize(element.videoHeight > 0 ? `${element.videoWidth} × ${element.videoHeight}` : '');
    look();
    element.addEventListener('resize', look);
    return () => element.removeEventListener('resize', look);
  }, [video]);
  return size;
}

/** @param {string} choice */
const nameOf = (choice) => (/^\d+p$/.test(choice) ? choice : t(`quality.${choice}`));

/** @param {{offered: Offered, video: {current: HTMLVideoElement | null}}} properties */
export function QualityMenu({ offered: { choices, chosen }, video }) {
  const size = useSize(video);
  const now = chosen === 'sound' ? t('quality.nothing') : size;
  return html`<fieldset class="quality-menu" data-testid="quality-menu">
    <legend>${t('quality.title')}<small data-testid="quality-now">${now}</small></legend>
    ${choices.map(
      (each) => html`<label key=${each}><input type="radio" name="quality" value=${each} checked=${each === chosen} onChange=${() => chooseQuality(each)} /><span>${nameOf(each)}</span></label>`,
    )}
  </fieldset>`;
}
