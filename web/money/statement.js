// @ts-check
/** The entries of one currency, newest first, each with the balance after it; earlier ones on demand, all of them as a file. */
import { money } from '../api/money.js';
import { html, useState } from '../html.js';
import { day, number, t } from '../i18n.js';
import { Listing, useListed } from '../parts/states.js';
import { told } from '../parts/told.js';
import { catalogue, giftName } from '../wallet.js';
import { ALL_DAYS, spanOf } from './days.js';
import { further, said } from './words.js';

/** @typedef {import('../api/money.js').Entry} Entry */
/** @typedef {import('../api/money.js').Currency} Currency */

/** A gift as the reader calls it; one that is not in the catalogue any more as the server calls it. @param {string} item @param {string} name */
function named(item, name) {
  const gift = catalogue.value.find((each) => each.id === item);
  return gift === undefined ? name : giftName(gift);
}

/** @param {{entry: Entry}} properties */
function Line({ entry }) {
  const { key, params } = said(entry, named);
  const words = t(key, params);
  const room = entry.gift?.room_title;
  const small = [day(entry.at_ms), room ? t('wallet.inRoom', { room }) : null, entry.reason, entry.corrected_by === null ? null : t('wallet.wasTakenBack')];
  return html`<li class="entry" data-testid="entry" data-kind=${entry.kind} data-amount=${entry.amount}>
    <span class="entry-words">
      <b>${entry.corrects === null ? words : t('wallet.takesBack', { what: words })}</b>
      <small>${small.filter(Boolean).join(' · ')}</small>
    </span>
    <span class=${`entry-amount ${entry.amount < 0 ? 'out' : 'in'}`}>
      <b>${entry.amount < 0 ? `−${number(-entry.amount)}` : `+${number(entry.amount)}`}</b><small>${t('wallet.after', { n: number(entry.balance) })}</small>
    </span>
  </li>`;
}

/** @param {Blob} file @param {string} name */
function save(file, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** `version` changes when there may be newer entries. @param {{currency: Currency, span: string, version: number}} properties */
export function Entries({ currency, span, version }) {
  const listed = useListed(
    async (before) => {
      const page = await money.statement(currency, span, /** @type {string | null} */ (before));
      return { items: page.entries, next: page.next_before };
    },
    [currency, span],
    { join: further, version },
  );
  return html`<${Listing} name="entries" listed=${listed} none=${t('wallet.none')} more=${t('wallet.more')} row=${(/** @type {Entry} */ entry) => html`<${Line} key=${entry.id} entry=${entry} />`} />`;
}

/** @param {{days: import('./days.js').Days, choose: (days: import('./days.js').Days) => void}} properties */
function DayFields({ days, choose }) {
  /** @param {'first' | 'last'} bound */
  const chosen = (bound) => (/** @type {Event} */ event) => choose({ ...days, [bound]: /** @type {HTMLInputElement} */ (event.currentTarget).value });
  return html`<div class="deed days">
    <label>${t('wallet.from')}<input type="date" data-testid="days-from" max=${days.last} value=${days.first} onChange=${chosen('first')} /></label>
    <label>${t('wallet.to')}<input type="date" data-testid="days-to" min=${days.first} value=${days.last} onChange=${chosen('last')} /></label>
    ${(days.first || days.last) && html`<button type="button" class="button small ghost" data-testid="days-all" onClick=${() => choose(ALL_DAYS)}>${t('wallet.allDays')}</button>`}
  </div>`;
}

/** @param {{version: number}} properties */
export function Statement({ version }) {
  const [currency, setCurrency] = useState(/** @type {Currency} */ ('coin'));
  const [days, setDays] = useState(ALL_DAYS);
  const span = spanOf(days);
  const asFile = () => told(money.statementFile(currency, span).then((file) => save(file, `ringside-${currency}s.csv`)));
  return html`<section class="panel" aria-label=${t('wallet.statement')}>
    <header class="panel-head">
      <h2>${t('wallet.statement')}</h2>
      <span class="grow"></span>
      <button type="button" class="button small ghost" data-testid="csv" onClick=${asFile}>${t('wallet.csv')}</button>
    </header>
    <div class="tabs" role="tablist">
      ${/** @type {const} */ (['coin', 'diamond']).map(
        (each) => html`<button key=${each} type="button" role="tab" aria-selected=${each === currency} data-testid=${`tab-${each}`} onClick=${() => setCurrency(each)}>${t(`wallet.${each}s`)}</button>`,
      )}
    </div>
    <${DayFields} days=${days} choose=${setDays} />
    <${Entries} key=${currency + span} currency=${currency} span=${span} version=${version} />
  </section>`;
}
