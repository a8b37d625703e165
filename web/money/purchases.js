// @ts-check
/** One's own purchases and how they stand; and what is owed, if anything is. */
import { money } from '../api/money.js';
import { html, useEffect, useState } from '../html.js';
import { day, language, number, t, tError } from '../i18n.js';
import { goToPay } from './top_up.js';
import { further, price } from './words.js';

/** @typedef {import('../api/money.js').Purchase} Purchase */
/** @typedef {import('../api/money.js').Debt} Debt */

/** @param {{purchase: Purchase}} properties */
function Row({ purchase }) {
  const { pay_at: payAt } = purchase;
  const cost = price(purchase.price, purchase.currency, language.value);
  return html`<li class="entry" data-testid="own-purchase" data-state=${purchase.state}>
    <span class="entry-words">
      <b>${t('wallet.packageOf', { coins: number(purchase.coins), price: cost })}</b>
      <small class=${`purchase-${purchase.state}`}>${t(`wallet.state.${purchase.state}`)}</small>
      <small>${day(purchase.made_at_ms)}</small>
    </span>
    ${purchase.state === 'pending' && payAt !== null && html`<button type="button" class="button small" data-testid="pay-on" onClick=${() => goToPay(payAt)}>${t('wallet.payOn')}</button>`}
  </li>`;
}

/** `version` changes when one may stand otherwise. @param {{version: number}} properties */
export function Purchases({ version }) {
  const [known, setKnown] = useState(/** @type {Purchase[]} */ ([]));
  const [next, setNext] = useState(/** @type {string | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  /** @param {string | null} before */
  const ask = async (before) => {
    try {
      const page = await money.purchases(before);
      setKnown((now) => (before === null ? page.topups : further(now, page.topups)));
      setNext(page.next_before);
      setError(null);
    } catch (problem) {
      setError(problem);
    }
  };
  useEffect(() => {
    void ask(null);
  }, [version]);
  if (known.length === 0 && error === null) return null;
  return html`<section class="panel" aria-label=${t('wallet.purchases')} data-testid="purchases">
    <h2>${t('wallet.purchases')}</h2>
    ${error !== null && html`<p class="notice bad" role="alert">${tError(error)}</p>`}
    <ul>${known.map((each) => html`<${Row} key=${each.id} purchase=${each} />`)}</ul>
    ${next !== null && html`<button type="button" class="button small ghost" data-testid="more-purchases" onClick=${() => ask(next)}>${t('wallet.morePurchases')}</button>`}
  </section>`;
}

/** @param {{version: number}} properties */
export function Debts({ version }) {
  const [debts, setDebts] = useState(/** @type {Debt[]} */ ([]));
  useEffect(() => {
    money.debts().then(setDebts, (error) => console.debug('what is owed is not known', error));
  }, [version]);
  if (debts.length === 0) return null;
  return html`<section class="panel debts" aria-label=${t('wallet.debts')} data-testid="debts">
    <h2>${t('wallet.debts')}</h2>
    <p class="fine">${t('wallet.debtsHint')}</p>
    <ul>
      ${debts.map(
        (debt) => html`<li key=${debt.id} class="entry" data-testid="debt" data-left=${debt.left}>
          <span class="entry-words"><b>${t(`wallet.owed.${debt.currency}`, { n: number(debt.left) })}</b><small>${[day(debt.at_ms), debt.reason].filter(Boolean).join(' · ')}</small></span>
          <span class="entry-amount"><small>${t('wallet.owedOf', { n: number(debt.amount) })}</small></span>
        </li>`,
      )}
    </ul>
  </section>`;
}
