// @ts-check
/** The broadcasts of one's own room that are over. */
import { rooms } from '../api/rooms.js';
import { html } from '../html.js';
import { day, t } from '../i18n.js';
import { PastFigures } from '../parts/past_figures.js';
import { Listing, useListed } from '../parts/states.js';

/** @typedef {import('../api/rooms.js').Past} Past */

/** @param {{past: Past}} properties */
function Row({ past }) {
  return html`<li class="past" data-testid="past" data-broadcast=${past.id}>
    <h2>${day(past.started_at_ms)}</h2>
    <${PastFigures} past=${past} />
  </li>`;
}

export function Broadcasts() {
  const listed = useListed(async (before) => {
    const room = await rooms.mine();
    if (room === null) return { items: [], next: null };
    const page = await rooms.past(room.room, before);
    return { items: page.broadcasts, next: page.next_before };
  }, []);
  return html`<${Listing} name="broadcasts" listed=${listed} none=${t('past.none')} row=${(/** @type {Past} */ past) => html`<${Row} key=${past.id} past=${past} />`} />`;
}
