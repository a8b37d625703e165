// @ts-check
/** What this page's viewer got, told to the platform. */
import { ROOT, call } from './call.js';

/** Samples are told even while the page goes away. @param {import('../client/media/quality.js').Sample} sample @param {boolean} leaving */
export function tellQuality(sample, leaving) {
  const body = new Blob([JSON.stringify({ samples: [sample] })], { type: 'application/json' });
  if (leaving && navigator.sendBeacon(`${ROOT}/quality/samples`, body)) return;
  call('POST', '/quality/samples', { samples: [sample] }).catch((error) => console.debug('a quality sample was lost', error));
}
