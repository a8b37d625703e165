// @ts-check
/** Buying coins: the packages, and the purchase that is being paid. */
import { money } from '../api/money.js';
import { html, useEffect, useRef, useState } from '../html.js';
import { language, number, t, tError } from '../i18n.js';
import { newKey } from '../client/keys.js';
import { Failed, Waiting } from '../parts/states.js';
import { told } from '../parts/told.js';
import { go } from '../place.js';
import { price } from './words.js';

/** @typedef {import('../api/money.js').Packages} Packages */
/** @typedef {import('../api/money.js').Purchase} Purchase */

const LOOK_AGAIN_MS = 3000;

/** To where a purchase is paid: a page of our own, or the provider's. @param {string} address */
export function goToPay(address) {
  if (address.startsWith('/')) go(address);
  else location.assign(address);
}

/** @param {{sold: Packages}} properties */
function Offers({ sold }) {
  const [busy, setBusy] = useState(false);
  const keys = useRef(/** @type {Record<string, string>} */ ({}));
  /** @param {string} id */
  const buy = async (id) => {
    setBusy(true);
    // A try that was not answered is tried again under its key; one that was is over.
    const key = (keys.current[id] ??= newKey());
    await told(
      money.buy(id, key).then((purchase) => {
        delete keys.current[id];
        if (purchase.pay_at) goToPay(purchase.pay_at);
      }),
    );
    setBusy(false);
  };
  return html`${(!sold.open || sold.packages.length === 0) && html`<p class="quiet-words" data-testid="not-sold">${t('wallet.closed')}</p>`}
    <div class="packages">
      ${sold.packages.map((each) => {
        const cost = price(each.price, each.currency, language.value);
        return html`<button
          type="button"
          key=${each.id}
          class="package"
          data-testid=${`buy-${each.id}`}
          disabled=${busy || !sold.open}
          aria-label=${t('wallet.packageOf', { coins: number(each.coins), price: cost })}
          onClick=${() => buy(each.id)}
        >
          <span class="coins"><img src="/static/art/coin.svg" alt="" />${number(each.coins)}</span><b>${cost}</b>
        </button>`;
      })}
    </div>`;
}

/** @param {{sold: Packages | null, error: unknown, again: () => void}} properties `sold` is null until it is known */
export function TopUp({ sold, error, again }) {
  return html`<section class="panel" aria-label=${t('wallet.buy')}>
    <h2>${t('wallet.buy')}</h2>
    ${sold === null && error === null && html`<${Waiting} />`}
    ${error !== null && html`<${Failed} name="packages" error=${error} again=${again} />`}
    ${sold !== null && html`<${Offers} sold=${sold} />`}
  </section>`;
}

/** The purchase that the address names, looked at until it is settled. @param {{id: string, test: boolean, settled: () => void}} properties */
export function Paying({ id, test, settled }) {
  const [purchase, setPurchase] = useState(/** @type {Purchase | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [busy, setBusy] = useState(false);
  const state = purchase?.state;
  useEffect(() => {
    const look = () =>
      money.purchase(id).then(
        (found) => {
          setPurchase(found);
          setError(null);
        },
        (problem) => setError(problem),
      );
    if (state === undefined) void look();
    if (state !== undefined && state !== 'pending') {
      settled();
      return undefined;
    }
    const timer = setInterval(() => document.hidden || void look(), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [id, state]);
  const pay = async () => {
    setBusy(true);
    await told(money.payForTest(id).then(setPurchase));
    setBusy(false);
  };
  return html`<section class="panel paying" data-testid="purchase" data-state=${state ?? ''} aria-live="polite">
    <h2>${t('wallet.purchase')}</h2>
    ${error !== null && html`<p class="notice bad" role="alert">${tError(error)}</p>`}
    ${purchase !== null &&
    html`<p><span class="coins"><img src="/static/art/coin.svg" alt=${t('gift.coins')} />${number(purchase.coins)}</span> <b>${price(purchase.price, purchase.currency, language.value)}</b></p>
      <p>${t(`wallet.state.${purchase.state}`)}</p>`}
    ${test && state === 'pending' && html`<button type="button" class="button wide" data-testid="pay-test" disabled=${busy} onClick=${pay}>${t('wallet.payTest')}</button><p class="fine">${t('wallet.testHint')}</p>`}
  </section>`;
}
